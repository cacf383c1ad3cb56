"""Errors of this room."""

from mainstay.common.errors import Invalid


class BadSegment(Invalid):
    """A segment cannot be saved like this."""

    code = "bad_segment"
