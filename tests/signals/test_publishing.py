"""Kinds are made, changed, switched off, restored and removed by managers; each change is a version and is audited."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.metrics import registry as metrics
from mainstay.people.models import AuditEntry
from mainstay.signals import registry, selectors, services
from mainstay.signals.errors import BadDefinition, UnknownKind
from mainstay.signals.models import Closing, KindVersion, Pending, Signal, StoredKind
from tests.builders import Cast
from tests.scores.cards import HEALTHY
from tests.scores.profiles import write
from tests.signals.kinds import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _detect(cast: Cast, seat_use: float, now: datetime = NOW) -> None:
    write({cast.globex: HEALTHY | {"nps_latest": None, "seat_use": seat_use}})
    services.detect(now)


def _open(cast: Cast) -> set[str]:
    return set(Signal.objects.filter(account=cast.globex, closed_at=None).values_list("kind", flat=True))


def test_a_kind_of_ones_own_opens_and_closes_like_any_other(cast: Cast) -> None:
    assert services.save_kind(document(), by=cast.mary, now=NOW)
    _detect(cast, 85.0)
    assert "busy" in _open(cast)
    _detect(cast, 70.0, NOW + DAY)
    assert Signal.objects.get(kind="busy").closing == Closing.STOPPED
    assert selectors.document_of("busy") == document()
    assert list(selectors.declared())[-1] == "busy"


def test_each_change_is_a_version_with_author_and_reason_and_a_repeat_is_none(cast: Cast) -> None:
    services.save_kind(document(), by=cast.mary, now=NOW)
    assert services.save_kind(document(condition="seat_use >= 90"), by=cast.ada, now=NOW + DAY, reason="Too many.")
    assert not services.save_kind(document(condition="seat_use >= 90"), by=cast.ada, now=NOW + 2 * DAY)
    found = [(one.version, one.by, one.reason, one.document["condition"]) for one in selectors.versions("busy")]
    assert found == [(2, cast.ada, "Too many.", "seat_use >= 90"), (1, cast.mary, "", "seat_use >= 80")]
    assert selectors.get_declared("busy").version == 2
    actions = AuditEntry.objects.filter(subject="signal_kind:busy").values_list("action", flat=True)
    assert list(actions) == ["signals.kind_saved"] * 2


def test_an_open_signal_closes_by_the_new_rule(cast: Cast) -> None:
    services.save_kind(document(), by=cast.mary, now=NOW)
    _detect(cast, 85.0)
    services.save_kind(document(condition="seat_use >= 90"), by=cast.mary, now=NOW)
    _detect(cast, 85.0, NOW + DAY)
    assert "busy" not in _open(cast)


def test_a_shipped_kind_is_changed_and_restored(cast: Cast) -> None:
    shipped = registry.shipped()["seats_filling"]
    changed = shipped.model_copy(update={"condition": "seat_use >= 60", "closes": "seat_use < 50"})
    services.save_kind(changed, by=cast.mary, now=NOW)
    assert selectors.get_declared("seats_filling").is_changed
    _detect(cast, 65.0)
    assert _open(cast) == {"seats_filling"}
    assert services.remove_kind("seats_filling", by=cast.mary, now=NOW, reason="Enough.")
    assert selectors.document_of("seats_filling") == shipped
    assert not selectors.get_declared("seats_filling").is_changed
    assert not services.remove_kind("seats_filling", by=cast.mary, now=NOW)
    assert [(one.version, one.document is None) for one in selectors.versions("seats_filling")] == [
        (2, True),
        (1, False),
    ]
    _detect(cast, 65.0, NOW + DAY)
    assert _open(cast) == set()


def test_a_shipped_kind_changed_back_by_hand_is_as_shipped(cast: Cast) -> None:
    shipped = registry.shipped()["promoter"]
    services.save_kind(shipped.model_copy(update={"severity": "warning"}), by=cast.mary, now=NOW)
    services.save_kind(shipped, by=cast.mary, now=NOW)
    assert not StoredKind.objects.exists()
    assert KindVersion.objects.count() == 2


def test_a_kind_that_is_switched_off_closes_its_signals_and_opens_none(cast: Cast) -> None:
    _detect(cast, 85.0)
    assert services.switch_kind("seats_filling", enabled=False, by=cast.mary, now=NOW)
    assert Signal.objects.get(account=cast.globex).closing == Closing.SWITCHED_OFF
    _detect(cast, 86.0, NOW + DAY)
    assert _open(cast) == set()
    services.switch_kind("seats_filling", enabled=True, by=cast.mary, now=NOW)
    _detect(cast, 86.0, NOW + 2 * DAY)
    assert _open(cast) == {"seats_filling"}


def test_an_own_kind_that_is_removed_closes_its_signals_and_can_be_made_again(cast: Cast) -> None:
    services.save_kind(document(), by=cast.mary, now=NOW)
    _detect(cast, 85.0)
    services.remove_kind("busy", by=cast.mary, now=NOW)
    assert "busy" not in _open(cast)
    with pytest.raises(UnknownKind, match="'busy'"):
        selectors.document_of("busy")
    services.save_kind(document(), by=cast.mary, now=NOW)
    assert selectors.get_declared("busy").version == 3


def test_only_managers_declare(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.save_kind(document(), by=cast.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.remove_kind("promoter", by=cast.alice, now=NOW)


def test_a_condition_that_cannot_be_taken_saves_nothing(cast: Cast) -> None:
    with pytest.raises(BadDefinition, match="did you mean seat_use"):
        services.save_kind(document(condition="seat_uses > 1"), by=cast.mary, now=NOW)
    assert "busy" not in selectors.declared()


def test_a_stored_kind_whose_metric_is_gone_says_so_and_leaves_the_others_alone(cast: Cast) -> None:
    content = document().as_dict() | {"condition": "forgotten_metric > 1"}
    StoredKind.objects.create(key="busy", document=content, version=1)
    StoredKind.objects.create(key="crooked", document={"key": "crooked", "form": "of another release"}, version=1)
    found = selectors.declared()
    assert found["busy"].kind is None
    assert "forgotten_metric" in found["busy"].problem
    assert "crooked" not in found
    _detect(cast, 85.0)
    assert _open(cast) == {"seats_filling"}


def test_a_kind_is_there_as_soon_as_the_metric_that_it_shows_is_known(cast: Cast) -> None:
    """Another process may have declared both a moment ago, and a metric is seen here a second later."""
    content = document().as_dict() | {"summary": "Many.", "evidence": [{"field": "exports"}]}
    StoredKind.objects.create(key="busy", document=content, version=1)
    assert "busy" not in selectors.declared()
    with metrics.supposing({"exports": replace(metrics.get("seat_use"), key="exports")}):
        assert selectors.declared()["busy"].kind is not None
    assert "busy" not in selectors.declared()


def test_what_waits_begins_anew_under_a_new_rule(cast: Cast) -> None:
    services.save_kind(document(holds_for={"days": 3}), by=cast.mary, now=NOW)
    _detect(cast, 85.0)
    assert Pending.objects.filter(kind="busy").count() == 1
    services.save_kind(document(holds_for={"days": 3}, condition="seat_use >= 82"), by=cast.mary, now=NOW)
    assert not Pending.objects.filter(kind="busy").exists()
