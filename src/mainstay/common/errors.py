"""The one base of errors that are shown to people."""

from collections.abc import Mapping
from typing import Any


class MainstayError(Exception):
    """An error a person can act on.

    `code` is stable and machine-readable, the message names the thing, the value it got, what would be right and the
    next step; `status` is the HTTP status (an expected conflict is a 4xx).
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    def as_dict(self) -> dict[str, Any]:
        """The one shape of errors in the HTTP API: `code`, `message`, `details`."""
        return {"code": self.code, "message": self.message, "details": self.details}


class NotFound(MainstayError):
    """What was asked for does not exist, or may not be seen by whoever asked."""

    code = "not_found"
    status = 404


class NotAllowed(MainstayError):
    """The role of the user does not include this."""

    code = "not_allowed"
    status = 403


class Invalid(MainstayError):
    """The input cannot be taken as it is."""

    code = "invalid"
    status = 422
