"""A plan as it is shown and sent: one shape for the terminal, the API and the page."""

from collections.abc import Iterator

from pydantic import BaseModel

from mainstay.declared.kind import Action
from mainstay.declared.kinds import kinds
from mainstay.declared.plan import Line, Plan

_MARKS = {Action.CREATE: "+", Action.CHANGE: "~", Action.REMOVE: "-", Action.KEEP: " "}
_WORDS = {Action.CREATE: "new", Action.CHANGE: "changed", Action.REMOVE: "removed", Action.KEEP: "unchanged"}


class ChangeReport(BaseModel):
    """One thing that would be made, changed or removed."""

    kind: str
    label: str
    key: str
    action: Action
    is_drifted: bool
    differences: list[str]

    @property
    def mark(self) -> str:
        """`+`, `~` or `-`."""
        return _MARKS[self.action]

    @property
    def word(self) -> str:
        """What happens to it."""
        return _WORDS[self.action]


class EffectReport(BaseModel):
    """What the changes of one kind do."""

    kind: str
    label: str
    sentences: list[str]
    numbers: dict[str, int]


class PlanReport(BaseModel):
    """What applying files would do. `digest` names exactly this plan: applying takes it as what was seen."""

    digest: str
    changes: list[ChangeReport]
    unchanged: int
    effects: list[EffectReport]

    @property
    def has_drift(self) -> bool:
        """Whether something was changed elsewhere since it was last applied."""
        return any(change.is_drifted for change in self.changes)

    def count(self, action: Action) -> int:
        """How many things this happens to."""
        return sum(change.action is action for change in self.changes)

    def summary(self) -> str:
        """`2 new, 1 changed, 0 removed, 12 unchanged`."""
        counts = [f"{self.count(action)} {_WORDS[action]}" for action in (Action.CREATE, Action.CHANGE, Action.REMOVE)]
        return ", ".join([*counts, f"{self.unchanged} unchanged"])

    def change_lines(self) -> Iterator[str]:
        """What is made, changed and removed, line by line."""
        for change in self.changes:
            yield f"{change.mark} {change.label.lower()} {change.key}" + (
                "   changed elsewhere since it was last applied" if change.is_drifted else ""
            )
            yield from (f"    {difference}" for difference in change.differences)

    def as_text(self) -> str:
        """For a terminal."""
        if not self.changes:
            return f"Nothing to do: {self.unchanged} things are as the files say."
        lines = [*self.change_lines(), ""]
        for effect in self.effects:
            lines += [f"{effect.label}: {sentence}" for sentence in effect.sentences]
        return "\n".join([*lines, self.summary()])


def report(plan: Plan) -> PlanReport:
    """The plan in the one shape."""
    known = kinds()
    return PlanReport(
        digest=plan.digest,
        changes=[_change(line) for line in plan.changes],
        unchanged=plan.count(Action.KEEP),
        effects=[
            EffectReport(
                kind=name, label=known[name].label, sentences=list(effect.sentences), numbers=dict(effect.numbers or {})
            )
            for name, effect in plan.effects.items()
            if effect.sentences or effect.numbers
        ],
    )


def _change(line: Line) -> ChangeReport:
    return ChangeReport(
        kind=line.kind.name,
        label=line.kind.label,
        key=line.change.key,
        action=line.change.action,
        is_drifted=line.is_drifted,
        differences=[str(one) for one in line.differences],
    )
