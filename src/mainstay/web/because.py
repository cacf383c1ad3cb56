"""Why somebody got something: the run behind a task or a message, told down to what let the account in."""

from dataclasses import dataclass

from mainstay.playbooks import reasons
from mainstay.playbooks.models import Run
from mainstay.playbooks.reasons import Evidence
from mainstay.playbooks.step_names import StepNames


@dataclass(frozen=True)
class Because:
    """The run, what the step of it is called, and the evidence. For `parts/because.html`."""

    run: Run
    step: str
    evidence: Evidence


def because_of(run: Run | None, step: str) -> Because | None:
    """What is told of a run; None where none stands behind it. It comes with playbook, version and signal."""
    if run is None:
        return None
    return Because(run, StepNames().of(run.version, step) if step else "", reasons.evidence_of(run))
