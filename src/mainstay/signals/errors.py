"""Errors of this room."""

from mainstay.common.errors import Invalid, NotFound


class BadDefinition(Invalid):
    """A signal's definition cannot be taken: the message names the file, the place and what would be right."""

    code = "bad_signal_definition"


class UnknownKind(NotFound):
    """There is no such kind of signal."""

    code = "unknown_signal_kind"


class BadSnooze(Invalid):
    """A signal cannot be snoozed until then."""

    code = "bad_snooze"


class BadDismissal(Invalid):
    """A signal cannot be dismissed, or taken back, like this."""

    code = "bad_dismissal"


class BadAssignment(Invalid):
    """A signal cannot be given to this user."""

    code = "bad_assignment"
