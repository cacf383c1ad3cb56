"""The condition editor: what it says of a text, what completion offers, who may ask."""

import json
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mainstay.people.models import User
from mainstay.web.conditions.checking import check
from mainstay.web.conditions.fields import ConditionField
from mainstay.web.conditions.scope import Scope
from tests import builders
from tests.builders import Cast

type AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def scored(cast: Cast) -> Cast:
    """Acme is healthy, Globex is at risk, Initech was never scored."""
    builders.health(cast.acme, 92)
    builders.profile(cast.acme, arr=148_000, seat_use=65, champion_present=1)
    builders.health(cast.globex, 41)
    builders.profile(cast.globex, arr=36_000)
    return cast


def _check(client: Client, text: str, *, scope: str = "all") -> str:
    url = reverse("condition-check", args=[scope])
    return client.post(f"{url}?field=opens", {"opens": text}, headers=HTMX).content.decode()


def test_every_role_is_told_how_many_accounts_and_which(as_user: AsUser, visitor: Client, scored: Cast) -> None:
    for user in (scored.ada, scored.mary, scored.alice, scored.bob, scored.vera):
        told = _check(as_user(user), "arr > 100000 and champion_present")
        assert "<b>1 account</b>" in told
        for text in ("Acme", "$148,000", "yes", reverse("account", args=["acme"])):
            assert text in told
    assert "Acme" not in _check(visitor, "arr > 100000")


def test_accounts_whose_value_is_missing_are_counted_apart(as_user: AsUser, scored: Cast) -> None:
    found = check("seat_use >= 50")
    assert (found.count, [row.name for row in found.rows]) == (1, ["Acme"])
    url = reverse("condition-unanswered", args=["all"])
    told = as_user(scored.vera).post(url, json.loads(found.asks), headers=HTMX).content.decode()
    assert "2 without an answer" in told
    assert as_user(scored.vera).post(url, {"text": "seat_use >"}).content.strip() == b""
    assert check("true").asks == ""


def test_a_refused_text_is_marked_at_its_place_with_what_could_stand_there(as_user: AsUser, scored: Cast) -> None:
    told = _check(as_user(scored.alice), "band = 'red' and scor < 40")
    assert "band = &#x27;red&#x27; and <mark>scor</mark> &lt; 40" in told
    assert 'data-from="17" data-length="4"' in told
    assert 'data-fix="score"' in told


def test_a_text_that_no_account_has_is_questioned_not_refused(scored: Cast) -> None:
    found = check("tier in ('enterprise', 'smbs') and band <> 'grey' and name = 'Nobody'")
    assert [(note.text, note.start, note.length, note.suggestion) for note in found.notes] == [
        ("No account has tier 'smbs'.", 23, 6, "'smb'"),
        ("No account has band 'grey'.", 43, 6, "'green'"),
    ]
    assert found.error is None


def test_an_empty_text_has_nothing_to_say(as_user: AsUser, scored: Cast) -> None:
    assert _check(as_user(scored.alice), "  ").strip() == ""


def test_one_check_takes_five_statements_at_most(
    as_user: AsUser, scored: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with django_assert_max_num_queries(5):  # type: ignore[attr-defined]
        assert check("arr > 0 and tier = 'smb'").count == 1


def test_where_only_fields_of_accounts_count_a_score_is_refused(as_user: AsUser, scored: Cast) -> None:
    told = _check(as_user(scored.alice), "score < 40", scope="account")
    assert "There is no field" in told
    assert "<b>1 account</b>" in _check(as_user(scored.alice), "tier = 'smb'", scope="account")


def test_completion_offers_the_fields_and_the_values_in_use(as_user: AsUser, scored: Cast) -> None:
    words = as_user(scored.vera).get(reverse("condition-words", args=["all"])).json()
    names = [field["name"] for field in words["fields"]]
    assert {"arr", "band", "owner", "signed_on"} <= set(names)
    assert words["values"]["tier"] == ["enterprise", "smb"]
    assert "alice@orchard.example" in words["values"]["owner"]
    assert words["values"]["band"] == ["green", "yellow", "red", "unknown"]
    few = as_user(scored.vera).get(reverse("condition-words", args=["account"])).json()
    assert "score" not in [field["name"] for field in few["fields"]]
    assert as_user(scored.vera).get(reverse("condition-words", args=["other"])).status_code == 404


@pytest.mark.parametrize("scope", list(Scope))
def test_the_help_lists_every_field_and_examples_that_work(as_user: AsUser, scored: Cast, scope: Scope) -> None:
    client = as_user(scored.alice)
    answer = client.get(reverse("condition-help", args=[scope.value]))
    assert "signed_on" in answer.content.decode()
    for _, text, url in answer.context["examples"]:
        assert check(text, scope).error is None
        assert client.get(url).context["page"].filter.condition_error is None


def test_a_field_of_a_form_takes_conditions_only(scored: Cast) -> None:
    field = ConditionField(scope=Scope.ACCOUNT, required=False)
    assert field.clean("  tier = 'smb' ") == "tier = 'smb'"
    assert field.clean("") == ""
    with pytest.raises(Exception, match="There is no field 'score'"):
        field.clean("score > 1")


def _built(client: Client, **values: str) -> HttpResponse:
    return client.post(reverse("condition-builder", args=["all"]), values, headers=HTMX)


def test_rows_write_the_text_and_every_row_offers_what_its_field_takes(as_user: AsUser, scored: Cast) -> None:
    rows = {
        "joins": "and",
        "rows": [
            {"field": "arr", "operator": "yes", "value": "red", "high": ""},
            {"field": "tier", "operator": "=", "value": "smb", "high": ""},
            {"field": "", "operator": "yes", "value": "", "high": ""},
        ],
        "groups": [{"joins": "or", "rows": [{"field": "champion_present", "operator": "no"}]}],
    }
    page = _built(as_user(scored.vera), rows=json.dumps(rows)).context["page"]
    # `yes` is nothing a number can be: its field was just chosen, and the value was of another one.
    assert page.text == "tier = 'smb' and not champion_present"
    assert (page.top.rows[0].row.operator, page.top.rows[0].row.value) == (">=", "")
    assert page.top.rows[0].operators[0] == (">=", "is at least")
    assert page.top.rows[1].values == ["enterprise", "smb"]
    assert [row.is_value for row in (*page.top.rows, *page.groups[0].rows)] == [True, True, False, False]


def test_a_text_becomes_rows_where_rows_can_say_it(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    page = _built(client, text="signed_on >= today - 30 and not churned").context["page"]
    assert page.text == "signed_on >= today - 30 and not churned"
    assert page.top.rows[0].operators[0] == (">=", "is on or after")
    for text in ("arr / 12 > 100", "arr >"):
        answer = _built(client, text=text)
        assert "so it stays text" in answer.content.decode()
    assert len(_built(client, text="").context["page"].top.rows) == 1


@pytest.mark.parametrize("rows", ["{", '{"joins": "xor"}', json.dumps({"rows": [{}] * 41})])
def test_what_are_no_rows_is_refused(as_user: AsUser, scored: Cast, rows: str) -> None:
    assert _built(as_user(scored.alice), rows=rows).status_code == 422
