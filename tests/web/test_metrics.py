"""The Metrics pages: what each means, how good its data is, who uses it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import DAY, utc_now
from mainstay.ingest.sources import record_arrival
from mainstay.metrics import past, services
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import User
from mainstay.scores.publishing import ensure_scorecards
from mainstay.subscriptions.models import Subscription
from tests.builders import Cast

pytestmark = pytest.mark.django_db
type AsUser = Callable[[User], Client]


@pytest.fixture
def measured(cast: Cast) -> Cast:
    """Acme has a contract of 40 seats since last year; the profiles of now and of yesterday are kept."""
    now = utc_now()
    Subscription.objects.create(
        key="acme", account=cast.acme, seats=40, amount_minor=1_000_000, starts_on=(now - timedelta(days=300)).date()
    )
    record_arrival("contracts", at=now, rows=1)
    services.refresh_profiles(now)
    return cast


def text(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_reads_and_a_visitor_signs_in(as_user: AsUser, measured: Cast) -> None:
    for user in (measured.vera, measured.alice, measured.mary, measured.ada):
        assert "Daily active rate" in text(as_user(user), "metrics")
    assert Client().get(reverse("metrics")).status_code == 302


def test_the_list_tells_middle_coverage_source_and_uses(as_user: AsUser, measured: Cast) -> None:
    ensure_scorecards(utc_now())
    page = as_user(measured.vera).get(reverse("metrics"), {"family": "revenue"}).context["page"]
    rows = {row.metric.key: row for _, group in page.groups for row in group}
    assert (rows["seats"].middle, rows["seats"].spread.coverage, rows["seats"].silent) == ("40", 50, [])
    assert rows["on_time_payment"].silent == ["Invoices"]
    assert rows["on_time_payment"].uses >= 1


def test_on_the_first_day_the_list_tells_what_is_known_now(as_user: AsUser, measured: Cast) -> None:
    now = utc_now()
    Subscription.objects.create(
        key="globex", account=measured.globex, seats=60, amount_minor=1, starts_on=(now - timedelta(days=1)).date()
    )
    services.refresh_profiles(now + timedelta(minutes=5))
    assert past.recorded_days() == [now.date() - timedelta(days=1)]
    page = as_user(measured.vera).get(reverse("metrics"), {"family": "revenue"}).context["page"]
    rows = {row.metric.key: row for _, group in page.groups for row in group}
    assert (rows["seats"].middle, rows["seats"].spread.coverage) == ("50", 100)


def test_a_metric_is_found_by_what_it_means(as_user: AsUser, measured: Cast) -> None:
    page = as_user(measured.vera).get(reverse("metrics"), {"q": "licensed seats"}).context["page"]
    assert {"seats", "seat_use"} <= {row.metric.key for _, group in page.groups for row in group}
    assert "No metric is called like this" in text(as_user(measured.vera), "metrics", q="zzzz")


@pytest.mark.parametrize("key", ["seats", "seat_use", "nps_latest", "login_drop_streak"])
def test_every_kind_of_metric_has_a_page(as_user: AsUser, measured: Cast, key: str) -> None:
    page = text(as_user(measured.vera), "metric", key)
    assert all_metrics()[key].description.split("{")[0][:30] in page
    assert "SELECT" in page


def test_a_page_says_who_has_no_value_and_why(as_user: AsUser, measured: Cast) -> None:
    detail = as_user(measured.vera).get(reverse("metric", args=["seats"])).context["detail"]
    assert [(group.reason, [account.key for account in group.accounts]) for group in detail.without] == [
        ("Nothing to count.", ["globex"])
    ]
    assert [(span, accounts) for span, accounts in detail.bars] == [("40", 1)]
    assert "seat_use" in {one.key for one in detail.children}


def test_the_past_is_shown_as_it_was(as_user: AsUser, measured: Cast) -> None:
    Subscription.objects.update(seats=90)
    services.refresh_profiles(utc_now())
    today = utc_now().date()
    past = as_user(measured.vera).get(reverse("metric", args=["seats"]), {"as_of": today.isoformat()})
    assert past.context["detail"].bars == [("40", 1)]
    assert (today - DAY).strftime("%Y") in past.content.decode()


def test_its_values_are_exported(as_user: AsUser, measured: Cast) -> None:
    answer = as_user(measured.vera).get(reverse("metric-export", args=["seats"]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["account,name,seats", "acme,Acme,40.0", "globex,Globex,"]


def test_a_metric_that_is_none_is_not_found_and_others_are_named(as_user: AsUser, measured: Cast) -> None:
    answer = as_user(measured.vera).get(reverse("metric", args=["seatz"]))
    assert answer.status_code == 404
    assert "seatz" in answer.content.decode()
