"""Mails as people write them: a text with a few signs, as plain text and as HTML. Pure.

The signs: blank lines make paragraphs, `- ` and `1. ` lists, `## ` a heading, `**bold**`, `[label](https://…)` a link;
a link that stands alone is a button. Values that came into the text are marked by `inert`, so that no sign in the name
of a customer becomes a link of ours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import groupby

_SIGNS = str.maketrans("[]*#", "\ue000\ue001\ue002\ue003")
_SIGNS_BACK = str.maketrans("\ue000\ue001\ue002\ue003", "[]*#")
_LINK = r"\[(?P<label>[^\[\]\n]+)\]\((?P<url>[^()\s]*)\)"
_INLINE = re.compile(rf"{_LINK}|\*\*(?P<bold>[^*\n]+)\*\*|(?P<bare>https?://[^\s<>]*[^\s<>.,;:!?)])")
_ALONE = re.compile(rf"\s*{_LINK}\s*")
_BULLET = re.compile(r"\s*[-–•] +(?P<rest>.*)")
_NUMBER = re.compile(r"\s*\d{1,2}\. +(?P<rest>.*)")
_HEADING = re.compile(r"## +(?P<rest>.*)")


@dataclass(frozen=True)
class Letter:
    """One mail in both of its forms."""

    text: str
    html: str


def inert(value: str) -> str:
    """A value that came from data: its signs mean nothing in `letter`."""
    return value.translate(_SIGNS)


@lru_cache(maxsize=1_000)
def letter(filled_in: str) -> Letter:
    """Both forms of a text whose values stand in it already."""
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*\n", filled_in) if block.strip()]
    text = "\n\n".join("\n".join(_plain(line.rstrip()) for line in block.split("\n")) for block in blocks)
    html = "\n".join(part for block in blocks for part in _block(block))
    return Letter(text.translate(_SIGNS_BACK), html.translate(_SIGNS_BACK))


def relative_links(filled_in: str) -> list[str]:
    """The targets of links that lead nowhere from a mail: they must be absolute."""
    return [
        found["url"]
        for found in re.finditer(_LINK, filled_in)
        if not found["url"].startswith(("https://", "http://", "mailto:"))
    ]


def _plain(line: str) -> str:
    """`[Look](https://…)` alone in its line is `Look: https://…`, within a sentence `Look (https://…)`."""
    line = _HEADING.sub(lambda found: found["rest"].upper(), line)
    if alone := _ALONE.fullmatch(line):
        return f"{alone['label']}:\n{alone['url']}"
    return _INLINE.sub(_plain_inline, line)


def _plain_inline(found: re.Match[str]) -> str:
    if found["label"]:
        return f"{found['label']} ({found['url']})"
    return found["bold"] or found["bare"]


def _block(block: str) -> Iterator[str]:
    """The HTML of what stands between blank lines: lines of one kind together."""
    for kind, lines in groupby(block.split("\n"), key=_kind):
        yield from _of_kind(kind, list(lines))


def _kind(line: str) -> str:
    if _ALONE.fullmatch(line):
        return "button"
    kinds = (("heading", _HEADING), ("ul", _BULLET), ("ol", _NUMBER))
    return next((kind for kind, pattern in kinds if pattern.fullmatch(line)), "p")


def _of_kind(kind: str, lines: Sequence[str]) -> Iterator[str]:
    match kind:
        case "button":
            for line in lines:
                found = _ALONE.fullmatch(line)
                assert found is not None
                yield f'<p><a class="btn" href="{escape(found["url"])}">{escape(found["label"])}</a></p>'
        case "heading":
            yield from (f"<h2>{_inline(_rest(_HEADING, line))}</h2>" for line in lines)
        case "ul" | "ol":
            pattern = _BULLET if kind == "ul" else _NUMBER
            items = "".join(f"<li>{_inline(_rest(pattern, line))}</li>" for line in lines)
            yield f"<{kind}>{items}</{kind}>"
        case _:
            said = "<br>\n".join(_inline(line.strip()) for line in lines if line.strip())
            yield f"<p>{said}</p>"


def _rest(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.fullmatch(line)
    return found["rest"].strip() if found else line


def _inline(line: str) -> str:
    parts, at = [], 0
    for found in _INLINE.finditer(line):
        parts += [escape(line[at : found.start()]), _html_inline(found)]
        at = found.end()
    return "".join([*parts, escape(line[at:])])


def _html_inline(found: re.Match[str]) -> str:
    if found["bold"]:
        return f"<strong>{escape(found['bold'])}</strong>"
    url = found["url"] if found["label"] else found["bare"]
    return f'<a href="{escape(url)}">{escape(found["label"] or url)}</a>'
