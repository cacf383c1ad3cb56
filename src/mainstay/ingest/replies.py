"""What the door answers: JSON, open to browsers of any origin."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

import msgspec

from mainstay.common.errors import MainstayError
from mainstay.ingest.envelope import Rejection

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Headers = Sequence[tuple[bytes, bytes]]

OPEN_TO_BROWSERS: Final = (b"access-control-allow-origin", b"*")
SUCCESS: Final = b'{"success":true}'
_SUCCESS_START: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(SUCCESS)).encode()),
        OPEN_TO_BROWSERS,
    ],
}
_SUCCESS_BODY: Final[Message] = {"type": "http.response.body", "body": SUCCESS}


async def send_success(send: Send) -> None:
    """200 and `{"success":true}`. Not 202 or 204: several SDKs take those for errors and send again."""
    await send(_SUCCESS_START)
    await send(_SUCCESS_BODY)


async def send_json(send: Send, status: int, content: object, headers: Headers = ()) -> None:
    """Any answer in JSON."""
    await send_bytes(send, status, msgspec.json.encode(content), [(b"content-type", b"application/json"), *headers])


async def send_bytes(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Any answer."""
    all_headers = [*headers, (b"content-length", str(len(body)).encode()), OPEN_TO_BROWSERS]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, error: MainstayError, headers: Headers = ()) -> None:
    """`code` and `message` in every error: without both, some SDKs send a refused batch again ten times."""
    content = {"code": error.code, "message": error.message}
    if error.details:
        content["details"] = error.details  # type: ignore[assignment]
    await send_json(send, error.status, content, headers)


async def send_preflight(send: Send, requested: Headers) -> None:
    """Let browsers send from any page: the write key of a browser is public anyway. Whatever headers are asked for."""
    asked = next((value for name, value in requested if name == b"access-control-request-headers"), b"")
    headers = [
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", asked or b"authorization, content-type, x-write-key"),
        (b"access-control-max-age", b"86400"),
    ]
    await send_bytes(send, 200, b"", headers)


def as_reported(rejected: Sequence[Rejection]) -> list[dict[str, object]]:
    """Rejections as clients see them."""
    return [
        {"index": each.index, "messageId": each.message_id, "code": each.code, "reason": each.reason}
        for each in rejected
    ]
