"""The door: a bare ASGI application that checks, appends durably, answers. It never touches the ORM.

`application(inbox, keys)` serves the paths of `is_mine`; everything else is somebody else's.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from mainstay.common.time import utc_now
from mainstay.ingest.checking import Checked, check
from mainstay.ingest.envelope import BATCH_KINDS, Arrival
from mainstay.ingest.errors import BadRequest, InboxBusy, InboxFailed
from mainstay.ingest.inbox import Inbox
from mainstay.ingest.keys import Keys
from mainstay.ingest.replies import (
    Headers,
    Receive,
    Scope,
    Send,
    as_reported,
    send_error,
    send_json,
    send_preflight,
    send_success,
)
from mainstay.ingest.request import MAX_BATCH, MAX_CALL, Disconnected, inflate, key_in_headers, read_body
from mainstay.ingest.sdk_settings import rudder_settings, segment_settings

type Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

_KINDS: Final = {
    "identify": "i", "group": "g", "track": "t", "page": "p", "screen": "s", "alias": "a", "batch": "b", "import": "",
}  # fmt: skip
# Every path events may be sent to, with the kind of call it takes. Jitsu's clients use paths of their own.
POSTS: Final = {
    f"{path}{slash}": kind
    for kind, short in _KINDS.items()
    for path in (
        f"/v1/{kind}",
        *([f"/v1/{short}"] if short else []),
        *([f"/api/s/{kind}", f"/api/s/s2s/{kind}"] if kind not in BATCH_KINDS else []),
    )
    for slash in ("", "/")
}


def is_mine(path: str) -> bool:
    """Does this path belong to the door?"""
    return path.startswith(("/v1/", "/api/s/")) or path in ("/sourceConfig", "/sourceConfig/")


def application(inbox: Inbox, keys: Keys) -> Application:
    """The door in front of this inbox, for who has one of these keys."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        kind = POSTS.get(scope["path"])
        method = scope["method"]
        try:
            if method == "POST" and kind is not None:
                await _take(scope["headers"], kind, receive, send, inbox=inbox, keys=keys)
            elif method == "OPTIONS":
                await send_preflight(send, scope["headers"])
            elif kind is not None:
                raise BadRequest(405, "method_not_allowed", f"{method} is not taken here; send events by POST.")
            else:
                await _send_settings(scope, send, keys=keys)
        except Disconnected:
            return
        except BadRequest as error:
            await send_error(send, error, [(b"allow", b"POST, OPTIONS")] if error.status == 405 else ())
        except (InboxBusy, InboxFailed) as error:
            seconds = str(error.retry_after_seconds).encode()
            await send_error(send, error, [(b"retry-after", seconds)])

    return door


async def _take(headers: Headers, kind: str, receive: Receive, send: Send, *, inbox: Inbox, keys: Keys) -> None:
    """Check, store, answer."""
    basic, own = key_in_headers(headers)
    key_id = await keys.find(basic) if basic else None
    if basic and key_id is None:
        raise _unknown_key()
    received_at = utc_now()
    body = inflate(await read_body(receive), MAX_BATCH if kind in BATCH_KINDS else MAX_CALL)
    checked = check(body, kind=kind, received_at=received_at)
    if key_id is None:
        key_id = await _key_id(checked.write_key or own, keys)
    if checked.count:
        await inbox.append(Arrival(kind, checked.body, received_at, key_id, tuple(checked.rejected)))
    await _answer(checked, kind, send)


async def _key_id(secret: str, keys: Keys) -> int:
    if not secret:
        raise BadRequest(
            401,
            "missing_key",
            "There is no write key: send it as the user name of Basic authentication, or 'writeKey'.",
        )
    key_id = await keys.find(secret)
    if key_id is None:
        raise _unknown_key()
    return key_id


def _unknown_key() -> BadRequest:
    return BadRequest(401, "unknown_key", "The write key is not known or was revoked; make one in Settings.")


async def _answer(checked: Checked, kind: str, send: Send) -> None:
    """200 for what is stored, with what was not taken; 400 when nothing could be. Bad events are kept either way."""
    if not checked.rejected:
        await send_success(send)
        return
    reported = as_reported(checked.rejected)
    if len(reported) < checked.count:
        await send_json(send, 200, {"success": True, "rejected": reported})
        return
    first = checked.rejected[0]
    if kind not in BATCH_KINDS:
        raise BadRequest(400, first.code, first.reason)
    error = BadRequest(
        400, "no_valid_event", f"None of the {checked.count} events can be taken. The first one: {first.reason}"
    )
    error.details["rejected"] = reported
    raise error


async def _send_settings(scope: Scope, send: Send, *, keys: Keys) -> None:
    """What browser SDKs ask for before they send."""
    path = scope["path"]
    parts = path.strip("/").split("/")
    if scope["method"] not in ("GET", "HEAD"):
        raise BadRequest(404, "not_found", f"There is nothing at {path}; events are sent to /v1/batch, /v1/track, ….")
    if len(parts) == 4 and (parts[0], parts[1], parts[3]) == ("v1", "projects", "settings"):
        secret = unquote(parts[2])
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
        content = segment_settings(secret, scheme=scope.get("scheme", "http"), host=host)
    elif parts == ["sourceConfig"]:
        basic, _ = key_in_headers(scope["headers"])
        secret = parse_qs(scope["query_string"].decode("latin-1")).get("writeKey", [basic])[0] or basic
        content = rudder_settings(secret)
    else:
        raise BadRequest(404, "not_found", f"There is nothing at {path}; events are sent to /v1/batch, /v1/track, ….")
    if await keys.find(secret) is None:
        raise BadRequest(404, "unknown_key", "The write key is not known or was revoked; make one in Settings.")
    await send_json(send, 200, content)
