import pytest

from mainstay.playbooks.commands import End, Ending
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.end import STEP, EndParams


@pytest.mark.parametrize(
    ("reason", "said"), [("Nobody approved", "Nobody approved"), ("{{ account.name }} is well ", "Acme is well")]
)
def test_the_run_ends_early_with_the_reason(reason: str, said: str) -> None:
    assert STEP.run(EndParams(reason=reason), SAMPLE) == [End(Ending.EXITED, said)]
