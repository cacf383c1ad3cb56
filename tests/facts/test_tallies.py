"""Tallies: daily counts with properties, built backwards, kept up with the days, dropped when nobody needs them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.facts import tables, tallies
from mainstay.facts.models import Tally
from mainstay.facts.services import keep_up, refresh_rollups, request_erasure
from mainstay.facts.tally import Needs, TallyProperty, TallySpec
from mainstay.lake import engine
from mainstay.lake.models import DataFile
from tests.facts.sending import NOW, days_ago, group, identify, load, track

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
PAGES = TallyProperty(("pages",), "number")
FORMAT = TallyProperty(("format",), "text")
SPEC = TallySpec.of(["Printed"], [PAGES, FORMAT])


def printed(user: str | None, at: datetime, event: str = "Printed", **properties: Any) -> dict[str, Any]:
    return track(user, event, at=at, account="acme", properties=properties)


def keep(*specs: TallySpec) -> None:
    with transaction.atomic():
        tallies.keep(specs)


def build(spec: TallySpec, *, to: date, now: datetime = NOW) -> list[date]:
    """Build until nothing is left to do; the days it was complete from on the way."""
    steps = []
    while (step := tallies.extend(spec, to=to, today=now.date())) is not None:
        steps.append(step)
    return steps


def rows(
    spec: TallySpec,
    as_of: date | datetime = NOW,
    *,
    days: int = 90,
    columns: str = "*",
    count_for: list[int] | None = None,
) -> list[tuple[Any, ...]]:
    """What a metric would read."""
    with engine.cursor() as cursor:
        tables.register(cursor, as_of, needs=Needs(tallies={spec: days}), count_for=count_for)
        return cursor.execute(f"SELECT {columns} FROM {spec.name} ORDER BY ALL").fetchall()


def first_age(spec: TallySpec, as_of: date | datetime = NOW) -> int | None:
    """How far back metrics take it to be complete."""
    with engine.cursor() as cursor:
        tables.register(cursor, as_of, needs=Needs(tallies={spec: 90}))
        found = cursor.execute("SELECT first_age FROM tallies").fetchone()
    return found[0] if found else None


VALUES = f'age, "{PAGES.column}", "{FORMAT.column}", n'


def test_equal_needs_have_one_name_whatever_the_order():
    assert TallySpec.of(["b", "a", "a"], [PAGES, FORMAT]) == TallySpec.of(["a", "b"], [FORMAT, PAGES])
    assert TallySpec.from_dict(SPEC.as_dict()) == SPEC
    assert TallySpec.of([], [PAGES]).name != TallySpec.of([], [PAGES], last_at=True).name
    assert TallyProperty(("a b",), "text").column != TallyProperty(("a-b",), "text").column


def test_events_are_counted_apart_by_their_values():
    load(
        group("acme", "u1"),
        printed("u1", days_ago(3), pages=4, format="pdf"),
        printed("u1", days_ago(3), pages="4.0", format="pdf"),
        printed("u1", days_ago(3), pages="many", format=None),
        printed("u1", days_ago(3), pages=9, format={"name": "pdf"}),
        printed("u1", days_ago(3), "Viewed", pages=7),
    )
    keep(SPEC)
    build(SPEC, to=days_ago(30).date())
    assert rows(SPEC, columns=VALUES) == [
        (3, 4.0, "pdf", 2),
        (3, 9.0, '{"name":"pdf"}', 1),
        (3, None, None, 1),
    ]
    assert first_age(SPEC) is not None
    assert first_age(SPEC) >= 30


def test_names_with_anything_in_them_and_nested_ones_are_found():
    odd = TallyProperty(('it\'s/a ~ "name"',), "number")
    nested = TallyProperty(("address", "city"), "text")
    flag = TallyProperty(("trial",), "boolean")
    spec = TallySpec.of([], [odd, nested, flag])
    load(
        group("acme", "u1"),
        printed("u1", days_ago(1), **{'it\'s/a ~ "name"': 5, "address": {"city": "Bern"}, "trial": True}),
        printed("u1", days_ago(1), **{"trial": "maybe", 'it\'s/a ~ "name"': "NaN"}),
    )
    keep(spec)
    build(spec, to=days_ago(30).date())
    columns = ", ".join(f'"{one.column}"' for one in (odd, nested, flag))
    assert rows(spec, columns=columns) == [(5.0, "Bern", True), (None, None, None)]


def test_it_is_built_backwards_a_month_at_a_time():
    load(group("acme", "u1"), *(printed("u1", days_ago(age), pages=1) for age in (1, 20, 40, 70)))
    keep(SPEC)
    assert first_age(SPEC) is None
    assert build(SPEC, to=date(2026, 10, 15)) == [date(2026, 11, 1), date(2026, 10, 1)]
    assert [row[0] for row in rows(SPEC, columns="age")] == [1, 20, 40]
    assert first_age(SPEC) == (TODAY - date(2026, 10, 1)).days
    assert first_age(SPEC, date(2026, 10, 20)) == 19
    assert build(SPEC, to=date(2026, 6, 1)) == [date(2026, 9, 1), date(2026, 6, 1)]
    assert [row[0] for row in rows(SPEC, columns="age")] == [1, 20, 40, 70]
    assert build(SPEC, to=date(2026, 6, 1)) == []


def test_days_that_get_events_are_counted_anew():
    load(group("acme", "u1"), printed("u1", days_ago(2), pages=1), printed("u1", days_ago(25), pages=1))
    refresh_rollups(NOW)
    keep(SPEC)
    build(SPEC, to=days_ago(60).date())
    load(printed("u1", days_ago(2), pages=1), printed("u1", days_ago(25), pages=3), printed("u1", NOW, pages=5))
    refresh_rollups(NOW + timedelta(minutes=1))
    assert rows(SPEC, NOW + timedelta(minutes=1), columns=VALUES) == [
        (0, 5.0, None, 1),
        (2, 1.0, None, 2),
        (25, 1.0, None, 1),
        (25, 3.0, None, 1),
    ]


def test_a_day_before_it_is_complete_is_left_to_its_building():
    load(group("acme", "u1"), printed("u1", days_ago(2), pages=1))
    keep(SPEC)
    tallies.extend(SPEC, to=days_ago(90).date(), today=TODAY)
    load(printed("u1", days_ago(60), pages=1))
    refresh_rollups(NOW)
    assert [row[0] for row in rows(SPEC, columns="age")] == [2]
    build(SPEC, to=days_ago(90).date())
    assert [row[0] for row in rows(SPEC, columns="age")] == [2, 60]


def test_history_that_comes_after_it_was_built_as_far_as_it_reaches_is_counted():
    """Also of the month in the middle of which it was said to be complete from, while nothing was there."""
    load(group("acme", "u1"), printed("u1", days_ago(2), pages=1))
    keep(SPEC)
    build(SPEC, to=date(2026, 9, 15))
    history = [datetime(2026, month, 20, 9, tzinfo=UTC) for month in (9, 10)]
    load(*(printed("u1", at, pages=1) for at in history), received_at=NOW)
    refresh_rollups(NOW)
    ages = [(TODAY - at.date()).days for at in reversed(history)]
    assert [row[0] for row in rows(SPEC, columns="age")] == [2, *ages]


def test_what_happened_after_the_instant_is_not_in_it():
    at = datetime(2026, 11, 16, 15, tzinfo=UTC)
    load(
        group("acme", "u1"), printed("u1", at - timedelta(hours=1), pages=1), printed("u1", at, pages=2),
        printed("u1", at + timedelta(days=1), pages=3), received_at=NOW,
    )  # fmt: skip
    refresh_rollups(NOW)
    keep(SPEC)
    build(SPEC, to=days_ago(30).date())
    assert rows(SPEC, at, columns=VALUES) == [(0, 1.0, None, 1)]
    assert rows(SPEC, at.date() + timedelta(days=1), columns=VALUES) == [(1, 1.0, None, 1), (1, 2.0, None, 1)]


def test_the_first_instant_of_a_day_is_told_apart_and_the_latest_kept():
    spec = TallySpec.of([], [], at_midnight=True, last_at=True)
    midnight = datetime(2026, 11, 16, tzinfo=UTC)
    load(
        group("acme", "u1"), printed("u1", midnight), printed("u1", midnight + timedelta(microseconds=1)),
        printed("u1", midnight + timedelta(hours=3)),
    )  # fmt: skip
    keep(spec)
    build(spec, to=days_ago(30).date())
    assert rows(spec, columns="at_midnight, last_at, n") == [
        (False, datetime(2026, 11, 16, 3), 2),  # noqa: DTZ001
        (True, datetime(2026, 11, 16), 1),  # noqa: DTZ001
    ]


def test_counted_from_the_events_it_is_the_same_without_being_kept():
    load(
        group("acme", "u1"), group("globex", "u2"), printed("u1", days_ago(3), pages=4),
        printed("u1", days_ago(100), pages=4), track("u2", "Printed", at=days_ago(2), account="globex"),
    )  # fmt: skip
    accounts = list(Account.objects.order_by("key").values_list("pk", flat=True))
    counted = rows(SPEC, count_for=accounts)
    assert len(rows(SPEC, count_for=accounts[:1])) == 1
    keep(SPEC)
    build(SPEC, to=days_ago(90).date())
    assert counted == rows(SPEC) == rows(SPEC, count_for=accounts)
    assert len(counted) == 2


def test_what_nobody_needs_is_dropped_with_its_files():
    load(group("acme", "u1"), printed("u1", days_ago(3), pages=4))
    other = TallySpec.of([], [PAGES])
    keep(SPEC, other)
    build(SPEC, to=days_ago(9).date())
    build(other, to=days_ago(9).date())
    keep(other)
    assert list(Tally.objects.values_list("name", flat=True)) == [other.name]
    assert set(DataFile.objects.filter(removed_by=None, table__startswith="tally").values_list("table", flat=True)) == {
        other.name
    }
    assert rows(SPEC) == []
    assert first_age(SPEC) is None
    assert build(SPEC, to=days_ago(9).date()) == []
    keep(SPEC, other)
    build(SPEC, to=days_ago(9).date())
    assert len(rows(SPEC)) == 1


def test_months_that_are_over_become_one_file():
    keep(SPEC)
    for age in (47, 46, 45):
        load(group("acme", "u1"), printed("u1", days_ago(age), pages=1))
        build(SPEC, to=days_ago(60).date(), now=days_ago(44))
        refresh_rollups(days_ago(44))
    assert DataFile.objects.filter(table=SPEC.name, removed_by=None).count() == 3
    keep_up(NOW)
    assert DataFile.objects.filter(table=SPEC.name, removed_by=None).count() == 1
    assert len(rows(SPEC)) == 3


def test_an_erased_person_leaves_it_too():
    load(identify("u1"), group("acme", "u1"), printed("u1", days_ago(3), pages=4), printed("u2", days_ago(3), pages=4))
    keep(SPEC)
    build(SPEC, to=days_ago(9).date())
    gone = Contact.objects.get(key="u1").pk
    assert gone in {row[0] for row in rows(SPEC, columns="contact_id")}
    request_erasure("contact", "u1", now=NOW)
    keep_up(NOW)
    assert gone not in {row[0] for row in rows(SPEC, columns="contact_id")}
