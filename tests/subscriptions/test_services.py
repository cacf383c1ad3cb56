from dataclasses import replace
from datetime import date

import pytest

from mainstay.accounts.errors import UnknownAccounts
from mainstay.subscriptions.models import Invoice, Subscription
from mainstay.subscriptions.services import InvoiceRow, SubscriptionRow, upsert_invoices, upsert_subscriptions
from tests.builders import Cast

ROW = SubscriptionRow(
    key="s-1", account_key="acme", starts_on=date(2026, 1, 1), plan="Pro", seats=20, amount_minor=120_000
)


def test_a_subscription_is_made_changed_and_left_alone(cast: Cast) -> None:
    assert upsert_subscriptions([ROW]).created == 1
    assert upsert_subscriptions([ROW]).unchanged == 1
    result = upsert_subscriptions([replace(ROW, seats=30)])
    assert (result.changed, result.changed_keys) == (1, {"s-1"})
    subscription = Subscription.objects.get()
    assert (subscription.account, subscription.seats, subscription.plan) == (cast.acme, 30, "Pro")


def test_what_a_subscription_row_does_not_say_is_left_alone(cast: Cast) -> None:
    upsert_subscriptions([replace(ROW, limits={"calls": 10})])
    upsert_subscriptions([SubscriptionRow(key="s-1", account_key="acme", starts_on=ROW.starts_on, limits={"gb": 5})])
    subscription = Subscription.objects.get()
    assert (subscription.seats, subscription.limits) == (20, {"calls": 10, "gb": 5})


def test_an_end_can_be_set_and_taken_back(cast: Cast) -> None:
    upsert_subscriptions([replace(ROW, ends_on=date(2026, 6, 1))])
    assert upsert_subscriptions([replace(ROW, ends_on=None)]).changed == 1
    assert Subscription.objects.get().ends_on is None


def test_an_unknown_account_refuses_all_rows(cast: Cast) -> None:
    with pytest.raises(UnknownAccounts, match="'hooli'; import accounts first"):
        upsert_subscriptions([ROW, replace(ROW, key="s-2", account_key="hooli")])
    assert Subscription.objects.count() == 0


def test_an_invoice_is_paid_later(cast: Cast) -> None:
    bill = InvoiceRow(
        key="i-1", account_key="acme", amount_minor=9900, issued_on=date(2026, 1, 1), due_on=date(2026, 1, 31)
    )
    assert upsert_invoices([bill]).created == 1
    assert upsert_invoices([replace(bill, paid_on=date(2026, 2, 2))]).changed == 1
    assert upsert_invoices([bill]).unchanged == 1
    assert Invoice.objects.get().paid_on == date(2026, 2, 2)


def test_a_thousand_subscriptions_take_a_handful_of_statements(cast: Cast, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(20):
        upsert_subscriptions([replace(ROW, key=f"s-{number}") for number in range(1000)])
