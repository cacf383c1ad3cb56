"""Why a measure has no value: the first reason that fits, and what its scorecard makes of it."""

from datetime import UTC, datetime

import pytest

from mainstay.ingest.sources import Freshness
from mainstay.metrics.lineage import Value
from mainstay.metrics.registry import Unit
from mainstay.web.accounts.account_missing import why_missing

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FRESH = Freshness("support", "Support tickets", NOW, 60, 3600, is_late=False)
LATE = Freshness("surveys", "Survey responses", NOW, 9000, 3600, is_late=True)
SILENT = Freshness("billing", "Invoices", None, None, 3600, is_late=False)
SEATS = Value("seats", "Seats", Unit.COUNT, None)
USERS = Value("seats_used", "Seats used", Unit.COUNT, 4.0)


@pytest.mark.parametrize(
    ("sources", "parents", "says"),
    [
        ([FRESH, LATE, SILENT], [SEATS], "Invoices: nothing was ever sent"),
        ([FRESH, LATE], [SEATS], "Survey responses: nothing has come for longer than usual"),
        ([FRESH], [USERS, SEATS], "It is made of Seats, which has no value here."),
        ([FRESH], [USERS], "Nothing is known of this account that it could be counted from."),
        ([], [], "Nothing is known of this account that it could be counted from."),
    ],
)
def test_the_first_reason_that_fits_is_said(sources: list[Freshness], parents: list[Value], says: str) -> None:
    said = why_missing(sources, parents, is_past=False, counts_as="")
    assert said.startswith(says)
    assert said.endswith(" That is not 0.")


def test_what_a_scorecard_puts_in_its_place_is_said() -> None:
    said = why_missing([FRESH], [], is_past=False, counts_as="At risk")
    assert said.endswith("That is not 0. Its scorecard says that it counts as at risk then.")


def test_what_is_late_now_says_nothing_about_a_past_day() -> None:
    said = why_missing([LATE, SILENT], [], is_past=True, counts_as="")
    assert said == "Nothing is known of this account that it could be counted from. That is not 0."
