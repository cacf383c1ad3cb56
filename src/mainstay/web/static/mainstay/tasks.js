/* Tasks: keys on the row or card that has the focus; cards walk and are dragged from column to column. */
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const HOLDER = "tr, .tcard";

  /* The button that stands for a key: of what has the focus, of what is ticked, of the page. */
  function button(key) {
    const found = `[data-key="${CSS.escape(key)}"]`;
    const holder = document.activeElement.closest(HOLDER);
    if (one(".pick:checked")) return one(`.bulk ${found}`);
    if (holder && one(found, holder)) return one(found, holder);
    return all(found).find((each) => !each.closest(`${HOLDER}, .bulk`));
  }

  function walk(step) {
    const cards = all("[data-card]").filter((card) => card.offsetParent);
    const at = cards.indexOf(document.activeElement.closest(".tcard, .cal-day li")?.querySelector("[data-card]"));
    focus(at < 0 ? cards[0] : cards[at + step]);
  }

  function focus(card) {
    card?.focus();
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function across(step, moves) {
    const column = document.activeElement.closest(".col");
    const columns = all(".col");
    let at = columns.indexOf(column) + step;
    if (!column) return focus(one("[data-card]"));
    if (moves) {
      const to = columns[at]?.dataset.column;
      return to && one(`[data-to="${to}"]`, document.activeElement.closest(".tcard"))?.click();
    }
    while (columns[at] && !one("[data-card]", columns[at])) at += step;
    if (columns[at]) focus(one("[data-card]", columns[at]));
  }

  const cards = { j: () => walk(1), k: () => walk(-1), ArrowDown: () => walk(1), ArrowUp: () => walk(-1) };

  document.addEventListener("keydown", (event) => {
    const isElsewhere = event.target.closest("input:not([type=checkbox]), textarea, select, dialog, details[open]");
    if (isElsewhere || event.metaKey || event.ctrlKey || event.altKey) return;
    const isArrow = event.key.startsWith("Arrow");
    if (isArrow && !document.activeElement.closest(".tcard, .cal-day")) return;
    if (one("[data-card]") && cards[event.key] && !event.shiftKey) cards[event.key]();
    else if (one(".board") && event.key === "ArrowRight") across(1, event.shiftKey);
    else if (one(".board") && event.key === "ArrowLeft") across(-1, event.shiftKey);
    else if (/^[a-z[\]]$/.test(event.key) && button(event.key)) button(event.key).click();
    else return;
    event.preventDefault();
  });

  let dragged = null;
  const target = (event) => dragged && event.target.closest?.(".col[data-takes]");
  const unmark = () => all(".col.over").forEach((column) => column.classList.remove("over"));

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".tcard[draggable]");
    if (!dragged) return;
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", one("[data-card]", dragged).textContent);
  });
  document.addEventListener("dragover", (event) => {
    const column = target(event);
    if (!column) return;
    event.preventDefault();
    unmark();
    column.classList.add("over");
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    unmark();
  });
  document.addEventListener("drop", (event) => {
    const column = target(event);
    if (!column) return;
    event.preventDefault();
    one(`[data-to="${column.dataset.column}"]`, dragged)?.click();
  });
})();
