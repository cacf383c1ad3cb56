"""What can go wrong with background work."""

from mainstay.common.errors import MainstayError


class LockBusy(MainstayError):
    """Another process is doing what only one may do at a time."""

    code = "busy"
    status = 409
