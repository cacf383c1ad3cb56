"""What a machine can check of a page for everybody: names, labels, headings, landmarks, contrast, sizes of targets."""

from typing import Any

from playwright.sync_api import Page

_CHECKS = """() => {
  const found = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("[aria-hidden=true]");
  const say = (rule, e) => found.push(`${rule}: ${e.outerHTML.slice(0, 120)}`);
  const text = (e) => (e.getAttribute("aria-label") || e.textContent || e.title || "").trim();
  const one = (id) => document.getElementById(id);
  const by = (ids) => ids && ids.split(" ").map(one).filter(Boolean).map(text).join(" ");
  const named = (e) => e.getAttribute("aria-label") || by(e.getAttribute("aria-labelledby"));

  for (const e of document.querySelectorAll("a[href], button, summary"))
    if (shown(e) && !text(e) && !by(e.getAttribute("aria-labelledby"))) say("no name", e);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (shown(e) && !(e.labels && e.labels.length) && !named(e)) say("no label", e);
  for (const e of document.querySelectorAll("svg[role=img]")) if (!named(e)) say("image without a name", e);
  for (const e of document.querySelectorAll("svg:not([role]):not(svg svg)"))
    if (e.getAttribute("aria-hidden") !== "true") say("image that is neither named nor hidden", e);
  for (const e of document.querySelectorAll("th")) if (!e.getAttribute("scope")) say("head cell without scope", e);

  const ids = [...document.querySelectorAll("[id]:not(svg [id])")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`id used twice: ${id}`);
  for (const e of document.querySelectorAll("[for]")) if (!one(e.htmlFor)) say("label of nothing", e);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls"])
    for (const e of document.querySelectorAll(`[${name}]`))
      for (const id of e.getAttribute(name).split(" "))
        if (shown(e) && !one(id)) say(`${name} of nothing`, e);

  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown).map((e) => +e.tagName[1]);
  const first = headings.filter((level) => level === 1).length;
  if (first !== 1) found.push(`${first} h1 headings`);
  headings.reduce((before, level) => (level > before + 1 && found.push(`h${level} after h${before}`), level), 0);
  if (document.querySelectorAll("main").length !== 1) found.push("not one main landmark");
  if (!document.title.includes("·")) found.push(`title: ${document.title}`);
  for (const e of document.querySelectorAll("[tabindex]")) if (+e.tabIndex > 0) say("positive tabindex", e);
  for (const e of document.querySelectorAll("[style]")) say("inline style", e);
  return found;
}"""

_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const paint = (color, under) => {
    canvas.fillStyle = under ? `rgb(${under})` : "#fff"; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (c) => c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const back = (e) => {
    const chain = [];
    for (let at = e; at; at = at.parentElement) chain.unshift(getComputedStyle(at).backgroundColor);
    return chain.reduce((under, color) => paint(color, under), null);
  };
  const found = [];
  for (const e of document.querySelectorAll("body *:not(svg *, script, option, .vh)")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const isShown = e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!own || !isShown || e.closest("[disabled], .vh, .skip")) continue;
    const style = getComputedStyle(e), under = back(e), ink = paint(style.color, under);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${e.outerHTML.slice(0, 110)}`);
  }
  return found;
}"""


def complaints(page: Page) -> list[str]:
    """What is wrong with the page that is open, apart from colour."""
    found: Any = page.evaluate(_CHECKS)
    return list(found)


def faint_texts(page: Page) -> list[str]:
    """Texts whose contrast is below WCAG 2.2 AA (4.5, large 3), with their ratio."""
    found: Any = page.evaluate(_CONTRAST)
    return list(found)
