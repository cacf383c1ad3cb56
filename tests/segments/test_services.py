"""Segments: what is shipped, what is saved, who enters and leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.conditions import ConditionError
from mainstay.people.models import AuditEntry
from mainstay.scores.services import score_all
from mainstay.segments import selectors, services
from mainstay.segments.document import Document
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
    services.save(_document("at_risk", "In trouble", "score < 40"), by=cast.mary, now=NOW)
    assert services.ensure_segments() == 0
    segment.refresh_from_db()
    assert (segment.name, segment.condition, segment.key) == ("In trouble", "score < 40", "at_risk")


def _document(key: str, name: str, condition: str, **fields: object) -> Document:
    return Document(key=key, name=name, condition=condition, **fields)


def test_saving_checks_name_condition_and_role(cast: Cast) -> None:
    with pytest.raises(ConditionError, match="did you mean score"):
        services.save(_document("low", "Low", "scores < 40"), by=cast.mary, now=NOW)
    with pytest.raises(NotAllowed):
        services.save(_document("low", "Low", "score < 40"), by=cast.alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.save(_document("low", "Low", "score < 40", shared=False), by=cast.vera, now=NOW)
    made = services.save(_document("low", "Low  score", " score < 40 "), by=cast.mary, now=NOW)
    assert (made.name, made.condition, made.owner, made.is_shipped) == ("Low score", "score < 40", cast.mary, False)
    with pytest.raises(BadSegment, match="already"):
        services.save(_document("lower", "low SCORE", "score < 30"), by=cast.mary, now=NOW)
    assert AuditEntry.objects.filter(action="segments.saved", subject="segment:low", user=cast.mary).exists()


def test_a_private_segment_is_seen_and_changed_by_its_owner_only(cast: Cast) -> None:
    made = services.save(_document("mine", "Mine", "score < 40", shared=False), by=cast.alice, now=NOW)
    assert made in selectors.visible_segments(cast.alice)
    assert made not in selectors.visible_segments(cast.bob)
    with pytest.raises(NotFound):
        selectors.get_segment("mine", cast.bob)
    with pytest.raises(BadSegment, match="somebody else"):
        services.save(_document("mine", "His", "true", shared=False), by=cast.bob, now=NOW)
    assert services.new_key("Mine") == "mine_2"
    assert services.new_key("90 days") == "segment_90_days"


def test_a_saved_segment_has_its_members_at_once_and_says_that_the_condition_put_them_there(cast: Cast) -> None:
    write({cast.globex: SICK})
    score_all(NOW)
    made = services.save(_document("low", "Low", "score < 40"), by=cast.mary, now=NOW)
    assert (made.member_count, _members("low"), made.condition_since) == (1, {"globex"}, NOW)
    services.save(_document("low", "Lower", "score < 40", description="Far down"), by=cast.mary, now=NOW + DAY)
    changed = services.save(_document("low", "Lower", "name = 'Acme'"), by=cast.mary, now=NOW + 2 * DAY)
    assert (changed.pk, changed.condition_since, _members("low")) == (made.pk, NOW + 2 * DAY, {"acme"})
    # Nobody came or went by a change of their own.
    assert selectors.moves_since(NOW + DAY, NOW + 3 * DAY) == {}
    entry = AuditEntry.objects.filter(subject="segment:low").order_by("-pk")[1]
    assert entry.details == {"key": "low", "name": "Lower", "description": "Far down"}


def test_sizes_and_moves_follow_the_stays(cast: Cast) -> None:
    services.save(_document("low", "Low", "score < 40"), by=cast.mary, now=NOW)
    segment = Segment.objects.get(key="low")
    for account, entered, left in ((cast.acme, 1, 3), (cast.globex, 2, None), (cast.acme, 4, None)):
        left_at = None if left is None else NOW + left * DAY
        Membership.objects.create(segment=segment, account=account, entered_at=NOW + entered * DAY, left_at=left_at)
    day = NOW.date()
    counts = selectors.sizes(segment, day - 3 * DAY, day + 6 * DAY)
    assert counts == [(day + at * DAY, count) for at, count in ((1, 1), (2, 2), (3, 1), (4, 2), (5, 2))]
    assert selectors.sizes(segment, day + 3 * DAY, day + 5 * DAY) == counts[2:4]
    assert selectors.moves_since(NOW + 2 * DAY, NOW + 4 * DAY) == {segment.pk: selectors.Moves(1, 1)}
    at = NOW + 2 * DAY
    assert {stay.account.key for stay in selectors.members_at(segment, at)} == {"acme", "globex"}
    stays = selectors.stays_of(cast.acme.pk, cast.bob, at=at)
    assert [(stay.segment.key, stay.left_at) for stay in stays] == [("low", None)]
    assert [stay.left_at is None for stay in selectors.stays_of(cast.acme.pk, cast.bob, at=NOW + 9 * DAY)] == [
        True,
        False,
    ]


def test_removing_a_shared_segment_takes_a_manager_and_can_be_taken_back(cast: Cast) -> None:
    services.ensure_segments()
    with pytest.raises(BadSegment, match="comes with Mainstay"):
        services.remove("all", by=cast.ada, now=NOW)
    services.save(_document("acme", "Acme", "name = 'Acme'"), by=cast.mary, now=NOW)
    with pytest.raises(NotAllowed):
        services.remove("acme", by=cast.alice, now=NOW)
    services.remove("acme", by=cast.mary, now=NOW)
    assert not Segment.objects.filter(key="acme").exists()
    assert services.new_key("Acme") == "acme_2"
    services.refresh_memberships(NOW + DAY)
    assert services.restore("acme", by=cast.mary, now=NOW + 2 * DAY).member_count == 1
    assert Membership.objects.get(segment__key="acme").entered_at == NOW
    services.remove("acme", by=cast.mary, now=NOW + 2 * DAY)
    services.refresh_memberships(NOW + 20 * DAY)
    assert not Segment.with_removed.filter(key="acme").exists()
    with pytest.raises(NotFound):
        services.restore("acme", by=cast.mary, now=NOW + 20 * DAY)


def test_saving_the_document_of_a_removed_segment_takes_it_back(cast: Cast) -> None:
    document = _document("low", "Low", "score < 40", shared=False)
    services.save(document, by=cast.alice, now=NOW)
    services.remove("low", by=cast.alice, now=NOW)
    assert selectors.document_of(services.save(document, by=cast.alice, now=NOW)) == document


def test_a_condition_that_can_no_longer_be_taken_keeps_its_members_and_says_so(cast: Cast) -> None:
    made = services.save(_document("low", "Low", "name = 'Acme'"), by=cast.mary, now=NOW)
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


def test_a_segment_can_name_others_and_never_itself(cast: Cast) -> None:
    services.ensure_segments()
    write({cast.acme: HEALTHY, cast.globex: SICK})
    score_all(NOW)
    condition = selectors.condition("in_segment('at_risk') and not in_segment('churned') or name = 'Acme'")
    assert set(selectors.matching(condition).values_list("key", flat=True)) == {"acme", "globex"}
    assert condition.segments == ("at_risk", "churned")
    assert {"band", "churned", "name"} <= condition.fields
    # Who has no answer is no member, so that the opposite holds: Initech was never scored.
    opposite = selectors.condition("not in_segment('at_risk')")
    assert set(selectors.matching(opposite).values_list("key", flat=True)) == {"acme", "initech"}

    services.save(_document("worse", "Worse", "in_segment('at_risk') and score < 10"), by=cast.mary, now=NOW)
    assert _members("worse") == {"globex"}
    with pytest.raises(ConditionError, match="contain itself: at_risk → worse → at_risk"):
        services.save(_document("at_risk", "At risk", "in_segment('worse')"), by=cast.mary, now=NOW)
    with pytest.raises(BadSegment, match="'Worse' names"):
        services.save(_document("at_risk", "At risk", "band = 'red'", shared=False), by=cast.mary, now=NOW)
    services.save(_document("worst", "Worst", "in_segment('worse') and score < 5"), by=cast.mary, now=NOW)
    with pytest.raises(BadSegment, match="'Worst' names 'Worse'"):
        services.remove("worse", by=cast.mary, now=NOW)
    assert [segment.key for segment in selectors.naming("at_risk")] == ["worse"]


@pytest.mark.parametrize(
    ("text", "said", "suggestion"),
    [
        ("in_segment('at_rsk')", "did you mean at_risk", "in_segment('at_risk')"),
        ("score > 1 and in_segment('mine')", "Only shared", ""),
        ("in_segment('broken')", "cannot be taken. There is no field 'gone'", ""),
        ("in_segment('at_risk') = true", "by itself", ""),
        ("in_segment('at_risk') is null", "by itself", ""),
    ],
)
def test_a_segment_that_cannot_be_named_is_told_at_its_place(cast: Cast, text: str, said: str, suggestion: str) -> None:
    services.ensure_segments()
    Segment.objects.create(key="mine", name="Mine", condition="true", is_shared=False, owner=cast.alice)
    Segment.objects.create(key="broken", name="Broken", condition="gone > 1")
    with pytest.raises(ConditionError, match=said) as refused:
        selectors.condition(text)
    assert refused.value.suggestion == suggestion
    assert refused.value.parts[1].startswith("in_segment(")


def test_segments_that_name_segments_have_a_greatest_size(cast: Cast) -> None:
    long = " or ".join(["score > 1"] * 90)
    Segment.objects.create(key="s0", name="S0", condition=long)
    for number in range(1, 4):
        named = f"in_segment('s{number - 1}')"
        Segment.objects.create(key=f"s{number}", name=f"S{number}", condition=f"{named} or not {named} or {named}")
    assert selectors.condition("in_segment('s1')").size > 1000
    with pytest.raises(ConditionError, match="more than 2,000 words"):
        selectors.condition("in_segment('s3')")
