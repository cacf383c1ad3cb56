"""Every field can be asked for, in the database the tests run on."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.conditions import Type
from mainstay.metrics.registry import all_metrics
from mainstay.metrics.services import ensure_columns
from mainstay.scores.services import score_all
from mainstay.segments import fields, selectors
from tests.builders import Cast
from tests.scores.cards import SICK, TECHCORP
from tests.scores.profiles import write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXAMPLES = {Type.NUMBER: "> 0", Type.TEXT: "= 'x'", Type.BOOLEAN: "= true", Type.DATE: "> '2026-01-01'"}


@pytest.mark.parametrize("name", fields.condition_fields())
def test_every_field_has_a_column_that_the_database_knows(db: None, name: str) -> None:
    ensure_columns()
    field = fields.condition_fields()[name]
    assert field.label
    assert selectors.count(selectors.condition(f"{name} {EXAMPLES[field.type]} and {name} is not null")) == 0


def test_all_metrics_are_fields(db: None) -> None:
    assert set(all_metrics()) <= set(fields.condition_fields())


CASES = [
    ("true", {"acme", "globex", "initech"}),
    ("band = 'yellow'", {"acme"}),
    ("band <> 'yellow'", {"globex"}),
    ("score between 1 and 79", {"acme"}),
    ("band is null", {"initech"}),
    ("tier = 'enterprise' and not churned", {"acme"}),
    ("owner = 'alice@orchard.example'", {"acme", "globex"}),
    ("owner is null", {"initech"}),
    ("churned", {"initech"}),
    ("executive_sponsor_present", {"globex"}),
    ("executive_sponsor_present = 0", {"acme"}),
    ("not executive_sponsor_present and score > 0", {"acme"}),
    ("nps_latest / 2 >= 4", {"acme"}),
    ("nps_latest is null", {"initech"}),
    ("days_in_band = 1", {"acme", "globex"}),
    ("name like 'A%' or key like '%TECH'", {"acme", "initech"}),
    ("signed_on < '2024-01-01'", {"globex"}),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_condition_finds_its_accounts(cast: Cast, text: str, expected: set[str]) -> None:
    cast.globex.signed_on = NOW.date() - timedelta(days=2000)
    cast.globex.save(update_fields=["signed_on"])
    write({cast.acme: TECHCORP, cast.globex: SICK})
    score_all(NOW)
    score_all(NOW + timedelta(days=1))
    condition = selectors.condition(text)
    assert {account.key for account in selectors.matching(condition)} == expected
    assert selectors.count(condition) == len(expected)


def test_who_leaves_on_a_day_to_come_has_not_churned(cast: Cast) -> None:
    cast.acme.churned_on, cast.globex.churned_on = NOW.date() + timedelta(days=1), NOW.date()
    for account in (cast.acme, cast.globex):
        account.save(update_fields=["churned_on"])
    write({})
    score_all(NOW)
    assert {account.key for account in selectors.matching(selectors.condition("churned"))} == {"globex", "initech"}
