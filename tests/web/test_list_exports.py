"""Lists as CSV: segments, scorecards, kinds of signals, the people of an account."""

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.people.models import AuditEntry, User
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.services import score_all
from mainstay.segments.models import Segment
from tests.builders import NOW, Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import write

type AsUser = Callable[[User], Client]
FILES = ["/segments/segments.csv", "/scorecards/scorecards.csv", "/signals/kinds.csv", "/accounts/acme/people.csv"]


def rows(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("path", FILES)
def test_everybody_exports_it_on_record_and_a_visitor_does_not(
    path: str, cast: Cast, as_user: AsUser, visitor: Client
) -> None:
    assert visitor.get(path)["Location"].startswith("/sign-in/")
    rows(as_user(cast.vera), path)
    assert AuditEntry.objects.get().action.endswith("_exported")


def test_segments_come_with_their_size_and_only_ones_own_or_shared(cast: Cast, as_user: AsUser) -> None:
    values = {"condition": "arr > 5", "member_count": 3}
    Segment.objects.create(key="big", name="Big", is_shared=True, owner=cast.mary, **values)
    Segment.objects.create(key="mine", name="Mine", is_shared=False, owner=cast.alice, **values)
    found = {row["segment"]: row for row in rows(as_user(cast.bob), FILES[0])}
    assert "mine" not in found
    big = found["big"]
    told = (big["name"], big["accounts"], big["condition"], big["owner"])
    assert told == ("Big", "3", "arr > 5", "mary@orchard.example")


def test_scorecards_come_with_whom_they_serve_by_band(cast: Cast, as_user: AsUser) -> None:
    ensure_scorecards(NOW)
    write({cast.acme: HEALTHY | {"arr": 50_000.0}, cast.globex: SICK})
    score_all(NOW)
    found = rows(as_user(cast.vera), FILES[1])
    assert sum(int(row["green"]) for row in found) == 1
    assert sum(int(row["red"]) for row in found) == 1
    assert {row["version"] for row in found} == {"1"}


def test_kinds_of_signals_come_with_their_figures(cast: Cast, as_user: AsUser) -> None:
    found = {row["kind"]: row for row in rows(as_user(cast.vera), FILES[2])}
    red = found["health_red"]
    assert (red["name"], red["category"], red["open"]) == ("Health turned red", "risk", "0")


def test_the_people_of_an_account_come_with_their_roles_those_who_left_too(cast: Cast, as_user: AsUser) -> None:
    ann = Contact.objects.create(key="ann", account=cast.acme, name="Ann", email="ann@acme.example", title="CFO")
    ann.roles.create(role="champion", since=NOW.date())
    Contact.objects.create(key="zoe", account=cast.acme, name="=Zoe", left_on=NOW.date())
    Contact.objects.create(key="tom", account=cast.globex, name="Tom")
    found = {row["contact"]: row for row in rows(as_user(cast.vera), FILES[3])}
    assert set(found) == {"ann", "zoe"}
    assert (found["ann"]["roles"], found["ann"]["title"], found["ann"]["left_on"]) == ("champion", "CFO", "")
    assert (found["zoe"]["name"], found["zoe"]["left_on"]) == ("'=Zoe", f"{NOW.date()}")
