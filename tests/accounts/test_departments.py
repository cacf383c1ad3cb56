"""Departments that came as a trait before contacts had a column for them."""

from importlib import import_module

from django.apps import apps

from mainstay.accounts.models import Contact

take_out = import_module("mainstay.accounts.migrations.0005_take_departments_out_of_attributes").take_out


def test_a_department_among_the_attributes_moves_into_its_column_and_nothing_is_lost(db: None) -> None:
    Contact.objects.create(key="ann", attributes={"department": " Sales ", "team": "EMEA"})
    Contact.objects.create(key="bob", attributes={"department": 7})
    Contact.objects.create(key="cleo", attributes={"team": "EMEA"}, department="Legal")
    take_out(apps, None)
    take_out(apps, None)
    assert list(Contact.objects.order_by("key").values_list("key", "department", "attributes")) == [
        ("ann", "Sales", {"team": "EMEA"}),
        ("bob", "", {"department": 7}),
        ("cleo", "Legal", {"team": "EMEA"}),
    ]
