"""What a metric would show before it is saved, and what a saved one was counted from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mainstay.facts.services import refresh_rollups
from mainstay.metrics import histories, lineage, services
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.evidence.table import Evidence
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import check
from mainstay.metrics.previews import preview
from mainstay.subscriptions.models import Subscription
from tests.builders import Cast
from tests.facts.sending import group, identify, load, track

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)


def document(value: dict[str, Any], *, key: str = "own", unit: str = "count") -> Document:
    content = {"key": key, "label": "Own", "description": "Made for a test.", "unit": unit, "value": value}
    return check(content, origin="test")


def ago(days: int) -> datetime:
    return NOON - timedelta(days=days, hours=1)


@pytest.fixture
def printing(cast: Cast) -> Cast:
    """Ann and Ben of Acme printed, Cas of Globex only looked."""
    load(
        identify("ann", name="Ann"), identify("ben", name="Ben"), identify("cas", name="Cas"),
        group("acme", "ann"), group("acme", "ben"), group("globex", "cas"),
        *(track("ann", "Printed", at=ago(age), account="acme", properties={"pages": age}) for age in (1, 2, 9)),
        track("ben", "Printed", at=ago(2), account="acme", properties={"pages": 30}),
        track("cas", "Viewed", at=ago(2), account="globex", properties={"pages": 99}),
        received_at=NOON, now=NOON,
    )  # fmt: skip
    refresh_rollups(NOON)
    Subscription.objects.create(key="s1", account=cast.acme, seats=4, amount_minor=100, starts_on=date(2026, 1, 1))
    return cast


def cells(evidence: Evidence) -> list[tuple[Any, ...]]:
    return [row.cells for row in evidence.rows]


DAYS = (date(2026, 6, 2), date(2026, 6, 1), date(2026, 5, 25))
PRINTED = {"events": ["Printed"]}
PAGES = {**PRINTED, "property": "pages", "properties": {"pages": "number"}}
# The document's value, what Acme and Globex would have, and what the evidence shows of Acme.
CASES: list[tuple[str, str, dict[str, Any], list[float | None], str, list[tuple[Any, ...]]]] = [
    ("events by day", "count", {"operation": "count", **PRINTED}, [4, 0],
     "4 events on 3 days from 6 May 2026 to 3 Jun 2026, of Printed.",
     [(DAYS[0], 1, 1), (DAYS[1], 2, 2), (DAYS[2], 1, 1)]),
    ("users by name", "count", {"operation": "users", **PRINTED, "days": 7}, [2, 0],
     "2 users from 27 May 2026 to 3 Jun 2026, of Printed.",
     [("Ann", "", 2, 2, DAYS[0]), ("Ben", "", 1, 1, DAYS[1])]),
    ("values of a property under a condition", "count",
     {"operation": "median", **PAGES, "where": "pages < 30 or pages = 30"}, [5.5, None],
     "4 values of pages from 6 May 2026 to 3 Jun 2026, of Printed, where pages < 30 or pages = 30.",
     [(DAYS[0], 1.0, 1), (DAYS[1], 2.0, 1), (DAYS[1], 30.0, 1), (DAYS[2], 9.0, 1)]),
    ("users behind a share", "percent", {"operation": "share_of_seats", **PRINTED}, [50, None],
     "2 users from 6 May 2026 to 3 Jun 2026, of Printed.",
     [("Ann", "", 3, 3, DAYS[0]), ("Ben", "", 1, 1, DAYS[1])]),
    ("days behind the latest", "days", {"operation": "days_since", **PRINTED}, [1, None],
     "4 events on 3 days from 5 Mar 2026 to 3 Jun 2026, of Printed.",
     [(DAYS[0], 1, 1), (DAYS[1], 2, 2), (DAYS[2], 1, 1)]),
    ("the two windows of a change", "count",
     {"operation": "change", "of": {"operation": "count", **PRINTED}, "days": 7, "result": "difference"}, [2, 0],
     "2 periods of 7 complete days, the latest first, of Printed.",
     [(date(2026, 5, 27), date(2026, 6, 2), 3), (date(2026, 5, 20), date(2026, 5, 26), 1)]),
    ("the periods of a streak", "count",
     {"operation": "streak", "of": {"operation": "sum", **PAGES}, "periods": 2, "over": 9}, [1, 0],
     "2 periods of 7 complete days, the latest first, of Printed.",
     [(date(2026, 5, 27), date(2026, 6, 2), 33), (date(2026, 5, 20), date(2026, 5, 26), 9)]),
    ("what a calculation is made of", "ratio", {"operation": "expression", "expression": "events_28d / seats"},
     [1, None], "Made of 2 metrics.", [("Events, 28 days", 4, "count"), ("Seats", 4, "count")]),
    ("the subscriptions of a run", "days", {"operation": "tenure"}, [153, None], "1 subscription so far.",
     [("", 4, "$1", date(2026, 1, 1), None, None, False, True)]),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "value", "values", "says", "rows"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_a_preview_shows_values_and_what_they_are_counted_from(
    printing: Cast, unit: str, value: dict[str, Any], values: list[Any], says: str, rows: list[tuple[Any, ...]]
) -> None:
    ids = [printing.acme.pk, printing.globex.pk]
    found = preview(document(value, unit=unit), ids, as_of=NOON)
    assert [one.value for one in found.shown] == values
    assert found.shown[0].evidence.counted_from == says
    assert cells(found.shown[0].evidence) == rows
    assert OwnMetric.objects.count() == 0, "nothing is saved"


def test_once_saved_values_and_lineage_are_those_of_the_preview(printing: Cast) -> None:
    before = {}
    for index, (_, unit, value, *_) in enumerate(CASES):
        given = document(value, key=f"own{index}", unit=unit)
        before[given.key] = preview(given, [printing.acme.pk], as_of=NOON).shown[0]
        services.save_metric(given, by=None, now=NOON)
    histories.fill(NOON)
    services.refresh_profiles(NOON)
    for key, previewed in before.items():
        found = lineage.explain(key, printing.acme.pk)
        assert found.value == previewed.value, key
        assert found.counted_from == previewed.evidence.counted_from
        assert list(found.rows) == list(previewed.evidence.rows)
        shown = found.as_dict()
        assert {column["key"] for column in shown["columns"]} >= set(shown["rows"][0]) - {"key"}


def test_rows_lead_to_their_raw_events(printing: Cast) -> None:
    found = preview(document({"operation": "count", **PRINTED}), [printing.acme.pk], as_of=NOON).shown[0]
    query = found.evidence.rows[1].events
    assert query is not None
    events = lineage.raw_events(printing.acme.pk, query)
    assert {(event.event, event.properties["pages"]) for event in events} == {("Printed", 2), ("Printed", 30)}


def test_a_percentile_is_previewed_among_all_accounts(printing: Cast) -> None:
    value = {"operation": "percentile", "of": "events_28d"}
    found = preview(document(value, unit="percent"), [printing.globex.pk], as_of=NOON)
    assert [one.value for one in found.shown] == [0]
    assert cells(found.shown[0].evidence) == [("Events, 28 days", 1, "count")]


def test_a_preview_of_the_past_is_as_it_was(printing: Cast) -> None:
    midnight = datetime(2026, 6, 2, tzinfo=UTC)
    found = preview(document({"operation": "sum", **PAGES}), [printing.acme.pk], as_of=midnight)
    assert [one.value for one in found.shown] == [41]


def test_what_could_not_be_saved_cannot_be_previewed(printing: Cast) -> None:
    with pytest.raises(BadMetric, match="There is no metric 'nothing'"):
        preview(document({"operation": "expression", "expression": "nothing"}), [printing.acme.pk], as_of=NOON)


def test_accounts_that_were_no_customers_yet_are_left_out(printing: Cast) -> None:
    printing.globex.signed_on = date(2027, 1, 1)
    printing.globex.save(update_fields=["signed_on"])
    found = preview(document({"operation": "count"}), [printing.globex.pk, printing.acme.pk, 999], as_of=NOON)
    assert [one.account_id for one in found.shown] == [printing.acme.pk]
