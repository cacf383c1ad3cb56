"""Operations on the steps of a draft, which may be unfinished: content in, content out. Pure.

A step is named by its id. A row of steps is named by its address: `""` for the steps of the playbook, `size/0`,
`size/1`… for the arms of the branch (the parts of the split) `size`, and `size/else`. What an operation is not about
stays as it was written, right or wrong.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from re import fullmatch
from typing import Any, assert_never

from mainstay.playbooks.errors import CannotEdit
from mainstay.playbooks.tree import BRANCH, KEY, SPLIT

type Content = Mapping[str, Any]
type RawStep = dict[str, Any]
type Row = list[RawStep]

ELSE = "else"
MOST_LETTERS = 60


@dataclass(frozen=True)
class Place:
    """Before the `at`th step of a row (0: the first); where a step is moved, counted without that step."""

    row: str
    at: int


class Direction(StrEnum):
    """Where a step is moved by key: along its row; `into` the next way or a branch beside it, `out` of its own."""

    UP = "up"
    DOWN = "down"
    INTO = "into"
    OUT = "out"


@dataclass(frozen=True)
class Way:
    """A way inside a raw step: its address, what stands beside its steps, and the steps."""

    row: str
    said: Mapping[str, Any]
    steps: Row


def objection(content: Content) -> str:
    """Why these steps cannot be drawn as a flow, as a sentence; empty: they can."""
    seen: set[str] = set()

    def look(row: Any, place: str) -> str:
        if not isinstance(row, list):
            return f"{place} is no list of steps."
        for number, step in enumerate(row, 1):
            if found := look_at(step, f"Step {number} of {place}"):
                return found
        return ""

    def look_at(step: Any, place: str) -> str:
        if not isinstance(step, dict) or not isinstance(step.get("id"), str) or not isinstance(step.get("type"), str):
            return f"{place} has no `id` or no `type`."
        if "/" in step["id"] or step["id"] in seen:
            return f"The id '{step['id']}' is there twice, or holds a slash; give each step its own."
        seen.add(step["id"])
        if step["type"] not in (BRANCH, SPLIT):
            return ""
        arms = step.get("branches" if step["type"] == BRANCH else "parts", [])
        if not isinstance(arms, list) or not all(isinstance(arm, dict) for arm in arms):
            return f"The ways of '{step['id']}' are no list."
        inside = [arm.get("steps", []) for arm in arms] + [step.get(ELSE, [])]
        return next((found for row in inside if (found := look(row, f"'{step['id']}'"))), "")

    return look(content.get("steps", []), "the playbook")


def ways_of(step: Mapping[str, Any]) -> list[Way]:
    """The ways inside a raw step, in order; of a branch `else` last, even where it is left out."""
    match step["type"]:
        case "branch":
            arms = [_way(step, number, arm) for number, arm in enumerate(step.get("branches", []))]
            return [*arms, Way(f"{step['id']}/{ELSE}", {}, step.get(ELSE, []))]
        case "split":
            return [_way(step, number, part) for number, part in enumerate(step.get("parts", []))]
        case _:
            return []


def _way(step: Mapping[str, Any], number: int, arm: Mapping[str, Any]) -> Way:
    said = {name: value for name, value in arm.items() if name != "steps"}
    return Way(f"{step['id']}/{number}", said, arm.get("steps", []))


def rows(content: Content) -> Iterator[tuple[str, Row]]:
    """Every row with its address, from top to bottom as it is read."""

    def below(address: str, row: Row) -> Iterator[tuple[str, Row]]:
        yield address, row
        for step in row:
            for way in ways_of(step):
                yield from below(way.row, way.steps)

    yield from below("", content.get("steps", []))


def all_steps(content: Content) -> Iterator[RawStep]:
    """Every step, those of branches after the branch."""
    for step in content.get("steps", []):
        yield step
        for way in ways_of(step):
            yield from all_steps({"steps": way.steps})


def place_of(content: Content, step_id: str) -> Place:
    """Where a step stands. Raises CannotEdit."""
    for address, row in rows(content):
        for at, step in enumerate(row):
            if step["id"] == step_id:
                return Place(address, at)
    raise CannotEdit(f"There is no step '{step_id}' any more: it was taken out meanwhile.")


def step_of(content: Content, step_id: str) -> RawStep:
    """The raw step. Raises CannotEdit."""
    place = place_of(content, step_id)
    return dict(rows(content))[place.row][place.at]


def free_id(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with a number behind it where it is taken."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted[: MOST_LETTERS - 5]}_{number}"
    return found


def begun(kind: str, taken: set[str]) -> RawStep:
    """A step that says nothing yet."""
    step: RawStep = {"id": free_id(kind, taken), "type": kind}
    match kind:
        case "branch":
            return step | {"branches": [{"when": "", "steps": []}], ELSE: []}
        case "split":
            names = ("one", "other")
            return step | {"parts": [{"name": name, "share": 50, "steps": []} for name in names]}
        case _:
            return step | {"with": {}}


def insert(content: Content, kind: str, place: Place) -> tuple[Content, str]:
    """A new step of this kind at a place; the content, and the new step's id."""
    step = begun(kind, {one["id"] for one in all_steps(content)})
    return _changed(content, lambda copy: _row(copy, place.row).insert(place.at, step)), step["id"]


def remove(content: Content, step_id: str) -> Content:
    """Without a step and all that is inside it."""
    place = place_of(content, step_id)
    return _changed(content, lambda copy: _row(copy, place.row).pop(place.at))


def move(content: Content, step_id: str, to: Place) -> Content:
    """A step with all that is inside it, at another place. Raises CannotEdit when that is inside itself."""
    place, step = place_of(content, step_id), step_of(content, step_id)
    inside = {one["id"] for one in all_steps({"steps": [step]})}
    if to.row.partition("/")[0] in inside:
        raise CannotEdit(f"'{step_id}' cannot be moved into itself.")

    def apply(copy: dict[str, Any]) -> None:
        taken = _row(copy, place.row).pop(place.at)
        _row(copy, to.row).insert(to.at, taken)

    return _changed(content, apply)


def duplicate(content: Content, step_id: str) -> tuple[Content, str]:
    """A copy behind a step, with ids of its own throughout; the content, and the copy's id."""
    place, copied = place_of(content, step_id), deepcopy(step_of(content, step_id))
    taken = {one["id"] for one in all_steps(content)}
    renamed: dict[str, str] = {}
    for one in all_steps({"steps": [copied]}):
        renamed[one["id"]] = free_id(one["id"], taken)
        taken.add(renamed[one["id"]])
    _rename({"steps": [copied]}, renamed)
    added = _changed(content, lambda copy: _row(copy, place.row).insert(place.at + 1, copied))
    return added, renamed[step_id]


def rename(content: Content, step_id: str, name: str) -> Content:
    """Another id for a step, also where branches ask for its outcome. Raises CannotEdit for one that cannot be."""
    if name == step_id:
        return content
    if not fullmatch(KEY, name) or len(name) > MOST_LETTERS:
        raise CannotEdit(
            f"'{name}' cannot be a step's name; use small letters, digits and underscores, a letter first."
        )
    if name in {one["id"] for one in all_steps(content)}:
        raise CannotEdit(f"There is a step '{name}' already; choose another name.")
    place_of(content, step_id)
    return _changed(content, lambda copy: _rename(copy, {step_id: name}))


def tell(content: Content, step_id: str, values: Mapping[str, Any]) -> Content:
    """What a step of a type is told (`with`), in place of what it was told."""
    return _changed(content, lambda copy: step_of(copy, step_id).update({"with": dict(values)}))


def tell_ways(content: Content, step_id: str, said: Sequence[Mapping[str, Any]]) -> Content:
    """What stands beside the steps of each arm or part, in order; their steps stay."""

    def apply(copy: dict[str, Any]) -> None:
        step = step_of(copy, step_id)
        name = _ways_name(step)
        step[name] = [{**one, "steps": way.get("steps", [])} for one, way in zip(said, step[name], strict=False)]

    return _changed(content, apply)


def add_way(content: Content, step_id: str) -> Content:
    """One more arm of a branch, or part of a split; the parts then have equal shares."""

    def apply(copy: dict[str, Any]) -> None:
        step = step_of(copy, step_id)
        ways = step.setdefault(_ways_name(step), [])
        if step["type"] == BRANCH:
            ways.append({"when": "", "steps": []})
            return
        ways.append({"name": free_id("part", {str(one.get("name")) for one in ways}), "share": 0, "steps": []})
        _share_out(ways)

    return _changed(content, apply)


def remove_way(content: Content, step_id: str, number: int) -> Content:
    """Without an arm or part and the steps in it; a branch keeps one arm, a split two parts."""

    def apply(copy: dict[str, Any]) -> None:
        step = step_of(copy, step_id)
        ways = step[_ways_name(step)]
        if not 0 <= number < len(ways) or len(ways) <= (1 if step["type"] == BRANCH else 2):
            raise CannotEdit("This way cannot be taken out; take out the whole step instead.")
        ways.pop(number)
        if step["type"] == SPLIT:
            _share_out(ways)

    return _changed(content, apply)


def move_way(content: Content, step_id: str, number: int, to: int) -> Content:
    """An arm or part with the steps in it at another place among them (0: the first); `else` stays the last.

    Raises CannotEdit where there is no such place.
    """

    def apply(copy: dict[str, Any]) -> None:
        step = step_of(copy, step_id)
        ways = step.get(_ways_name(step), [])
        if not (0 <= number < len(ways) and 0 <= to < len(ways)):
            raise CannotEdit(f"This way of '{step_id}' cannot be moved there: it has {len(ways)}, or it is gone.")
        ways.insert(to, ways.pop(number))

    return _changed(content, apply)


def tell_fields(content: Content, values: Mapping[str, Any]) -> Content:
    """The fields of the playbook beside its steps; None takes one out."""
    kept = {name: value for name, value in content.items() if name not in values}
    said = {name: value for name, value in values.items() if value is not None}
    ordered = [*content, *(name for name in said if name not in content)]
    merged = {**kept, **said}
    return {name: merged[name] for name in ordered if name in merged}


def targets(content: Content, step_id: str) -> dict[Direction, Place]:
    """Where a step can go by key, and where it would come to stand."""
    place = place_of(content, step_id)
    by_address = dict(rows(content))
    row = by_address[place.row]
    outer = _outer(content, place.row)
    found: dict[Direction, Place | None] = {
        Direction.UP: Place(place.row, place.at - 1) if place.at else outer,
        Direction.DOWN: Place(place.row, place.at + 1) if place.at + 1 < len(row) else _after(outer),
        Direction.INTO: _next_way(content, place, by_address) or _into_neighbour(row, place.at),
        Direction.OUT: _former_way(content, place, by_address) or _after(outer),
    }
    return {direction: to for direction, to in found.items() if to is not None}


def shift(content: Content, step_id: str, direction: Direction) -> Content:
    """A step moved by key. Raises CannotEdit where there is nowhere to go."""
    to = targets(content, step_id).get(direction)
    if to is None:
        raise CannotEdit(f"'{step_id}' cannot be moved {_word(direction)} from there.")
    return move(content, step_id, to)


def _word(direction: Direction) -> str:
    match direction:
        case Direction.UP:
            return "further up"
        case Direction.DOWN:
            return "further down"
        case Direction.INTO:
            return "into another way"
        case Direction.OUT:
            return "out"
        case _:
            assert_never(direction)


def _outer(content: Content, address: str) -> Place | None:
    """Where the branch stands that a row is inside of."""
    return place_of(content, address.partition("/")[0]) if address else None


def _after(place: Place | None) -> Place | None:
    return Place(place.row, place.at + 1) if place else None


def _into_neighbour(row: Row, at: int) -> Place | None:
    """The end of the first way of a branch before the step, else the beginning of that of one after it."""
    for neighbour, is_before in ((at - 1, True), (at + 1, False)):
        if 0 <= neighbour < len(row) and (ways := ways_of(row[neighbour])):
            return Place(ways[0].row, len(ways[0].steps) if is_before else 0)
    return None


def _siblings(content: Content, address: str) -> list[str]:
    return [way.row for way in ways_of(step_of(content, address.partition("/")[0]))] if address else []


def _next_way(content: Content, place: Place, by_address: Mapping[str, Row]) -> Place | None:
    beside = _siblings(content, place.row)
    at = beside.index(place.row) + 1 if beside else 0
    return Place(beside[at], min(place.at, len(by_address[beside[at]]))) if 0 < at < len(beside) else None


def _former_way(content: Content, place: Place, by_address: Mapping[str, Row]) -> Place | None:
    beside = _siblings(content, place.row)
    at = beside.index(place.row) - 1 if beside else -1
    return Place(beside[at], min(place.at, len(by_address[beside[at]]))) if at >= 0 else None


def _ways_name(step: Mapping[str, Any]) -> str:
    match step["type"]:
        case "branch":
            return "branches"
        case "split":
            return "parts"
        case _:
            raise CannotEdit(f"'{step['id']}' has no ways: it is neither a branch nor a split.")


def _share_out(parts: list[dict[str, Any]]) -> None:
    """Equal shares that make 100; the first parts get what is left over."""
    share, over = divmod(100, len(parts))
    for number, part in enumerate(parts):
        part["share"] = share + (number < over)


def _rename(copy: Content, names: Mapping[str, str]) -> None:
    """Give steps other ids, in place."""
    for step in list(all_steps(copy)):
        step["id"] = names.get(step["id"], step["id"])
        if step["type"] == BRANCH:
            for arm in step.get("branches", []):
                heard = arm.get("after")
                if isinstance(heard, dict) and heard.get("step") in names:
                    heard["step"] = names[heard["step"]]


def _row(copy: dict[str, Any], address: str) -> Row:
    """The row at an address, to be changed in place; one that is left out is made."""
    holder, place = (copy, "steps") if not address else _held_by_way(copy, address)
    row: Row = holder.setdefault(place, [])
    return row


def _held_by_way(copy: dict[str, Any], address: str) -> tuple[dict[str, Any], str]:
    """What holds the row of a way of a branch or split, and under which name."""
    name, _, way = address.partition("/")
    step = step_of(copy, name)
    if way == ELSE and step["type"] == BRANCH:
        return step, ELSE
    ways = step.get(_ways_name(step), [])
    if not way.isdecimal() or int(way) >= len(ways):
        raise CannotEdit(f"'{name}' has no way '{way}' any more: it was taken out meanwhile.")
    return ways[int(way)], "steps"


def _changed(content: Content, change: Callable[[dict[str, Any]], object]) -> Content:
    copy = deepcopy(dict(content))
    change(copy)
    return copy
