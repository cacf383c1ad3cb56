"""Why somebody got something: the run behind a task or a message, told down to what let the account in."""

from dataclasses import dataclass

from mainstay.playbooks import reasons
from mainstay.playbooks.models import Run
from mainstay.playbooks.reasons import Evidence


@dataclass(frozen=True)
class Because:
    """The run, the step of it, and the evidence. For `parts/because.html`."""

    run: Run
    step: str
    evidence: Evidence


def because_of(run: Run | None, step: str) -> Because | None:
    """What is told of a run; None where none stands behind it. It comes with playbook, version and signal."""
    return Because(run, step, reasons.evidence_of(run)) if run is not None else None
