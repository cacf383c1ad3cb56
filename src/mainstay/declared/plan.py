"""What applying files would do: pure comparison of what they want with what is stored and what was last applied."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from mainstay.declared.differences import Difference, differences
from mainstay.declared.kind import Action, Change, Effect, Kind

type Documents = Mapping[tuple[str, str], BaseModel]


@dataclass(frozen=True)
class Line:
    """One thing of the plan. `is_drifted`: it was changed elsewhere since it was last applied."""

    kind: Kind
    change: Change
    is_drifted: bool = False

    @property
    def differences(self) -> list[Difference]:
        """Place by place, for a thing that changes."""
        if self.change.before is None or self.change.after is None:
            return []
        return differences(self.kind.content(self.change.before), self.kind.content(self.change.after))


@dataclass(frozen=True)
class Plan:
    """Everything the files touch, in the order in which it is carried out, with the effect by kind."""

    lines: tuple[Line, ...]
    effects: Mapping[str, Effect] = field(default_factory=dict)

    @property
    def changes(self) -> list[Line]:
        """What would be done."""
        return [line for line in self.lines if line.change.action is not Action.KEEP]

    @property
    def drifted(self) -> list[Line]:
        """What would overwrite or remove a change made elsewhere."""
        return [line for line in self.changes if line.is_drifted]

    def count(self, action: Action) -> int:
        """How many things this happens to."""
        return sum(line.change.action is action for line in self.lines)

    @property
    def digest(self) -> str:
        """Changes when anything about what would be done does: what was seen is what is applied."""
        said = [
            [line.kind.name, line.change.key, line.change.action, line.is_drifted]
            + [_content(line.kind, document) for document in (line.change.before, line.change.after)]
            for line in self.changes
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def compare(
    kinds: Iterable[Kind],
    *,
    wanted: Documents,
    stored: Documents,
    applied: Mapping[tuple[str, str], Mapping[str, Any]],
    prunable: Callable[[tuple[str, str]], bool] = lambda identity: False,
) -> list[Line]:
    """The plan without effects.

    What is stored and not in the files is removed when it came from files (`applied`), or when it is `prunable`; else
    it is somebody else's, and left alone. Removals come last, in the reverse order of kinds.
    """
    lines: list[Line] = []
    removals: list[Line] = []
    for kind in sorted(kinds, key=lambda kind: kind.order):
        for identity in sorted(one for one in {*wanted, *stored, *applied} if one[0] == kind.name):
            line = _line(kind, identity, wanted=wanted, stored=stored, applied=applied, prunable=prunable)
            if line is not None:
                (removals if line.change.action is Action.REMOVE else lines).append(line)
    return [*lines, *reversed(removals)]


def _line(
    kind: Kind,
    identity: tuple[str, str],
    *,
    wanted: Documents,
    stored: Documents,
    applied: Mapping[tuple[str, str], Mapping[str, Any]],
    prunable: Callable[[tuple[str, str]], bool],
) -> Line | None:
    before, after, last = stored.get(identity), wanted.get(identity), applied.get(identity)
    key = identity[1]
    if before is not None and after is not None and kind.content(before) == kind.content(after):
        return Line(kind, Change(key, Action.KEEP, before, after))
    if after is None and (before is None or (last is None and not prunable(identity))):
        return None
    is_drifted = last is not None and last != _content(kind, before)
    action = Action.REMOVE if after is None else Action.CREATE if before is None else Action.CHANGE
    return Line(kind, Change(key, action, before, after), is_drifted)


def _content(kind: Kind, document: BaseModel | None) -> dict[str, Any] | None:
    return None if document is None else kind.content(document)
