"""People assign signals and dismiss them with a reason; the reason is kept as a label, and can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.people.models import Role
from mainstay.signals import selectors, services
from mainstay.signals.errors import BadAssignment, BadDismissal
from mainstay.signals.models import Closing, Dismissal, Signal
from tests import builders
from tests.builders import Cast
from tests.scores.profiles import write
from tests.signals.kinds import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _look(cast: Cast, seat_use: float, now: datetime) -> list[Signal]:
    write({cast.globex: {"seat_use": seat_use}})
    services.detect(now)
    return list(Signal.objects.filter(kind="busy").order_by("pk"))


@pytest.fixture
def busy(cast: Cast) -> Signal:
    services.save_kind(document(), by=cast.mary, now=NOW)
    return _look(cast, 85, NOW)[0]


def test_a_signal_is_looked_after_by_the_owner_until_it_is_assigned(cast: Cast, busy: Signal) -> None:
    assert busy in selectors.open_signals(owner=cast.alice)
    services.assign(busy, to=cast.bob, by=cast.alice, now=NOW)
    assert busy in selectors.open_signals(owner=cast.bob)
    assert busy not in selectors.open_signals(owner=cast.alice)
    services.assign(busy, to=None, by=cast.bob, now=NOW)
    assert busy in selectors.open_signals(owner=cast.alice)


def test_only_those_who_may_act_are_assigned(cast: Cast, busy: Signal) -> None:
    gone = builders.user("Gone", Role.CSM)
    gone.is_active = False
    for user in (cast.vera, gone):
        with pytest.raises(BadAssignment, match=user.name):
            services.assign(busy, to=user, by=cast.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.assign(busy, to=cast.alice, by=cast.vera, now=NOW)


def test_a_dismissed_signal_does_not_open_again_until_its_condition_stopped(cast: Cast, busy: Signal) -> None:
    services.dismiss(busy, "false_alarm", note="Interns.", by=cast.alice, now=NOW)
    assert list(selectors.open_signals(kind="busy")) == []
    assert len(_look(cast, 90, NOW + DAY)) == 1
    _look(cast, 70, NOW + 2 * DAY)
    assert [one.closed_at for one in _look(cast, 90, NOW + 3 * DAY)] == [NOW, None]


def test_the_label_keeps_what_was_to_be_seen(cast: Cast, busy: Signal) -> None:
    services.dismiss(busy, "false_alarm", note=" Interns. ", by=cast.alice, now=NOW)
    label = Dismissal.objects.get()
    assert (label.reason, label.note, label.by, label.at) == ("false_alarm", "Interns.", cast.alice, NOW)
    assert label.condition == "seat_use >= 80"
    assert label.evidence == [{"field": "seat_use", "label": "Seat use", "then": None, "now": 85.0, "unit": "percent"}]
    busy.refresh_from_db()
    assert (busy.closing, busy.is_quiet) == (Closing.DISMISSED, True)


def test_a_dismissal_is_taken_back(cast: Cast, busy: Signal) -> None:
    services.dismiss(busy, "known", by=cast.alice, now=NOW)
    services.take_back_dismissal(busy, by=cast.alice, now=NOW + DAY)
    assert list(selectors.open_signals(kind="busy")) == [busy]
    assert Dismissal.objects.get().taken_back_at == NOW + DAY
    assert len(_look(cast, 90, NOW + DAY)) == 1


def test_after_the_condition_stopped_it_cannot_be_taken_back(cast: Cast, busy: Signal) -> None:
    services.dismiss(busy, "known", by=cast.alice, now=NOW)
    _look(cast, 70, NOW + DAY)
    busy.refresh_from_db()
    with pytest.raises(BadDismissal, match="has stopped meanwhile"):
        services.take_back_dismissal(busy, by=cast.alice, now=NOW + DAY)


def test_a_dismissal_needs_a_reason_that_says_something(cast: Cast, busy: Signal) -> None:
    for reason, said in (("because", "use one of"), ("other", "say in a few words")):
        with pytest.raises(BadDismissal, match=said):
            services.dismiss(busy, reason, note="  ", by=cast.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.dismiss(busy, "known", by=cast.vera, now=NOW)
    services.dismiss(busy, "other", note="A test account.", by=cast.alice, now=NOW)
    with pytest.raises(BadDismissal, match="closed already"):
        services.dismiss(busy, "known", by=cast.alice, now=NOW)


def test_signals_close_with_a_reason(cast: Cast, busy: Signal) -> None:
    cast.globex.churned_on = NOW.date()
    cast.globex.save(update_fields=["churned_on"])
    assert [one.closing for one in _look(cast, 90, NOW)] == [Closing.CHURNED]
