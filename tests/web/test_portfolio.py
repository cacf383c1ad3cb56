"""The Portfolio without a browser: what is shown, to whom, in which order, in how many statements."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import Account
from mainstay.interactions.models import Interaction
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks.models import Task
from mainstay.segments.services import ensure_segments
from mainstay.web.accounts.columns import COLUMNS, parse_sort
from mainstay.web.accounts.filters import Filter, parse_filter
from mainstay.web.accounts.query import Cursor, page_of_ids, parse_cursor
from tests import builders
from tests.builders import NOW, Cast

type AsUser = Callable[[User], Client]
URL = "/accounts/"


@pytest.fixture
def scored(cast: Cast) -> Cast:
    """Acme is healthy, Globex fell and is at risk, Initech was never scored."""
    builders.health(cast.acme, 92, change_7d=2, cause="Feature coverage 61% → 66%")
    builders.profile(cast.acme, arr=148_000, seats=300, seats_used=195, seat_use=65, days_to_renewal=83)
    builders.health(cast.globex, 41, change_7d=-17, cause="Champion left", band_since=NOW, previous_band="yellow")
    builders.profile(cast.globex, arr=36_000, seats=40, seats_used=9, seat_use=22.5, days_to_renewal=12)
    return cast


def names(client: Client, query: str = "") -> list[str]:
    """The accounts of the page in order."""
    return [row.account.name for row in client.get(f"{URL}?{query}").context["page"].rows]


def test_the_largest_drop_comes_first_and_the_unknown_last(as_user: AsUser, scored: Cast) -> None:
    assert names(as_user(scored.alice)) == ["Globex", "Acme", "Initech"]


def test_a_row_tells_what_changed_why_and_what_is_due(as_user: AsUser, scored: Cast) -> None:
    page = as_user(scored.vera).get(URL).content.decode()
    for text in ("−17", "Champion left", "$36k", "9 <span", "in 12 days", "At risk"):
        assert text in page


def test_every_role_sees_the_accounts_and_a_visitor_sees_sign_in(
    as_user: AsUser, visitor: Client, scored: Cast
) -> None:
    for user in (scored.ada, scored.mary, scored.alice, scored.bob, scored.vera):
        assert b"Globex" in as_user(user).get(URL).content
    answer = visitor.get(URL, follow=True)
    assert b"Globex" not in answer.content
    assert b"Sign in" in answer.content


def test_a_viewer_is_offered_nothing_she_may_not_do(as_user: AsUser, scored: Cast) -> None:
    page = as_user(scored.vera).get(URL).content.decode()
    assert reverse("account-new") not in page
    assert reverse("portfolio-tasks") not in page
    assert reverse("portfolio-export-selected") in page


def test_only_managers_are_offered_to_reassign(as_user: AsUser, scored: Cast) -> None:
    assert reverse("portfolio-reassign") not in as_user(scored.alice).get(URL).content.decode()
    assert reverse("portfolio-reassign") in as_user(scored.mary).get(URL).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=glo", ["Globex"]),
        ("q=GLO", ["Globex"]),
        ("q=%25", []),
        ("q=_", []),
        ("band=green", ["Acme"]),
        ("band=unknown", ["Initech"]),
        ("band=purple", ["Globex", "Acme", "Initech"]),
        ("stage=adoption", ["Globex", "Acme"]),
        ("tier=smb", ["Globex"]),
        ("owner=none", ["Initech"]),
        ("owner=nobody", ["Globex", "Acme", "Initech"]),
        ("condition=arr+>=+100000", ["Acme"]),
        ("condition=owner+=+'alice@orchard.example'+and+score+<+50", ["Globex"]),
        ("condition=arr+>=+100000&band=red", []),
        ("sort=name", ["Acme", "Globex", "Initech"]),
        ("sort=-name", ["Initech", "Globex", "Acme"]),
        ("sort=-health", ["Acme", "Globex", "Initech"]),
        ("sort=renewal", ["Globex", "Acme", "Initech"]),
        ("sort=-owner", ["Globex", "Acme", "Initech"]),
        ("sort=nonsense", ["Globex", "Acme", "Initech"]),
    ],
)
def test_an_address_narrows_and_sorts(query: str, found: list[str], as_user: AsUser, scored: Cast) -> None:
    assert names(as_user(scored.mary), query) == found


def test_my_accounts_are_a_filter(as_user: AsUser, scored: Cast) -> None:
    assert names(as_user(scored.alice), f"owner={scored.alice.pk}") == ["Globex", "Acme"]


def test_a_condition_that_cannot_be_taken_is_told_with_its_place(as_user: AsUser, scored: Cast) -> None:
    answer = as_user(scored.alice).get(URL, {"condition": "arrr > 5"})
    page = answer.content.decode()
    assert "<mark>arrr</mark> &gt; 5" in page
    assert answer.context["page"].rows == []


def test_the_strip_sums_up_the_filter(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    everything = client.get(URL).context["page"].summary
    assert (everything.green, everything.yellow, everything.red, everything.unknown) == (1, 0, 1, 1)
    assert (everything.arr, everything.arr_at_risk) == (184_000, 36_000)
    assert (everything.renewing, everything.renewing_arr) == (2, 184_000)
    assert client.get(URL, {"band": "red"}).context["page"].summary.total == 1


def test_the_page_costs_the_same_number_of_statements_whatever_it_shows(
    as_user: AsUser, scored: Cast, django_assert_num_queries: Callable[..., object]
) -> None:
    client = as_user(scored.alice)
    client.get(URL)
    with django_assert_num_queries(16):
        client.get(URL, {"sort": "name"})
    for number in range(40):
        builders.account(f"More {number}", owner=scored.bob, tier="smb", stage="adoption")
    with django_assert_num_queries(16):
        client.get(URL, {"sort": "name"})


def test_the_shipped_first_segment_leaves_the_churned_out(as_user: AsUser, scored: Cast) -> None:
    ensure_segments()
    client = as_user(scored.alice)
    assert names(client) == ["Globex", "Acme"]
    assert names(client, "segment=churned") == ["Initech"]
    assert names(client, "segment=at_risk") == ["Globex"]


def _many(number: int) -> None:
    """Accounts with few different values, so that ties matter; some without health."""
    for index in range(number):
        account = builders.account(f"Company {index:03}", tier=["smb", "enterprise"][index % 2])
        if index % 5:
            builders.health(account, [40, 60, 60, 85][index % 4], change_7d=[None, -5, 0, 0, 3][index % 5])
            builders.profile(account, arr=[None, 1000.0, 1000.0, 2500.5][index % 4], seat_use=float(index % 3))


@pytest.mark.parametrize("key", sorted({*COLUMNS, *(f"-{name}" for name in COLUMNS)}))
def test_pages_follow_one_another_without_gap_or_repeat_in_both_directions(key: str, cast: Cast) -> None:
    _many(23)
    total, sort, chosen = Account.objects.count(), parse_sort(key), Filter()
    pages, after = [], None
    while True:
        page = page_of_ids(chosen, sort, size=4, total=total, after=after, before=None)
        pages.append(page.ids)
        if page.next is None:
            break
        after = parse_cursor(page.next.encode())
    forward = [pk for ids in pages for pk in ids]
    assert sorted(forward) == sorted(Account.objects.values_list("pk", flat=True))
    back = [pages[-1]]
    before = page.previous
    while before is not None:
        page = page_of_ids(chosen, sort, size=4, total=total, after=None, before=parse_cursor(before.encode()))
        back.append(page.ids)
        before = page.previous
    assert list(reversed(back)) == pages


@pytest.mark.parametrize("key", ["change", "-arr", "owner", "-tasks", "name"])
def test_many_matches_and_few_are_found_in_the_same_order(key: str, cast: Cast) -> None:
    _many(23)
    chosen = parse_filter({"condition": "tier = 'smb'"}, {})
    few = page_of_ids(chosen, parse_sort(key), size=50, total=10, after=None, before=None)
    many = page_of_ids(chosen, parse_sort(key), size=50, total=10**6, after=None, before=None)
    assert few == many
    assert few.ids


@pytest.mark.parametrize("text", ["", "x", "e30", "bnVsbA", "WzFd", "W3t9LDFd", "é"])
def test_a_broken_cursor_is_the_first_page(text: str, as_user: AsUser, scored: Cast) -> None:
    assert parse_cursor(text) is None
    assert names(as_user(scored.alice), f"after={text}") == ["Globex", "Acme", "Initech"]


def test_a_cursor_survives_an_address() -> None:
    for value in (None, "Ünïcode & more", -3, 1234.5678):
        assert parse_cursor(Cursor(value, 7).encode()) == Cursor(value, 7)


def test_htmx_gets_the_changing_part_alone(as_user: AsUser, scored: Cast) -> None:
    page = as_user(scored.alice).get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "Globex" in page
    assert "<html" not in page


def test_without_accounts_it_says_how_data_comes(as_user: AsUser, cast: Cast) -> None:
    Account.objects.all().delete()
    assert reverse("settings-keys") in as_user(cast.ada).get(URL).content.decode()
    page = as_user(cast.alice).get(URL).content.decode()
    assert "No accounts yet" in page
    assert reverse("settings-keys") not in page


def test_without_a_match_it_offers_to_clear_the_filters(as_user: AsUser, scored: Cast) -> None:
    page = as_user(scored.alice).get(URL, {"q": "zzz"}).content.decode()
    assert "No account matches" in page
    assert "Clear filters" in page


def test_columns_are_chosen_and_kept(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    client.post(reverse("portfolio-columns"), {"column": ["health", "tier", "nonsense"]})
    assert client.get(URL).context["page"].columns == {"health", "tier"}


def test_the_export_is_the_filter_in_its_order_and_harmless(as_user: AsUser, scored: Cast) -> None:
    Account.objects.filter(pk=scored.globex.pk).update(industry='=HYPERLINK("http://x.example","Click")')
    client = as_user(scored.vera)
    answer = client.get(reverse("portfolio-export"), {"sort": "-arr", "stage": "adoption"})
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"].startswith('attachment; filename="accounts-')
    assert [line.split(",")[0] for line in lines] == ["key", "acme", "globex"]
    assert "'=HYPERLINK" in lines[2]
    assert AuditEntry.objects.get().action == "accounts.exported"


def test_ticked_accounts_can_be_exported_alone(as_user: AsUser, scored: Cast) -> None:
    answer = as_user(scored.vera).post(reverse("portfolio-export-selected"), {"account": [scored.acme.pk, "x"]})
    assert len(b"".join(answer).decode().splitlines()) == 2


def test_a_task_goes_to_the_owner_of_each_account(as_user: AsUser, scored: Cast) -> None:
    ticked = {"account": [scored.acme.pk, scored.initech.pk]}
    client = as_user(scored.bob)
    asked = client.post(reverse("portfolio-tasks"), ticked)
    assert "Task for 2 accounts" in asked.content.decode()
    assert Task.objects.count() == 0
    client.post(reverse("portfolio-tasks"), {**ticked, "title": "Call", "due_on": "2026-12-01"})
    assert {task.account.name: task.owner.name for task in Task.objects.all()} == {"Acme": "Alice", "Initech": "Bob"}


def test_accounts_are_reassigned_and_given_back(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.mary)
    ticked = {"account": [scored.acme.pk, scored.initech.pk], "owner": scored.bob.pk}
    shown = client.post(reverse("portfolio-reassign"), ticked, follow=True).content.decode()
    assert set(Account.objects.filter(owner=scored.bob)) == {scored.acme, scored.initech}
    undo = shown.split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert Account.objects.get(pk=scored.acme.pk).owner == scored.alice
    assert Account.objects.get(pk=scored.initech.pk).owner is None
    assert client.post(f"/undo/{undo}").status_code == 404


def test_a_note_is_written_and_taken_back(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    shown = client.post(reverse("note-new", args=["acme"]), {"text": "Met Tom"}, follow=True).content.decode()
    assert Interaction.objects.get().title == "Met Tom"
    client.post("/undo/" + shown.split('action="/undo/')[1].split('"')[0])
    assert Interaction.objects.count() == 0


@pytest.mark.parametrize("name", ["portfolio-tasks", "portfolio-reassign"])
def test_a_viewer_cannot_do_it_by_hand_either(name: str, as_user: AsUser, scored: Cast) -> None:
    values = {"account": [scored.acme.pk], "title": "x", "owner": scored.bob.pk}
    assert as_user(scored.vera).post(reverse(name), values).status_code == 403
    assert Task.objects.count() == 0


def test_a_csm_cannot_reassign_by_hand_nor_by_editing(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.bob)
    assert client.post(reverse("portfolio-reassign"), {"account": [scored.acme.pk], "owner": ""}).status_code == 403
    client.post(reverse("account-edit", args=["acme"]), {"name": "Acme", "owner": scored.bob.pk})
    assert Account.objects.get(pk=scored.acme.pk).owner == scored.alice


def test_an_account_is_made_and_changed(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    made = client.post(reverse("account-new"), {"name": "Umbra Ltd", "tier": "smb", "owner": cast.alice.pk})
    assert made["Location"] == reverse("account", args=["umbra-ltd"])
    client.post(reverse("account-edit", args=["umbra-ltd"]), {"name": "Umbra Inc", "tier": "", "owner": cast.alice.pk})
    account = Account.objects.get(key="umbra-ltd")
    assert (account.name, account.tier, account.owner) == ("Umbra Inc", "", cast.alice)
    refused = client.post(reverse("account-new"), {"name": "Umbra Ltd"})
    assert refused.status_code == 422
    assert as_user(cast.vera).get(reverse("account-new")).status_code == 403


def test_late_tasks_stand_beside_their_account(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    client.post(reverse("portfolio-task", args=["acme"]), {"title": "Call"})
    Task.objects.update(due_at=NOW - timedelta(days=400))
    row = next(row for row in client.get(URL).context["page"].rows if row.account.name == "Acme")
    assert (row.tasks, row.late) == (1, 1)


def test_the_team_of_an_account_is_chosen_shown_and_on_record(as_user: AsUser, cast: Cast) -> None:
    client, url = as_user(cast.alice), reverse("account-edit", args=["acme"])
    cast.acme.attributes = {"onboarding_specialist": "gone@orchard.example", "plan": "gold"}
    cast.acme.save(update_fields=["attributes"])
    basics = {"name": "Acme", "owner": cast.alice.pk}
    client.post(url, {**basics, "technical_account_manager": cast.bob.pk})
    cast.acme.refresh_from_db()
    assert cast.acme.attributes == {
        "onboarding_specialist": "gone@orchard.example", "plan": "gold", "technical_account_manager": cast.bob.email,
    }  # fmt: skip
    page = client.get(reverse("account", args=["acme"])).content.decode()
    assert "Technical account manager" in page
    assert "Onboarding specialist" not in page  # nobody has that address
    client.post(url, basics)
    cast.acme.refresh_from_db()
    assert cast.acme.attributes["technical_account_manager"] == ""
    changed = [entry.details.get("field") for entry in AuditEntry.objects.filter(action="accounts.changed")]
    assert changed.count("technical_account_manager") == 2
