"""What stands beside the flow: the form of a step, of the ways of a branch or split, of a part; the steps to add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mainstay.playbooks import editing
from mainstay.playbooks.calling import called, name_of
from mainstay.playbooks.editing import Content, Direction, Place, RawStep
from mainstay.playbooks.naming import Names
from mainstay.playbooks.pointing import Problem
from mainstay.playbooks.step import Group
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.variables import Variable, offered
from mainstay.playbooks.wording import outcome_text
from mainstay.web.playbooks.editor.fields import Field, Option, Section, fields_of, in_labels, need_of, sections_of
from mainstay.web.playbooks.editor.parts import PARTS, fields_of_part

_MEANINGS = {
    "branch": "Takes the first way whose condition holds, else the last; then the steps below go on.",
    "split": "Takes a way by chance, in these shares. The same account takes the same way whenever it comes by.",
}
_MOVES = {
    Direction.UP: ("arrow-up", "Up", "Alt+ArrowUp"),
    Direction.DOWN: ("arrow-down", "Down", "Alt+ArrowDown"),
    Direction.INTO: ("arrow-right", "Into the way beside it", "Alt+ArrowRight"),
    Direction.OUT: ("arrow-left", "Out of its way", "Alt+ArrowLeft"),
}


@dataclass(frozen=True)
class Move:
    """A button that moves a step, or a way of it."""

    direction: str
    icon: str
    label: str
    keys: str
    is_possible: bool


@dataclass(frozen=True)
class WayForm:
    """One way of a branch or split with its fields; `number` None: otherwise. `moves`: the verb and place of each."""

    number: int | None
    label: str
    fields: Sequence[Field]
    steps: int
    may_go: bool
    moves: Sequence[Move] = ()

    @property
    def number_text(self) -> str:
        """The number, as an address says it."""
        return str(self.number)


@dataclass(frozen=True)
class Kind:
    """A kind of step to add."""

    kind: str
    label: str
    icon: str
    meaning: str


@dataclass(frozen=True)
class Panel:
    """The panel. `form` names its template: step, ways, part, add."""

    form: str
    title: str
    icon: str
    meaning: str = ""
    step: str = ""
    part: str = ""
    sections: Sequence[Section] = ()
    ways: Sequence[WayForm] = ()
    problems: Sequence[str] = ()
    needs: Sequence[str] = ()
    moves: Sequence[Move] = ()
    place: Place | None = None
    groups: Sequence[tuple[str, Sequence[Kind]]] = ()
    variables: Sequence[tuple[str, Sequence[Variable]]] = ()
    has_texts: bool = False
    outcomes: Sequence[str] = field(default=())

    @property
    def fields(self) -> list[Field]:
        """Every field in it, those inside others too."""
        top = [one for section in self.sections for one in section.fields]
        top += [one for way in self.ways for one in way.fields]
        return [inner for one in top for inner in one.all]


def step_panel(content: Content, step_id: str, problems: Sequence[Problem], known: Names) -> Panel:
    """The form of a step. Raises CannotEdit for one that is not there."""
    step = editing.step_of(content, step_id)
    label, icon = name_of(str(step["type"]))
    own = [one for one in problems if one.step == step_id]
    found = step_types().get(str(step["type"]))
    common: dict[str, Any] = {
        "title": label,
        "icon": icon,
        "step": step_id,
        "moves": _moves(content, step_id),
    }
    if ways := editing.ways_of(step):
        forms = [_way_form(content, step, way, number, own, known=known) for number, way in enumerate(ways)]
        common |= _said([one for one in own if len(one.path) < 2])
        return Panel("ways", meaning=_MEANINGS[step["type"]], ways=forms, **common)
    if found is None:
        wrong = [f"There is no step type '{step['type']}'. Correct it as YAML, or take the step out."]
        return Panel("step", problems=wrong, **common)
    told = step.get("with")
    fields = fields_of(found.params, told if isinstance(told, Mapping) else {}, problems=own)
    at_fields = {one.place for top in fields for one in top.all if one.place}
    has_texts = any(inner.control.startswith("template") for one in fields for inner in one.all)
    return Panel(
        "step",
        meaning=found.meaning,
        sections=sections_of(fields),
        **_said([one for one in own if one.path not in at_fields]),
        variables=offered(known) if has_texts else [],
        has_texts=has_texts,
        outcomes=found.outcomes,
        **common,
    )


def part_panel(content: Content, part: str, problems: Sequence[Problem], *, is_key_free: bool) -> Panel:
    """The form of what stands around the steps."""
    title, icon, names = PARTS[part]
    fields = fields_of_part(content, part, problems, is_key_free=is_key_free)
    at_fields = {one.place for top in fields for one in top.all if one.place}
    own = [one for one in problems if one.field in names and (one.field, *one.path) not in at_fields]
    return Panel("part", title, icon, part=part, sections=sections_of(fields), **_said(own))


def _said(problems: Sequence[Problem]) -> dict[str, Any]:
    """What is wrong and what is still needed, as a form tells it."""
    return {
        "problems": [in_labels(one.reason) for one in problems if not one.is_needed],
        "needs": [need_of(one) for one in problems if one.is_needed],
    }


def add_panel(place: Place) -> Panel:
    """The kinds of steps to add at a place, under their headings."""
    kinds: dict[str, list[Kind]] = {group.value: [] for group in Group}
    for step in step_types().values():
        kinds[step.group].append(Kind(step.kind, step.label, step.icon, step.meaning))
    for kind, meaning in _MEANINGS.items():
        kinds[Group.WAY].append(Kind(kind, *name_of(kind), meaning))
    groups = [(heading, found) for heading, found in kinds.items() if found]
    return Panel("add", "Add a step", "plus", place=place, groups=groups)


def _moves(content: Content, step_id: str) -> list[Move]:
    possible = editing.targets(content, step_id)
    return [Move(to, icon, label, keys, to in possible) for to, (icon, label, keys) in _MOVES.items()]


def _way_form(
    content: Content, step: RawStep, way: editing.Way, number: int, own: Sequence[Problem], *, known: Names
) -> WayForm:
    ways = editing.ways_of(step)
    if step["type"] == "branch" and way.row.endswith(f"/{editing.ELSE}"):
        return WayForm(None, "Otherwise", [], len(way.steps), may_go=False)
    at = ("branches" if step["type"] == "branch" else "parts", str(number))
    inside = [replace(one, path=one.path[2:]) for one in own if one.path[:2] == at]

    def reasons(*paths: tuple[str, ...]) -> dict[str, Any]:
        return _said([one for one in inside if one.path in paths])

    if step["type"] == "split":
        name, share = (str(way.said.get(one, "")) for one in ("name", "share"))
        fields = [
            Field(f"ways.{number}.name", "Name", "", "text_line", name, is_required=True, **reasons(("name",))),
            Field(
                f"ways.{number}.share",
                "Percent",
                "",
                "number",
                share,
                is_required=True,
                low="1",
                high="99",
                **reasons(("share",)),
            ),
        ]
        moves = _way_moves(number, len(ways))
        return WayForm(number, f"Way {number + 1}", fields, len(way.steps), may_go=len(ways) > 2, moves=moves)
    fields = [replace(_condition(way, number), **reasons(("when",), ()))]
    if options := _outcomes(content, step, way, known):
        fields.append(Field(f"ways.{number}.after", "Or after", "", "choice", options=options, **reasons(("after",))))
    label, moves = "When" if number == 0 else "Else, when", _way_moves(number, len(ways) - 1)
    return WayForm(number, label, fields, len(way.steps), may_go=len(ways) > 2, moves=moves)


def _way_moves(number: int, ways: int) -> list[Move]:
    """Up and down among so many; none for the only one."""
    if ways < 2:
        return []
    return [
        Move("way_up", "arrow-up", "Move this way up", "Alt+ArrowUp", number > 0),
        Move("way_down", "arrow-down", "Move this way down", "Alt+ArrowDown", number < ways - 1),
    ]


def _condition(way: editing.Way, number: int) -> Field:
    text = str(way.said.get("when", "") or "")
    return Field(f"ways.{number}.when", "This holds for the account", "", "condition", text, is_required=True)


def _outcomes(content: Content, step: RawStep, way: editing.Way, names: Names) -> list[Option]:
    """What steps before this one can come to, to be asked for: `answer/timed_out`."""
    heard = way.said.get("after")
    chosen = f"{heard.get('step')}/{heard.get('outcome')}" if isinstance(heard, Mapping) else ""
    known: list[tuple[str, str]] = []
    for one in editing.all_steps(content):
        if one["id"] == step["id"]:
            break
        found = step_types().get(str(one["type"]))
        for outcome in found.outcomes if found else ():
            said = f"{called(one, names)}: {outcome_text(str(one['type']), outcome)}"
            known.append((f"{one['id']}/{outcome}", said))
    if chosen and chosen not in dict(known):
        known.append((chosen, f"{chosen} (not there)"))
    return [Option(value, label, value == chosen) for value, label in [("", "–"), *known]] if known else []
