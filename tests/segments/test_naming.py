"""What a signal, a playbook or another segment names can be neither removed nor kept to oneself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mainstay.declared import services as files
from mainstay.declared.errors import CannotApply
from mainstay.playbooks.models import Playbook
from mainstay.segments import naming, selectors, services
from mainstay.segments.document import Document
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Segment
from mainstay.signals.services import remove_kind, save_kind
from tests.builders import Cast
from tests.playbooks.plays import play, publish
from tests.signals.kinds import document as kind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def low(**changes: Any) -> Document:
    return Document(key="low", name="Low", condition="score < 40").model_copy(update=changes)


def _refused(cast: Cast, said: str) -> None:
    with pytest.raises(BadSegment, match=said):
        services.remove("low", by=cast.mary, now=NOW)
    with pytest.raises(BadSegment, match=said):
        services.save(low(shared=False), by=cast.mary, now=NOW)
    assert Segment.objects.get(key="low").is_shared


@pytest.mark.parametrize("place", ["condition", "closes"])
def test_a_signal_keeps_the_segment_it_names(cast: Cast, place: str) -> None:
    services.save(low(), by=cast.mary, now=NOW)
    save_kind(kind(**{place: "not in_segment('low')"}), by=cast.mary, now=NOW)
    _refused(cast, "The signal 'Busy' names 'Low'")
    remove_kind("busy", by=cast.mary, now=NOW)
    assert not services.save(low(shared=False), by=cast.mary, now=NOW).is_shared
    services.remove("low", by=cast.mary, now=NOW)


@pytest.mark.parametrize(
    "part", [{"for": {"where": "in_segment('low')"}}, {"entry": {"by": "segment", "segment": "low"}}]
)
def test_a_playbook_keeps_the_segment_it_names_until_it_is_removed(cast: Cast, part: dict[str, Any]) -> None:
    services.save(low(), by=cast.mary, now=NOW)
    publish(play(**part), now=NOW)
    _refused(cast, "The playbook 'Play' names 'Low'")
    Playbook.objects.update(removed_at=NOW)
    assert naming.of("low") == ()


def test_files_take_a_segment_away_only_with_what_names_it(cast: Cast) -> None:
    segment = "key: low\nname: Low\ncondition: score < 40\n"
    signal = files.files.written(files.kinds()["signals"], kind(condition="in_segment('low')"))
    texts = {"segments/low.yaml": segment, "signals/busy.yaml": signal}
    files.apply(texts, by=cast.mary, reason="From git.", now=NOW)
    with pytest.raises(CannotApply, match=r"'low' was refused, and nothing .* The signal 'Busy'"):
        files.apply({"signals/busy.yaml": signal}, by=cast.mary, reason="From git.", now=NOW)
    files.apply({}, by=cast.mary, reason="From git.", now=NOW)
    assert not Segment.objects.filter(key="low").exists()


def test_who_makes_a_segment_over_a_removed_one_of_somebody_else_owns_it(cast: Cast) -> None:
    services.save(low(shared=False), by=cast.alice, now=NOW)
    services.remove("low", by=cast.alice, now=NOW)
    services.save(low(shared=False), by=cast.bob, now=NOW)
    assert selectors.get_segment("low", cast.bob).owner == cast.bob
    assert not selectors.visible_segments(cast.alice).filter(key="low").exists()
