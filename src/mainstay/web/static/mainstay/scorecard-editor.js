/* The editor of a scorecard: sliders beside their numbers, dragging, marks on what is wrong, nothing left unsaved. */
(() => {
  const form = () => document.getElementById("editor");
  const own = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  let unsaved = false, dragged = null;

  /* Who saves: a window knows what it sent, so it may save on without waiting for an answer. */
  const name = () => form() && (form().elements.window.value ||= own);

  function mark() {
    if (!form()) return;
    const bad = new Set([...form().querySelectorAll("[data-bad]")].flatMap((part) => part.dataset.bad.split(" ")));
    for (const field of form().elements) if (field.name) field.toggleAttribute("aria-invalid", bad.has(field.name));
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.closest?.("#editor")) return;
    unsaved = true;
    const slider = target.matches("[data-for]");
    const other = slider ? document.getElementById(target.dataset.for) : target.id && form().querySelector(`[data-for="${target.id}"]`);
    if (other) other.value = target.value;
  }, true);

  addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.request.method === "POST" && ctx.response?.status < 300) unsaved = false;
  });
  document.addEventListener("submit", () => (unsaved = false));
  document.addEventListener("htmx:after:swap", () => (name(), mark()));

  /* Dragging begins at a grip and stays within its list; the order of the page is the order that is saved. */
  document.addEventListener("pointerdown", ({ target }) => {
    const grip = target.closest?.("[data-grip]");
    if (grip) grip.closest("[data-item]").draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    if (!event.target.matches?.("[data-item]")) return;
    dragged = event.target;
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.("[data-item]");
    const item = over && [over, over.parentElement.closest("[data-item]")].find((one) => one?.parentElement === dragged.parentElement);
    if (!item) return;
    event.preventDefault();
    if (item === dragged) return;
    const box = item.getBoundingClientRect();
    item[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.draggable = false;
    dragged = null;
    form().requestSubmit();
  });

  name();
  mark();
})();
