"""What can go wrong on the way in."""

from mainstay.common.errors import MainstayError


class BadEvent(MainstayError):
    """An event that cannot be taken. `code` says which rule it broke, the message why, for whoever sent it."""

    status = 400

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class BadRequest(MainstayError):
    """A request of which nothing can be taken. `status` is the HTTP status: 400, 401, 404, 405, 413."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class InboxBusy(MainstayError):
    """More is waiting to be written than the inbox holds. Send again after `retry_after_seconds`."""

    code = "busy"
    status = 503
    retry_after_seconds = 2


class InboxFailed(MainstayError):
    """The inbox could not be written (disk full, database away). Nothing of the request was kept: send it again."""

    code = "unavailable"
    status = 503
    retry_after_seconds = 5


class AlreadyLoaded(MainstayError):
    """Somebody else loaded these envelopes first: roll back, and read again."""

    code = "already_loaded"
    status = 409


class UnknownSource(MainstayError):
    """A kind of incoming data that does not exist."""

    code = "unknown_source"
    status = 404
