"""Worked examples that vendors and authors published, computed with our metrics from contracts and answers.

The file lies beside this repository, or `WORKED_EXAMPLES` names it. What an example defines otherwise than we do stands
in `OTHERWISE` with the reason: each example is either computed here or explained there.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.interactions.models import Response
from mainstay.metrics.engine import compute
from mainstay.scores.scoring import score
from mainstay.subscriptions.models import Subscription
from tests.scores.cards import TECHCORP, shipped

pytestmark = pytest.mark.django_db

NAME = "shared/vectors/metrics_worked_examples.json"
_PLACES = [
    Path(os.environ.get("WORKED_EXAMPLES", "/nowhere")),
    *(above / NAME for above in Path(__file__).resolve().parents),
]
FILE = next((path for path in _PLACES if path.is_file()), None)
EXAMPLES: dict[str, dict[str, Any]] = {one["id"]: one for one in json.loads(FILE.read_text())} if FILE else {}
TODAY = date(2026, 6, 1)
LONG_AGO = TODAY - timedelta(days=900)
LATELY = TODAY - timedelta(days=30)

OTHERWISE = {
    "gainsight-group": "a mean of scores from 0 to 100 with any weights; our measures are compared with two lines, and "
    "the weights of a scorecard make 100",
    "nps-bank-all": "needs the 5,000 answers themselves; the import of that data set has a test of its own",
    "csat-1": "the share of satisfied answers; our CSAT is the mean of the ratings, 1 to 5",
    "csat-2": "the share of satisfied answers; our CSAT is the mean of the ratings, 1 to 5",
    "logo-churn-butter": "a rate of the whole company; a metric is a number of one account",
    "annualise": "a rate of the whole company, and a calculation with no data",
    "gpbullhound-grr-cohorts": "published curves of cohorts of a whole company; a metric is a number of one account",
}


@dataclass
class Book:
    """Customers made for an example, and their metrics summed."""

    customers: list[Account] = field(default_factory=list)

    def customer(self, *contracts: dict[str, Any]) -> Account:
        """A customer with these contracts."""
        made = Account.objects.create(key=f"c{len(self.customers)}", name="C")
        self.customers.append(made)
        for number, contract in enumerate(contracts):
            Subscription.objects.create(key=f"{made.key}-{number}", account=made, **contract)
        return made

    def total(self, metric: str, day: date = TODAY) -> float:
        """The sum of a metric over the customers, as known at the first instant of a day."""
        return sum(one or 0 for one in self.values(metric, day))

    def values(self, metric: str, day: date = TODAY) -> list[float | None]:
        """A metric of each customer that is one by then."""
        found: list[float | None] = compute(day, keys=(metric,))[metric].to_pylist()
        return found

    def mrr(self, day: date = TODAY) -> float:
        """Monthly recurring revenue: a twelfth of the ARR."""
        return self.total("arr", day) / 12


def contract(amount: float, months: int = 12, *, start: date = LONG_AGO, **more: Any) -> dict[str, Any]:
    """A contract in US dollars."""
    return {"amount_minor": round(amount * 100), "period_months": months, "starts_on": start, **more}


def moved(start: float, *, churn: float = 0, contraction: float = 0, expansion: float = 0) -> Book:
    """A book that paid `start` a year ago and has moved by these amounts within the year, each at its own customer."""
    book, stays = Book(), start - churn - contraction
    book.customer(contract(stays / 2), contract(expansion, start=LATELY))
    book.customer(contract(stays / 2), contract(contraction, ends_on=LATELY))
    book.customer(contract(churn, ends_on=LATELY))
    return book


def retention(given: dict[str, float]) -> tuple[float, float]:
    """NRR and GRR in percent, from our metrics alone: what those who paid a year ago pay now."""
    parts = {name: given[name] for name in ("churn", "contraction", "expansion")}
    book = moved(given["start"], **parts)
    start = book.total("arr", TODAY - timedelta(days=365))
    lost = start + book.total("arr_added_12m") - book.total("arr_reduced_12m") - book.total("arr")
    gross = start - book.total("arr_reduced_12m") - lost
    return 100 * book.total("arr") / start, 100 * gross / start


def net_revenue_retention(given: dict[str, float]) -> float:
    return retention(given)[0]


def gross_churn(given: dict[str, float]) -> float:
    return 100 - retention(given)[1]


def net_churn(given: dict[str, float]) -> float:
    return 100 - retention(given)[0]


def net_churn_of_a_day(given: dict[str, float]) -> float:
    """What a new customer brings is no growth of those who were there."""
    book = moved(given["start_of_day"], expansion=given["end_of_day"] - given["start_of_day"] - given["new_business"])
    book.customer(contract(given["new_business"], start=LATELY))
    assert book.total("arr") == pytest.approx(given["end_of_day"], abs=0.02)
    return -100 * book.total("arr_added_12m") / book.total("arr", TODAY - timedelta(days=365))


GOLD = contract(4 * 500, start=TODAY - timedelta(days=300))
SILVER = contract(2 * 30, 1, start=TODAY - timedelta(days=290))


def new_business(_: Any) -> float:
    book = Book()
    book.customer(GOLD)
    assert book.total("arr_added_12m") == 0, "a first contract is no expansion"
    return book.mrr()


def expansion(_: Any) -> float:
    book = Book()
    book.customer(GOLD, SILVER)
    return book.total("arr_added_12m") / 12


def contraction(_: Any) -> float:
    book = Book()
    book.customer(GOLD, SILVER | {"ends_on": LATELY})
    return book.total("arr_reduced_12m") / 12


def churn(_: Any) -> float:
    """Dated by the source: the day the contract ends, not the day somebody cancelled."""
    book = Book()
    book.customer(GOLD | {"ends_on": LATELY})
    assert book.total("arr_reduced_12m") == 0, "leaving altogether is no contraction"
    return book.mrr(LATELY) - book.mrr()


def reactivation(_: Any) -> float:
    book = Book()
    book.customer(GOLD | {"ends_on": LATELY - timedelta(days=20)}, contract(3 * 50, 1, start=LATELY))
    assert book.total("arr_added_12m") == 0, "coming back is no expansion"
    return book.mrr()


def mrr_of(*contracts: dict[str, Any], times: float = 1) -> Callable[[Any], float]:
    def computed(_: Any) -> float:
        book = Book()
        for one in contracts:
            book.customer(one)
        return book.mrr() * times

    return computed


def mixed(_: Any) -> float:
    book = Book()
    for amount, months, count in ((100, 1, 100), (600, 12, 50)):
        for _ in range(count):
            book.customer(contract(amount, months))
    return book.mrr()


def half_price_for_ever(_: Any) -> float:
    """What is charged is the price, what stands in the list is the list price; a coupon for ever is a discount."""
    book = Book()
    book.customer(contract(50, 1, list_amount_minor=100_00))
    assert book.values("discount") == [50]
    return book.mrr()


def mean_revenue(_: Any) -> float:
    book = Book()
    book.customer(contract(100, 1))
    book.customer(contract(1000))
    return book.mrr() / len(book.customers) * 100


def trials(_: Any) -> list[float]:
    """Trials are no revenue until they are paid."""
    book, mid_march = Book(), date(2024, 3, 15)
    book.customer(contract(100, 1, start=date(2024, 1, 1)))
    book.customer(
        contract(100, 1, start=date(2024, 1, 1), is_trial=True, ends_on=mid_march), contract(100, 1, start=mid_march)
    )
    book.customer(contract(100, 1, start=date(2024, 1, 1), is_trial=True, ends_on=date(2024, 2, 10)))
    return [round(book.mrr(date(2024, month + 1, 1)) * 100) for month in (1, 2, 3)]


def churn_by_month(_: Any) -> list[float]:
    """Who cancels in February for March has left in March."""
    book = Book()
    book.customer(contract(100, 1, start=date(2024, 1, 1)))
    book.customer(contract(100, 1, start=date(2024, 1, 1), ends_on=date(2024, 3, 10)))
    paying = [sum(1 for one in book.values("arr", date(2024, month, 1)) if one) for month in (2, 2, 3, 4)]
    return [1 - after / before for before, after in pairwise(paying)]


def health(_: Any) -> float:
    result = score(shipped("standard"), TECHCORP, as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert result.band == "yellow"
    return result.score or 0


def promoters(_: Any) -> float:
    account = Account.objects.create(key="acme", name="Acme")
    for number, points in enumerate([9] * 35 + [10] * 35 + [8] * 10 + [6] * 20):
        contact = Contact.objects.create(key=f"u{number}", account=account)
        answer = {"kind": "nps", "score": points, "answered_at": datetime(2026, 5, 20, tzinfo=UTC)}
        Response.objects.create(key=f"r{number}", account=account, contact=contact, **answer)
    return Book().total("nps_12m")


# Our terms are whole months: whoever bills every two weeks sends the price of a year, 26 times the price.
TWO_WEEKS = contract(26 * 50)

COMPUTED: dict[str, Callable[[Any], float | list[float]]] = {
    "cm-gross-churn": gross_churn,
    "cm-net-churn": net_churn,
    "cm-net-churn-daily": net_churn_of_a_day,
    "cm-syncalytics-1": new_business,
    "cm-syncalytics-2": expansion,
    "cm-syncalytics-3": contraction,
    "cm-syncalytics-4": churn,
    "cm-syncalytics-5": reactivation,
    "stripe-mrr-mixed": mixed,
    "stripe-mrr-annual": mrr_of(contract(1200)),
    "stripe-forever-50": half_price_for_ever,
    "polar-values-jan": mrr_of(contract(100, 1), contract(1000), times=100),
    "polar-values-jun": mrr_of(contract(100, 1), contract(1000), contract(100, 1), times=100),
    "polar-arpu": mean_revenue,
    "polar-3mo": mrr_of(contract(300, 3), times=100),
    "polar-2yr": mrr_of(contract(2400, 24), times=100),
    "polar-2wk": mrr_of(TWO_WEEKS, times=100),
    "polar-trial": trials,
    "polar-churn-month": churn_by_month,
    **dict.fromkeys(
        ("nrr-1", "nrr-2", "nrr-3", "nrr-4", "nrr-5", "nrr-6", "fincome-bubble-nrr"), net_revenue_retention
    ),
    "seed-health": health,
    "nps-1": promoters,
}


CASES = [
    pytest.param(key, marks=[] if key in EXAMPLES else [pytest.mark.skip(reason=f"{NAME} is not here")])
    for key in COMPUTED
]


@pytest.mark.parametrize("key", CASES)
def test_a_published_example_comes_out_as_published(key: str) -> None:
    example = EXAMPLES[key]
    computed = COMPUTED[key](example["inputs"])
    # Published figures are rounded, to a whole unit where they are minor units.
    tolerance = 0.5 if "cents" in example["metric"] else 0.01
    assert computed == pytest.approx(example["expected"], abs=tolerance), example["source"]


@pytest.mark.skipif(FILE is None, reason=f"{NAME} is not here")
def test_what_retention_keeps_without_growth_is_as_the_notes_say() -> None:
    for key in ("nrr-1", "nrr-2", "nrr-3"):
        Account.objects.all().delete()
        _, gross = retention(EXAMPLES[key]["inputs"])
        assert f"GRR = {gross:.1f} %" == EXAMPLES[key]["note"]


@pytest.mark.skipif(FILE is None, reason=f"{NAME} is not here")
def test_each_example_is_computed_or_explained() -> None:
    assert not COMPUTED.keys() & OTHERWISE.keys()
    assert EXAMPLES.keys() == COMPUTED.keys() | OTHERWISE.keys()
