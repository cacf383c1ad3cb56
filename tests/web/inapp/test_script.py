"""The script as it is served: small, cached, free of what a strict page forbids."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mainstay.web.inapp.script import PREFIX, answer, served, squeezed

MOST = 8 * 1024


def get(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Asks as a server would."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asking = answer({"path": path, "method": method, "headers": raw}, send)
    # It waits for nothing, so no event loop is needed: browser tests leave one running in this thread.
    with pytest.raises(StopIteration):
        asking.send(None)
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


def test_the_script_is_at_most_8_kb_zipped() -> None:
    assert len(served("sdk.js").zipped) <= MOST


def test_it_is_served_zipped_with_a_tag_and_kept() -> None:
    status, headers, body = get(f"{PREFIX}sdk.js", accept_encoding="br, gzip")
    assert (status, headers[b"content-encoding"]) == (200, b"gzip")
    assert gzip.decompress(body) == served("sdk.js").plain
    assert headers[b"content-type"].startswith(b"text/javascript")
    assert b"max-age=3600" in headers[b"cache-control"]
    assert (headers[b"access-control-allow-origin"], headers[b"x-content-type-options"]) == (b"*", b"nosniff")
    tag = headers[b"etag"].decode()
    assert get(f"{PREFIX}sdk.js", if_none_match=tag)[::2] == (304, b"")
    assert get(f"{PREFIX}sdk.js")[2] == served("sdk.js").plain
    assert get(f"{PREFIX}sdk.js", "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize("name", ["sdk.py", "", "../script.py", "sdk.js/"])
def test_nothing_else_is_served(name: str) -> None:
    assert get(PREFIX + name)[0] == 404


def test_types_are_served_beside_it() -> None:
    assert b"interface Api" in get(f"{PREFIX}sdk.d.ts")[2]


def test_it_uses_nothing_a_strict_page_forbids() -> None:
    script = served("sdk.js").plain.decode()
    assert not re.search(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|import\(", script
    )
    assert 'setAttribute("style"' not in script
    assert 'make("style"' not in script
    assert not re.search(r"document\.cookie|credentials:\"(?!omit)", script)


def test_it_keeps_to_es2020() -> None:
    assert not re.search(r"\?\?=|\|\|=|&&=|\d_\d|\.replaceAll\(|Object\.hasOwn|#[a-z]+\b *[=(;]", _code())


def _code() -> str:
    """The script without its texts."""
    return re.sub(r"`[^`]*`|\"[^\"\n]*\"", "", served("sdk.js").plain.decode())


SOURCE = """
// A comment.
const a = { b: 1, "c  d": `x  ${ 1 + 1 }  y` };
const web = /^https?:\\/\\/[^,;]+$/.test("a , b");
  if (a.b > 0) { go(a, 'it  is'); }
  else stop();
const STYLE = `
  a:hover { color : red; margin: 0 auto; }
`;
"""


def test_blanks_go_but_not_those_of_texts() -> None:
    text = squeezed(SOURCE)
    assert "comment" not in text
    assert '"c  d":`x  ${ 1 + 1 }  y`' in text
    assert '/^https?:\\/\\/[^,;]+$/.test("a , b")' in text
    assert "go(a,'it  is');" in text
    assert "a:hover{color :red;margin:0 auto;}" in text


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on the PATH")
def test_what_is_served_is_still_a_script(tmp_path: Path) -> None:
    (tmp_path / "sdk.js").write_bytes(served("sdk.js").plain)
    subprocess.run(["node", "--check", str(tmp_path / "sdk.js")], check=True, capture_output=True)
