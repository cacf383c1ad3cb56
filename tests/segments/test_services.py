"""Segments: what is shipped, what is saved, who enters and leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed
from mainstay.conditions import ConditionError
from mainstay.people.models import AuditEntry
from mainstay.scores.services import score_all
from mainstay.segments import selectors, services
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Membership, Segment
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _members(key: str) -> set[str]:
    stays = Membership.objects.filter(segment__key=key, left_at=None)
    return set(stays.values_list("account__key", flat=True))


def test_shipped_segments_are_made_once_and_hold_their_accounts(cast: Cast) -> None:
    assert services.ensure_segments() == 7
    assert services.ensure_segments() == 0
    write({cast.acme: HEALTHY | {"seat_use": 85.0, "days_to_renewal": 30.0}, cast.globex: SICK})
    score_all(NOW)
    services.refresh_memberships(NOW)
    found = {segment.key: _members(segment.key) for segment in Segment.objects.all()}
    assert found == {
        "all": {"acme", "globex"},
        "changed": set(),
        "at_risk": {"globex"},
        "renewing": {"acme"},
        "no_sponsor": set(),
        "ready_to_expand": {"acme"},
        "churned": {"initech"},
    }
    assert {segment.key: segment.member_count for segment in Segment.objects.all()} == {
        key: len(members) for key, members in found.items()
    }


def test_accounts_enter_and_leave_and_the_stays_are_kept(cast: Cast) -> None:
    write({cast.globex: SICK})
    score_all(NOW)
    services.refresh_memberships(NOW)
    assert services.refresh_memberships(NOW) == services.MembershipResult(0, 0)
    write({cast.globex: HEALTHY})
    score_all(NOW + DAY)
    assert services.refresh_memberships(NOW + DAY).left == 1
    write({cast.globex: SICK})
    score_all(NOW + 2 * DAY)
    services.refresh_memberships(NOW + 2 * DAY)
    stays = Membership.objects.filter(segment__key="at_risk").order_by("entered_at")
    assert [(stay.entered_at, stay.left_at) for stay in stays] == [(NOW, NOW + DAY), (NOW + 2 * DAY, None)]
    assert Segment.objects.get(key="at_risk").member_count == 1


def test_a_segment_that_a_person_changed_is_left_alone(cast: Cast) -> None:
    services.ensure_segments()
    segment = Segment.objects.get(key="at_risk")
    services.save_segment(name="In trouble", condition="score < 40", by=cast.alice, segment=segment)
    assert services.ensure_segments() == 0
    segment.refresh_from_db()
    assert (segment.name, segment.condition, segment.key) == ("In trouble", "score < 40", "at_risk")


def test_saving_checks_name_condition_and_role(cast: Cast) -> None:
    with pytest.raises(ConditionError, match="did you mean score"):
        services.save_segment(name="Low", condition="scores < 40", by=cast.alice)
    with pytest.raises(BadSegment, match="1 to 100 characters"):
        services.save_segment(name="  ", condition="score < 40", by=cast.alice)
    with pytest.raises(NotAllowed):
        services.save_segment(name="Low", condition="score < 40", by=cast.vera)
    made = services.save_segment(name="Low score", condition="score < 40", by=cast.alice)
    assert (made.key, made.owner, made.is_shipped) == ("low_score", cast.alice, False)
    with pytest.raises(BadSegment, match="already"):
        services.save_segment(name="low SCORE", condition="score < 30", by=cast.bob)
    assert AuditEntry.objects.filter(action="segments.saved", subject="segment:low_score", user=cast.alice).exists()


def test_a_private_segment_is_seen_and_changed_by_its_owner_only(cast: Cast) -> None:
    made = services.save_segment(name="Mine", condition="score < 40", by=cast.alice, is_shared=False)
    assert made in selectors.visible_segments(cast.alice)
    assert made not in selectors.visible_segments(cast.bob)
    with pytest.raises(BadSegment, match="somebody else"):
        services.save_segment(name="His", condition="true", by=cast.bob, segment=made)
    other = services.save_segment(name="Mine", condition="score < 20", by=cast.bob, is_shared=False)
    assert other.key == "mine_2"


def test_deleting_takes_the_owner_or_a_manager(cast: Cast) -> None:
    services.ensure_segments()
    with pytest.raises(BadSegment, match="cannot be deleted"):
        services.delete_segment(Segment.objects.get(key="all"), by=cast.ada)
    made = services.save_segment(name="Low", condition="score < 40", by=cast.alice)
    with pytest.raises(NotAllowed):
        services.delete_segment(made, by=cast.bob)
    services.delete_segment(made, by=cast.mary)
    assert not Segment.objects.filter(key="low").exists()


def test_a_condition_that_can_no_longer_be_taken_keeps_its_members_and_says_so(cast: Cast) -> None:
    made = services.save_segment(name="Low", condition="name = 'Acme'", by=cast.alice)
    write({})
    services.refresh_memberships(NOW)
    Segment.objects.filter(pk=made.pk).update(condition="gone_metric > 1")
    services.refresh_memberships(NOW + DAY)
    made.refresh_from_db()
    assert "gone_metric" in made.problem
    assert _members("low") == {"acme"}
    Segment.objects.filter(pk=made.pk).update(condition="name = 'Globex'")
    services.refresh_memberships(NOW + 2 * DAY)
    made.refresh_from_db()
    assert (made.problem, made.member_count, _members("low")) == ("", 1, {"globex"})
