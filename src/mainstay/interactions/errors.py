"""What can go wrong with interactions."""

from mainstay.common.errors import Invalid


class EmptyNote(Invalid):
    """A note without text."""

    code = "empty_note"
