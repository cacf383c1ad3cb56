/* The builder of conditions: sends its rows as they stand, puts the text they make into the textarea. */
(() => {
  const one = (selector, root) => root.querySelector(selector);
  const every = (selector, root) => [...root.querySelectorAll(selector)];
  const rootOf = (node) => node.closest?.("[data-condition]");
  /* Of a row whose field was just chosen: it means nothing there, so the first operator of the field is taken. */
  const NONE = "yes";
  let isWriting = false;
  let serial = 0;

  const valueOf = (row, selector, otherwise = "") => one(selector, row)?.value ?? otherwise;
  const readGroup = (group) => ({
    joins: valueOf(group, ".cb-word", "and"),
    rows: every(".cb-row", group).map((row) => ({ field: valueOf(row, ".cb-field"), operator: valueOf(row, ".cb-op", NONE), value: valueOf(row, ".cb-value"), high: valueOf(row, ".cb-high") })),
  });

  function read(builder) {
    const [top, ...groups] = every(".cb-group", builder).map(readGroup);
    return { ...top, groups };
  }

  /* Every row has the same long list of fields: it comes once, and is copied here. */
  function dress(builder) {
    const fields = one(".cb-fields", builder);
    every(".cb-field", builder).forEach((select) => {
      select.replaceChildren(...[...fields.children].map((child) => child.cloneNode(true)));
      select.value = select.dataset.value;
    });
    every("[data-values]", builder).forEach((input) => {
      input.nextElementSibling.id = `cb-values-${++serial}`;
      input.setAttribute("list", `cb-values-${serial}`);
    });
  }

  async function ask(root, values, focus) {
    const place = one(".cb-place", root);
    await htmx.ajax("POST", place.dataset.url, { source: place, target: place, swap: "innerHTML", values });
    const builder = one(".cb", place);
    if (!builder) return;
    dress(builder);
    if (values.rows) write(root, builder.dataset.written);
    if (focus) focus(builder)?.focus();
  }

  function write(root, text) {
    const area = one("textarea", root);
    if (area.value === text) return;
    isWriting = true;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    isWriting = false;
  }

  const send = (root, state, focus) => ask(root, { rows: JSON.stringify(state) }, focus);
  const EMPTY = { field: "", operator: NONE, value: "", high: "" };

  document.addEventListener("toggle", ({ target }) => {
    const root = target.matches?.(".cb-open") && target.open && rootOf(target);
    if (root) ask(root, { text: one("textarea", root).value }, (builder) => one(".cb-field", builder));
  }, true);

  /* Arrow keys and letters walk through a closed list one entry at a time: what is chosen is sent after a pause. */
  let waiting = 0;
  document.addEventListener("change", ({ target }) => {
    if (!target.closest(".cb")) return;
    clearTimeout(waiting);
    waiting = setTimeout(changed, target.matches("select") && target === document.activeElement ? 350 : 0, target);
  });

  function changed(target) {
    const builder = target.closest(".cb");
    if (!builder?.isConnected) return;
    const last = builder.contains(document.activeElement) ? document.activeElement : null;
    const controls = (root) => every("select:not(.cb-fields), input", root), groups = every(".cb-group", builder);
    const row = last && last.closest(".cb-row"), at = every(".cb-row", builder).indexOf(row);
    send(rootOf(target), read(builder), (fresh) => {
      if (!last) return null;
      if (row) return one("." + last.classList[0], every(".cb-row", fresh)[at]) || one(".cb-field", every(".cb-row", fresh)[at]);
      return controls(fresh)[controls(builder).indexOf(last)] || one(".cb-word", every(".cb-group", fresh)[groups.length - 1]);
    });
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".cb [data-add], .cb [data-drop]");
    if (!button) return;
    const builder = button.closest(".cb"), state = read(builder), groups = every(".cb-group", builder);
    const at = groups.indexOf(button.closest(".cb-group"));
    const last = (group) => (fresh) => every(".cb-field", every(".cb-group", fresh)[group]).at(-1);
    if (button.dataset.add === "row") state.rows.push(EMPTY);
    else if (button.dataset.add === "group") state.groups.push({ joins: state.joins === "and" ? "or" : "and", rows: [EMPTY, EMPTY] });
    else if (button.dataset.add === "here") state.groups[at - 1].rows.push(EMPTY);
    else (at ? state.groups[at - 1] : state).rows.splice(every(".cb-row", groups[at]).indexOf(button.closest(".cb-row")), 1);
    const group = button.dataset.add === "row" ? 0 : button.dataset.add === "group" ? state.groups.length : at;
    send(rootOf(button), state, button.dataset.add ? (fresh) => (button.dataset.add === "group" ? every(".cb-field", fresh).at(-2) : last(group)(fresh)) : (fresh) => one("[data-add]", fresh));
  });

  /* Enter in a value writes it and does not send the form around the editor. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".cb input")) return;
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });

  /* Who writes by hand is not followed by rows: they would be of an older text. */
  document.addEventListener("input", ({ target }) => {
    const root = !isWriting && target.matches?.("[data-condition] textarea") && rootOf(target);
    if (root) one(".cb-open", root).open = false;
  });
})();
