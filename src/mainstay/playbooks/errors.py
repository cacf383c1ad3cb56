"""What can be wrong with a playbook."""

from collections.abc import Sequence

from mainstay.common.errors import Invalid, MainstayError, NotFound


class BadPlaybook(Invalid):
    """The document of a playbook cannot be used: the message names the file, the place and what would be right."""

    code = "bad_playbook"


class LinksNotSet(Invalid):
    """A playbook cannot start: its texts name links that have no address."""

    code = "links_not_set"

    def __init__(self, name: str, links: Sequence[str]) -> None:
        told = f"the link {links[0]} has" if len(links) == 1 else f"the links {', '.join(links)} have"
        super().__init__(
            f"“{name}” cannot start yet: {told} no address. Give one under Messages, Rules; then start it.",
            details={"links": list(links)},
        )


class UnknownPlaybook(NotFound):
    """There is no such playbook."""

    code = "unknown_playbook"


class CannotStart(Invalid):
    """A playbook cannot be started on an account."""

    code = "cannot_start"


class CannotMove(Invalid):
    """A run cannot be moved, retried or stopped as asked."""

    code = "cannot_move"


class ChangedMeanwhile(MainstayError):
    """Somebody saved or published since it was read."""

    code = "changed_meanwhile"
    status = 409


class StepFailed(MainstayError):
    """A step of a run cannot be carried out: the run stops there until somebody retries it."""

    code = "step_failed"
    status = 422


class BadTemplate(MainstayError):
    """A text cannot be filled in."""

    code = "bad_template"
    status = 422


class CannotEdit(Invalid):
    """A draft cannot be changed as asked: what the change is about is not there, or would not stay readable."""

    code = "cannot_edit"
