/* The condition editor: completion, the place of what is wrong, mending it with one press. */
(() => {
  const vocabularies = {};
  const OPERATORS = {
    text: ["=", "<>", "in (", "like '", "is null", "is not null"],
    number: [">=", "<=", "=", ">", "<", "<>", "between ", "is null", "is not null"],
    date: [">=", "<=", "=", ">", "<", "between ", "is null", "is not null"],
    boolean: ["and", "or", "= false", "is null"],
  };
  let open = null; /* { area, list, items, at, from } */
  let isQuiet = false; /* while a press of a button changes the text: nothing is completed then */

  const rootOf = (node) => node.closest("[data-condition]");
  const areaOf = (root) => root.querySelector("textarea");
  const load = (url) => (vocabularies[url] ||= fetch(url).then((answer) => answer.json()));

  /* What may stand at the caret: the items, and where what is being typed begins. */
  function offers(text, words, all) {
    const names = new Map(words.fields.map((field) => [field.name, field]));
    const quoted = (name) => (words.values[name] || []).map((value) => ["'" + value.replaceAll("'", "''") + "'", ""]);
    const compared = (before) => before.match(/([\p{L}_][\w.]*)\s*(?:=|<>|!=|(?:not\s+)?in\s*\([^()]*)\s*$/iu)?.[1].toLowerCase();
    if (text.split("'").length % 2 === 0) {
      const from = text.lastIndexOf("'");
      return [from, quoted(compared(text.slice(0, from)))];
    }
    const from = text.length - text.match(/[\p{L}_]?[\w.]*$/u)[0].length;
    const before = text.slice(0, from);
    const field = names.get(compared(before));
    if (field && field.type === "text") return [from, quoted(field.name)];
    if (field && field.type === "boolean") return [from, [["true", ""], ["false", ""]]];
    const last = before.match(/([\w.]+|'|\S)\s*$/)?.[1].toLowerCase() || "";
    if (names.has(last)) return [from, OPERATORS[names.get(last).type].map((sign) => [sign, ""])];
    if (!all && from === text.length) return [from, []];
    if (/^(\d[\w.]*|'|\)|null|true|false)$/.test(last)) return [from, /between\s+[^\s]+\s*$/i.test(before) ? [["and", ""]] : [["and", ""], ["or", ""]]];
    return [from, [...words.fields.map((one) => [one.name, one.label]), ...words.segments.map((one) => [`in_segment('${one.key}')`, one.name]), ["not", "the opposite"]]];
  }

  function matching(items, typed) {
    const sought = typed.toLowerCase();
    const rank = ([name, label]) => {
      const at = name.toLowerCase().replace(/^'/, "").indexOf(sought.replace(/^'/, ""));
      return at < 0 ? (sought.length > 2 && label.toLowerCase().includes(sought) ? 3 : 9) : Math.min(at, 2);
    };
    return items.map((item) => [rank(item), item]).filter(([worth]) => worth < 9).sort(([a], [b]) => a - b).slice(0, 9).map(([, item]) => item);
  }

  function close() {
    if (!open) return;
    open.list.remove();
    for (const name of ["aria-activedescendant", "aria-controls"]) open.area.removeAttribute(name);
    open = null;
  }

  function choose(at) {
    open.at = at;
    [...open.list.children].forEach((option, index) => option.setAttribute("aria-selected", index === at));
    const option = open.list.children[at];
    if (option) open.area.setAttribute("aria-activedescendant", option.id);
    option?.scrollIntoView({ block: "nearest" });
  }

  function put(area, from, to, text) {
    area.focus();
    area.setSelectionRange(from, to);
    /* Keeps what was typed in the browser's own list of things to undo. */
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, from, to, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function accept(at) {
    const { area, items, from } = open, text = items[at][0];
    const to = area.selectionStart;
    close();
    put(area, from, to, /[(' ]$/.test(text) && !/^'.+'$/.test(text) ? text : text + " ");
  }

  function show(area, list, items, from) {
    list.className = "ce-list";
    list.id = area.id + "-list";
    list.role = "listbox";
    list.popover = "manual";
    items.forEach(([name, label], index) => {
      const option = document.createElement("li"), code = document.createElement("code"), small = document.createElement("small");
      option.role = "option";
      option.id = `${list.id}-${index}`;
      code.textContent = name;
      small.textContent = label;
      option.append(code, small);
      list.append(option);
    });
    area.parentNode.append(list);
    list.showPopover();
    const box = area.getBoundingClientRect(), below = innerHeight - box.bottom;
    list.style.left = `${Math.max(4, Math.min(box.left, innerWidth - list.offsetWidth - 4))}px`;
    list.style.top = `${below > list.offsetHeight + 8 ? box.bottom + 4 : Math.max(4, box.top - list.offsetHeight - 4)}px`;
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    open = { area, list, items, from, at: -1 };
  }

  async function complete(area, all) {
    const words = await load(rootOf(area).dataset.words);
    const text = area.value.slice(0, area.selectionStart);
    close();
    if (document.activeElement !== area || area.selectionStart !== area.selectionEnd) return;
    const [from, offered] = offers(text, words, all);
    const typed = text.slice(from), items = matching(offered, typed);
    if (/^\d/.test(typed) || !items.length || (items.length === 1 && items[0][0] === typed)) return;
    show(area, document.createElement("ul"), items, from);
    /* While nothing is typed, Enter begins a line and Tab leaves, as always. */
    if (typed) choose(0);
  }

  /* The text again behind the textarea, with what is wrong underlined. */
  function mark(root) {
    const area = areaOf(root), back = root.querySelector(".ce-back"), found = root.querySelector("[data-from]");
    back.replaceChildren();
    root.classList.add("ce-live");
    root.querySelector(".cb-open").hidden = false;
    root.querySelectorAll(".ce-fix").forEach((button) => (button.hidden = false));
    area.toggleAttribute("aria-invalid", !!root.querySelector(".ce-check .err"));
    if (!found) return;
    const from = +found.dataset.from, to = from + +found.dataset.length, place = document.createElement("mark");
    place.textContent = area.value.slice(from, to) || " ";
    if (!found.matches(".err")) place.className = "maybe";
    back.append(area.value.slice(0, from), place, area.value.slice(to) + "\n");
    back.scrollTop = area.scrollTop;
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-condition] textarea")) return;
    rootOf(target).querySelector(".ce-back").replaceChildren();
    if (isQuiet) close();
    else complete(target, false);
  });

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!target.matches?.("[data-condition] textarea")) return;
    if (key === " " && event.ctrlKey) complete(target, true);
    else if (!open) return;
    else if (key === "ArrowDown") choose((open.at + 1) % open.items.length);
    else if (key === "ArrowUp") choose((open.at < 1 ? open.items.length : open.at) - 1);
    else if ((key === "Enter" || key === "Tab") && open.at >= 0 && !event.shiftKey) accept(open.at);
    else if (key === "Escape") close();
    else {
      if (/^(Enter|Tab|Arrow|Home|End)/.test(key)) close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest(".ce-list li");
    if (!option) return;
    event.preventDefault();
    accept([...open.list.children].indexOf(option));
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-fix], button[data-insert], button[data-text]"), root = button && rootOf(button);
    if (!root) return;
    const area = areaOf(root), { fix, insert, text } = button.dataset, found = button.closest("[data-from]");
    isQuiet = true;
    if (fix) put(area, +found.dataset.from, +found.dataset.from + +found.dataset.length, fix);
    else if (insert) put(area, area.selectionStart, area.selectionEnd, insert + " ");
    else put(area, 0, area.value.length, text);
    isQuiet = false;
  });

  document.addEventListener("focusout", ({ target }) => open?.area === target && close());
  document.addEventListener("scroll", ({ target }) => {
    if (!target.matches?.("[data-condition] textarea")) return;
    rootOf(target).querySelector(".ce-back").scrollTop = target.scrollTop;
  }, true);
  addEventListener("scroll", (event) => event.target.matches?.(".ce-list") || close(), true);

  const markAll = () => document.querySelectorAll("[data-condition]").forEach(mark);
  document.addEventListener("htmx:after:swap", markAll);
  document.addEventListener("DOMContentLoaded", markAll);
})();
