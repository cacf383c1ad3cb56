"""What metrics read: only what was known strictly before `as_of`, on a real engine."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account, Contact, ContactRole, Milestone, StageChange
from mainstay.common.time import midnight
from mainstay.facts import tables
from mainstay.facts.services import load_features, refresh_rollups
from mainstay.interactions.models import Interaction, Response, Ticket, TicketReopening
from mainstay.lake import engine
from mainstay.subscriptions.models import Invoice, Reading, Subscription
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
TABLES = (
    "accounts", "user_days", "usage_days", "feature_days", "features", "plan_features", "meaning_days", "first_values",
    "milestones", "subscriptions", "readings", "invoices", "interactions", "tickets", "responses", "contact_roles",
    "departments",
)  # fmt: skip


def rows(table: str, as_of: date | datetime = NOW, **options: object) -> list[dict]:
    """The rows of a registered table."""
    with engine.cursor() as cursor:
        tables.register(cursor, as_of, **options)
        return engine.arrow(cursor, f"SELECT * FROM {table} ORDER BY ALL").to_pylist()


def row(table: str, as_of: date | datetime = NOW) -> dict:
    """The only row, without its account."""
    (found,) = rows(table, as_of)
    return {name: value for name, value in found.items() if name != "account_id"}


@pytest.fixture
def acme() -> Account:
    return Account.objects.create(key="acme", name="Acme", tier="smb", stage="adoption")


def day(age: int) -> date:
    """The day that has this age today."""
    return TODAY - timedelta(days=age)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_read_when_nothing_is_known(table):
    assert rows(table) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_table_made_alone_is_what_it_is_among_all(table, acme):
    load_features("features: [{key: exports, label: Exports, core: true, events: [Export]}]")
    Subscription.objects.create(account=acme, plan="pro", seats=5, starts_on=day(90), currency="EUR", period_months=12)
    load(group("acme", "u1", department="Marketing"), track("u1", "Export", at=days_ago(1)))
    refresh_rollups(NOW)
    alone = rows(table, only=[table])
    assert alone == rows(table)
    assert alone or table not in (
        "accounts",
        "subscriptions",
        "user_days",
        "usage_days",
        "feature_days",
        "plan_features",
    )


class TestActivity:
    def test_usage_is_counted_per_day_contact_and_event(self):
        yesterday = days_ago(1)
        load(group("acme", "u1"), *(track("u1", event, at=yesterday) for event in ("View", "View", "Signed In")))
        assert refresh_rollups(NOW) == 2
        assert [(one["age"], one["event"], one["n"]) for one in rows("usage_days")] == [
            (1, "Signed In", 1), (1, "View", 2)
        ]  # fmt: skip
        assert [(one["age"], one["weekday"], one["n"], one["logins"]) for one in rows("user_days")] == [(1, 1, 3, 1)]

    def test_identify_group_and_alias_are_no_activity(self):
        load(group("acme", "u1"), {"type": "alias", "userId": "u1", "previousId": "old"})
        refresh_rollups(NOW)
        assert rows("user_days", NOW + timedelta(days=1)) == []

    def test_a_midnight_knows_nothing_of_the_day_it_begins(self):
        load(group("acme", "u1"), track("u1", at=midnight(TODAY)), track("u1", at=midnight(day(1))))
        refresh_rollups(NOW)
        assert [one["age"] for one in rows("user_days", TODAY)] == [1]
        assert [one["age"] for one in rows("user_days", day(1))] == []
        assert [one["age"] for one in rows("user_days", NOW)] == [0, 1]

    def test_a_moment_of_the_past_knows_its_day_only_so_far(self):
        morning = midnight(day(2)) + timedelta(hours=8)
        load(group("acme", "u1"), *(track("u1", "Login", at=morning + timedelta(hours=hour)) for hour in (0, 1, 4)))
        refresh_rollups(NOW)
        for hours, known in ((0, []), (1, [1]), (2, [2]), (5, [3])):
            found = rows("user_days", morning + timedelta(hours=hours))
            assert [(one["n"], one["logins"], one["age"]) for one in found] == [(n, n, 0) for n in known]
            assert [one["n"] for one in rows("usage_days", morning + timedelta(hours=hours))] == known

    def test_single_accounts_can_be_asked_for(self, acme):
        load(group("globex", "u2"), track("u1", account="acme", at=days_ago(1)), track("u2", at=days_ago(1)))
        refresh_rollups(NOW)
        assert len(rows("user_days")) == 2
        assert {one["account_id"] for one in rows("user_days", account_ids=[acme.pk])} == {acme.pk}
        assert rows("user_days", account_ids=[]) == []


class TestFeatures:
    TEXT = """
        features:
          - {key: reports, core: true, events: [Report Viewed, Report Sent]}
          - {key: sso, premium: true, plans: [Enterprise], events: [SSO Used]}
    """

    def test_events_are_the_use_of_features(self):
        load_features(self.TEXT)
        load(group("acme", "u1"), *(track("u1", event, at=days_ago(2)) for event in ("Report Sent", "Other")))
        refresh_rollups(NOW)
        (one,) = rows("feature_days")
        assert (one["feature"], one["core"], one["premium"], one["n"], one["age"]) == ("reports", True, False, 1, 2)

    def test_a_plan_includes_its_features_and_those_of_all_plans(self, acme):
        load_features(self.TEXT)
        assert [one["feature"] for one in rows("plan_features")] == ["reports"]
        Subscription.objects.create(key="s", account=acme, plan="enterprise", starts_on=day(10), ends_on=day(5))
        assert [one["feature"] for one in rows("plan_features")] == ["reports"]
        assert [one["feature"] for one in rows("plan_features", day(6))] == ["reports", "sso"]


class TestAccounts:
    def test_a_customer_who_signed_later_was_none(self, acme):
        acme.signed_on, acme.churned_on = day(100), day(3)
        acme.save(update_fields=["signed_on", "churned_on"])
        assert row("accounts") == {
            "tier": "smb", "stage": "adoption", "industry": "", "country": "", "employees": None, "stage_age": None,
            "last_age": 0, "signed_age": 100, "churned_age": 3,
        }  # fmt: skip
        assert row("accounts", day(3))["churned_age"] is None
        assert row("accounts", day(2))["churned_age"] == 1
        assert rows("accounts", day(100)) == []
        assert row("accounts", day(99))["signed_age"] == 1

    def test_an_account_was_in_the_stage_it_had_entered(self, acme):
        for stage, age in (("onboarding", 90), ("adoption", 30)):
            StageChange.objects.create(account=acme, stage=stage, since=day(age))

        def stage(as_of: date | datetime) -> tuple:
            found = row("accounts", as_of)
            return found["stage"], found["stage_age"]

        assert stage(NOW) == ("adoption", 30)
        assert stage(day(30)) == ("onboarding", 60), "the day itself is not over"
        assert stage(day(29)) == ("adoption", 1)
        assert stage(day(95)) == (None, None), "nobody knows what came before"

    def test_a_milestone_belongs_to_the_plan_from_when_it_was_agreed(self, acme):
        Milestone.objects.create(
            key="m", account=acme, name="SSO", agreed_on=day(40), due_on=day(10), reached_on=day(5)
        )
        assert rows("milestones", day(40)) == []
        assert row("milestones", day(39)) == {"due_age": -29, "reached_age": None}
        assert row("milestones", day(5))["reached_age"] is None
        assert row("milestones", day(4)) == {"due_age": 6, "reached_age": 1}


class TestSubscriptions:
    def make(self, account: Account, **fields: object) -> Subscription:
        defaults = {"plan": "Pro", "seats": 10, "amount_minor": 1000_00, "starts_on": day(400)}
        return Subscription.objects.create(key=f"s{Subscription.objects.count()}", account=account, **defaults | fields)

    def test_the_price_is_the_one_of_a_year(self, acme):
        self.make(acme, period_months=1, amount_minor=99_99)
        assert row("subscriptions")["arr_minor"] == 1199_88
        Subscription.objects.update(period_months=7)
        assert row("subscriptions")["arr_minor"] == 171_41
        Subscription.objects.update(currency="EUR")
        assert row("subscriptions")["arr_minor"] is None

    def test_limits_and_the_list_price_of_a_year_are_told(self, acme):
        self.make(acme, period_months=3, list_amount_minor=500_00, data_limit_gb=2.5, api_call_limit=9_000_000_000)
        found = row("subscriptions")
        assert (found["list_minor"], found["data_limit_gb"], found["api_call_limit"]) == (2000_00, 2.5, 9_000_000_000)
        Subscription.objects.update(list_amount_minor=None)
        assert row("subscriptions")["list_minor"] is None

    def test_a_reading_is_known_when_its_day_is_over(self, acme):
        Reading.objects.create(key="r", account=acme, limit="data_gb", used=7.5, measured_on=day(3))
        assert rows("readings", day(3)) == []
        assert row("readings", day(2)) == {"limit_key": "data_gb", "used": 7.5, "age": 1}

    def test_one_contract_hands_over_to_the_next_without_a_gap(self, acme):
        self.make(acme, plan="Old", ends_on=day(10))
        self.make(acme, plan="New", starts_on=day(10))

        def in_force(as_of: date | datetime) -> list[str]:
            return [one["plan"] for one in rows("subscriptions", as_of) if one["in_force"]]

        noon = timedelta(hours=12)
        assert in_force(day(10)) == ["Old"]
        assert in_force(midnight(day(10)) + noon) == ["New"]
        assert in_force(day(9)) == ["New"]
        assert in_force(midnight(day(11)) + noon) == ["Old"]
        assert in_force(day(400)) == []
        assert in_force(day(399)) == ["Old"]

    @pytest.mark.parametrize(
        ("fields", "age"),
        [
            ({"renews_on": day(-30), "ends_on": day(-60)}, -30),
            ({"ends_on": day(-60)}, -60),
            ({"starts_on": date(2024, 11, 30)}, -12),
            ({"starts_on": date(2024, 11, 18)}, 0),
            ({"starts_on": date(2024, 11, 17)}, -364),
            ({"starts_on": date(2026, 10, 31), "period_months": 1}, -12),
            ({"starts_on": date(2026, 11, 1), "period_months": 3}, -75),
        ],
    )
    def test_the_renewal_is_the_declared_one_else_the_end_else_the_next_anniversary(self, acme, fields, age):
        self.make(acme, **fields)
        assert row("subscriptions")["renewal_age"] == age


class TestOtherRecords:
    def test_an_invoice_is_unpaid_until_it_was_paid(self, acme):
        Invoice.objects.create(
            key="i", account=acme, amount_minor=500, issued_on=day(40), due_on=day(10), paid_on=day(5)
        )
        assert rows("invoices", day(40)) == []
        assert row("invoices", day(39)) == {"amount_minor": 500, "due_age": -29, "paid_age": None}
        assert row("invoices", day(5))["paid_age"] is None
        assert row("invoices", day(4)) == {"amount_minor": 500, "due_age": 6, "paid_age": 1}

    def test_an_interaction_is_answered_when_it_was(self, acme):
        Interaction.objects.create(key="i", account=acme, kind="email", title="Hello", direction="outbound",
                                   occurred_at=days_ago(9), answered_at=days_ago(7))  # fmt: skip
        assert rows("interactions", days_ago(9)) == []
        assert row("interactions", days_ago(7))["answered_age"] is None
        assert row("interactions") == {"contact_id": None, "kind": "email", "age": 9, "attended": None,
                                       "direction": "outbound", "sentiment": None, "answered_age": 7}  # fmt: skip

    def test_a_ticket_is_open_until_it_was_solved_and_unrated_until_it_was_rated(self, acme):
        Ticket.objects.create(key="t", account=acme, severity="urgent", opened_at=days_ago(9), solved_at=days_ago(7),
                              csat=4.5, rated_at=days_ago(5))  # fmt: skip
        assert rows("tickets", days_ago(9)) == []
        unknown = {"severity": "urgent", "sentiment": None, "solved_age": None, "csat": None, "rated_age": None,
                   "reopened_age": None, "response_hours": None, "resolution_hours": None}  # fmt: skip
        assert row("tickets", days_ago(8)) == unknown | {"opened_age": 1}
        assert row("tickets", days_ago(6)) == unknown | {"opened_age": 3, "solved_age": 1, "resolution_hours": 48}
        assert row("tickets") == unknown | {
            "opened_age": 9, "solved_age": 7, "resolution_hours": 48, "csat": 4.5, "rated_age": 5
        }  # fmt: skip

    def test_a_ticket_is_answered_and_opened_again_when_it_was(self, acme):
        ticket = Ticket.objects.create(
            key="t", account=acme, opened_at=days_ago(9), first_response_at=days_ago(9) + timedelta(minutes=90)
        )
        for age in (7, 4):
            TicketReopening.objects.create(ticket=ticket, at=days_ago(age))

        def known(as_of: datetime) -> tuple:
            found = row("tickets", as_of)
            return found["response_hours"], found["reopened_age"]

        assert known(days_ago(9) + timedelta(hours=1)) == (None, None)
        assert known(days_ago(7)) == (1.5, None)
        assert known(days_ago(6)) == (1.5, 1)
        assert known(NOW) == (1.5, 4), "the latest"

    def test_a_response_counts_from_when_it_was_given(self, acme):
        Response.objects.create(key="r", account=acme, kind="nps", score=9, answered_at=days_ago(3))
        assert rows("responses", days_ago(3)) == []
        assert row("responses") == {"contact_id": None, "kind": "nps", "score": 9, "sentiment": None, "age": 3,
                                    "at": days_ago(3).replace(tzinfo=None)}  # fmt: skip

    def test_a_role_is_played_from_its_first_day_until_its_end_or_until_the_person_leaves(self, acme):
        ann = Contact.objects.create(key="ann", account=acme)
        ContactRole.objects.create(contact=ann, role="champion", since=day(20), until=day(10))
        assert rows("contact_roles", day(20)) == []
        assert row("contact_roles", day(10)) == {"contact_id": ann.pk, "role": "champion", "since_age": 10,
                                                 "until_age": None}  # fmt: skip
        assert row("contact_roles", day(9))["until_age"] == 1
        Contact.objects.update(left_on=day(15))
        assert row("contact_roles", day(15))["until_age"] is None
        assert row("contact_roles", day(14))["until_age"] == 1

    def test_a_department_is_that_of_contacts_of_whom_it_is_known_whatever_its_capitals(self, acme):
        ann = Contact.objects.create(key="ann", account=acme, department="Field Sales")
        Contact.objects.create(key="bob", account=acme)
        Contact.objects.create(key="cleo", department="Sales")
        assert row("departments") == {"contact_id": ann.pk, "department": "field sales"}


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        rows("accounts", datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_zone_other_than_utc_is_understood():
    load(group("acme", "u1"), track("u1", at=datetime(2026, 11, 17, 23, 30, tzinfo=UTC)))
    refresh_rollups(NOW)
    midnight_in_berlin = datetime.fromisoformat("2026-11-18T00:00:00+01:00")
    assert rows("user_days", midnight_in_berlin) == []
    assert [one["age"] for one in rows("user_days", midnight_in_berlin + timedelta(hours=1))] == [1]
