import pytest

from mainstay.accounts.models import Account
from mainstay.playbooks.commands import ChangeAccount
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.change import KEPT, STEP, ChangeParams


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [("stage", "renewal", "renewal"), ("tier", "t" * 60, "t" * 50), ("greeted", "{{ owner.name }}", "Alice")],
)
def test_a_change_names_the_field_and_its_value(field: str, value: str, changed: str) -> None:
    assert STEP.run(ChangeParams(field=field, value=value), SAMPLE) == [ChangeAccount(field, changed)]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("stage", "renewal", {}),
        ("tier", "{{ account.tier }}" + " " * 40, {}),
        ("greeted", "v" * 60, {}),
        ("stage", "  ", {"value": "it is blank"}),
        ("greeted", "  ", {"value": "it is blank"}),
        ("stage", "renewal ", {"value": "write 'renewal'"}),
        ("tier", "t" * 51, {"value": "it has 51 letters; a tier has at most 50"}),
        ("owner", "Bob", {"field": "'owner' is not for playbooks"}),
        ("Stage", "renewal", {"field": "'Stage' is not for playbooks; change `stage`"}),
    ],
)
def test_what_no_account_can_take_is_objected_to(field: str, value: str, said: dict[str, str]) -> None:
    found = STEP.objections(ChangeParams(field=field, value=value), "play")
    assert set(found) == set(said)
    assert all(part in found[name] for name, part in said.items())


def test_every_field_that_an_account_has_is_kept() -> None:
    assert {field.name for field in Account._meta.concrete_fields} == KEPT
