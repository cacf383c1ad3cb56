from mainstay.playbooks.commands import WriteNote
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.note import STEP, NoteParams


def test_a_note_is_filled_in() -> None:
    params = NoteParams(title="{{ account.name }} entered", text="{{ run.why }}")
    assert STEP.run(params, SAMPLE) == [
        WriteNote(title="Acme entered", body="Health turned red: the score fell from 71 to 42.")
    ]
