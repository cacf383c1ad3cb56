"""Whose sign-in is being tried, for the count of failures."""

from collections.abc import Mapping

from django.http import HttpRequest


def name_tried(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The e-mail in lower case. Sign-in takes any case, so that each spelling must not have tries of its own."""
    return str((credentials or {}).get("username") or request.POST.get("username", "")).strip().lower()
