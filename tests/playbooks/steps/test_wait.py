from datetime import timedelta

from mainstay.playbooks.commands import WaitUntil
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.step import Duration
from mainstay.playbooks.steps.wait import STEP


def test_a_wait_is_counted_from_now() -> None:
    assert STEP.run(Duration(days=1.5), SAMPLE) == [WaitUntil(SAMPLE.now + timedelta(hours=36))]
