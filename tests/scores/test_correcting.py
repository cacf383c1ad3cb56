"""A late batch corrects the days it belongs to, says why, and leaves what was recorded."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.facts.services import refresh_rollups
from mainstay.interactions.models import Ticket
from mainstay.lake.days import Known
from mainstay.metrics import past, selectors
from mainstay.metrics.models import CorrectionLook
from mainstay.scores import history
from mainstay.scores.backfills import Plan, run
from mainstay.scores.correcting import Corrections, correct_late
from mainstay.scores.models import Health, ScorecardVersion
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.services import score_all
from mainstay.scores.trends import HISTORY_CHANGED
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAYS = tuple(TODAY - timedelta(days=age) for age in (3, 2, 1))
LATER = NOW + timedelta(hours=1)
FOREVER = 1000.0


@pytest.fixture
def acme() -> Account:
    """Two customers, active each day; five days are kept; nothing is late."""
    load(
        group("acme", "u1"),
        group("globex", "g1"),
        *(track(user, at=days_ago(age)) for age in range(6, 20) for user in ("u1", "g1")),
        received_at=days_ago(6),
    )
    refresh_rollups(NOW)
    ensure_scorecards(datetime(2026, 1, 1, tzinfo=UTC))
    run(Plan(DAYS, at=NOW))
    assert correct_late(NOW, seconds=FOREVER) == Corrections()
    return Account.objects.get(key="acme")


def late_batch(*ages: int, user: str = "u1", received_at: datetime = NOW + timedelta(minutes=5)) -> None:
    load(*(track(user, at=days_ago(age)) for age in ages), received_at=received_at, now=received_at)
    refresh_rollups(received_at)


def test_a_past_that_is_computed_after_it_came_is_not_looked_at_again() -> None:
    assert correct_late(NOW, seconds=FOREVER) == Corrections()
    received_at = NOW + timedelta(minutes=5)
    load(group("acme", "u1"), *(track("u1", at=days_ago(age)) for age in (3, 2)), received_at=received_at)
    refresh_rollups(NOW)
    ensure_scorecards(datetime(2026, 1, 1, tzinfo=UTC))
    run(Plan(DAYS, at=NOW + timedelta(minutes=30)))
    assert correct_late(LATER, seconds=FOREVER) == Corrections()
    assert CorrectionLook.objects.get().until is None


def events(account: Account, known: Known = Known.NOW) -> list[float | None]:
    rows = past.read_account(account.pk, ["events_28d"], start=DAYS[0], end=TODAY, known=known)
    return rows["events_28d"].to_pylist()


def test_exactly_the_days_it_belongs_to_are_corrected_and_say_why(acme: Account) -> None:
    late_batch(2, 2, 1)
    done = correct_late(LATER, seconds=FOREVER)
    assert (done.days, done.profiles) == (2, 2)
    assert events(acme, Known.THEN) == [14, 14, 14]
    assert events(acme) == [14, 16, 17]
    globex = Account.objects.get(key="globex")
    assert events(globex) == events(globex, Known.THEN)
    assert selectors.profile(acme.pk, TODAY)["events_28d"] == 17
    assert selectors.profile(acme.pk, TODAY, known=Known.THEN)["events_28d"] == 14
    first, last = past.KEPT.notes(acme.pk, start=DAYS[0], end=TODAY)
    assert (first.day, first.reason, first.source, first.rows) == (DAYS[1], "late", "product", 2)
    assert (first.first_day, first.last_day) == (DAYS[1], DAYS[1])
    assert (last.day, last.rows, last.first_day, last.last_day) == (DAYS[2], 3, DAYS[1], DAYS[2])
    assert (first.corrected_at, first.received_at) == (LATER, NOW + timedelta(minutes=5))


def test_the_score_of_the_day_is_corrected_by_the_version_of_the_day(acme: Account) -> None:
    score_all(NOW)
    first = ScorecardVersion.objects.get(scorecard__key="standard")
    ScorecardVersion.objects.create(
        scorecard=first.scorecard, version=2, document=first.document, published_at=NOW + timedelta(minutes=1)
    )
    Ticket.objects.create(key="bad", account=acme, opened_at=days_ago(2), severity="urgent")
    Ticket.objects.update(created_at=NOW + timedelta(minutes=2), updated_at=NOW + timedelta(minutes=2))
    late_batch(2)
    assert correct_late(LATER, seconds=FOREVER).scores == 2
    then, now = (
        history.of_account(acme.pk, start=DAYS[1], end=TODAY, known=known) for known in (Known.THEN, Known.NOW)
    )
    assert [row["coverage"] for row in then] != [row["coverage"] for row in now]
    assert {row["scorecard_version_id"] for row in now} == {first.pk}
    assert Health.objects.get(pk=acme.pk).fingerprint == HISTORY_CHANGED


def test_out_of_time_or_killed_it_goes_on_with_the_next_day(acme: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    late_batch(2, 1)
    with monkeypatch.context() as patched:
        patched.setattr(history, "has_day", lambda day: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            correct_late(LATER, seconds=FOREVER)
    assert CorrectionLook.objects.get().next_day is None, "killed within the first day, which is done again"
    assert correct_late(LATER, seconds=0) == Corrections(days=1, scores=0)
    assert correct_late(LATER, seconds=0).profiles == 1
    assert CorrectionLook.objects.get().until is None
    assert events(acme) == [14, 15, 16]
    assert len(past.KEPT.notes(acme.pk, start=DAYS[0], end=TODAY)) == 2, "nothing twice"


def test_what_trickles_in_waits_for_the_next_look(acme: Account) -> None:
    assert correct_late(LATER, seconds=FOREVER) == Corrections()
    assert CorrectionLook.objects.get().since == LATER - timedelta(minutes=1)
    late_batch(1, received_at=LATER)
    assert correct_late(LATER + timedelta(minutes=5), seconds=FOREVER) == Corrections()
    assert correct_late(LATER + timedelta(minutes=15), seconds=FOREVER).profiles == 1


def test_what_changes_nothing_is_no_correction(acme: Account) -> None:
    late_batch(300)
    assert correct_late(LATER, seconds=FOREVER) == Corrections(days=3)
    assert past.KEPT.notes(acme.pk, start=date(2026, 1, 1), end=TODAY) == []
