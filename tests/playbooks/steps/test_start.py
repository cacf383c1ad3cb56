from mainstay.playbooks.commands import StartPlaybook
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.start import STEP, StartParams


def test_it_starts_the_playbook_it_names() -> None:
    assert STEP.run(StartParams(playbook="rescue"), SAMPLE) == [StartPlaybook("rescue")]


def test_a_playbook_that_starts_itself_is_objected_to() -> None:
    assert STEP.objections(StartParams(playbook="rescue"), "play") == {}
    assert "'play' would start itself" in STEP.objections(StartParams(playbook="play"), "play")["playbook"]
