"""A note on the timeline."""

from mainstay.playbooks.commands import Command, WriteNote
from mainstay.playbooks.context import Context
from mainstay.playbooks.naming import Names
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType, Template
from mainstay.playbooks.templates import render


class NoteParams(Params):
    """A heading and a text."""

    title: Line
    text: Template


def run(params: NoteParams, context: Context) -> list[Command]:
    """One note."""
    return [WriteNote(title=render(params.title, context), body=render(params.text, context))]


def says(params: NoteParams, names: Names) -> Saying:
    """Its heading."""
    return Saying(params.title)


STEP = StepType(
    kind="note",
    label="Note",
    meaning="Writes a note on the timeline of the account.",
    params=NoteParams,
    run=run,
    says=says,
    icon="file-text",
    group=Group.ACCOUNT,
)
