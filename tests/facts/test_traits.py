"""What identify and group calls tell, in tight tables of cases."""

import pytest

from mainstay.common.upsert import UNSET
from mainstay.facts.traits import account_row, contact_row, told_by
from mainstay.ingest.events import parse_event
from tests.facts.sending import NOW, days_ago, group, identify


@pytest.mark.parametrize(
    ("traits", "column", "value", "rest"),
    [
        ({"employees": 40}, "employees", 40, {}),
        ({"employees": "1,200"}, "employees", 1200, {}),
        ({"employees": "51-200"}, "employees", UNSET, {"employees": "51-200"}),
        ({"employees": -3}, "employees", UNSET, {"employees": -3}),
        ({"employees": True}, "employees", UNSET, {"employees": True}),
        ({"employees": 10**12}, "employees", UNSET, {"employees": 10**12}),
        (
            {"website": "https://www.acme.example/de"},
            "domain",
            "acme.example",
            {"website": "https://www.acme.example/de"},
        ),
        ({"domain": "acme.example"}, "domain", "acme.example", {}),
        ({"domain": "http://[broken"}, "domain", UNSET, {"domain": "http://[broken"}),
        ({"name": "  "}, "name", UNSET, {}),
        ({"name": 7}, "name", UNSET, {"name": 7}),
        ({"name": "x" * 300}, "name", "x" * 200, {}),
        ({"industry": "Retail", "plan": "Pro", "mrr": 12.5}, "industry", "Retail", {"plan": "Pro", "mrr": 12.5}),
    ],
)
def test_traits_of_an_account(traits, column, value, rest):
    row = account_row("acme", traits)
    assert getattr(row, column) == value
    assert row.attributes == rest


@pytest.mark.parametrize(
    ("traits", "name", "rest"),
    [
        ({"name": "Ann Lee", "firstName": "Anna"}, "Ann Lee", {}),
        ({"firstName": "Ann", "lastName": "Lee"}, "Ann Lee", {}),
        ({"first_name": "Ann"}, "Ann", {}),
        ({"firstName": None, "lastName": 3}, UNSET, {}),
        ({"phone": "1"}, UNSET, {"phone": "1"}),
    ],
)
def test_the_name_of_a_contact(traits, name, rest):
    row = contact_row("ann", traits, None)
    assert (row.name, row.attributes, row.account_key) == (name, rest, UNSET)


def told(*calls: dict):
    return told_by(parse_event(call, kind="batch", received_at=NOW) for call in calls)


def test_traits_of_several_calls_add_up_in_the_order_of_time():
    early = identify("ann", title="Buyer", city="Bonn") | {"timestamp": days_ago(2).isoformat()}
    assert told(identify("ann", title="Head"), early).contacts == {"ann": {"title": "Head", "city": "Bonn"}}


def test_the_latest_group_call_says_where_a_user_belongs():
    early = group("old", "ann") | {"timestamp": days_ago(2).isoformat()}
    assert told(group("new", "ann"), early).members == {"ann": "new"}


def test_an_identify_call_in_the_context_of_an_account_says_so_too():
    assert told(identify("ann") | {"context": {"groupId": "acme"}}).members == {"ann": "acme"}


def test_a_browser_belongs_to_its_first_user():
    first = identify("ann") | {"anonymousId": "b1", "timestamp": days_ago(2).isoformat()}
    assert told(identify("bob") | {"anonymousId": "b1"}, first).browsers == {"b1": "ann"}


def test_an_alias_links_the_id_used_before():
    alias = {"type": "alias", "userId": "ann", "previousId": "b1", "timestamp": NOW.isoformat(), "messageId": "a"}
    assert told(alias).browsers == {"b1": "ann"}


def test_the_department_of_a_contact_has_a_column_and_what_is_no_text_stays_an_attribute():
    row = contact_row("ann", {"department": " Field Sales ", "team": "EMEA"}, "acme")
    assert (row.department, row.attributes) == ("Field Sales", {"team": "EMEA"})
    assert contact_row("ann", {"department": 7}, "acme").attributes == {"department": 7}
