from mainstay.playbooks.commands import StartPlaybook
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.start import STEP, StartParams


def test_it_starts_the_playbook_it_names() -> None:
    assert STEP.run(StartParams(playbook="rescue"), SAMPLE) == [StartPlaybook("rescue")]
