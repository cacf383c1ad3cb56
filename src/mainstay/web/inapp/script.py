"""The script browsers of customers run, and its types: read once, served from memory, in front of Django.

The address is stable, and a new release of Mainstay has a new tag: browsers keep the script for an hour, may use it for
a week while they look for a newer one, and are answered 304 where there is none.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from mainstay.ingest.replies import Scope, Send

PREFIX: Final = "/sdk/v1/"
_FOLDER = Path(__file__).parent / "sdk"
_TYPES = {"sdk.js": b"text/javascript; charset=utf-8", "sdk.d.ts": b"text/plain; charset=utf-8"}
_CACHED = b"public, max-age=3600, stale-while-revalidate=604800"
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|/(?![\s/*])(?:[^/\\\s]|\\.)+/[a-z]*)"""
    r"""|\s*(?P<sign>[=,{}():;?&|<>*!]+)\s*"""
)
_STYLE = re.compile(r"(?<=const STYLE = `).*?(?=`;)", re.DOTALL)


@dataclass(frozen=True)
class Served:
    """A file as it is sent."""

    plain: bytes
    zipped: bytes
    tag: bytes
    content_type: bytes


def squeezed(source: str) -> str:
    """The script without comments, indentation and blanks around signs.

    A parser is not needed because the source keeps to four rules: comments are whole lines, statements end with a
    semicolon, no template stands inside another one, and a regular expression has neither blanks nor quotes.
    """
    lines = (line.strip() for line in source.split("\n"))
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    text = _STYLE.sub(lambda style: re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", style[0]), text)
    return _TOKEN.sub(lambda found: found["sign"] or found[0], text)


@cache
def served(name: str) -> Served:
    """One of the files, by name. KeyError for another."""
    content_type = _TYPES[name]
    source = (_FOLDER / name).read_text()
    plain = (squeezed(source) if name.endswith(".js") else source).encode()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:24]}"'.encode()
    return Served(plain, gzip.compress(plain, 9, mtime=0), tag, content_type)


async def answer(scope: Scope, send: Send) -> None:
    """A GET below PREFIX."""
    name = scope["path"].removeprefix(PREFIX)
    if name not in _TYPES or scope["method"] not in ("GET", "HEAD"):
        await _send(send, 404, b"Not found.\n", [(b"content-type", b"text/plain")])
        return
    asked = {key.lower(): value for key, value in scope["headers"]}
    file = served(name)
    headers = [
        (b"etag", file.tag),
        (b"cache-control", _CACHED),
        (b"vary", b"Accept-Encoding"),
        (b"access-control-allow-origin", b"*"),  # for `crossorigin` and `integrity` of the script tag
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if file.tag in asked.get(b"if-none-match", b""):
        await _send(send, 304, b"", headers)
        return
    headers.append((b"content-type", file.content_type))
    takes_gzip = b"gzip" in asked.get(b"accept-encoding", b"")
    body = file.zipped if takes_gzip else file.plain
    if takes_gzip:
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    await _send(send, 200, b"" if scope["method"] == "HEAD" else body, headers)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
