"""Since when an account is in which lifecycle stage: dated rows, so that any past day can be told.

Only changes are written. An account that came with its stage, or had one before its history began, has none until the
stage changes or somebody imports it: since when it is in its stage is then not known, and not guessed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched, pairwise

from django.db import transaction
from django.db.models import Model

from mainstay.accounts import selectors
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.models import Account, StageChange
from mainstay.common.upsert import UpsertResult

_CHUNK = 800


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """An account entered a stage on a day. `key` names the row in its file and is not kept."""

    key: str
    account_key: str
    stage: str
    since: date


def present_stages(keys: Iterable[str]) -> dict[str, str]:
    """The stage each of these accounts is in now, by key; accounts that do not exist are left out."""
    found: dict[str, str] = {}
    for chunk in batched(keys, _CHUNK):
        found.update(Account.objects.filter(key__in=chunk).values_list("key", "stage"))
    return found


def note_stages(stages: Mapping[str, tuple[str, date | None]], *, former: Mapping[str, str], on: date) -> None:
    """Write changes of stage down: `stages` by account key, with the day each began where that is known, else `on`.

    A stage that is the `former` one and says no day of its own is no change; one that does corrects the day.
    """
    told = {key: one for key, one in stages.items() if one[1] or former.get(key, one[0]) != one[0]}
    ids = selectors.account_ids(told)
    history = _history(ids.values())
    made: list[StageChange] = []
    changed: list[StageChange] = []
    for key, (stage, since) in told.items():
        day, known = since or on, history.get(ids[key], [])
        same_day = next((one for one in known if one.since == day), None)
        if same_day is not None:
            changed += [_set(same_day, stage=stage)] if same_day.stage != stage else []
        elif since and known and known[-1].stage == stage:
            changed.append(_set(known[-1], since=since))
        else:
            made.append(StageChange(account_id=ids[key], stage=stage, since=day))
    _save(StageChange, changed, "stage", "since")
    StageChange.objects.bulk_create(made, batch_size=300)


def upsert_stages(rows: Sequence[StageRow], *, on: date) -> UpsertResult:
    """Make or change the history of stages; an account takes the latest stage that began by `on`.

    `UnknownAccounts`, and nothing is written, when a row names an unknown account.
    """
    ids = selectors.account_ids({row.account_key for row in rows})
    if unknown := {row.account_key for row in rows} - set(ids):
        raise UnknownAccounts(unknown)
    wanted = {(ids[row.account_key], row.since): row for row in rows}
    with transaction.atomic():
        present = {(one.account_id, one.since): one for each in _history(ids.values()).values() for one in each}
        made = [StageChange(account_id=id_, stage=row.stage, since=day) for (id_, day), row in wanted.items()
                if (id_, day) not in present]  # fmt: skip
        changed = [_set(present[place], stage=row.stage) for place, row in wanted.items()
                   if place in present and present[place].stage != row.stage]  # fmt: skip
        StageChange.objects.bulk_create(made, batch_size=300)
        _save(StageChange, changed, "stage")
        _drop_repeats(ids.values())
        _take_latest(ids.values(), on=on)
    keys = frozenset(row.key for place, row in wanted.items() if place not in present)
    return UpsertResult(len(made), len(changed), len(rows) - len(made) - len(changed), keys)


def _history(account_ids: Collection[int]) -> dict[int, list[StageChange]]:
    found: dict[int, list[StageChange]] = {}
    for chunk in batched(account_ids, _CHUNK):
        for one in StageChange.objects.filter(account_id__in=chunk).order_by("since"):
            found.setdefault(one.account_id, []).append(one)
    return found


def _set(change: StageChange, **values: str | date) -> StageChange:
    for name, value in values.items():
        setattr(change, name, value)
    return change


def _drop_repeats(account_ids: Collection[int]) -> None:
    """A stage that follows itself was entered once: a change that was noted when it was told, before it was dated."""
    repeated = [
        later.pk for known in _history(account_ids).values() for former, later in pairwise(known)
        if later.stage == former.stage
    ]  # fmt: skip
    for chunk in batched(repeated, _CHUNK):
        StageChange.objects.filter(pk__in=chunk).delete()


def _take_latest(account_ids: Collection[int], *, on: date) -> None:
    latest = {id_: [one for one in known if one.since <= on][-1:] for id_, known in _history(account_ids).items()}
    accounts = [
        _with_stage(account, latest[account.pk][0].stage)
        for chunk in batched(account_ids, _CHUNK)
        for account in Account.objects.filter(pk__in=chunk)
        if latest.get(account.pk) and latest[account.pk][0].stage != account.stage
    ]
    _save(Account, accounts, "stage")


def _save(model: type[Model], rows: Sequence[Model], *names: str) -> None:
    """Write these columns. Not by `bulk_update`, which leaves `updated_at` as it was."""
    manager, written = model._default_manager, [*names, "updated_at"]
    manager.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=written, batch_size=300)


def _with_stage(account: Account, stage: str) -> Account:
    account.stage = stage
    return account
