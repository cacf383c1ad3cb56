"""The pages of opportunities, as each role meets them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.money import Money
from mainstay.common.time import utc_now
from mainstay.opportunities import services
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import Kind, OpportunityState
from mainstay.people.models import AuditEntry, User
from tests.builders import Cast

type AsUser = Callable[[User], Client]
NOW = utc_now()


def make(cast: Cast, title: str = "More seats", **fields: Any) -> Opportunity:
    values = {
        "account": cast.acme, "kind": Kind.EXPANSION, "owner": cast.alice, "amount": Money(1_200_000, "EUR"),
        "why": "At 95 %.", "by": cast.bob, "now": NOW, **fields,
    }  # fmt: skip
    return services.create_opportunity(title=title, **values)


def text(answer: Any) -> str:
    return answer.content.decode()


def titles(answer: Any) -> list[str]:
    return [row.opportunity.title for row in answer.context["page"].rows]


def test_a_visitor_sees_only_sign_in(visitor: Client, cast: Cast) -> None:
    one = make(cast)
    for url in (reverse("opportunities"), reverse("opportunities-export"), reverse("opportunity", args=[one.pk])):
        assert visitor.get(url)["Location"].startswith("/sign-in/")


def test_everybody_reads_and_viewers_change_nothing(as_user: AsUser, cast: Cast) -> None:
    one = make(cast)
    client = as_user(cast.vera)
    for said in ("More seats", "€12,000", "Alice", "Acme"):
        assert said in text(client.get(reverse("opportunities")))
    page = text(client.get(reverse("opportunity", args=[one.pk])))
    assert "At 95 %." in page
    assert "/decide/" not in page
    assert client.get(reverse("opportunity-new")).status_code == 403
    assert client.post(reverse("opportunity-decide", args=[one.pk]), {"state": "won"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "said"),
    [("", "Nothing is open"), ("?state=all", "No opportunities yet"), ("?state=all&q=x", "No opportunity fits")],
)
def test_an_empty_list_says_why(as_user: AsUser, cast: Cast, query: str, said: str) -> None:
    assert said in as_user(cast.vera).get(f"/opportunities/{query}").content.decode()


def test_the_list_is_narrowed(as_user: AsUser, cast: Cast) -> None:
    make(cast)
    make(cast, "To sales", kind=Kind.HANDOVER, owner=None, amount=None)
    services.decide(make(cast, "Lost one", account=cast.globex), OpportunityState.LOST, by=cast.bob, now=NOW)
    client = as_user(cast.alice)
    for query, found in (
        ("", ["To sales", "More seats"]),
        ("?state=decided", ["Lost one"]),
        ("?state=all&q=globex", ["Lost one"]),
        ("?kind=handover", ["To sales"]),
        ("?who=mine", ["More seats"]),
        ("?q=zzz", []),
        ("?after=0001-01-01T00:00:00%2B14:00_6d0f2f5e-3c0a-5b51-9d0e-1b6f0a7c1f42", ["To sales", "More seats"]),
    ):
        assert sorted(titles(client.get(reverse("opportunities") + query))) == sorted(found)


def test_the_list_goes_on_behind_its_page(as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.web.opportunities.listing.PAGE_SIZE", 2)
    for number in range(3):
        make(cast, f"No. {number}", now=NOW + timedelta(seconds=number))
    client = as_user(cast.alice)
    first = client.get(reverse("opportunities"))
    second = client.get(first.context["page"].next_url)
    assert (titles(first), titles(second)) == (["No. 2", "No. 1"], ["No. 0"])
    assert second.context["page"].next_url == ""


def test_the_export_has_amounts_in_major_units_and_is_on_record(as_user: AsUser, cast: Cast) -> None:
    make(cast, "=cmd()")
    answer = as_user(cast.vera).get(reverse("opportunities-export"))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert "acme,Acme,expansion,'=cmd(),alice@" in lines[1]
    assert ",12000.00,EUR,open," in lines[1]
    assert AuditEntry.objects.filter(action="opportunities.exported").exists()


def test_a_csm_adds_one(as_user: AsUser, cast: Cast) -> None:
    values = {
        "kind": "renewal_risk", "account": "Acme", "title": "May leave", "amount": "48000.5", "currency": "chf",
        "owner": cast.bob.pk,
    }  # fmt: skip
    as_user(cast.alice).post(reverse("opportunity-new"), values)
    made = Opportunity.objects.get()
    assert (made.kind, made.account, made.amount_minor, made.currency) == ("renewal_risk", cast.acme, 4_800_050, "CHF")
    assert (made.owner, made.created_by) == (cast.bob, cast.alice)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account": "Nobody"}, "No account is called"),
        ({"amount": "1.234", "currency": "EUR"}, "EUR has 2 decimals"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"currency": "euro"}, "three letters"),
        ({"title": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    as_user: AsUser, cast: Cast, wrong: dict[str, str], said: str
) -> None:
    values = {"kind": "expansion", "account": "acme", "title": "More seats", "why": "They asked."} | wrong
    answer = as_user(cast.alice).post(reverse("opportunity-new"), values)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "They asked." in text(answer)
    assert not Opportunity.objects.exists()


def test_one_is_changed_while_it_is_open(as_user: AsUser, cast: Cast) -> None:
    one = make(cast)
    client, url = as_user(cast.alice), reverse("opportunity-edit", args=[one.pk])
    assert 'value="12000.00"' in text(client.get(url))
    client.post(url, {"title": "20 more seats", "amount": "", "owner": ""})
    one.refresh_from_db()
    assert (one.title, one.amount_minor, one.owner) == ("20 more seats", None, None)
    services.decide(one, OpportunityState.WON, by=cast.bob, now=NOW)
    assert "reopen it to change it" in text(client.post(url, {"title": "X"}))


def test_a_decision_is_taken_with_a_note_and_taken_back(as_user: AsUser, cast: Cast) -> None:
    one = make(cast)
    client = as_user(cast.alice)
    answer = client.post(reverse("opportunity-decide", args=[one.pk]), {"state": "won", "note": "Signed"}, follow=True)
    one.refresh_from_db()
    assert (one.state, one.note, one.decided_by) == ("won", "Signed", cast.alice)
    undo = next(message.extra_tags for message in answer.context["messages"]).removeprefix("undo:")
    client.post(undo.split()[0])
    one.refresh_from_db()
    assert one.is_open


def test_a_decision_that_its_kind_does_not_know_is_refused(as_user: AsUser, cast: Cast) -> None:
    one = make(cast)
    for state in ("accepted", "open", "x", ""):
        answer = as_user(cast.alice).post(reverse("opportunity-decide", args=[one.pk]), {"state": state})
        assert answer.status_code == 422
    one.refresh_from_db()
    assert one.is_open


def test_the_account_shows_what_is_open_and_its_timeline_what_became_of_it(as_user: AsUser, cast: Cast) -> None:
    one = make(cast)
    client = as_user(cast.alice)
    assert "More seats" in text(client.get(reverse("account", args=["acme"])))
    services.decide(one, OpportunityState.LOST, note="Too dear", by=cast.alice, now=NOW + timedelta(seconds=1))
    timeline = text(client.get(reverse("account-timeline", args=["acme"]) + "?show=opportunities"))
    for said in ("Expansion: More seats", "Lost: More seats", "Too dear"):
        assert said in timeline
    card = text(client.get(reverse("account", args=["acme"])))
    assert "None is open." in card


def test_the_list_asks_as_many_questions_with_many_of_them(
    as_user: AsUser, cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        make(cast, f"No. {number}")
    client = as_user(cast.alice)
    client.get(reverse("opportunities"))
    with django_assert_max_num_queries(14):
        client.get(reverse("opportunities"))
