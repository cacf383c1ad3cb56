"""The Portfolio of a day that is over: the same columns, filters and sorts, as it was kept."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import past
from mainstay.people.models import User
from mainstay.playbooks.services import create_task
from mainstay.scores.services import backfill
from tests import builders
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, table, write

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
TODAY = datetime.now(UTC).date()
THEN = TODAY - 10 * DAY
AS_OF = f"as_of={THEN + DAY}"


@pytest.fixture
def book(cast: Cast) -> Cast:
    """Ten days ago Acme was red and Globex healthy; a week before both were healthy. Now it is the other way round."""
    days = {
        THEN - 7 * DAY: {cast.acme: HEALTHY, cast.globex: HEALTHY | {"arr": 50.0}},
        THEN: {cast.acme: SICK | {"arr": 900.0}, cast.globex: HEALTHY | {"arr": 50.0, "nps_latest": None}},
    }
    for day, profiles in days.items():
        keep(day, profiles)
    backfill(list(days))
    write({cast.acme: HEALTHY, cast.globex: SICK})
    return cast


def names(client: Client, query: str = "", *, as_of: str = AS_OF) -> list[str]:
    """The accounts of a page, in order."""
    page = client.get(f"/accounts/?{as_of}&{query}").content.decode()
    return re.findall(r"<a data-row[^>]*>([^<]+)</a>", page)


def test_it_shows_the_accounts_as_they_were(as_user: AsUser, book: Cast) -> None:
    page = as_user(book.alice).get(f"/accounts/?{AS_OF}").content.decode()
    assert "You are looking at" in page
    assert "1 healthy" in page
    assert "1 at risk" in page
    assert "Note</a>" not in page
    assert names(as_user(book.alice)) == ["Acme", "Globex"], "the largest drop first"


def test_each_row_says_why_its_score_was_what_it_was(as_user: AsUser, book: Cast) -> None:
    page = as_user(book.vera).get(f"/accounts/?{AS_OF}").content.decode()
    assert "Daily active rate 80% → 10%, under the 40% line" in page, "what moved it in the week before"
    earlier = as_user(book.vera).get(f"/accounts/?as_of={THEN - 6 * DAY}").content.decode()
    assert "→" not in earlier, "nothing is kept of the week before: nothing moved"
    keep(THEN + DAY, {book.acme: SICK})
    backfill([THEN + DAY])
    low = as_user(book.vera).get(f"/accounts/?as_of={THEN + 2 * DAY}").content.decode()
    assert "Daily active rate 10%, under the 40% line" in low, "what held it down"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=name", ["Acme", "Globex"]),
        ("sort=-name", ["Globex", "Acme"]),
        ("sort=-arr", ["Acme", "Globex"]),
        ("sort=arr", ["Globex", "Acme"]),
        ("sort=nps", ["Acme", "Globex"]),
        ("sort=-nps", ["Acme", "Globex"]),
        ("sort=tasks", ["Acme", "Globex"]),
        ("band=red", ["Acme"]),
        ("band=unknown", []),
        ("q=glob", ["Globex"]),
        ("q=%25", []),
        ("tier=smb", ["Globex"]),
        ("owner=none", []),
        ("condition=band+%3D+%27red%27+and+arr+%3E+100", ["Acme"]),
        ("condition=change_7d+%3C+-10", ["Acme"]),
        ("condition=previous_band+%3D+%27green%27", ["Acme"]),
        ("condition=arr+%3E%3E", []),
    ],
)
def test_it_filters_and_sorts(as_user: AsUser, book: Cast, query: str, found: list[str]) -> None:
    assert names(as_user(book.vera), query) == found


def test_every_sort_of_the_present_works_there(as_user: AsUser, book: Cast) -> None:
    page = as_user(book.vera).get("/accounts/").content.decode()
    sorts = set(re.findall(r"[?&;]sort=(-?[a-z]+)", page))
    assert len(sorts) > 10
    for sort in sorts:
        assert len(names(as_user(book.vera), f"sort={sort}")) == 2, sort


def test_a_filter_by_owner_and_tasks_of_then(as_user: AsUser, book: Cast) -> None:
    long_ago = datetime.now(UTC) - 30 * DAY
    create_task(account=book.globex, owner=book.alice, title="Call", why="", due_at=long_ago + DAY, by=book.alice,
                now=long_ago)  # fmt: skip
    client = as_user(book.alice)
    page = client.get(f"/accounts/?{AS_OF}&owner={book.alice.pk}&sort=-tasks").content.decode()
    assert "1 late" in page
    assert names(client, f"owner={book.bob.pk}") == []


def test_pages_are_numbered(as_user: AsUser, book: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.web.accounts.portfolio.PAGE_SIZE", 1)
    client = as_user(book.vera)
    assert (names(client), names(client, "page=2"), names(client, "page=3")) == (["Acme"], ["Globex"], [])
    page = client.get(f"/accounts/?{AS_OF}").content.decode()
    assert re.search(r'rel="next" href="[^"]*page=2[^"]*as_of=', page)


def test_a_day_that_is_not_kept_shows_the_last_one_before_it_and_says_so(as_user: AsUser, book: Cast) -> None:
    page = as_user(book.vera).get(f"/accounts/?as_of={TODAY - 2 * DAY}").content.decode()
    assert f"shown is {THEN:%-d %B %Y}" in page
    nothing = as_user(book.vera).get("/accounts/?as_of=2020-01-01").content.decode()
    assert "Nothing is kept of that time" in nothing


def test_a_corrected_score_is_marked_and_both_values_can_be_seen(as_user: AsUser, book: Cast) -> None:
    notes = no_notes([book.acme.pk], Reason.LATE)
    past.KEPT.correct([Corrected(THEN, table({book.acme: TECHCORP}), notes)], at=datetime.now(UTC))
    backfill([THEN], at=datetime.now(UTC), again=True)
    client = as_user(book.vera)
    now = client.get(f"/accounts/?{AS_OF}").content.decode()
    assert "Was 0 when the day ended; corrected on" in now
    assert names(client, "band=red") == []
    then = client.get(f"/accounts/?{AS_OF}&known=then").content.decode()
    assert "when the day ended; corrected" not in then
    assert names(client, "band=red&known=then") == ["Acme"]


def test_the_list_of_then_can_be_exported(as_user: AsUser, book: Cast) -> None:
    client = as_user(book.vera)
    answer = client.get(f"{reverse('portfolio-export')}?{AS_OF}&sort=name")
    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert f"accounts-{THEN}.csv" in answer["Content-Disposition"]
    assert [line.split(",")[0] for line in lines[1:]] == ["acme", "globex"]
    assert ",0,red," in lines[1]
    ticked = client.post(f"{reverse('portfolio-export-selected')}?{AS_OF}", {"account": [book.globex.pk]})
    assert len(b"".join(ticked).decode().splitlines()) == 2  # type: ignore[arg-type]


def test_who_churned_later_was_a_customer_then(as_user: AsUser, book: Cast) -> None:
    book.acme.stage, book.acme.churned_on = "churned", TODAY - 2 * DAY
    book.acme.save(update_fields=["stage", "churned_on", "updated_at"])
    assert names(as_user(book.vera)) == ["Acme", "Globex"]
    assert names(as_user(book.vera), as_of=f"as_of={THEN + DAY}&stage=churned") == []


def test_the_number_of_statements_does_not_grow_with_the_accounts(
    as_user: AsUser, book: Cast, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    others = [builders.account(f"Other {number}") for number in range(20)]
    keep(THEN - DAY, dict.fromkeys(others, HEALTHY))
    client = as_user(book.alice)
    with django_assert_max_num_queries(45):  # type: ignore[attr-defined]
        client.get(f"/accounts/?as_of={THEN}")
