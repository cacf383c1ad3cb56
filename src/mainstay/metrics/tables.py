"""The tables metrics are written over: names and columns only, bound to nothing.

`facts.tables.register` puts views of these names into the engine. Every row is known strictly before `as_of`; every
`…age` is `as_of.date() - day` in whole days, so today is 0, the last complete day is 1 and the future is negative.
Tables of daily activity reach back ACTIVITY_DAYS; `active_days`, the days on which anybody used the product, 400;
`first_values`, when an account first got value, as far as there are events (since `events_age`); `event_days` and the
tallies as far as a metric that is computed needs them. A *tally* is a table made because a metric needs it: the events
of some names with some of their properties (see `facts.tallies`); `tallies` says how far back each is complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import ibis
from ibis.expr.types import Table

# Metrics look this far back into daily activity: nine weeks of seven days, and today.
ACTIVITY_DAYS = 63

_COLUMNS: dict[str, dict[str, str]] = {
    "accounts": {
        "account_id": "int64",
        "tier": "string",
        "stage": "string",
        "industry": "string",
        "country": "string",
        "employees": "int64",
        "stage_age": "int64",
        "last_age": "int64",
        "signed_age": "int64",
        "churned_age": "int64",
    },
    "user_days": {
        "account_id": "int64",
        "contact_id": "int64",
        "age": "int64",
        "weekday": "int64",
        "n": "int64",
        "logins": "int64",
    },
    "active_days": {"account_id": "int64", "age": "int64"},
    "usage_days": {
        "account_id": "int64",
        "contact_id": "int64",
        "age": "int64",
        "event": "string",
        "n": "int64",
    },
    "event_days": {
        "account_id": "int64",
        "contact_id": "int64",
        "age": "int64",
        "event": "string",
        "n": "int64",
    },
    "tallies": {"tally": "string", "first_age": "int64"},
    "contacts": {"account_id": "int64", "contact_id": "int64", "persona": "string"},
    "departments": {"account_id": "int64", "contact_id": "int64", "department": "string"},
    "feature_days": {
        "account_id": "int64",
        "contact_id": "int64",
        "age": "int64",
        "feature": "string",
        "core": "boolean",
        "premium": "boolean",
        "n": "int64",
    },
    "meaning_days": {
        "account_id": "int64",
        "contact_id": "int64",
        "age": "int64",
        "meaning": "string",
        "n": "int64",
    },
    "first_values": {"account_id": "int64", "value_age": "int64", "events_age": "int64"},
    "features": {"feature": "string", "core": "boolean", "premium": "boolean", "integration": "boolean"},
    "plan_features": {"account_id": "int64", "feature": "string"},
    "milestones": {"account_id": "int64", "due_age": "int64", "reached_age": "int64"},
    "readings": {"account_id": "int64", "limit_key": "string", "used": "float64", "age": "int64"},
    "subscriptions": {
        "account_id": "int64",
        "plan": "string",
        "seats": "int64",
        "data_limit_gb": "float64",
        "api_call_limit": "int64",
        "arr_minor": "int64",
        "list_minor": "int64",
        "is_trial": "boolean",
        "start_age": "int64",
        "end_age": "int64",
        "renewal_age": "int64",
        "in_force": "boolean",
    },
    "invoices": {"account_id": "int64", "amount_minor": "int64", "due_age": "int64", "paid_age": "int64"},
    "interactions": {
        "account_id": "int64",
        "contact_id": "int64",
        "kind": "string",
        "age": "int64",
        "attended": "boolean",
        "direction": "string",
        "sentiment": "float64",
        "answered_age": "int64",
    },
    "tickets": {
        "account_id": "int64",
        "severity": "string",
        "sentiment": "float64",
        "opened_age": "int64",
        "solved_age": "int64",
        "csat": "float64",
        "rated_age": "int64",
        "reopened_age": "int64",
        "response_hours": "float64",
        "resolution_hours": "float64",
    },
    "responses": {
        "account_id": "int64",
        "contact_id": "int64",
        "kind": "string",
        "score": "float64",
        "sentiment": "float64",
        "age": "int64",
        "at": "timestamp('UTC')",
    },
    "pulses": {
        "account_id": "int64",
        "score": "float64",
        "age": "int64",
        "at": "timestamp('UTC')",
        "in_force": "boolean",
    },
    "contact_roles": {
        "account_id": "int64",
        "contact_id": "int64",
        "role": "string",
        "since_age": "int64",
        "until_age": "int64",
    },
}


@dataclass(frozen=True)
class FactTables:
    """The tables a base is built from. `wanted`: only the accounts of this table (account_id) are read."""

    accounts: Table
    user_days: Table
    active_days: Table
    usage_days: Table
    event_days: Table
    tallies: Table
    contacts: Table
    departments: Table
    feature_days: Table
    meaning_days: Table
    first_values: Table
    features: Table
    plan_features: Table
    milestones: Table
    subscriptions: Table
    readings: Table
    invoices: Table
    interactions: Table
    tickets: Table
    responses: Table
    pulses: Table
    contact_roles: Table
    wanted: Table | None = None

    def tally(self, name: str, columns: Mapping[str, str]) -> Table:
        """The rows of a tally, whose columns nobody but its metrics knows."""
        return _only(ibis.table(dict(columns), name=name), self.wanted)


def columns(table: str) -> dict[str, str]:
    """The columns of a table and their types, in Ibis' words."""
    return dict(_COLUMNS[table])


def names() -> tuple[str, ...]:
    """The names of the tables, tallies apart."""
    return tuple(field.name for field in fields(FactTables) if field.name != "wanted")


def unbound() -> FactTables:
    """The tables themselves."""
    return FactTables(**{name: ibis.table(columns(name), name=name) for name in names()})


def restricted(tables: FactTables, wanted: Table) -> FactTables:
    """The same tables with only the rows of the accounts in `wanted`; what belongs to no account stays whole."""
    return FactTables(**{name: _only(getattr(tables, name), wanted) for name in names()}, wanted=wanted)


def _only(table: Table, wanted: Table | None) -> Table:
    if wanted is None or "account_id" not in table.columns:
        return table
    return table.semi_join(wanted, "account_id")
