/* What the platform and htmx leave over: dialogs, the jump box, keys on lists, toasts. */
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const dialog = one("#dialog"), jump = one("#jump");

  const closeMenus = (but) => all("details[open].menu").forEach((menu) => menu.contains(but) || (menu.open = false));

  function openJump() {
    if (!jump || jump.open) return;
    closeMenus(null);
    const input = one("input", jump);
    input.value = "";
    one("#jump-list").replaceChildren();
    jump.showModal();
    htmx.ajax("GET", input.form.action, { target: "#jump-list", swap: "innerHTML" });
  }

  function say(text) {
    const toast = document.createElement("div");
    toast.className = "toast error";
    toast.textContent = text;
    one("#toasts").append(toast);
  }

  function move(step) {
    const rows = all(".tbl tbody tr:has([data-row])");
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = at < 0 ? rows[0] : rows[at + step] || rows[at];
    if (!row) return;
    one("[data-row]", row).focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function step(event) {
    const links = all("#jump-list a");
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (links[at + 1] || links[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? links[at - 1] : one("input", jump)).focus();
    else if (event.key === "Enter" && at < 0) links[0]?.click();
    else if (event.key === "Escape") jump.close();
    else return;
    event.preventDefault();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => one(".pick", document.activeElement.closest("tr") || document.createElement("tr"))?.click(),
    "/": () => one(".find input")?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openJump();
    }
    if (jump?.open) return step(event);
    if (event.key === "Escape") closeMenus(null);
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target);
    if (target.closest(".jump, [data-jump]")) {
      event.preventDefault();
      openJump();
    }
    if (target.closest("[data-close]") || target === dialog || target === jump) target.closest("dialog").close();
    target.closest("[data-dismiss]")?.closest(".toast").remove();
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(one(copy.dataset.copy).textContent).then(() => copy.classList.add("copied"));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) all(".pick").forEach((pick) => (pick.checked = event.target.checked));
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  document.addEventListener("animationend", (event) => event.target.matches(".toast") && event.target.remove());
  document.addEventListener("htmx:after:swap", () => one(".dialog-in", dialog || document) && !dialog.open && dialog.showModal());
  dialog?.addEventListener("close", () => dialog.replaceChildren());

  /* htmx leaves out what a button says that is pressed inside a form. */
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const { sourceElement: pressed, request } = ctx;
    if (pressed.matches("button[name]") && request.form && !request.submitter) request.body.append(pressed.name, pressed.value);
  });

  /* A fault must not be drawn into a corner of the page. Refused forms (422) and told errors are. */
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status === 422 || ctx.hx.reswap) return;
    ctx.swap = "none";
    ctx.text = "";
    say(`That did not work (error ${ctx.response.status}). Reload the page.`);
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.error?.name !== "AbortError") say("Mainstay could not be reached. Try again.");
  });
})();
