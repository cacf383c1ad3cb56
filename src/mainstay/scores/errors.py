"""Errors of this room."""

from mainstay.common.errors import Invalid


class BadScorecard(Invalid):
    """A scorecard's document cannot be taken: the message names the place, the value and what would be right."""

    code = "bad_scorecard"
