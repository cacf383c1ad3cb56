"""Puts profiles where the scores read them: the present ones into SQL, past ones into the history."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from mainstay.accounts.models import Account
from mainstay.metrics import past, profile_table
from mainstay.metrics.registry import all_metrics

type Values = Mapping[str, float | None]


def table(profiles: Mapping[Account, Values]) -> pa.Table:
    """A row per account; metrics that are not given are null."""
    columns = {key: pa.array([values.get(key) for values in profiles.values()], pa.float64()) for key in all_metrics()}
    return pa.table({"account_id": pa.array([account.pk for account in profiles], pa.int64()), **columns})


def write(profiles: Mapping[Account, Values]) -> None:
    """The present profiles: these and no others."""
    profile_table.ensure_columns(tuple(all_metrics()))
    profile_table.write(table(profiles))


def keep(day: date, profiles: Mapping[Account, Values]) -> None:
    """The profiles of a day that is over."""
    past.record([(day, table(profiles))])
