"""What changed since a day: the score then and now, split into usage, records, rule and freshness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.urls import reverse

from mainstay.common.errors import Invalid
from mainstay.common.time import FIRST_YEAR, midnight
from mainstay.ingest.sources import label_of
from mainstay.scores.since import Since, what_changed
from mainstay.scores.splits import Cause, Moved
from mainstay.scores.wording import listed
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.moment import with_query
from mainstay.web.values import written

USUAL = timedelta(days=7)
SHOWN = 6
LABELS = {
    Cause.USAGE: "Usage",
    Cause.RECORDS: "Records",
    Cause.RULE: "Rule",
    Cause.FRESHNESS: "Freshness",
}
MEANINGS = {
    Cause.USAGE: "what they did in the product",
    Cause.RECORDS: "tickets, answers, meetings, contracts, roles",
    Cause.RULE: "the scorecard",
    Cause.FRESHNESS: "data that is late, or came late",
}


@dataclass(frozen=True)
class MovedLine:
    """A measure with another value, and the way to why."""

    moved: Moved
    url: str
    then: str
    now: str

    @property
    def changed_band(self) -> bool:
        """Whether it counts as another colour."""
        return self.moved.band_then != self.moved.band_now


@dataclass(frozen=True)
class CauseLine:
    """One part of the change. `text`: in words, where no measure says it."""

    label: str
    meaning: str
    points: int
    moved: Sequence[MovedLine]
    others: int
    text: str


@dataclass(frozen=True)
class SinceCard:
    """The context of the card. `since` None: it was not scored at one of the two instants. `error`: a bad day."""

    day: date
    first: date
    last: date
    since: Since | None
    causes: Sequence[CauseLine]
    error: str = ""

    @property
    def whose(self) -> str:
        """Whose scores are compared, where children are involved."""
        if self.since is None or (self.since.was_rolled_up and self.since.is_rolled_up_now):
            return "The score is that of its child accounts."
        if self.since.was_rolled_up:
            return "It was the score of its child accounts; now it has one of its own."
        return "It was a score of its own; now it is that of its child accounts."


def since_card(frame: Frame, request: HttpRequest) -> SinceCard:
    """The card for `?since=`, a week before the moment shown unless another day is asked for."""
    last = frame.moment.at.date()
    first = max(date(FIRST_YEAR, 1, 1), frame.account.signed_on or date(FIRST_YEAR, 1, 1))
    text = request.GET.get("since", "")
    try:
        day = date.fromisoformat(text) if text else last - USUAL
    except ValueError:
        return SinceCard(last - USUAL, first, last, None, (), f"“{text}” is no day; write it like {last - USUAL}.")
    try:
        if day.year < FIRST_YEAR:
            raise Invalid(f"Nothing is known of the time before {FIRST_YEAR}; choose a later day.")
        found = what_changed(frame.account.pk, midnight(day), as_of=frame.moment.as_of, now=frame.moment.now)
    except Invalid as error:
        return SinceCard(day, first, last, None, (), error.message)
    causes = [_cause(cause, found, frame) for cause in Cause] if found and not found.is_rolled_up else []
    return SinceCard(day, first, last, found, causes)


def _cause(cause: Cause, found: Since, frame: Frame) -> CauseLine:
    moved = found.split.moved.get(cause, ())
    lines = [
        MovedLine(
            one,
            with_query(reverse("account-why", args=[frame.account.key, one.metric]), frame.moment.query),
            written(one.then, one.unit),
            written(one.now, one.unit),
        )
        for one in moved[:SHOWN]
    ]
    return CauseLine(
        LABELS[cause], MEANINGS[cause], found.split.points[cause], lines, len(moved) - len(lines), _text(cause, found)
    )


def _text(cause: Cause, found: Since) -> str:
    match cause:
        case Cause.RULE if found.rule_then != found.rule_now:
            return f"{found.rule_then} → {found.rule_now}"
        case Cause.RULE:
            return f"{found.rule_now}, the same"
        case Cause.FRESHNESS:
            return _freshness(found)
        case _:
            return ""


def _freshness(found: Since) -> str:
    said = []
    if found.late_then:
        said.append(f"{listed([label_of(one) for one in found.late_then])} late then")
    if found.late_now:
        said.append(f"{listed([label_of(one) for one in found.late_now])} late now")
    if not said and found.split.points[Cause.FRESHNESS]:
        said.append("data of then came late")
    return "; ".join(said) or "nothing late"
