"""Every metric against values worked out by hand: `cases/<key>.yaml`, rows in, values out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from mainstay.metrics.engine import run
from mainstay.metrics.registry import all_metrics
from tests.metrics import facts

CASES = Path(__file__).parent / "cases"


def _cases() -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text())["cases"]
    ]


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with facts.engine() as made:
        yield made


@pytest.mark.parametrize(("metric", "case"), _cases())
def test_a_metric_gives_the_values_worked_out_by_hand(
    cursor: duckdb.DuckDBPyConnection, metric: str, case: dict[str, Any]
) -> None:
    accounts = [{"account": account} for account in case["expect"]]
    facts.fill(cursor, {"accounts": accounts, **case["given"]})
    assert facts.values(run(cursor, keys=[metric]), metric) == pytest.approx(case["expect"], abs=1e-6)


def test_every_metric_has_a_case_and_every_case_a_metric() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(all_metrics())


@pytest.mark.parametrize("metric", sorted(all_metrics()))
def test_the_cases_of_a_metric_hold_the_usual_edges(metric: str) -> None:
    cases = yaml.safe_load((CASES / f"{metric}.yaml").read_text())["cases"]
    accounts = {account for case in cases for account in case["expect"]}
    values = {value for case in cases for value in case["expect"].values()}
    assert len(accounts) > 1, "another account must be in the case, so that its rows can be seen to stay with it"
    assert values & {None, 0}, "an account without data must be in the case"
