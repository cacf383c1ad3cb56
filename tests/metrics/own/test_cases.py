"""Every operation against values worked out by hand: `cases/<operation>.yaml`, a document and events in, values out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from mainstay.metrics.engine import run
from mainstay.metrics.needs import needs_of
from mainstay.metrics.own.building import build
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import Declared, Metric, shipped
from tests.metrics import facts
from tests.metrics.own import happened

CASES = Path(__file__).parent / "cases"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text())["cases"]
    ]


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with facts.engine() as made:
        yield made


@pytest.mark.parametrize("case", _cases())
def test_an_operation_gives_the_values_worked_out_by_hand(
    cursor: duckdb.DuckDBPyConnection, case: dict[str, Any]
) -> None:
    given = dict(case.get("given", {}))
    events = given.pop("events", [])
    accounts = given.pop("accounts", [{"account": account} for account in case["expect"]])
    facts.fill(cursor, {**happened.tables(events), "accounts": accounts, **given})
    metrics: Mapping[str, Metric] = shipped()
    for other in case.get("others", []):
        metrics = {**metrics, other["key"]: build(check(_whole(other), origin="case"), metrics)}
    made = build(check(_whole(case["metric"]), origin="case"), metrics)
    metrics = Declared({**metrics, made.key: made})
    for spec in needs_of(metrics).tallies:
        happened.fill_tally(cursor, spec, events)
    found = run(cursor, keys=[made.key], metrics=metrics)
    assert facts.values(found, made.key) == pytest.approx(case["expect"], abs=1e-6)


def _whole(short: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": "own", "label": "Own", "description": "Made for a case.", **short}
