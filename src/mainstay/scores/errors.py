"""Errors of this room."""

from mainstay.common.errors import Invalid, MainstayError


class BadScorecard(Invalid):
    """A scorecard's document cannot be taken: the message names the place, the value and what would be right."""

    code = "bad_scorecard"


class BackfillUnderWay(MainstayError):
    """Another backfill is waiting or under way, or this one cannot be cancelled or resumed as it stands."""

    code = "backfill_under_way"
    status = 409


class ChangedMeanwhile(MainstayError):
    """Somebody else saved or published in the meantime; nothing was overwritten."""

    code = "changed_meanwhile"
    status = 409
