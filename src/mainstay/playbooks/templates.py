"""Texts that users write, in Liquid: no code runs, unknown names are errors, loops and output are bounded."""

from functools import lru_cache
from html import escape
from re import sub

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from mainstay.playbooks.context import SAMPLE, Context
from mainstay.playbooks.errors import BadTemplate


class _Bounded(Environment):
    """A template is small: one that is not is a mistake or an attack."""

    loop_iteration_limit = 1_000
    output_stream_limit = 100_000


_environment = _Bounded(undefined=StrictUndefined)


@lru_cache(maxsize=500)
def _parsed(template: str) -> BoundTemplate:
    return _environment.from_string(template)


def render(template: str, context: Context) -> str:
    """The text with its values, stripped of blanks at its ends. BadTemplate says where and why it cannot be."""
    try:
        return _parsed(template).render(**context.for_templates()).strip()
    except LiquidError as error:
        raise BadTemplate(
            f"The text '{template[:60]}' cannot be filled in: {str(error).splitlines()[0]}. "
            f"It may use {', '.join(names())}."
        ) from error


def check(template: str) -> str:
    """The template itself, after a trial with sample values. ValueError for pydantic."""
    try:
        render(template, SAMPLE)
    except BadTemplate as error:
        raise ValueError(error.message) from None
    return template


def names() -> list[str]:
    """The names a template may use."""
    return [f"{thing}.{name}" for thing, values in SAMPLE.for_templates().items() for name in values]


def as_html(text: str) -> str:
    """A filled-in text as HTML: everything escaped, blank lines make paragraphs, addresses become links."""
    escaped = escape(text)
    linked = sub(r"https?://[^\s<>&]+(?:&amp;[^\s<>&]+)*", r'<a href="\g<0>">\g<0></a>', escaped)
    paragraphs = [paragraph.replace("\n", "<br>\n") for paragraph in linked.split("\n\n") if paragraph.strip()]
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
