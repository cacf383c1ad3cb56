"""The steps of a playbook as lines of a flow: branches and splits with the ways inside them, each with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mainstay.playbooks.insight import StepFigures
from mainstay.playbooks.tree import Action, AnyStep, Branch, Split, below
from mainstay.playbooks.wording import step_text
from mainstay.web import formats
from mainstay.web.formats import HOUR
from mainstay.web.playbooks.editor.canvas import Piece, pieces

_NOBODY = StepFigures()


@dataclass(frozen=True)
class Way:
    """A way inside a branch or split. `taken`: how many runs took it."""

    label: str
    condition: str
    taken: int
    lines: Sequence["Line"]


@dataclass(frozen=True)
class Line:
    """A step. `after`: how long after its beginning a run usually comes through it."""

    id: str
    label: str
    icon: str
    text: Sequence[Piece]
    figures: StepFigures
    ways: Sequence[Way] = ()
    after: str = ""
    outcomes: Sequence[tuple[str, int]] = field(default=())


def lines_of(steps: Sequence[AnyStep], figures: Mapping[str, StepFigures]) -> list[Line]:
    """The lines of a row of steps."""
    return [_line(step, figures.get(step.id, _NOBODY), figures) for step in steps]


def _line(step: AnyStep, own: StepFigures, figures: Mapping[str, StepFigures]) -> Line:
    if isinstance(step, Action):
        outcomes = sorted((own.outcomes or {}).items()) if step.step_type.outcomes else []
        told = [(name.replace("_", " "), count) for name, count in outcomes]
        return Line(
            step.id,
            step.step_type.label,
            step.step_type.icon,
            pieces(step_text(step)),
            own,
            after=_after(own),
            outcomes=told,
        )
    label, icon = ("Branch", "workflow") if isinstance(step, Branch) else ("Split", "arrow-down-up")
    return Line(step.id, label, icon, [], own, ways=list(_ways(step, own, figures)))


def _after(own: StepFigures) -> str:
    """Nothing for what follows at once."""
    if own.seconds is None or own.seconds < HOUR:
        return ""
    return f"{formats.age(own.seconds)} after entering, in the middle"


def _ways(step: Branch | Split, own: StepFigures, figures: Mapping[str, StepFigures]) -> Iterator[Way]:
    for outcome, inner in below(step):
        label, condition = _said(step, outcome)
        yield Way(label, condition, (own.outcomes or {}).get(outcome, 0), lines_of(inner, figures))


def _said(step: Branch | Split, outcome: str) -> tuple[str, str]:
    if isinstance(step, Split):
        share = next(part.share for part in step.parts if part.name == outcome)
        return f"{share} % take “{outcome}”", ""
    if outcome == "else":
        return "Otherwise", ""
    arm = step.branches[int(outcome) - 1]
    word = "When" if outcome == "1" else "Else, when"
    if arm.after is not None:
        return f"{word} “{arm.after.step}” came to {arm.after.outcome.replace('_', ' ')}", ""
    return word, arm.when
