"""Taking back: what an action changed is kept in the session, and a toast's Undo puts it back.

An area registers a function per kind of action with `undoes(kind)` and calls `undo_url(request, kind, payload)` after
it acted. A payload is JSON; only the last few are kept, and each works once.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from mainstay.common.errors import NotFound
from mainstay.web.http import done, toast

KEPT = 10
_SESSION = "undo"

type Undo = Callable[[HttpRequest, Any], str]

_UNDOES: dict[str, Undo] = {}


def undoes(kind: str) -> Callable[[Undo], Undo]:
    """The function takes back actions of `kind`: given the payload, it answers what it did in a sentence."""

    def register(function: Undo) -> Undo:
        if kind in _UNDOES:
            raise ValueError(f"'{kind}' is undone by {_UNDOES[kind].__qualname__} already; choose another kind.")
        _UNDOES[kind] = function
        return function

    return register


def undo_url(request: HttpRequest, kind: str, payload: Any) -> str:
    """Remember the action; the address a POST takes it back with."""
    token = uuid4().hex
    kept = [entry for entry in request.session.get(_SESSION, []) if isinstance(entry, list)]
    request.session[_SESSION] = [*kept, [token, kind, payload]][-KEPT:]
    return reverse("undo", args=[token])


@require_POST
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take an action back, once."""
    kept = request.session.get(_SESSION, [])
    found = next((entry for entry in kept if entry[0] == token), None)
    if found is None:
        raise NotFound("This can no longer be undone here: it was undone already, or too much happened since.")
    request.session[_SESSION] = [entry for entry in kept if entry is not found]
    toast(request, _UNDOES[found[1]](request, found[2]))
    return done(request, "/")
