"""Signals as they stood on a past day: open or over, and what people had made of them by then."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from mainstay.people.models import AuditEntry
from mainstay.signals import past, services
from mainstay.signals.models import Handling, Signal
from tests.builders import Cast
from tests.scores.profiles import write
from tests.signals.kinds import document

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# Names of days: the signal opens on MONDAY at noon.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (NOON + offset * DAY for offset in range(5))


@pytest.fixture
def busy(cast: Cast) -> Signal:
    """Acknowledged on Tuesday, given to Bob on Wednesday, snoozed on Thursday for ten days, closed on Friday."""
    services.save_kind(document(), by=cast.mary, now=MONDAY - DAY)
    write({cast.globex: {"seat_use": 85}})
    services.detect(MONDAY)
    signal = Signal.objects.get(kind="busy")
    services.acknowledge(signal, by=cast.alice, now=TUESDAY)
    services.assign(signal, to=cast.bob, by=cast.alice, now=WEDNESDAY)
    services.snooze(signal, until=THURSDAY + 10 * DAY, by=cast.bob, now=THURSDAY)
    write({cast.globex: {"seat_use": 10}})
    services.detect(FRIDAY)
    return signal


def stood(as_of: datetime) -> Signal:
    (found,) = past.as_they_stood(list(past.signals_at(as_of).filter(kind="busy")))
    return found


def still_open(as_of: datetime) -> list[Signal]:
    return list(past.open_at(as_of).filter(kind="busy"))


def test_a_signal_that_had_not_opened_was_not_there(busy: Signal) -> None:
    assert not past.signals_at(MONDAY).exists(), "what happens at the instant itself was not known before it"
    assert still_open(MONDAY + timedelta(hours=1)) == [busy]


def test_each_day_shows_what_people_had_made_of_it_by_then(cast: Cast, busy: Signal) -> None:
    hour = timedelta(hours=1)
    seen = [stood(day + hour) for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)]
    assert [one.acknowledged_at for one in seen] == [None, TUESDAY, TUESDAY, TUESDAY]
    assert [one.acknowledged_by for one in seen] == [None, cast.alice, cast.alice, cast.alice]
    assert [one.assignee for one in seen] == [None, None, cast.bob, cast.bob]
    assert [one.snoozed_until for one in seen] == [None, None, None, THURSDAY + 10 * DAY]
    assert [one.closed_at for one in seen] == [None] * 4, "it closed later"


def test_a_signal_that_was_over_says_how(busy: Signal) -> None:
    over = stood(FRIDAY + DAY)
    assert (over.closed_at, over.closing) == (FRIDAY, "stopped")
    assert still_open(FRIDAY + DAY) == []
    assert still_open(FRIDAY) == [busy]


def test_who_looked_after_it_is_who_it_was_assigned_to_then(cast: Cast, busy: Signal) -> None:
    def of(user_id: int, day: datetime) -> list[Signal]:
        return list(past.open_at(day + DAY / 2).filter(past.looked_after_then(user_id), kind="busy"))

    assert (of(cast.alice.pk, TUESDAY), of(cast.bob.pk, TUESDAY)) == ([busy], [])
    assert (of(cast.alice.pk, WEDNESDAY), of(cast.bob.pk, WEDNESDAY)) == ([], [busy])


def test_a_dismissal_that_was_taken_back_was_in_force_between(cast: Cast) -> None:
    services.save_kind(document(), by=cast.mary, now=MONDAY - DAY)
    write({cast.globex: {"seat_use": 85}})
    services.detect(MONDAY)
    signal = Signal.objects.get(kind="busy")
    services.dismiss(signal, "false_alarm", note="Interns.", by=cast.alice, now=TUESDAY)
    services.take_back_dismissal(signal, by=cast.alice, now=THURSDAY)
    assert still_open(TUESDAY) == [signal]
    between = stood(WEDNESDAY)
    assert (between.closed_at, between.closing) == (TUESDAY, "dismissed")
    judged = past.dismissal_at(signal, WEDNESDAY)
    assert judged is not None
    assert judged.note == "Interns."
    assert still_open(FRIDAY) == [signal]
    assert past.dismissal_at(signal, FRIDAY) is None


def test_a_kind_is_read_as_it_was_declared_then(cast: Cast) -> None:
    services.save_kind(document(), by=cast.mary, now=MONDAY)
    services.save_kind(document(condition="seat_use > 95"), by=cast.mary, now=WEDNESDAY)
    assert past.document_at("busy", MONDAY) is None
    for day, condition in ((TUESDAY, document().condition), (THURSDAY, "seat_use > 95")):
        found = past.document_at("busy", day)
        assert found is not None
        assert found.condition == condition
    shipped = past.document_at("anniversary", MONDAY)
    assert shipped is not None
    assert shipped.key == "anniversary"


def test_what_was_done_before_it_was_kept_is_told_from_the_audit_log(busy: Signal) -> None:
    names = ("signal", "acknowledged_at", "acknowledged_by", "snoozed_until", "assignee", "by")
    before = list(Handling.objects.values_list(*names))
    assert len(before) == 3
    Handling.objects.all().delete()
    AuditEntry.objects.create(action="signals.snoozed", subject="signal:999", details={})  # of one that is gone
    tell_again = import_module("mainstay.signals.migrations.0006_tell_what_people_did_from_the_audit_log").tell_again
    tell_again(apps, None)
    assert list(Handling.objects.values_list(*names)) == before
