"""The steps of a playbook as lines of a flow: branches and splits with the ways inside them, each with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mainstay.playbooks.calling import Piece, called, pieces
from mainstay.playbooks.insight import StepFigures
from mainstay.playbooks.naming import Names
from mainstay.playbooks.tree import Action, AnyStep, Branch, Split, below, walk
from mainstay.playbooks.wording import saying_of
from mainstay.web import formats
from mainstay.web.formats import HOUR
from mainstay.web.playbooks.editor.canvas import heard_text

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
    """A step: what it is called, and the rest of what it says.

    `after`: how long after its beginning a run usually comes through it.
    """

    id: str
    label: str
    icon: str
    text: Sequence[Piece]
    rest: Sequence[Piece]
    figures: StepFigures
    ways: Sequence[Way] = ()
    after: str = ""
    outcomes: Sequence[tuple[str, int]] = field(default=())


def lines_of(steps: Sequence[AnyStep], figures: Mapping[str, StepFigures], names: Names) -> list[Line]:
    """The lines of a row of steps, and of those inside them."""
    called = {step.id: step for step, _ in walk(steps)}
    return [_line(step, _Around(figures, names, called)) for step in steps]


@dataclass(frozen=True)
class _Around:
    """What every line may need: the figures, names, and all steps by id."""

    figures: Mapping[str, StepFigures]
    names: Names
    steps: Mapping[str, AnyStep]


def _line(step: AnyStep, around: _Around) -> Line:
    own = around.figures.get(step.id, _NOBODY)
    if isinstance(step, Action):
        outcomes = sorted((own.outcomes or {}).items()) if step.step_type.outcomes else []
        told = [(step.step_type.came_to(name), count) for name, count in outcomes]
        said = saying_of(step.type, step.params, around.names)
        return Line(
            step.id,
            step.step_type.label,
            step.step_type.icon,
            pieces(said.title, around.names),
            pieces(said.rest, around.names),
            own,
            after=_after(own),
            outcomes=told,
        )
    label, icon = ("Branch", "workflow") if isinstance(step, Branch) else ("Split", "arrow-down-up")
    return Line(step.id, label, icon, [], [], own, ways=list(_ways(step, own, around)))


def _after(own: StepFigures) -> str:
    """Nothing for what follows at once."""
    if own.seconds is None or own.seconds < HOUR:
        return ""
    return f"{formats.age(own.seconds)} after entering (median)"


def _ways(step: Branch | Split, own: StepFigures, around: _Around) -> Iterator[Way]:
    for outcome, inner in below(step):
        label, condition = _said(step, outcome, around)
        lines = [_line(one, around) for one in inner]
        yield Way(label, condition, (own.outcomes or {}).get(outcome, 0), lines)


def _said(step: Branch | Split, outcome: str, around: _Around) -> tuple[str, str]:
    if isinstance(step, Split):
        share = next(part.share for part in step.parts if part.name == outcome)
        return f"{share} % take “{outcome}”", ""
    if outcome == "else":
        return "Otherwise", ""
    arm = step.branches[int(outcome) - 1]
    word = "When" if outcome == "1" else "Else, when"
    if arm.after is not None:
        heard = around.steps.get(arm.after.step)
        kind, told = (heard.type, heard.params) if isinstance(heard, Action) else ("", {})
        name = called({"id": arm.after.step, "type": kind, "with": told}, around.names)
        return heard_text(word, name, kind, arm.after.outcome), ""
    return word, arm.when
