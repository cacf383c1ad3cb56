"""Errors of this room."""

from mainstay.common.errors import Invalid


class BadDefinition(Invalid):
    """A signal's definition cannot be taken: the message names the file, the place and what would be right."""

    code = "bad_signal_definition"


class BadSnooze(Invalid):
    """A signal cannot be snoozed until then."""

    code = "bad_snooze"
