"""What can go wrong with interactions."""

from mainstay.common.errors import Invalid


class EmptyNote(Invalid):
    """A note without text."""

    code = "empty_note"


class BadPulse(Invalid):
    """A pulse that cannot be taken: the message says what would be right."""

    code = "bad_pulse"
