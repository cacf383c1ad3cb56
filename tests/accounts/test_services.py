from dataclasses import replace
from datetime import date

import pytest

from mainstay.accounts import selectors, services
from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.accounts.services import AccountRow, ContactRow
from mainstay.people.models import AuditEntry
from tests.builders import NOW, Cast

DAY = date(2026, 11, 1)


def test_accounts_are_made_changed_and_left_alone(cast: Cast) -> None:
    rows = [
        AccountRow(key="acme", industry="Tools"),
        AccountRow(key="globex", tier="smb"),
        AccountRow(key="hooli", name="Hooli", owner_email="ALICE@orchard.example"),
    ]
    result = services.upsert_accounts(rows, on=DAY)
    assert (result.created, result.changed, result.unchanged) == (1, 1, 1)
    assert result.changed_keys == {"acme", "hooli"}
    hooli = selectors.account_by_key("hooli")
    assert (hooli.name, hooli.owner) == ("Hooli", cast.alice)
    acme = selectors.account_by_key("acme")
    assert (acme.industry, acme.tier, acme.owner) == ("Tools", "enterprise", cast.alice)


def test_the_same_rows_again_change_nothing(cast: Cast) -> None:
    rows = [AccountRow(key="hooli", name="Hooli", parent_key="acme", attributes={"region": "west"})]
    services.upsert_accounts(rows, on=DAY)
    assert services.upsert_accounts(rows, on=DAY).unchanged == 1


def test_attributes_are_merged(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="acme", attributes={"region": "west", "size": 3})], on=DAY)
    services.upsert_accounts([AccountRow(key="acme", attributes={"size": 4})], on=DAY)
    assert selectors.account_by_key("acme").attributes == {"region": "west", "size": 4}


def test_an_account_without_a_name_is_called_by_its_key(db: None) -> None:
    services.upsert_accounts([AccountRow(key="acc-1")], on=DAY)
    assert selectors.account_by_key("acc-1").name == "acc-1"


def test_a_parent_that_is_not_there_yet_is_made(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="acme", parent_key="umbrella")], on=DAY)
    assert selectors.account_by_key("acme").parent == Account.objects.get(key="umbrella")


def test_of_two_rows_with_one_key_the_last_wins(db: None) -> None:
    services.upsert_accounts([AccountRow(key="a", name="First"), AccountRow(key="a", name="Second")], on=DAY)
    assert selectors.account_by_key("a").name == "Second"


def test_two_thousand_accounts_take_a_handful_of_statements(db: None, django_assert_max_num_queries) -> None:
    rows = [AccountRow(key=f"a{number}", name=f"Account {number}") for number in range(2000)]
    with django_assert_max_num_queries(40):
        services.upsert_accounts(rows, on=DAY)
    assert Account.objects.count() == 2000


def test_a_contact_of_an_unknown_account_waits_for_it(cast: Cast) -> None:
    row = ContactRow(key="u1", account_key="hooli", email="u1@hooli.example")
    services.upsert_contacts([row], on=DAY)
    assert Contact.objects.get(key="u1").account is None
    services.upsert_accounts([AccountRow(key="hooli")], on=DAY)
    services.upsert_contacts([row], on=DAY)
    assert Contact.objects.get(key="u1").account == Account.objects.get(key="hooli")


def test_roles_of_a_contact_are_dated(cast: Cast) -> None:
    services.upsert_contacts([ContactRow(key="u1", account_key="acme", roles=("champion", "user"))], on=DAY)
    later = date(2026, 11, 15)
    result = services.upsert_contacts([ContactRow(key="u1", roles=("champion",))], on=later)
    assert (result.changed, result.unchanged) == (1, 0)
    held = {role.role: (role.since, role.until) for role in ContactRole.objects.all()}
    assert held == {"champion": (DAY, None), "user": (DAY, later)}
    assert services.upsert_contacts([ContactRow(key="u1", roles=("champion",))], on=later).unchanged == 1


def test_somebody_who_left_held_the_roles_until_that_day(cast: Cast) -> None:
    left = date(2026, 6, 15)
    row = ContactRow(key="dana", account_key="acme", roles=("executive_sponsor",), roles_on=DAY.replace(year=2025))
    services.upsert_contacts([row], on=DAY)
    gone = replace(row, left_on=left)
    assert services.upsert_contacts([gone], on=DAY).changed == 1
    assert services.upsert_contacts([gone], on=DAY).unchanged == 1
    assert ContactRole.objects.get().until == left


def test_a_role_given_to_somebody_who_had_left_before_is_closed_at_once(cast: Cast) -> None:
    row = ContactRow(key="dana", account_key="acme", roles=("champion",), roles_on=DAY, left_on=date(2026, 11, 9))
    services.upsert_contacts([row], on=DAY)
    assert services.upsert_contacts([row], on=DAY).unchanged == 1
    role = ContactRole.objects.get()
    assert (role.since, role.until) == (DAY, date(2026, 11, 9))


def test_a_change_of_one_attribute_leaves_what_others_changed_meanwhile(cast: Cast) -> None:
    first, second = (Account.objects.get(key="acme") for _ in range(2))
    services.change_account(first, "region", "north", by=cast.mary, now=NOW)
    services.change_account(second, "onboarded", "yes", by=cast.mary, now=NOW)
    services.change_account(first, "tier", "smb", by=cast.mary, now=NOW)
    assert second.attributes == {"region": "north", "onboarded": "yes"}
    assert selectors.account_by_key("acme").attributes == second.attributes


def test_reassigning_remembers_the_former_owner_for_undoing(cast: Cast) -> None:
    former = services.reassign([cast.acme, cast.initech], cast.bob, by=cast.mary)
    assert former == {cast.acme.pk: cast.alice.pk, cast.initech.pk: None}
    assert Account.objects.filter(owner=cast.bob).count() == 2
    assert AuditEntry.objects.filter(action="accounts.reassigned", user=cast.mary).count() == 2


def test_an_unknown_key_says_how_to_make_the_account(db: None) -> None:
    with pytest.raises(services.selectors.NotFound, match=r"key 'nope'.*mainstay import accounts"):
        selectors.account_by_key("nope")
