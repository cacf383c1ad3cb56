"""Pulses: given with a reason and an end, by who may, and counted as of any instant."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.interactions import services
from mainstay.interactions.errors import BadPulse
from mainstay.interactions.models import Pulse
from mainstay.interactions.selectors import pulse_of, timeline
from mainstay.metrics import selectors as metrics
from mainstay.people.models import AuditEntry, Role, User
from tests.builders import Cast

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _give(cast: Cast, *, at: datetime = NOW, **changed: object) -> Pulse:
    values = {"score": 90, "reason": "Ann is delighted.", "expires_on": date(2026, 12, 1)} | changed
    return services.give_pulse(cast.acme, by=cast.alice, now=at, **values)  # type: ignore[arg-type]


def _measured(cast: Cast, at: datetime) -> float | None:
    return metrics.profile(cast.acme.pk, at)["csm_pulse"]


def test_a_pulse_counts_from_when_it_is_given_until_it_expires(cast: Cast) -> None:
    _give(cast)
    _give(cast, at=NOW + 10 * DAY, score=25, reason="Ann left.")
    wanted = {
        NOW: None,
        NOW + timedelta(seconds=1): 90,
        NOW + 10 * DAY: 90,
        NOW + 11 * DAY: 25,
        datetime(2026, 12, 1, tzinfo=UTC): 25,
        datetime(2026, 12, 1, 1, tzinfo=UTC): None,
        datetime(2026, 12, 2, tzinfo=UTC): None,
    }
    for at, score in wanted.items():
        found = pulse_of(cast.acme, before=at)
        assert (found.score if found else None, _measured(cast, at)) == (score, score), at


def test_a_withdrawn_pulse_counts_no_more_and_the_one_before_does_not_come_back(cast: Cast) -> None:
    _give(cast, at=NOW - DAY, score=65)
    pulse = _give(cast)
    services.withdraw_pulse(pulse, by=cast.alice, now=NOW + DAY)
    services.withdraw_pulse(pulse, by=cast.alice, now=NOW + 2 * DAY)
    assert (_measured(cast, NOW + DAY), _measured(cast, NOW + 2 * DAY)) == (90, None)
    assert pulse_of(cast.acme, before=NOW + 2 * DAY) is None
    services.restore_pulse(pulse, by=cast.alice, now=NOW + 2 * DAY)
    assert pulse_of(cast.acme, before=NOW + 2 * DAY) == pulse


def test_a_pulse_taken_back_was_never_given(cast: Cast) -> None:
    before = _give(cast, at=NOW - DAY, score=65)
    services.take_back_pulse(_give(cast), by=cast.alice)
    assert pulse_of(cast.acme, before=NOW + DAY) == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"score": 101}, "from 0 to 100"),
        ({"score": -1}, "from 0 to 100"),
        ({"reason": "  "}, "has no reason"),
        ({"expires_on": date(2026, 11, 2)}, "a day after 2026-11-02"),
        ({"expires_on": date(2028, 1, 1)}, "2027-11-02 at the latest"),
    ],
)
def test_a_pulse_without_reason_or_end_is_refused(cast: Cast, changed: dict[str, object], said: str) -> None:
    with pytest.raises(BadPulse, match=said):
        _give(cast, **changed)
    assert not Pulse.objects.exists()


def test_only_who_acts_on_accounts_gives_pulses(cast: Cast) -> None:
    viewer = User.objects.create(email="v@orchard.example", name="V", role=Role.VIEWER)
    pulse = _give(cast)
    with pytest.raises(NotAllowed):
        services.give_pulse(cast.acme, score=1, reason="x", expires_on=date(2026, 12, 1), by=viewer, now=NOW)
    for act in (services.withdraw_pulse, services.restore_pulse):
        with pytest.raises(NotAllowed):
            act(pulse, by=viewer, now=NOW)
    with pytest.raises(NotAllowed):
        services.take_back_pulse(pulse, by=viewer)


def test_it_is_on_record_and_on_the_timeline(cast: Cast) -> None:
    _give(cast)
    entry = AuditEntry.objects.get(action="interactions.pulse_given")
    assert (entry.user, entry.subject, entry.details["score"]) == (cast.alice, "account:acme", 90)
    found = [(one.kind, one.title, one.text, one.who) for one in timeline(cast.acme)]
    assert found == [("pulse", "Pulse: 90", "Ann is delighted.", str(cast.alice))]
