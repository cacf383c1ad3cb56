from mainstay.playbooks.commands import SendToTarget, Speaks
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.chat import STEP, ChatParams


def test_a_message_is_filled_in_and_goes_to_the_target() -> None:
    params = ChatParams(
        target="cs", title="{{ account.name }} is red", text="{{ signal.summary }}\nOwner: {{ owner.name }}"
    )
    assert STEP.run(params, SAMPLE) == [
        SendToTarget("cs", Speaks.TEXTS, "Acme is red", "The score fell from 71 to 42.\nOwner: Alice")
    ]


def test_a_very_long_title_is_cut() -> None:
    (command,) = STEP.run(ChatParams(target="cs", title="{{ account.name }}" * 100, text="x"), SAMPLE)
    assert isinstance(command, SendToTarget)
    assert len(command.subject) == 300
