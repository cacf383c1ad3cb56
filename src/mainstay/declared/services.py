"""Export, plan, apply."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction
from pydantic import BaseModel

from mainstay.common.errors import MainstayError
from mainstay.declared import files, plan
from mainstay.declared.errors import CannotApply, Drift, PlanChanged
from mainstay.declared.files import Declared
from mainstay.declared.kind import Action, Author, Change, Effect, Kind
from mainstay.declared.kinds import kinds
from mainstay.declared.models import Applied
from mainstay.declared.plan import Line, Plan
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


def stored() -> dict[tuple[str, str], BaseModel]:
    """Everything that is declared now, by kind and key."""
    return {(kind.name, key): document for kind in kinds().values() for key, document in kind.stored().items()}


def export_texts() -> dict[str, str]:
    """Everything that is declared as YAML, by the path of its file."""
    return {f"{name}/{key}.yaml": files.written(kinds()[name], document) for (name, key), document in stored().items()}


def export(directory: Path) -> list[tuple[str, str]]:
    """Make the directory hold all that is declared; the files touched. Comments in files that are there stay."""
    return [touched for kind in kinds().values() for touched in files.write(directory, kind, kind.stored())]


def make_plan(texts: Mapping[str, str], *, now: datetime, is_pruning: bool = False, is_whole: bool = True) -> Plan:
    """What applying these files (by path) would do, and to how many accounts. Raises BadFile.

    `is_whole`: they are all there are, so what is in none of them left the files; else nothing is removed.
    """
    return _planned(files.parse(texts, kinds()), now=now, is_pruning=is_pruning, is_whole=is_whole)


def _planned(declared: Sequence[Declared], *, now: datetime, is_pruning: bool, is_whole: bool) -> Plan:
    wanted = {one.identity: one.document for one in declared}
    applied = {(one.kind, one.key): one.document for one in Applied.objects.all()}
    kept = _always_there() if is_whole else applied.keys()
    lines = plan.compare(
        kinds().values(),
        wanted=wanted,
        stored=stored(),
        applied={identity: one for identity, one in applied.items() if identity in wanted or identity not in kept},
        prunable=_prunable() if is_pruning else lambda identity: False,
    )
    return Plan(tuple(lines), {kind.name: _effect(kind, lines, now) for kind in _touched(lines)})


def apply(
    texts: Mapping[str, str],
    *,
    by: User,
    reason: str,
    now: datetime,
    expected: str | None = None,
    is_pruning: bool = False,
    overwrite: bool = False,
    is_whole: bool = True,
) -> Plan:
    """Carry out what `make_plan` says, all of it or nothing; the plan that was carried out.

    `expected`: the digest of the plan that somebody looked at; another one raises PlanChanged. What was changed
    elsewhere since it was last applied raises Drift, unless it is to be overwritten.
    """
    require_role(by, Role.MANAGER)
    declared = files.parse(texts, kinds())
    made = _planned(declared, now=now, is_pruning=is_pruning, is_whole=is_whole)
    if expected is not None and made.digest != expected:
        raise PlanChanged("What would be applied is not what was planned: something changed since. Plan again.")
    if made.drifted and not overwrite:
        raise Drift(_drift(made.drifted), details={"drifted": [_named(line) for line in made.drifted]})
    author = Author(by, reason, now)
    with transaction.atomic():
        for line in made.changes:
            _carry_out(line, author)
        if is_whole:
            _forget_all_but(declared)
        _remember(declared, author)
        if made.changes:
            counts = {action.value: made.count(action) for action in Action}
            record_audit(by, "config.applied", "config", reason=reason, **counts)
    return made


def _prunable() -> Callable[[tuple[str, str]], bool]:
    shipped = {(kind.name, key) for kind in kinds().values() for key in kind.as_shipped()}
    return lambda identity: identity not in shipped


def _always_there() -> set[tuple[str, str]]:
    """What cannot be removed, and is as it came already: leaving the files changes nothing about it."""
    return {(kind.name, key) for kind in kinds().values() if kind.is_always_there for key in kind.as_shipped()}


def _carry_out(line: Line, author: Author) -> None:
    change = line.change
    try:
        if change.after is not None:
            line.kind.save(change.after, author)
        else:
            line.kind.remove(change.key, author)
    except MainstayError as error:
        said = f"{_named(line)} was refused, and nothing was applied. {error.message}"
        raise CannotApply(said, details=error.details) from error


def _forget_all_but(declared: Sequence[Declared]) -> None:
    """What stood in the files and is gone is nobody's any more."""
    told = {one.identity for one in declared}
    known = Applied.objects.values_list("pk", "kind", "key")
    Applied.objects.filter(pk__in=[pk for pk, *identity in known if tuple(identity) not in told]).delete()


def _remember(declared: Sequence[Declared], author: Author) -> None:
    """What the files say."""
    rows = [
        Applied(
            kind=one.kind.name,
            key=one.identity[1],
            document=one.kind.content(one.document),
            applied_at=author.now,
            applied_by=author.user,
        )
        for one in declared
    ]
    columns = ["document", "applied_at", "applied_by"]
    Applied.objects.bulk_create(rows, update_conflicts=True, unique_fields=["kind", "key"], update_fields=columns)


def _touched(lines: Iterable[Line]) -> list[Kind]:
    return list({line.kind.name: line.kind for line in lines if line.change.action is not Action.KEEP}.values())


def _effect(kind: Kind, lines: Iterable[Line], now: datetime) -> Effect:
    changes: list[Change] = [
        line.change for line in lines if line.kind is kind and line.change.action is not Action.KEEP
    ]
    try:
        return kind.effect(changes, now)
    except MainstayError as error:
        # What it would do is not known before what it names is there; applying checks it again.
        return Effect((f"The effect is not known yet: {error.message}",))


def _named(line: Line) -> str:
    return f"{line.kind.label} '{line.change.key}'"


def _drift(lines: Sequence[Line]) -> str:
    names = ", ".join(_named(line) for line in lines)
    return (
        f"Changed elsewhere since it was last applied: {names}. `mainstay config diff` shows how, `mainstay config "
        "export` takes it into the files; or overwrite it."
    )
