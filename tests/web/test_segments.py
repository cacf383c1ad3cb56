"""The pages of segments: the list, a segment with who is in it, its form, its removal."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry, User
from mainstay.segments.document import Document
from mainstay.segments.models import Membership, Segment
from mainstay.segments.services import refresh_memberships, save
from mainstay.signals.publishing import save_kind
from mainstay.signals.selectors import declared
from tests import builders
from tests.builders import Cast

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def scored(cast: Cast) -> Cast:
    """Acme is healthy, Globex is at risk, Initech was never scored. Segments are as shipped, and one is Mary's."""
    builders.health(cast.acme, 92)
    builders.profile(cast.acme, arr=148_000, seat_use=65, days_to_renewal=20)
    builders.health(cast.globex, 41)
    builders.profile(cast.globex, arr=36_000)
    refresh_memberships(utc_now() - 3 * DAY)
    save(Document(key="low", name="Low", condition="score < 50"), by=cast.mary, now=utc_now() - 2 * DAY)
    return cast


def _page(client: Client, key: str) -> str:
    return client.get(reverse("segment", args=[key])).content.decode()


def test_every_role_sees_the_list_and_a_visitor_sees_sign_in(
    as_user: AsUser, visitor: Client, scored: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for user in (scored.ada, scored.mary, scored.alice, scored.bob, scored.vera):
        client = as_user(user)
        client.get(reverse("segments"))
        with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
            page = client.get(reverse("segments")).content.decode()
        for text in ("Low", "At risk", "Customers in the red band.", "score &lt; 50"):
            assert text in page
        assert (reverse("segment-new") in page) is (user != scored.vera)
    assert b"At risk" not in visitor.get(reverse("segments"), follow=True).content


def test_a_segment_tells_who_is_in_it_since_when_and_why(as_user: AsUser, scored: Cast) -> None:
    page = _page(as_user(scored.vera), "low")
    for text in ("Globex", "Health score is below 50.", "score &lt; 50", "2 days ago", "by the condition"):
        assert text in page
    assert "Acme" not in page
    assert reverse("segment-edit", args=["low"]) not in page
    assert reverse("segment-edit", args=["low"]) in _page(as_user(scored.mary), "low")


def test_who_came_and_went_is_listed_apart_from_changes_of_the_condition(as_user: AsUser, scored: Cast) -> None:
    segment = Segment.objects.get(key="low")
    Membership.objects.create(
        segment=segment, account=scored.acme, entered_at=utc_now() - DAY, left_at=utc_now() - DAY / 2
    )
    answer = as_user(scored.vera).get(reverse("segment", args=["low"]))
    moves = [(move.stay.account.key, move.is_entry, move.is_by_rule) for move in answer.context["page"].moves]
    assert moves == [("acme", False, False), ("acme", True, False), ("globex", True, True)]
    assert answer.context["page"].week == (type(answer.context["page"].week))(1, 1)


def test_the_past_shows_who_was_in_it_then(as_user: AsUser, scored: Cast) -> None:
    segment = Segment.objects.get(key="low")
    Membership.objects.create(
        segment=segment, account=scored.acme, entered_at=utc_now() - 60 * DAY, left_at=utc_now() - 30 * DAY
    )
    day = (utc_now() - 40 * DAY).date().isoformat()
    page = as_user(scored.mary).get(reverse("segment", args=["low"]), {"as_of": day})
    assert [member.stay.account.key for member in page.context["page"].members] == ["acme"]
    assert reverse("segment-edit", args=["low"]) not in page.content.decode()


def test_a_segment_is_made_changed_and_keeps_its_key(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.mary)
    values = {"name": "Big ones", "condition": "arr > 100000", "description": "Ours", "is_shared": "on"}
    made = client.post(reverse("segment-new"), values)
    assert made["Location"] == reverse("segment", args=["big_ones"])
    assert "Acme" in _page(client, "big_ones")
    client.post(reverse("segment-edit", args=["big_ones"]), values | {"name": "Large ones"})
    assert (Segment.objects.get(key="big_ones").name, Segment.objects.get(key="big_ones").is_shared) == (
        "Large ones",
        True,
    )
    refused = client.post(reverse("segment-new"), values | {"condition": "ar > 1"})
    assert (refused.status_code, Segment.objects.filter(key="big_ones_2").exists()) == (422, False)
    assert "did you mean arr?" in refused.content.decode()
    refused = client.post(reverse("segment-new"), values | {"name": "low"})
    assert "choose another name" in refused.content.decode()


def test_what_a_csm_saves_is_her_own_and_nobody_elses(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    assert "is_shared" not in client.get(reverse("segment-new")).content.decode()
    client.post(reverse("segment-new"), {"name": "Mine", "condition": "score > 1", "is_shared": "on"})
    assert Segment.objects.get(key="mine").is_shared is False
    assert "Mine" in client.get(reverse("segments")).content.decode()
    assert "Mine" not in as_user(scored.bob).get(reverse("segments")).content.decode()
    for name in ("segment", "segment-edit", "segment-export"):
        assert as_user(scored.bob).get(reverse(name, args=["mine"])).status_code == 404
    assert as_user(scored.bob).post(reverse("segment-delete", args=["mine"])).status_code == 404
    assert client.post(reverse("segment-edit", args=["low"]), {"name": "Low", "condition": "true"}).status_code == 403
    assert as_user(scored.vera).get(reverse("segment-new")).status_code == 403


def test_a_removed_segment_is_taken_back_by_undo(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.mary)
    answer = client.post(reverse("segment-delete", args=["low"]), follow=True)
    assert client.get(reverse("segment", args=["low"])).status_code == 404
    url = answer.content.decode().split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{url}")
    assert "Globex" in _page(client, "low")
    shipped = client.post(reverse("segment-delete", args=["at_risk"]))
    assert shipped.status_code == 422


def test_every_stay_is_exported(as_user: AsUser, scored: Cast) -> None:
    answer = as_user(scored.vera).get(reverse("segment-export", args=["low"]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "account,name,owner,entered_at,left_at,by_rule"
    assert lines[1].startswith("globex,Globex,alice@orchard.example,")
    assert lines[1].endswith(",,True")
    assert AuditEntry.objects.filter(action="segments.exported", user=scored.vera).exists()


def test_a_view_of_the_portfolio_becomes_a_segment_with_its_filters(as_user: AsUser, scored: Cast) -> None:
    query = {"band": "red", "stage": "adoption", "condition": "arr > 10 or arr is null"}
    form = as_user(scored.alice).get(reverse("segment-new"), query).content.decode()
    condition = "(arr &gt; 10 or arr is null) and band = &#x27;red&#x27; and stage = &#x27;adoption&#x27;"
    assert condition in form
    assert "<b>1 account</b>" in form


def test_long_segments_are_paged(as_user: AsUser, scored: Cast) -> None:
    segment = Segment.objects.get(key="low")
    for number in range(60):
        Membership.objects.create(
            segment=segment, account=builders.account(f"Extra {number:02}"), entered_at=utc_now() - 5 * DAY
        )
    client = as_user(scored.vera)
    page = client.get(reverse("segment", args=["low"])).context["page"]
    assert (len(page.members), page.previous_url, page.text) == (50, "", "1 to 50 of 61")
    part = client.get(page.next_url, headers=HTMX)
    assert len(part.context["page"].members) == 11
    assert "<h1>" not in part.content.decode()


def test_an_account_tells_its_segments_now_and_before(as_user: AsUser, scored: Cast) -> None:
    for key, entered, left in (("low", 20, 10), ("at_risk", 5, None)):
        Membership.objects.create(
            segment=Segment.objects.get(key=key),
            account=scored.initech,
            entered_at=utc_now() - entered * DAY,
            left_at=left and utc_now() - left * DAY,
        )
    client, url = as_user(scored.vera), reverse("account", args=["initech"])
    card = client.get(url).context["page"].segments
    assert [stay.segment.key for stay in card.present] == ["churned", "at_risk"]
    assert [stay.segment.key for stay in card.past] == ["low"]


def test_what_names_a_segment_is_listed_and_keeps_it_from_being_deleted(as_user: AsUser, scored: Cast) -> None:
    save(
        Document(key="lower", name="Lower", condition="in_segment('low') and score < 9"), by=scored.mary, now=utc_now()
    )
    shipped = next(iter(declared().values())).document.model_copy(update={"closes": ""})
    kind = shipped.model_copy(update={"key": "low_fell", "label": "Low fell", "condition": "in_segment('low')"})
    save_kind(kind, by=scored.mary, now=utc_now())
    client = as_user(scored.mary)
    page = client.get(reverse("segment", args=["low"]))
    assert [(use.kind, use.name) for use in page.context["page"].uses] == [("Segment", "Lower"), ("Signal", "Low fell")]
    assert "Used by" in page.content.decode()
    refused = client.post(reverse("segment-delete", args=["low"]))
    assert refused.status_code == 422
    assert Segment.objects.filter(key="low").exists()
    save(Document(key="low", name="Low", condition="score < 1"), by=scored.mary, now=utc_now())
    assert "score" in declared()["low_fell"].kind.opens.fields  # type: ignore[union-attr]
    assert declared()["low_fell"].kind.opens.holds({"score": 2}) is False  # type: ignore[union-attr]
