"""Reading a request: its body, whole and bounded, and the write key it carries."""

import base64
import binascii
import zlib
from typing import Final

from mainstay.ingest.errors import BadRequest
from mainstay.ingest.replies import Headers, Receive

MAX_CALL: Final = 32 * 1024
MAX_BATCH: Final = 500 * 1024
# A client that sends too much is heard out so far, so that it reads the answer instead of a broken connection.
_MAX_DRAINED: Final = 8 * 2**20
_GZIP: Final = b"\x1f\x8b"
_GZIP_FORMAT: Final = 31  # of zlib: a gzip header, a window of any size


class Disconnected(Exception):
    """The client went away before its body was whole. Nothing is kept, and there is nobody to answer."""


async def read_body(receive: Receive) -> bytes:
    """The body as sent. Raises BadRequest (413) above 500 KB, Disconnected."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > MAX_BATCH:
            raise too_large(MAX_BATCH)
        return body
    chunks, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > _MAX_DRAINED:
            break
        if size <= MAX_BATCH:
            chunks.append(chunk)
    if size > MAX_BATCH:
        raise too_large(MAX_BATCH)
    return b"".join(chunks)


def inflate(body: bytes, limit: int) -> bytes:
    """The body without gzip, which is told by its first bytes: clients say wrong things about their encoding.

    Never inflates more than `limit` bytes. Raises BadRequest: 413 above, 400 when the gzip is damaged.
    """
    if not body.startswith(_GZIP):
        return body
    whole, rest = b"", body
    try:
        while rest.startswith(_GZIP):
            member = zlib.decompressobj(_GZIP_FORMAT)
            whole += member.decompress(rest, limit + 1 - len(whole))
            if len(whole) > limit:
                raise too_large(limit)
            if not member.eof:
                raise BadRequest(400, "bad_gzip", "The gzip body ends too early; send it again.")
            rest = member.unused_data
    except zlib.error as error:
        raise BadRequest(400, "bad_gzip", f"The body starts like gzip but cannot be read: {error}.") from None
    return whole


def too_large(limit: int) -> BadRequest:
    """413."""
    return BadRequest(
        413, "too_large", f"The body is larger than {limit // 1024} KB (one call: 32 KB, one batch: 500 KB); split it."
    )


def key_in_headers(headers: Headers) -> tuple[str, str]:
    """The write key of the Authorization header (user name of Basic, with or without a colon), and of X-Write-Key."""
    basic = own = ""
    for name, value in headers:
        if name == b"authorization":
            basic = _basic_user(value)
        elif name == b"x-write-key":
            own = value.decode("latin-1").strip()
    return basic, own


def _basic_user(value: bytes) -> str:
    scheme, _, encoded = value.partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    try:
        return base64.b64decode(encoded).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
