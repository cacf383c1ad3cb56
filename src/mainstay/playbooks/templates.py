"""Texts that users write, in Liquid: no code runs, unknown names are errors, loops and output are bounded."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from html import escape
from re import sub

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from mainstay.playbooks import letters
from mainstay.playbooks.context import SAMPLE, Context
from mainstay.playbooks.errors import BadTemplate
from mainstay.playbooks.letters import Letter

METRIC, PEERS, LINKS = "metric", "peers", "links"
OPEN_NAMES = (METRIC, PEERS, LINKS)
"""Things whose names are the installation's: metrics, what is usual of them, declared links."""


class _Bounded(Environment):
    """A template is small: one that is not is a mistake or an attack."""

    loop_iteration_limit = 1_000
    output_stream_limit = 100_000
    local_namespace_limit = 1_000_000  # bytes: a text that is assigned to itself twice over grows without a loop


_environment = _Bounded(undefined=StrictUndefined)


@dataclass(frozen=True)
class Name:
    """A name of the installation that a text asks for, and where: `metric.seats_used`, line and column from 1."""

    thing: str
    name: str
    line: int
    column: int


@lru_cache(maxsize=1_000)
def _parsed(template: str) -> BoundTemplate:
    return _environment.from_string(template)


def render(template: str, context: Context) -> str:
    """The text with its values, stripped of blanks at its ends. BadTemplate says where and why it cannot be."""
    return _filled_in(template, context, inert=False)


def render_letter(template: str, context: Context) -> Letter:
    """A mail in both of its forms; no sign in a value means anything. Raises BadTemplate."""
    return letters.letter(_filled_in(template, context, inert=True))


def _filled_in(template: str, context: Context, *, inert: bool) -> str:
    if "{" not in template and len(template) <= _Bounded.output_stream_limit:
        return template.strip()
    texts = context.texts
    known = texts.filled_in.get((template, inert))
    if known is not None:
        return known
    try:
        found = _parsed(template).render(**(texts.inert_names if inert else texts.names)).strip()
    except LiquidError as error:
        said = str(error).splitlines()[0]
        if said.startswith(f"{LINKS}."):
            link = said.removeprefix(f"{LINKS}.").split()[0]
            raise BadTemplate(
                f"The link '{link}' is not set, so the text '{_beginning(template)}' cannot be sent. "
                f"Set it under Messages, Rules, then try again."
            ) from error
        raise BadTemplate(f"The text '{_beginning(template)}' cannot be filled in: {said}. {_instead(said)}") from error
    texts.remember(template, found, inert=inert)
    return found


def _beginning(template: str) -> str:
    """Enough to know a text by, on one line."""
    return " ".join(template.split())[:60]


def _instead(said: str) -> str:
    """The name that was meant, where one is close; else all there are."""
    unknown = said.removesuffix(" is undefined")
    close = get_close_matches(unknown, names(), n=1, cutoff=0.75) if unknown != said else []
    if close:
        return f"Did you mean {close[0]}?"
    return f"It may use {', '.join(names())}, and metric.…, peers.…, links.…."


def check(template: str) -> str:
    """The template itself, after a trial with sample values. ValueError for pydantic."""
    try:
        render(template, SAMPLE)
    except BadTemplate as error:
        raise ValueError(error.message) from None
    return template


@lru_cache(maxsize=1_000)
def names_of_installation(template: str) -> tuple[Name, ...]:
    """Every metric, peer and link a text names, wherever it stands in it; none where it is no template."""
    try:
        return tuple(_names(template))
    except LiquidError:
        return ()


def _names(template: str) -> Iterator[Name]:
    for thing, found in _parsed(template).analyze(include_partials=False).globals.items():
        for one in found if thing in OPEN_NAMES else ():
            before = template[: one.span.index]
            at = (before.count("\n") + 1, one.span.index - (before.rfind("\n") + 1) + 1)
            inside = one.segments[1] if len(one.segments) > 1 else ""
            yield Name(str(thing), inside if isinstance(inside, str) else "", *at)


def names() -> list[str]:
    """The names a template may use, without those of the installation."""
    return [
        f"{thing}.{name}" for thing, values in SAMPLE.texts.names.items() if thing not in OPEN_NAMES for name in values
    ]


def as_html(text: str) -> str:
    """A filled-in text as HTML: everything escaped, blank lines make paragraphs, addresses become links."""
    escaped = escape(text)
    linked = sub(r"https?://[^\s<>&]+(?:&amp;[^\s<>&]+)*", r'<a href="\g<0>">\g<0></a>', escaped)
    paragraphs = [paragraph.replace("\n", "<br>\n") for paragraph in linked.split("\n\n") if paragraph.strip()]
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
