import pytest

from mainstay.playbooks.commands import ChangeAccount
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.change import STEP, ChangeParams


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [("stage", "renewal", "renewal"), ("tier", "t" * 60, "t" * 50), ("greeted", "{{ owner.name }}", "Alice")],
)
def test_a_change_names_the_field_and_its_value(field: str, value: str, changed: str) -> None:
    assert STEP.run(ChangeParams(field=field, value=value), SAMPLE) == [ChangeAccount(field, changed)]
