// Mainstay in the browser: says who uses the product and what happens there, and shows messages to who it is.
//
// No dependency, no inline style or script, no eval, no HTML made from text: fit for a strict Content-Security-Policy.
// Whatever goes wrong in here stays in here. Comments are whole lines: they are left out of what is served.
(() => {
  "use strict";
  const VERSION = "1";
  const MAX_EVENTS = 500, MAX_QUEUE = 200000, MAX_EVENT = 30000, MAX_BODY = 60000;
  const LONGEST_PAUSE = 300000, AFTER_REFUSAL = 600000;

  const asked = window.mainstay;
  if (asked?.version) return;
  const script = document.currentScript ?? document.querySelector('script[src*="/sdk/v1/sdk.js"]');
  const config = script?.dataset ?? {};
  const base = new URL(config.host ? `${config.host}/` : "../../", script?.src || location.href).href;
  const label = (name, text) => config[name] || text;

  const warned = new Set();
  const warn = (problem) => {
    const text = `mainstay: ${problem?.message ?? problem}`;
    if (!warned.has(text)) console.warn(text);
    warned.add(text);
  };
  // The same function, whose errors never reach the page.
  const safe = (work) => (...given) => {
    try {
      const result = work(...given);
      return result?.catch ? result.catch(warn) : result;
    } catch (error) {
      warn(error);
    }
  };
  const listen = (target, name, work, options) => target.addEventListener(name, safe(work), options);

  // ---- What is remembered: for good (localStorage), or as long as the tab (sessionStorage); else only on this page.

  const box = (kind) => {
    const kept = {};
    const area = () => window[kind];
    return {
      get(name) {
        let text;
        // Storage may be blocked, full, or filled by somebody else.
        try { text = area().getItem(`mainstay.${name}`); } catch { text = kept[name]; }
        try { return text && JSON.parse(text); } catch {}
      },
      set(name, value) {
        kept[name] = value === undefined ? undefined : JSON.stringify(value);
        try {
          if (value === undefined) area().removeItem(`mainstay.${name}`);
          else area().setItem(`mainstay.${name}`, kept[name]);
        } catch {}
      },
    };
  };
  const local = box("localStorage"), session = box("sessionStorage");

  const hex = (byte) => byte.toString(16).padStart(2, "0");
  const uuid = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");
  const anonymous = () => {
    const id = local.get("anonymous") || uuid();
    local.set("anonymous", id);
    return id;
  };

  // ---- What is sent: kept until it was answered, so that nothing is lost when the page goes or the line breaks.

  // Text, not JSON: such a request needs no question before it (CORS).
  const post = async (path, body) => {
    const url = base + path;
    if (!("keepalive" in Request.prototype) && document.hidden) return navigator.sendBeacon(url, body) ? 200 : 0;
    try {
      const answer = await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
      return answer.status;
    } catch {
      return 0;
    }
  };

  const outbox = (name, path, envelope) => {
    let timer, busy = false, failures = 0;
    const all = () => local.get(name) ?? [];
    const portion = () => {
      let size = 0;
      return all().filter((one) => (size += JSON.stringify(one).length + 1) < MAX_BODY - 500);
    };
    const later = (pause) => {
      clearTimeout(timer);
      timer = setTimeout(flush, pause);
    };
    const flush = safe(async () => {
      clearTimeout(timer);
      const some = portion();
      const body = some.length && !busy && envelope(some);
      if (!body) return;
      busy = true;
      const status = await post(path, JSON.stringify(body));
      busy = false;
      // What cannot be taken now will not be taken later either, unless the other side says so.
      if (status && status < 500 && status !== 408 && status !== 429) {
        failures = 0;
        const sent = new Set(some.map((one) => one.messageId));
        const left = all().filter((one) => !sent.has(one.messageId));
        local.set(name, left.length ? left : undefined);
        if (status >= 400) warn(`${path} answered ${status}`);
        if (left.length) later(0);
      } else {
        failures += 1;
        later(Math.min(LONGEST_PAUSE, 1000 * 2 ** failures) * (0.5 + Math.random() / 2));
      }
    });
    return {
      flush,
      add(one, pause) {
        const waiting = [...all(), { ...one, messageId: uuid() }].slice(-MAX_EVENTS);
        while (waiting.length > 1 && JSON.stringify(waiting).length > MAX_QUEUE) waiting.shift();
        local.set(name, waiting);
        if (!failures) later(waiting.length >= 20 ? 0 : pause);
      },
    };
  };

  const events = outbox("queue", "v1/batch", (batch) => {
    return config.key && { batch, writeKey: config.key, sentAt: new Date().toISOString() };
  });

  let hash = "";
  const user = () => local.get("user");
  // Reports of somebody who used this browser before are not hers to send.
  const reports = outbox("reports", "in-app/v1/reports", (some) => {
    const mine = some.filter((one) => one.user === user());
    return hash && { key: config.key, user: user(), hash, reports: mine };
  });

  const send = (type, fields) => {
    const event = {
      type,
      ...fields,
      anonymousId: anonymous(),
      timestamp: new Date().toISOString(),
      context: {
        library: { name: "mainstay.js", version: VERSION },
        page: { path: location.pathname, title: document.title, url: location.origin + location.pathname },
        locale: navigator.language,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      },
    };
    const who = user(), account = local.get("account");
    if (who) event.userId = who;
    if (account) event.context.groupId = account;
    if (JSON.stringify(event).length > MAX_EVENT) return warn(`${type} is larger than 30 KB and was not sent`);
    events.add(event, 1000);
  };

  // ---- What is called: identify, group, track, page, reset.

  const isText = (value) => typeof value === "string" || typeof value === "number";
  const once = (name, fields) => {
    const text = JSON.stringify(fields);
    if (session.get(name) === text) return;
    session.set(name, text);
    send(name, fields);
  };
  const forget = () => {
    for (const name of ["user", "account", "anonymous", "reports"]) local.set(name, undefined);
    for (const name of ["inapp", "identify", "group"]) session.set(name, undefined);
    hash = "";
    show([]);
  };

  const calls = {
    identify(id, traits, options) {
      if (!isText(id)) return send("identify", { traits: id ?? {} });
      const before = user();
      if (before && before !== String(id)) forget();
      local.set("user", String(id));
      hash = options?.hash ?? (before === String(id) ? hash : "");
      once("identify", { userId: String(id), traits: traits ?? {} });
      look();
      reports.flush();
    },
    group(id, traits) {
      if (!isText(id)) return warn("group needs the id of an account");
      local.set("account", String(id));
      once("group", { groupId: String(id), traits: traits ?? {} });
    },
    track(event, properties) {
      if (!isText(event)) return warn("track needs the name of what happened");
      send("track", { event: String(event), properties: properties ?? {} });
      for (const view of shown.values()) view.heard?.(String(event).trim().toLowerCase());
    },
    page(...given) {
      const names = given.filter(isText), properties = given.find((one) => one && typeof one === "object");
      const [category, name] = names.length > 1 ? names : [undefined, names[0]];
      send("page", { name, category, properties: { path: location.pathname, title: document.title, ...properties } });
    },
    reset() {
      flush();
      forget();
    },
    // Shows a message instead of the last one shown so, without asking or telling anybody.
    preview(message) {
      for (const view of shown.values()) if (view.message.isPreview) view.remove();
      open({ id: uuid(), ...message, isPreview: true });
    },
    // Another kind of message: `render(message, tools)` gives its element; tools: `make`, `close`, `report`.
    extend(kind, render) {
      kinds[kind] = render;
      show(session.get("inapp")?.messages ?? []);
    },
  };

  // ---- Which messages there are: asked for at most as often as the server says, and kept for the pages of the tab.

  let idle = 0, timer, isAsking = false, hasNewTip = false;
  const look = safe(async () => {
    const who = user();
    clearTimeout(timer);
    if (!who || !hash || !config.key || document.hidden) return;
    let kept = session.get("inapp");
    if (kept?.user !== who) kept = { user: who, next: 0, messages: [] };
    show(kept.messages);
    if (isAsking) return;
    if (kept.next > Date.now()) return again(kept.next);
    isAsking = true;
    const found = await ask(kept).finally(() => { isAsking = false; });
    if (user() !== who) return;
    session.set("inapp", found);
    hasNewTip = false;
    show(found.messages);
    for (const view of shown.values()) view.place?.();
    again(found.next);
  });
  const again = (at) => { timer = setTimeout(look, Math.max(1000, at - Date.now())); };

  const ask = async (kept) => {
    const shownAs = [config.key, kept.user, hash].map(encodeURIComponent).join(":");
    const headers = { Authorization: `Mainstay ${shownAs}` };
    if (kept.tag) headers["If-None-Match"] = kept.tag;
    let answer;
    try {
      answer = await fetch(`${base}in-app/v1/messages?v=${VERSION}`, { headers, credentials: "omit", cache: "no-store" });
    } catch {
      warn("messages cannot be asked for; is this site listed in Mainstay, Settings, In-app?");
    }
    const status = answer?.status;
    const seconds = Number(answer?.headers.get("Retry-After")) || 120;
    // Who stays long on a page where nothing comes asks ever more rarely.
    idle = status === 200 ? 0 : Math.min(idle + 1, 4);
    const next = Date.now() + seconds * 1000 * 2 ** Math.max(0, idle - 1);
    if (status === 200) return { ...kept, next, tag: answer.headers.get("ETag"), messages: (await answer.json()).messages };
    if (status === 204) return { user: kept.user, next, messages: [] };
    if (status === 401 || status === 403) {
      warn((await answer.json()).message);
      return { user: kept.user, next: Date.now() + AFTER_REFUSAL, messages: [] };
    }
    return { ...kept, next };
  };

  // ---- What is on the page.

  const shown = new Map();
  const finished = () => local.get("done") ?? [];

  const show = (messages) => {
    const waiting = messages.filter((one) => !finished().includes(one.id));
    for (const [id, view] of shown) {
      if (!view.message.isPreview && !waiting.some((one) => one.id === id)) view.remove();
    }
    for (const one of waiting) if (!shown.has(one.id)) open(one);
  };

  const report = (message, what, more) => {
    const detail = { id: message.id, kind: message.kind, title: message.title, what, ...more };
    const goesOn = document.dispatchEvent(new CustomEvent(`mainstay:${what}`, { detail, cancelable: true }));
    if (!message.isPreview) reports.add({ id: message.id, user: user(), what, ...more }, what === "shown" ? 500 : 0);
    return goesOn;
  };
  // It is not shown again, whatever becomes of the report.
  const finish = (message) => {
    if (!message.isPreview) local.set("done", [...finished(), message.id].slice(-100));
  };
  const keep = (message, changes) => {
    Object.assign(message, changes);
    const kept = session.get("inapp");
    const found = kept?.messages.find((one) => one.id === message.id);
    if (!found) return;
    Object.assign(found, changes);
    session.set("inapp", kept);
  };

  const open = (message) => {
    const render = kinds[message.kind];
    if (!render) return;
    const view = { message, remove };
    function remove() {
      shown.delete(message.id);
      view.gone?.();
      view.element?.remove();
    }
    view.close = safe(() => {
      finish(message);
      report(message, "dismissed");
      remove();
    });
    view.seen = () => {
      if (view.isSeen) return;
      view.isSeen = true;
      if (message.is_new !== false) report(message, "shown");
      keep(message, { is_new: false });
    };
    // A click: of a link the way there, unless the page takes it over.
    view.go = safe((event, link, staysOpen) => {
      if (!staysOpen) finish(message);
      if (!report(message, "clicked", { detail: link })) event.preventDefault();
      if (!staysOpen) remove();
    });
    view.report = (what, more) => report(message, what, more);
    view.make = make;
    shown.set(message.id, view);
    // Other renderers than ours are the page's: they get what they need and no more.
    const place = render(message, view);
    if (place) {
      view.element = place;
      if (!place.isConnected) corner().append(place);
      view.seen();
    }
  };

  const make = (name, settings, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(settings ?? {})) {
      if (typeof value === "function") listen(element, key, value);
      else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== undefined && child !== ""));
    return element;
  };

  let holder, root, stack, live;
  const attach = () => {
    if (!holder.isConnected) document.body.append(holder);
  };
  const corner = () => {
    if (!holder) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      holder = make("mainstay-messages", { "data-theme": config.theme });
      root = holder.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      live = make("div", { class: "away", role: "status", "aria-live": "polite" });
      stack = make("div", { class: "corner" });
      root.append(live, stack);
      // Some products exchange the whole body when they go to another page.
      new MutationObserver(attach).observe(document.documentElement, { childList: true });
    }
    attach();
    return stack;
  };
  // Read out, without taking the focus from whoever is typing.
  const say = (message) => {
    setTimeout(() => { live.textContent = `${message.title}. ${message.text ?? ""}`; }, 100);
  };

  const linkOf = (link) => {
    try {
      const url = new URL(link, location.href);
      return /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined;
    } catch (error) {
      // An address that cannot be read leads nowhere; the message, and those after it, are shown all the same.
      warn(error);
    }
  };
  const anchor = (view, kind, text, link, staysOpen) =>
    make("a", { class: kind, href: linkOf(link), click: (event) => view.go(event, link, staysOpen) }, text);
  const button = ({ button: told }, view, focus) => {
    if (!told) return "";
    if (told.link) return anchor(view, "go", told.label, told.link);
    return make("button", { class: "go", type: "button", autofocus: focus, click: (event) => view.go(event, "") }, told.label);
  };
  const closer = (view, focus) => make("button", {
    class: "x", type: "button", "aria-label": label("close", "Close"), autofocus: focus, click: view.close,
  }, "×");
  const words = (message, id = "") => make("div", { class: "words" },
    make("h2", { id: id && `${id}-title` }, message.title),
    message.text ? make("p", { id: id && `${id}-text` }, message.text) : "");
  const escape = (view) => (event) => { if (event.key === "Escape") view.close(); };
  const region = (view, kind, ...children) => {
    corner();
    const { message } = view;
    return make("section", { class: `card ${kind}`, "aria-label": message.title, keydown: escape(view) }, ...children);
  };

  const kinds = {
    banner(message, view) {
      const element = region(view, `banner ${message.at ?? "top"}`, words(message), button(message, view), closer(view));
      root.append(element);
      say(message);
      return element;
    },

    announcement(message, view) {
      const element = region(view, "note", closer(view), words(message), button(message, view));
      stack.prepend(element);
      say(message);
      return element;
    },

    modal(message, view) {
      corner();
      const element = make("dialog", {
        class: "card modal", "aria-labelledby": "m-title", "aria-describedby": message.text ? "m-text" : undefined,
        cancel: (event) => { event.preventDefault(); view.close(); },
        click: (event) => { if (event.target === element) view.close(); },
      }, make("div", { class: "inside" },
        words(message, "m"), make("div", { class: "row" }, button(message, view, true)), closer(view, !message.button)));
      root.append(element);
      element.showModal();
      // Closing gives the focus back to where it was; an element that is only removed would not.
      view.gone = () => element.close();
      return element;
    },

    tooltip(message, view) {
      const element = region(view, "tip", make("i"), closer(view), words(message), button(message, view));
      element.hidden = true;
      root.append(element);
      let waiting;
      const place = safe(() => {
        const target = document.querySelector(message.selector);
        const at = target?.getClientRects().length ? target.getBoundingClientRect() : undefined;
        const isThere = at && at.bottom > 0 && at.right > 0 && at.top < innerHeight && at.left < innerWidth;
        if (isThere && !view.isSeen && message.is_new !== false && !message.isPreview) {
          // One new tooltip a look: the server decides about the next one.
          if (hasNewTip) return;
          hasNewTip = true;
        }
        element.hidden = !isThere;
        if (!isThere) return;
        const wide = element.offsetWidth, high = element.offsetHeight;
        const isBelow = at.bottom + high + 14 < innerHeight || at.top < high + 14;
        const left = Math.max(8, Math.min(at.left + at.width / 2 - wide / 2, innerWidth - wide - 8));
        const middle = Math.max(16, Math.min(at.left + at.width / 2 - left, wide - 16));
        element.classList.toggle("below", isBelow);
        element.style.setProperty("left", `${left}px`);
        element.style.setProperty("top", `${isBelow ? at.bottom + 10 : at.top - high - 10}px`);
        element.style.setProperty("--arrow", `${middle}px`);
        if (!view.isSeen) say(message);
        view.seen();
      });
      // Not put off again and again: some pages never stand still.
      const soon = () => {
        if (waiting) return;
        waiting = setTimeout(() => {
          waiting = 0;
          place();
        }, 200);
      };
      const now = () => requestAnimationFrame(place);
      const watcher = new MutationObserver(soon);
      watcher.observe(document.body, { childList: true, subtree: true, attributes: true });
      addEventListener("scroll", now, { capture: true, passive: true });
      addEventListener("resize", now);
      view.gone = () => {
        watcher.disconnect();
        clearTimeout(waiting);
        removeEventListener("scroll", now, { capture: true });
        removeEventListener("resize", now);
      };
      view.element = element;
      view.place = place;
      place();
    },

    checklist(message, view) {
      const ticked = new Set(message.ticked ?? []);
      const items = message.items ?? [];
      const bar = make("progress", { max: items.length, "aria-label": message.title });
      const count = make("span", { class: "count" });
      const list = make("ul");
      const tick = (number) => {
        if (ticked.has(number)) return;
        ticked.add(number);
        keep(message, { ticked: [...ticked] });
        report(message, "ticked", { item: number });
        if (ticked.size === items.length) {
          finish(message);
          report({ ...message, isPreview: true }, "completed");
          say({ title: label("allDone", "All done") });
        }
        draw();
      };
      const line = (item, number) => {
        const isDone = ticked.has(number);
        const text = item.link && !isDone ? anchor(view, "", item.text, item.link, true) : make("span", {}, item.text);
        const mark = item.event || isDone
          ? make("b", { role: "img", "aria-label": isDone ? label("done", "Done") : label("toDo", "To do") })
          : make("input", { type: "checkbox", "aria-label": item.text, change: () => tick(number) });
        return make("li", { class: isDone ? "done" : "" }, mark, text);
      };
      const draw = () => {
        const focused = list.contains(root.activeElement);
        list.replaceChildren(...items.map(line));
        bar.value = ticked.size;
        count.textContent = `${ticked.size}/${items.length}`;
        // What was ticked is gone; the next line that can be ticked or followed has the focus.
        if (focused) (list.querySelector("input, a") ?? fold).focus();
      };
      const fold = make("button", {
        class: "fold", type: "button", "aria-expanded": "true",
        click: () => setFolded(!element.classList.contains("folded")),
      }, make("h2", {}, message.title), count);
      const element = region(view, "list", fold, closer(view), bar,
        message.text ? make("p", {}, message.text) : "", list, button(message, view));
      const setFolded = (isFolded) => {
        element.classList.toggle("folded", isFolded);
        fold.setAttribute("aria-expanded", String(!isFolded));
        session.set("folded", isFolded);
      };
      setFolded(Boolean(session.get("folded")));
      draw();
      view.heard = (event) => {
        items.forEach((item, number) => { if (item.event?.trim().toLowerCase() === event) tick(number); });
      };
      stack.append(element);
      return element;
    },
  };

  const STYLE = `
    :host {
      all: initial;
      color-scheme: inherit;
      --bg: var(--mainstay-surface, #fff);
      --fg: var(--mainstay-text, #1b1f27);
      --soft: var(--mainstay-muted, #555d6b);
      --line: var(--mainstay-border, #dfe3ea);
      --accent: var(--mainstay-accent, #2b5cd9);
      --on: var(--mainstay-on-accent, #fff);
      --r: var(--mainstay-radius, 12px);
      --z: var(--mainstay-z, 2147483000);
      font: 400 15px/1.45 var(--mainstay-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
    }
    :host([data-theme="light"]) { color-scheme: light; }
    :host([data-theme="dark"]) { color-scheme: dark; }
    :host([data-theme="auto"]) { color-scheme: light dark; }
    @supports (color: light-dark(red, red)) {
      :host {
        --bg: var(--mainstay-surface, light-dark(#fff, #1d212a));
        --fg: var(--mainstay-text, light-dark(#1b1f27, #eceff4));
        --soft: var(--mainstay-muted, light-dark(#555d6b, #a9b2c1));
        --line: var(--mainstay-border, light-dark(#dfe3ea, #363d4a));
        --accent: var(--mainstay-accent, light-dark(#2b5cd9, #8fb0ff));
        --on: var(--mainstay-on-accent, light-dark(#fff, #10131a));
      }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .card {
      color: var(--fg); background: var(--bg); border: 1px solid var(--line); border-radius: var(--r);
      box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 12px 32px rgb(0 0 0 / .16);
      padding: 16px 18px; overflow-wrap: anywhere;
    }
    h2 { margin: 0; font-size: 16px; font-weight: 600; line-height: 1.35; text-wrap: balance; }
    p { margin: 4px 0 0; color: var(--soft); white-space: pre-line; }
    a { color: var(--accent); text-underline-offset: 2px; }
    button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .go {
      display: inline-flex; align-items: center; min-height: 36px; margin-top: 14px; padding: 6px 14px; flex: none;
      border-radius: calc(var(--r) * .66); background: var(--accent); color: var(--on);
      font-weight: 600; font-size: 14px; text-decoration: none;
    }
    .go:hover { filter: brightness(1.08); }
    .x {
      float: right; flex: none; width: 32px; height: 32px; margin: -6px -8px 0 8px; padding: 0; border-radius: 50%;
      color: var(--soft); font-size: 20px; line-height: 30px; text-align: center;
    }
    .x:hover { color: var(--fg); background: color-mix(in srgb, currentColor 12%, transparent); }
    .corner {
      position: fixed; z-index: var(--z); right: 20px; bottom: 20px; width: 360px; max-width: calc(100vw - 32px);
      max-height: calc(100vh - 40px); display: flex; flex-direction: column; gap: 12px; pointer-events: none;
    }
    .corner > * { pointer-events: auto; flex: none; }
    .corner > .list { flex: 0 1 auto; min-height: 64px; overflow: auto; }
    .banner {
      position: fixed; z-index: var(--z); inset-inline: 16px; max-width: 880px; margin-inline: auto;
      display: flex; align-items: center; gap: 16px; padding: 12px 14px 12px 18px;
      border-inline-start: 4px solid var(--accent);
    }
    .banner.top { top: 16px; }
    .banner.bottom { bottom: 16px; }
    .banner .words { flex: 1; min-width: 0; }
    .banner .go { margin: 0; }
    .banner .x { margin: 0 -4px 0 -8px; }
    .banner p { margin-top: 1px; }
    .banner h2 { font-size: 15px; }
    .modal { width: 480px; max-width: calc(100vw - 32px); max-height: calc(100vh - 32px); padding: 0; margin: auto; }
    .modal::backdrop { background: rgb(10 14 22 / .5); }
    .inside { padding: 26px 28px 24px; display: grid; grid-template-columns: 1fr auto; }
    .inside .x { grid-row: 1; grid-column: 2; }
    .inside .row { grid-column: 1 / -1; }
    .modal h2 { font-size: 20px; }
    .modal p { margin-top: 8px; }
    .modal .go { margin-top: 20px; min-height: 40px; padding-inline: 18px; }
    .tip { position: fixed; z-index: var(--z); width: max-content; max-width: min(320px, calc(100vw - 16px)); padding: 12px 14px; }
    .tip h2 { font-size: 15px; }
    .tip i {
      position: absolute; left: var(--arrow, 50%); bottom: -7px; width: 12px; height: 12px; margin-left: -6px;
      background: inherit; border: inherit; border-width: 0 1px 1px 0; transform: rotate(45deg);
    }
    .tip.below i { bottom: auto; top: -7px; border-width: 1px 0 0 1px; }
    .list { display: flex; flex-wrap: wrap; align-items: center; }
    .fold { flex: 1; min-width: 0; display: flex; gap: 10px; align-items: baseline; padding: 0; text-align: start; border-radius: 4px; }
    .fold h2 { flex: 1; }
    .fold::before { content: ""; align-self: center; border: solid; border-width: 0 2px 2px 0; padding: 3px; margin: -4px 1px 0; color: var(--soft); transform: rotate(45deg); }
    .folded .fold::before { transform: rotate(-45deg); margin-top: 0; }
    .count { color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums; }
    .list .x { margin: 0 -8px 0 4px; }
    progress {
      appearance: none; width: 100%; height: 6px; margin-top: 10px; border: 0; border-radius: 3px; overflow: hidden;
      background: var(--line);
    }
    progress::-webkit-progress-bar { background: var(--line); }
    progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; }
    progress::-moz-progress-bar { background: var(--accent); border-radius: 3px; }
    .list p, ul { width: 100%; }
    .list p { margin-top: 10px; }
    ul { list-style: none; margin: 10px 0 0; padding: 0; }
    li { display: flex; gap: 10px; align-items: flex-start; padding: 5px 0; }
    .done { color: var(--soft); text-decoration: line-through; }
    li b, input {
      flex: none; width: 18px; height: 18px; margin: 2px 0 0; border: 1.5px solid var(--soft); border-radius: 50%;
      position: relative;
    }
    input { appearance: none; border-radius: 5px; cursor: pointer; }
    input:hover { border-color: var(--accent); }
    .done b { background: var(--accent); border-color: var(--accent); }
    .done b::after {
      content: ""; position: absolute; left: 5px; top: 1.5px; width: 4px; height: 8px;
      border: solid var(--on); border-width: 0 2px 2px 0; transform: rotate(45deg);
    }
    .folded > :not(.fold, .x, progress) { display: none; }
    @media (max-width: 520px) {
      .corner { right: 16px; bottom: 16px; }
      .banner { flex-wrap: wrap; gap: 10px; inset-inline: 8px; padding: 14px; }
      .banner.top { top: 8px; }
      .banner.bottom { bottom: 8px; }
      .banner .words { flex: 1 1 calc(100% - 48px); order: -2; }
      .banner .x { order: -1; align-self: flex-start; }
      .inside { padding: 22px 20px 20px; }
    }
    @media (prefers-reduced-motion: no-preference) {
      .card { animation: in .22s ease-out; }
      @keyframes in { from { opacity: 0; transform: translateY(6px); } }
    }
    @media print { :host { display: none; } }
  `;

  // ---- The way in: what the page asked for before this was loaded, then what it asks for from now on.

  const api = { version: VERSION };
  for (const [name, call] of Object.entries(calls)) api[name] = safe(call);
  api.push = safe(([name, ...given]) => calls[name] ? api[name](...given) : warn(`there is no call '${name}'`));
  window.mainstay = api;

  const flush = () => {
    events.flush();
    reports.flush();
  };
  listen(window, "pagehide", flush);
  listen(window, "online", flush);
  listen(document, "visibilitychange", () => document.hidden ? flush() : look());

  const begin = safe(() => {
    if (!config.key) warn("the script needs data-key, a write key");
    if (config.user) {
      api.identify(config.user, safe(() => JSON.parse(config.traits ?? "{}"))(), { hash: config.hash });
      if (config.account) api.group(config.account);
    }
    if (Array.isArray(asked)) asked.forEach(api.push);
    events.flush();
  });
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
