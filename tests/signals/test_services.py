"""Signals open with their evidence, once per account and kind, and close by themselves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from mainstay.common.errors import NotAllowed
from mainstay.ingest.sources import record_arrival
from mainstay.people.models import AuditEntry
from mainstay.scores.models import Health
from mainstay.scores.services import backfill, score_all
from mainstay.signals import selectors, services
from mainstay.signals.errors import BadSnooze
from mainstay.signals.models import Signal
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import Values, keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK_AGO, FOUR_WEEKS_AGO = date(2026, 11, 14), date(2026, 10, 24)


def _open(of: object) -> set[str]:
    return set(Signal.objects.filter(account=of, closed_at=None).values_list("kind", flat=True))


# What these tests are about; `test_definitions` has every kind.
KINDS = (
    "health_red",
    "score_drop",
    "logins_drop",
    "core_down_tickets_up",
    "renewal_at_risk",
    "seats_filling",
    "promoter",
)


def _detect(now: datetime) -> services.DetectResult:
    declared = selectors.kinds()
    return services.detect(now, kinds=[declared[key] for key in KINDS])


def _refresh(cast: Cast, values: Values, now: datetime = NOW) -> services.DetectResult:
    write({cast.globex: values, cast.acme: HEALTHY})
    score_all(now)
    return _detect(now)


CASES = [
    ({}, set()),
    (SICK, {"health_red"}),
    ({"login_drop_streak": 2.0}, set()),
    ({"login_drop_streak": 3.0}, {"logins_drop"}),
    ({"core_feature_trend": -20.0, "tickets_trend": 20.0, "tickets_28d": 3.0}, {"core_down_tickets_up"}),
    ({"core_feature_trend": -20.0, "tickets_trend": 20.0, "tickets_28d": 2.0}, set()),
    ({"core_feature_trend": -19.0, "tickets_trend": 20.0, "tickets_28d": 3.0}, set()),
    ({"days_to_renewal": 90.0}, set()),
    (TECHCORP | {"days_to_renewal": 90.0, "nps_latest": 8.0}, {"renewal_at_risk"}),
    (TECHCORP | {"days_to_renewal": 91.0}, set()),
    (TECHCORP | {"days_to_renewal": -1.0}, set()),
    ({"seat_use": 79.9}, set()),
    ({"seat_use": 80.0, "seats_used": 8.0, "seats": 10.0}, {"seats_filling"}),
    ({"nps_latest": 9.0}, {"promoter"}),
    ({"nps_latest": 8.0}, set()),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_a_signal_opens_when_its_condition_holds(cast: Cast, values: Values, expected: set[str]) -> None:
    base = HEALTHY | {"nps_latest": None}
    _refresh(cast, {**base, **values})
    assert _open(cast.globex) == expected


def test_a_signal_carries_its_evidence_and_what_is_at_stake(cast: Cast) -> None:
    keep(WEEK_AGO, {cast.globex: TECHCORP | {"daily_active_rate": 71.0, "feature_coverage": 64.0}})
    backfill([WEEK_AGO])
    _refresh(cast, TECHCORP | {"arr": 148_000.0})
    signal = Signal.objects.get(account=cast.globex, kind="score_drop")
    assert signal.summary == (
        "Health fell from 89 to 69 in seven days. Daily active rate 71% → 65%, under the 70% line."
    )
    assert signal.evidence == [
        {"field": "score", "label": "Health score", "then": 89, "now": 69, "unit": "score"},
        {
            "field": "band",
            "label": "Health: green, yellow, red or unknown",
            "then": "green",
            "now": "yellow",
            "unit": "",
        },
    ]
    assert (signal.at_stake_minor, signal.currency, signal.severity) == (14_800_000, "USD", "warning")
    assert signal.opened_at == NOW


def test_evidence_of_metrics_comes_from_their_history(cast: Cast) -> None:
    keep(FOUR_WEEKS_AGO, {cast.globex: {"seat_use": 61.0, "seats_used": 183.0, "seats": 300.0}})
    _refresh(cast, HEALTHY | {"seat_use": 82.0, "seats_used": 246.0, "seats": 300.0})
    signal = Signal.objects.get(account=cast.globex, kind="seats_filling")
    assert signal.summary == "246 of 300 seats are used, 82%; it was 61% four weeks ago."


def test_where_nothing_moved_the_sentence_is_shorter(cast: Cast) -> None:
    keep(FOUR_WEEKS_AGO, {cast.globex: {"seat_use": 82.0, "seats_used": 246.0, "seats": 300.0}})
    _refresh(cast, HEALTHY | {"seat_use": 82.0, "seats_used": 246.0, "seats": 300.0})
    assert Signal.objects.get(account=cast.globex, kind="seats_filling").summary == "246 of 300 seats are used, 82%."


def test_without_history_the_sentence_is_shorter(cast: Cast) -> None:
    _refresh(cast, SICK)
    assert Signal.objects.get(account=cast.globex, kind="health_red").summary == "Health is 0, at risk."


def test_a_signal_opens_once_and_closes_when_its_condition_stops(cast: Cast) -> None:
    first = _refresh(cast, SICK)
    assert (first.opened, first.closed) == (2, 0)  # the other is Acme's promoter
    assert _detect(NOW + timedelta(seconds=10)) == services.DetectResult(0, 0)
    later = _refresh(cast, HEALTHY | {"nps_latest": None}, NOW + DAY)
    assert later.closed == 1
    signal = Signal.objects.get(account=cast.globex)
    assert signal.closed_at == NOW + DAY
    _refresh(cast, SICK, NOW + 2 * DAY)
    assert Signal.objects.filter(account=cast.globex, kind="health_red").count() == 2


def test_the_database_keeps_one_open_signal_of_a_kind(cast: Cast) -> None:
    _refresh(cast, SICK)
    twin = Signal.objects.get(account=cast.globex, kind="health_red")
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_seats_close_only_below_their_lower_line(cast: Cast) -> None:
    for value, expected in ((82.0, True), (78.0, True), (74.9, False), (78.0, False)):
        _refresh(cast, HEALTHY | {"nps_latest": None, "seat_use": value})
        assert _open(cast.globex) == ({"seats_filling"} if expected else set())


def test_a_value_that_went_missing_neither_opens_nor_closes(cast: Cast) -> None:
    _refresh(cast, HEALTHY | {"login_drop_streak": None})
    assert "logins_drop" not in _open(cast.globex)
    _refresh(cast, HEALTHY | {"login_drop_streak": 3.0}, NOW + DAY)
    _refresh(cast, HEALTHY | {"login_drop_streak": None}, NOW + 2 * DAY)
    assert "logins_drop" in _open(cast.globex)


def test_a_late_source_neither_opens_nor_closes(cast: Cast) -> None:
    record_arrival("product", at=NOW - timedelta(hours=1), rows=5)
    _refresh(cast, HEALTHY | {"login_drop_streak": 3.0, "nps_latest": None})
    late = NOW + timedelta(days=4)
    result = _refresh(cast, HEALTHY | {"login_drop_streak": 0.0, "seat_use": 95.0, "nps_latest": 9.0}, late)
    assert result.frozen == 3
    assert _open(cast.globex) == {"logins_drop", "promoter"}


def test_a_score_without_late_data_neither_opens_nor_closes_signals_of_health(cast: Cast) -> None:
    record_arrival("product", at=NOW - timedelta(hours=1), rows=5)
    _refresh(cast, SICK)
    assert _open(cast.globex) == {"health_red"}
    late = NOW + timedelta(days=4)
    recovered = HEALTHY | {"daily_active_rate": 0.0, "nps_latest": None}
    _refresh(cast, recovered, late)
    assert Health.objects.get(account=cast.globex).band == "green"
    assert _open(cast.globex) == {"health_red"}


def test_an_account_that_churned_opens_none_and_its_open_ones_close(cast: Cast) -> None:
    _refresh(cast, SICK)
    cast.globex.churned_on = NOW.date() + DAY
    cast.globex.save(update_fields=["churned_on"])
    _detect(NOW)
    assert _open(cast.globex) == {"health_red"}
    result = _detect(NOW + DAY)
    assert (_open(cast.globex), result.opened, result.closed) == (set(), 0, 1)
    write({cast.initech: HEALTHY})
    _detect(NOW + DAY)
    assert _open(cast.initech) == set()


def test_people_acknowledge_snooze_and_reopen_and_it_is_written_down(cast: Cast) -> None:
    _refresh(cast, SICK)
    signal = Signal.objects.get(account=cast.globex)
    services.acknowledge(signal, by=cast.alice, now=NOW)
    services.acknowledge(signal, by=cast.bob, now=NOW + DAY)
    signal.refresh_from_db()
    assert (signal.acknowledged_by, signal.acknowledged_at) == (cast.alice, NOW)
    services.snooze(signal, until=NOW + 3 * DAY, by=cast.alice, now=NOW)
    assert list(selectors.open_signals(cast.globex, now=NOW)) == []
    assert list(selectors.open_signals(cast.globex, now=NOW + 3 * DAY)) == [signal]
    services.reopen(signal, by=cast.alice, now=NOW)
    signal.refresh_from_db()
    assert (signal.acknowledged_at, signal.snoozed_until) == (None, None)
    actions = AuditEntry.objects.filter(subject=f"signal:{signal.pk}").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["signals.acknowledged", "signals.acknowledged", "signals.snoozed", "signals.reopened"]


def test_viewers_cannot_touch_signals_and_nobody_snoozes_into_the_past(cast: Cast) -> None:
    _refresh(cast, SICK)
    signal = Signal.objects.get(account=cast.globex)
    with pytest.raises(NotAllowed):
        services.acknowledge(signal, by=cast.vera, now=NOW)
    with pytest.raises(BadSnooze, match="is over"):
        services.snooze(signal, until=NOW, by=cast.alice, now=NOW)


def test_open_signals_come_with_the_most_severe_first(cast: Cast) -> None:
    _refresh(cast, SICK | {"seat_use": 90.0})
    assert [signal.kind for signal in selectors.open_signals(cast.globex)] == ["health_red", "seats_filling"]
    assert [signal.kind for signal in selectors.open_signals(owner=cast.alice, category="advocacy")] == ["promoter"]
    assert list(selectors.open_signals(owner=cast.bob)) == []
    assert selectors.of_account(cast.globex).count() == 2
