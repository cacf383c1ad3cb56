/* The editor of a playbook: dragging, keys, where the focus goes, the list of steps, variables put into texts. */
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  let text = null, again = "", byKey = false, isAsking = false, isChoosing = false;
  const waiting = [];

  /* The hidden form asks for what a drag or a key did; the server answers with the flow as it is then. What is asked
     while an answer is awaited follows it. */
  function ask(values) {
    const form = one("#pe-do");
    if (!form) return;
    if (isAsking) return waiting.push(values);
    isAsking = true;
    byKey = Boolean(values.isByKey);
    delete values.isByKey;
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.requestSubmit();
  }

  function sortable() {
    if (!one("#editor[data-edit]")) return;
    for (const row of all("[data-row]")) {
      if (Sortable.get(row)) continue;
      new Sortable(row, {
        group: "steps", handle: "[data-grip]", animation: 120, fallbackOnBody: true, swapThreshold: 0.6,
        ghostClass: "pe-ghost",
        forceFallback: true, onStart: () => one("#editor").classList.add("is-dragging"),
        onEnd: ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
          one("#editor").classList.remove("is-dragging");
          if (from === to && oldDraggableIndex === newDraggableIndex) return;
          ask({ do: "move", step: item.dataset.step, row: to.dataset.row, at: newDraggableIndex });
        },
      });
    }
  }

  /* After a change what it was about has the focus, after opening the panel its first field. */
  function settle(isByKey) {
    const editor = one("#editor"), panel = one("#pe-panel");
    const about = document.getElementById(editor.dataset.focus || again);
    again = "";
    if (about && (isByKey || panel?.contains(about))) focusOn(about);
    else if (panel) (one("[data-first]", panel) || one(".pe-form :is(input:not([type=hidden]), select, textarea)", panel) || one("h2", panel)).focus({ preventScroll: true });
    one(".pe-card.is-chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /* A form is its first field, and a button that can do no more the one beside it. */
  function focusOn(about) {
    const form = about.matches("fieldset") && one("textarea, input, select", about);
    (form || (about.disabled ? about.parentElement.querySelector("button:not(:disabled)") : about)).focus();
    about.closest("fieldset")?.scrollIntoView({ block: "nearest" });
  }

  const canGo = (way, verb) => {
    const item = way.closest(".pe-way"), beside = verb === "way_up" ? item.previousElementSibling : item.nextElementSibling;
    return Boolean(beside && one(":scope > .pe-way-name [data-way]", beside));
  };
  const wayMoves = { ArrowUp: "way_up", ArrowLeft: "way_up", ArrowDown: "way_down", ArrowRight: "way_down" };
  const moves = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "into", ArrowLeft: "out" };

  /* In the search for an account: arrows go through what is found, Enter takes the first, Escape leads back. */
  function inSearch(event) {
    const menu = event.target.closest(".pe-who"), found = [one("input", menu), ...all(".pe-hit", menu)];
    const at = found.indexOf(event.target);
    if (event.key === "ArrowDown") (found[at + 1] || found[1])?.focus();
    else if (event.key === "ArrowUp") found[Math.max(at - 1, 0)].focus();
    else if (event.key === "Enter" && at === 0) found[1]?.click();
    else if (event.key === "Escape") {
      menu.open = false;
      one("summary", menu).focus();
    } else return;
    event.preventDefault();
  }
  /* Before htmx, which keeps clicks on its links to itself. */
  document.addEventListener("click", ({ target }) => target.closest(".pe-hit") && (isChoosing = true), true);
  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.(".pe-who[open]")) return;
    one("input", target).focus();
    one("input", target).dispatchEvent(new Event("pe-open"));
  }, true);

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    const item = event.target.closest(".pe-card")?.closest("[data-step]");
    const way = event.target.closest("[data-way]");
    if (event.altKey && wayMoves[event.key] && way && !isTyping) {
      event.preventDefault();
      const verb = wayMoves[event.key], row = way.dataset.way;
      if (way.matches("fieldset")) one(`button[value=${verb}]`, way)?.click();
      else if (canGo(way, verb)) ask({ isByKey: true, do: verb, step: row.slice(0, row.lastIndexOf("/")), row, at: "" });
    } else if (event.altKey && moves[event.key] && !isTyping) {
      const step = item?.dataset.step || one(".pe-acts [name=step]")?.value;
      if (!step) return;
      event.preventDefault();
      ask({ isByKey: true, do: moves[event.key], step, row: "", at: "" });
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping && one("#pe-do")) {
      event.preventDefault();
      ask({ do: event.shiftKey ? "redo" : "undo", step: "", row: "", at: "" });
    } else if (event.target.closest(".pe-who .pop")) inSearch(event);
    else if (event.key === "Escape" && one("#pe-panel") && !one("dialog[open]")) one("[data-shut]").click();
    else if (event.target.matches("[data-find], .pe-add") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      const found = [one("[data-find]"), ...all(".pe-add").filter((add) => !add.hidden)];
      event.preventDefault();
      found[found.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    } else if (event.target.matches("[data-find]") && event.key === "Enter") {
      event.preventDefault();
      all(".pe-add").find((add) => !add.hidden)?.click();
    }
  });

  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-find]")) return;
    const words = target.value.toLowerCase().split(" ");
    const adds = all(".pe-add");
    const hits = (says) => adds.filter((add) => words.every((word) => says(add).toLowerCase().includes(word)));
    const called = hits((add) => one("b", add).textContent);
    const found = called.length ? called : hits((add) => add.textContent);
    for (const add of adds) add.hidden = !found.includes(add);
    for (const group of all("[data-group]")) group.hidden = !all(".pe-add", group).some((add) => !add.hidden);
    one(".pe-none").hidden = adds.some((add) => !add.hidden);
  });

  /* A form that changes with what is chosen is asked for again. */
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-again]")) return;
    again = target.id;
    target.form.requestSubmit();
  });
  /* Of a list of lines there is always an empty one. */
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-more]") || !target.value || target.nextElementSibling?.matches("[data-more]")) return;
    const more = target.cloneNode();
    more.value = "";
    target.after(more);
  });
  /* And of a list of rows an empty row, which counts on. */
  document.addEventListener("input", ({ target }) => {
    const row = target.closest(".pe-item-row");
    if (!row || !target.value || row.nextElementSibling?.matches(".pe-item-row")) return;
    const [, list, number] = one("[name$='.row']", row).name.match(/^(.*)\.(\d+)\.row$/), more = row.cloneNode(true);
    const renumbered = (said) => said.replace(`${list}.${number}.`, `${list}.${+number + 1}.`)
      .replace(`${list}-${number}-`.replaceAll(".", "-"), `${list}-${+number + 1}-`.replaceAll(".", "-"));
    for (const part of all("*", more)) {
      for (const name of ["id", "name", "for", "list"]) part.hasAttribute(name) && part.setAttribute(name, renumbered(part.getAttribute(name)));
      if (part.matches("input:not([type=hidden]), textarea, select")) part.value = "";
      if (part.matches(".pe-faults")) part.replaceChildren();
    }
    row.after(more);
  });
  document.addEventListener("focusin", ({ target }) => target.matches("[data-template]") && (text = target));
  document.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-var]")?.dataset.var;
    if (!name) return;
    const into = text?.isConnected ? text : one("[data-template]");
    into.setRangeText(`{{ ${name} }}`, into.selectionStart, into.selectionEnd, "end");
    into.focus();
    into.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* What is typed leaves the form alone and draws the flow again; every other change brings a new editor. */
  document.addEventListener("htmx:after:swap", () => {
    const editor = one("#editor");
    if (!editor) return;
    sortable();
    const step = one(".pe-acts [name=step]")?.value;
    for (const card of all(".pe-card")) card.classList.toggle("is-chosen", card.closest("[data-step]").dataset.step === step);
    one(".pe-who[open] .pop")?.scrollIntoView({ block: "nearest" });
    if (isChoosing && document.activeElement === document.body) {
      one("#pe-who")?.focus();
      isChoosing = false;
    }
    if (editor.isSettled) return;
    editor.isSettled = true;
    settle(byKey);
    byKey = false;
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.id !== "pe-do") return;
    isAsking = false;
    if (waiting.length) ask(waiting.shift());
  });
  sortable();
  if (one("#editor")) one("#editor").isSettled = true;
})();
