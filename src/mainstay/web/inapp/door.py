"""What browsers of customers ask: which messages are there for me, and what became of them.

Who asks shows a write key, which is public, and her user id signed by the customer's server. Nothing is told before
both are right, and never more than the text of her own messages. No cookie is read; only pages of listed sites get an
answer they can read. In this order: site, signature, rate, key, messages: whoever guesses costs no statement but one.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from mainstay.accounts.models import Contact
from mainstay.common.errors import MainstayError
from mainstay.common.ids import hash_secret
from mainstay.common.time import utc_now
from mainstay.deliveries.inapp import setup as setups
from mainstay.deliveries.inapp.identity import is_signed
from mainstay.deliveries.inapp.queue import Seen, messages_for
from mainstay.deliveries.inapp.reports import Report, What, take_report
from mainstay.deliveries.models import InAppSetup
from mainstay.people.models import WriteKey
from mainstay.web.http import View
from mainstay.web.inapp.rate import Rate
from mainstay.web.travel import harmless

# Seconds until a browser asks again: something may follow what is there; nothing mostly stays nothing.
SOON, LATER = 60, 120
MAX_BODY = 16 * 1024
MAX_REPORTS = 50
RATE = Rate(burst=30, per_second=0.5)


class Refused(MainstayError):
    """The browser gets no answer, or not now."""

    def __init__(self, status: int, code: str, message: str, *, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.wait = status, code, wait


class Credentials(msgspec.Struct, frozen=True):
    """What a browser shows: the write key, the user id, the signature of it."""

    key: str
    user: str
    hash: str


class OneReport(msgspec.Struct, frozen=True):
    """What became of a message, as a browser says it."""

    id: UUID
    what: What
    detail: str = ""
    item: int = -1


class Reports(msgspec.Struct, frozen=True):
    """A body of reports, with the credentials: a page that goes away cannot send headers."""

    key: str
    user: str
    hash: str
    reports: list[OneReport]


@dataclass(frozen=True)
class _Asked:
    """The setup, and whether the page that asks may read the answer."""

    setup: InAppSetup
    origin: str


def door(*methods: str) -> Callable[[Callable[[HttpRequest, _Asked], HttpResponse]], View]:
    """For pages of listed sites: these methods and the question before them (CORS), errors as JSON, nothing kept."""

    def decorate(view: Callable[[HttpRequest, _Asked], HttpResponse]) -> View:
        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            asked = _Asked(setups.read_setup(), request.headers.get("Origin", ""))
            is_listed = not asked.origin or setups.is_listed(asked.setup, asked.origin)
            try:
                if not is_listed:
                    raise Refused(
                        403, "origin_not_listed", f"Pages of {asked.origin} may not ask; list it in Settings."
                    )
                response = _preflight(methods) if request.method == "OPTIONS" else _call(view, request, asked, methods)
            except Refused as error:
                response = _json({"code": error.code, "message": error.message}, status=error.status)
                if error.wait:
                    response["Retry-After"] = str(error.wait)
            if asked.origin and is_listed:
                response["Access-Control-Allow-Origin"] = asked.origin
                response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
            response["Vary"] = "Origin, Authorization"
            response.setdefault("Cache-Control", "no-store")
            return response

        marked: Callable[[View], View] = login_not_required
        return harmless(csrf_exempt(marked(answered)))

    return decorate


def _call(
    view: Callable[[HttpRequest, _Asked], HttpResponse], request: HttpRequest, asked: _Asked, methods: tuple[str, ...]
) -> HttpResponse:
    if request.method not in methods:
        raise Refused(405, "method_not_allowed", f"{request.method} is not taken here; use {', '.join(methods)}.")
    return view(request, asked)


def _preflight(methods: tuple[str, ...]) -> HttpResponse:
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Authorization, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)


@door("GET")
def messages(request: HttpRequest, asked: _Asked) -> HttpResponse:
    """The messages of who asks: 200 with them, 304 when they are the same, 204 when there are none.

    `Retry-After`: seconds in which nothing new is to be expected.
    """
    contact = _contact(_in_header(request.headers.get("Authorization", "")), asked)
    now = utc_now()
    setups.note_seen(asked.setup, origin=asked.origin, version=request.GET.get("v", ""), now=now)
    shown = messages_for(contact, now=now) if contact is not None else []
    if not shown:
        return HttpResponse(status=204, headers={"Retry-After": str(LATER)})
    body = msgspec.json.encode({"messages": [_as_told(one) for one in shown]})
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Retry-After": str(SOON)}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


@door("POST")
def reports(request: HttpRequest, asked: _Asked) -> HttpResponse:
    """What became of messages of who tells: 204. What is not hers is passed over in silence."""
    body = request.read(MAX_BODY + 1)  # a length may be missing, or a lie
    if not 0 < len(body) <= MAX_BODY:
        raise Refused(413, "too_large", f"Send at most {MAX_REPORTS} reports of {MAX_BODY // 1024} KB in all.")
    try:
        told = msgspec.json.decode(body, type=Reports)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(400, "malformed", f"The body is not understood: {error}.") from None
    contact = _contact(Credentials(told.key, told.user, told.hash), asked)
    if contact is not None:
        now = utc_now()
        for one in told.reports[:MAX_REPORTS]:
            take_report(contact, Report(one.id, one.what, one.detail.replace("\0", "")[:2_000], one.item), now=now)
    return HttpResponse(status=204)


def _in_header(value: str) -> Credentials:
    """Of `Authorization: Mainstay key:user:hash`, each percent-encoded."""
    scheme, _, rest = value.partition(" ")
    parts = [unquote(part) for part in rest.split(":")]
    if scheme.lower() != "mainstay" or len(parts) != 3:
        raise Refused(401, "no_credentials", "Send `Authorization: Mainstay key:user:hash`, each percent-encoded.")
    return Credentials(*parts)


def _contact(shown: Credentials, asked: _Asked) -> Contact | None:
    """Who asks; None for somebody who is right but not known yet. Raises Refused."""
    salts = setups.salts_in_force(asked.setup, now=utc_now())
    if not salts:
        raise Refused(403, "not_set_up", "No secret was made yet that signs user ids; make one in Settings, In-app.")
    if not shown.user or not is_signed(shown.user, shown.hash, salts):
        raise Refused(
            403, "bad_hash", "The hash is not that of this user id; see Settings, In-app, for how it is made."
        )
    wait = RATE.wait(shown.user, time.monotonic())
    if wait:
        raise Refused(429, "too_often", "Ask again later.", wait=int(wait) + 1)
    if not WriteKey.objects.filter(secret_hash=hash_secret(shown.key), revoked_at=None).exists():
        raise Refused(401, "unknown_key", "The write key is not known or was revoked; make one in Settings.")
    # No more of her than decides what is up for her; the rest is read where there is something.
    return Contact.objects.filter(key=shown.user).only("account", "persona").order_by().first()


def _as_told(one: Seen) -> dict[str, Any]:
    """All a browser is told of a message; what is empty is left out."""
    content = one.content.as_json()
    items = [{name: value for name, value in item.items() if value} for item in content.pop("items")]
    told = {"id": one.id, "title": one.title, "text": one.text, **content, "items": items, "ticked": one.ticked}
    return {name: value for name, value in told.items() if value} | {"is_new": one.is_new}


def _json(content: dict[str, object], *, status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")
