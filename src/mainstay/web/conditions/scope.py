"""What a condition may name where it is written: everything, or fields of accounts only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from django.http import Http404

from mainstay.conditions import Condition, Field, parse
from mainstay.scores import account_fields
from mainstay.segments import selectors
from mainstay.segments.fields import HEALTH_FIELDS, condition_fields


class Scope(StrEnum):
    """`account`: which scorecard serves an account, for instance, cannot depend on its score."""

    ALL = "all"
    ACCOUNT = "account"


def scope_of(name: str) -> Scope:
    """The scope of an address. Raises Http404."""
    try:
        return Scope(name)
    except ValueError:
        raise Http404(f"There is no scope '{name}' of conditions.") from None


def fields_of(scope: Scope) -> Mapping[str, Field]:
    """The fields by name."""
    match scope:
        case Scope.ALL:
            return condition_fields()
        case Scope.ACCOUNT:
            return account_fields.FIELDS
        case _:
            assert_never(scope)


def parse_in(scope: Scope, text: str) -> Condition:
    """The checked condition. Raises ConditionError."""
    return selectors.condition(text) if scope is Scope.ALL else parse(text, fields_of(scope))


def group_of(name: str) -> str:
    """What a field is about: account, health or metric."""
    if name in account_fields.FIELDS:
        return "account"
    return "health" if name in HEALTH_FIELDS else "metric"
