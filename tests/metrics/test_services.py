"""Present profiles and their history, on a real engine, lake and SQL database."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from django.db import connection

from mainstay.accounts.models import Account, Contact
from mainstay.common.time import midnight
from mainstay.interactions.models import Ticket
from mainstay.lake.days import Known
from mainstay.lake.store import Lake
from mainstay.metrics import engine, past, profile_table, selectors, services
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.registry import all_metrics
from mainstay.subscriptions.models import Subscription
from tests.builders import Cast
from tests.metrics import lake

# A Monday.
TODAY = date(2026, 6, 1)
MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)


@pytest.fixture
def acme(cast: Cast) -> int:
    """Acme: two users, one of them active daily, 4 seats, a ticket of last week."""
    account = cast.acme
    ann, ben = (Contact.objects.create(key=key, account=account, name=key.title()) for key in ("ann", "ben"))
    lake.put([
        *lake.every_day(account.pk, ann.pk, TODAY, range(1, 40)),
        *lake.every_day(account.pk, ben.pk, TODAY, range(10, 12)),
    ])  # fmt: skip
    Subscription.objects.create(
        key="s1", account=account, seats=4, amount_minor=4_800_000, starts_on=date(2026, 1, 1), plan="pro"
    )
    Ticket.objects.create(key="t1", account=account, opened_at=MIDNIGHT - timedelta(days=5))
    return account.pk


def test_a_refresh_writes_the_profile_of_every_account(cast: Cast, acme: int) -> None:
    run = services.refresh_profiles(NOON)
    profile = selectors.profile(acme)
    assert (run.accounts, run.changed) == (3, 3)
    assert set(profile) == set(all_metrics())
    assert (profile["seat_use"], profile["arr"], profile["tickets_28d"]) == (50, 48_000, 1)
    assert profile["daily_active_rate"] == 27.5, "20 weekdays of Ann's and 2 of Ben's, over 20 days and 4 seats"
    assert profile["csat_90d"] is None
    assert selectors.profile(cast.globex.pk)["monthly_active_users"] == 0
    assert selectors.computed_at() == NOON


def test_a_second_refresh_writes_only_what_changed(cast: Cast, acme: int) -> None:
    services.refresh_profiles(NOON)
    assert services.refresh_profiles(NOON + timedelta(seconds=10)).changed == 0
    Ticket.objects.create(key="t2", account=cast.globex, opened_at=MIDNIGHT - timedelta(days=1))
    assert services.refresh_profiles(NOON + timedelta(seconds=20)).changed == 1
    assert selectors.profile(cast.globex.pk)["tickets_28d"] == 1


def test_profiles_are_the_table_of_all_present_ones(cast: Cast, acme: int) -> None:
    assert selectors.profiles().num_rows == 0
    services.refresh_profiles(NOON)
    assert selectors.profiles().to_pylist() == engine.compute(NOON).to_pylist()


def test_a_profile_goes_with_its_account(cast: Cast, acme: int) -> None:
    services.refresh_profiles(NOON)
    cast.initech.delete()
    assert selectors.profile(cast.initech.pk or 0) == {}
    cast.globex.signed_on = date(2026, 12, 1)
    cast.globex.save(update_fields=["signed_on"])
    assert services.refresh_profiles(NOON).changed == 1, "not a customer yet as of this instant"
    assert selectors.profiles()["account_id"].to_pylist() == [acme]


def test_no_day_is_kept_of_an_installation_without_accounts(db: None) -> None:
    services.refresh_profiles(NOON)
    assert past.latest_day(before=NOON.date()) is None
    Account.objects.create(key="acme", name="Acme")
    services.refresh_profiles(NOON)
    assert past.recorded_days() == [NOON.date() - timedelta(days=1)]


def test_the_day_before_is_kept_once(acme: int) -> None:
    services.refresh_profiles(NOON)
    services.refresh_profiles(NOON + timedelta(hours=1))
    assert past.recorded_days() == [date(2026, 5, 31)]
    assert past.read_day(date(2026, 5, 31)).to_pylist() == engine.compute(MIDNIGHT).to_pylist()


def test_days_missed_by_a_standstill_are_caught_up(acme: int) -> None:
    services.refresh_profiles(NOON - timedelta(days=4))
    services.refresh_profiles(NOON)
    assert past.recorded_days() == [date(2026, 5, day) for day in (27, 28, 29, 30, 31)]


def test_backfill_keeps_past_days_and_leaves_those_that_are_kept(acme: int) -> None:
    days = [date(2026, 4, 29) + timedelta(days=offset) for offset in range(4)]
    assert services.backfill([*days[:3], days[0]]) == 3
    before = [past.read_day(day).to_pylist() for day in days[:3]]
    assert services.backfill(days[1:4]) == 1
    assert past.recorded_days() == days
    before.append(past.read_day(days[3]).to_pylist())
    assert [past.read_day(day).to_pylist() for day in days] == before
    past.merge_months(TODAY)
    assert len(Lake().files(past.TABLE)) == 2, "one file a month"


def test_a_day_computed_again_keeps_what_was_recorded_and_what_is_known_now(cast: Cast, acme: int) -> None:
    day = date(2026, 5, 31)
    services.backfill([day])
    recorded = past.read_day(day).to_pylist()
    assert services.backfill([day], again=True) == 1
    assert not past.KEPT.has_corrections(), "nothing differs"
    Ticket.objects.create(key="t2", account=cast.globex, opened_at=MIDNIGHT - timedelta(days=2))
    assert services.backfill([day], at=NOON, again=True) == 1
    assert past.read_day(day, known=Known.THEN).to_pylist() == recorded
    assert past.read_day(day).to_pylist() == engine.compute(MIDNIGHT).to_pylist() != recorded


def test_a_metric_that_came_later_is_filled_in_and_nothing_else_changes(cast: Cast, acme: int) -> None:
    days = [date(2026, 5, 30), date(2026, 5, 31)]
    for day in days:
        rows = engine.compute(midnight(day + timedelta(days=1)))
        past.record([(day, rows.set_column(rows.column_names.index("seats"), "seats", pa.nulls(3, pa.float64())))])
    Ticket.objects.create(key="t2", account=cast.acme, opened_at=MIDNIGHT - timedelta(days=3))
    assert services.backfill(days, keys=["seats", "tickets_28d"]) == 2
    assert services.backfill(days, keys=["seats"]) == 0
    assert past.read_day(days[0]).to_pylist()[0]["seats"] == 4
    assert past.read_day(days[1]).to_pylist()[0]["tickets_28d"] == 1, "it was kept: only `again` corrects it"
    assert services.backfill(days, keys=["tickets_28d"], at=NOON, again=True) == 2
    assert past.read_day(days[1]).to_pylist()[0]["tickets_28d"] == 2
    assert past.read_day(days[1], known=Known.THEN).to_pylist()[0]["tickets_28d"] == 1


def test_a_month_that_is_over_becomes_one_file(acme: int) -> None:
    for day in (date(2026, 4, 10), date(2026, 4, 11), date(2026, 5, 1), date(2026, 5, 2)):
        services.backfill([day])
    assert past.merge_months(date(2026, 5, 20)) == 1
    assert len(Lake().files(past.TABLE)) == 3
    assert past.recorded_days(start=date(2026, 4, 11), end=date(2026, 5, 2)) == [date(2026, 4, 11), date(2026, 5, 1)]
    assert past.has_day(date(2026, 4, 10))
    assert not past.has_day(date(2026, 4, 12))


def test_past_values_are_read_from_history_or_computed(acme: int) -> None:
    services.backfill([date(2026, 5, 30), date(2026, 5, 31)])
    assert selectors.history(acme, "monthly_active_users", date(2026, 5, 1), date(2026, 7, 1)) == [
        (date(2026, 5, 30), 2.0),
        (date(2026, 5, 31), 2.0),
    ]
    assert selectors.profile(acme, TODAY) == selectors.profile(acme, MIDNIGHT + timedelta(microseconds=1))
    assert selectors.profile(acme, date(2026, 4, 1)) == {
        key: value for key, value in engine.compute(date(2026, 4, 1)).to_pylist()[0].items() if key != "account_id"
    }
    assert selectors.profiles(TODAY).to_pylist() == engine.compute(TODAY).to_pylist()


def test_what_happens_after_an_instant_does_not_change_it(cast: Cast, acme: int) -> None:
    before = engine.compute(MIDNIGHT).to_pylist()
    someone = Contact.objects.create(key="eve", account=cast.acme)
    lake.put([(acme, someone.pk, TODAY + timedelta(days=offset), lake.LOGIN, 9) for offset in range(3)])
    Ticket.objects.create(key="t9", account=cast.acme, opened_at=MIDNIGHT, severity="urgent")
    Ticket.objects.update(solved_at=NOON, csat=5, rated_at=NOON)
    Subscription.objects.create(key="s2", account=cast.acme, seats=400, starts_on=TODAY)
    assert engine.compute(MIDNIGHT).to_pylist() == before
    assert engine.compute(NOON).to_pylist() != before


def test_the_latest_use_is_looked_for_further_back_than_activity(cast: Cast, acme: int) -> None:
    lake.put([(cast.globex.pk, None, TODAY - timedelta(days=age), lake.LOGIN, 1) for age in (64, 200, 300)])
    lake.put([(cast.initech.pk, None, TODAY - timedelta(days=401), lake.LOGIN, 1)])
    found = {row["account_id"]: row for row in engine.compute(MIDNIGHT).to_pylist()}
    assert found[acme]["days_since_last_activity"] == 1
    assert found[cast.globex.pk]["days_since_last_activity"] == 64
    assert found[cast.globex.pk]["events_28d"] == 0
    assert found[cast.initech.pk]["days_since_last_activity"] is None


def test_some_accounts_have_the_same_values_as_all(cast: Cast, acme: int) -> None:
    everything = {row["account_id"]: row for row in engine.compute(NOON).to_pylist()}
    some = engine.compute(NOON, account_ids=[acme, cast.globex.pk]).to_pylist()
    assert some == [everything[acme], everything[cast.globex.pk]]


def test_columns_are_added_once_and_indexed(db: None) -> None:
    assert profile_table.ensure_columns(["arr", "brand_new"]) == ("brand_new",)
    assert services.ensure_columns() == ()
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, profile_table.TABLE)
    indexed = [tuple(one["columns"]) for one in constraints.values() if one["index"]]
    assert {("arr", "account_id"), ("days_to_renewal", "account_id"), ("seat_use", "account_id")} <= set(indexed)


def test_runs_are_not_kept_for_good(acme: int) -> None:
    services.refresh_profiles(NOON - timedelta(days=3))
    services.refresh_profiles(NOON)
    assert [run.as_of for run in ProfileRun.objects.all()] == [NOON]


def test_the_sources_of_a_derived_metric_are_those_of_its_parents_too() -> None:
    assert selectors.sources_of("daily_active_rate") == ("product", "contracts")
    assert selectors.sources_of("csat_90d") == ("support", "surveys")
