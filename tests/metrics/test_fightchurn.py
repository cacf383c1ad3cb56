"""An outside oracle: the metrics of a published book, declared in YAML, against the values its own SQL computed."""

from datetime import date

import duckdb
import pytest
from click.testing import CliRunner

from mainstay.common.time import DAY, midnight
from mainstay.config.cli.metrics import metrics as command
from mainstay.metrics import engine, histories
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import Declared, look_again
from tests.metrics import fightchurn

DECLARED = fightchurn.ROOT / "examples" / "fightchurn"
DATA = fightchurn.folder("socialnet7")
END = date(2020, 7, 1)


def test_the_example_declares_metrics_that_can_be_added(db: None) -> None:
    added = CliRunner().invoke(command, ["add", *map(str, sorted(DECLARED.glob("*.yaml")))], catch_exceptions=False)
    assert added.output.count("added.") == len(list(DECLARED.glob("*.yaml"))) == 23


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="the data set is not here")
def test_every_metric_of_the_book_has_the_values_of_its_own_sql(db: None) -> None:
    assert DATA is not None
    with duckdb.connect() as outside:
        fightchurn.load(outside, DATA, now=midnight(END))
        expected = fightchurn.expected(outside, DATA)
    CliRunner().invoke(command, ["add", *map(str, DECLARED.glob("*.yaml"))], catch_exceptions=False)
    metrics = look_again()
    keys = sorted({metric for metric, _ in expected})
    assert len(keys) == 21
    histories.prepare(needs_of(metrics, keys), first_day=date(2020, 2, 3), today=END)
    differing = {}
    for day in sorted({day for _, day in expected}):
        differing |= _differences(day, keys, metrics, expected)
    assert differing == {}
    assert sum(len(values) for values in expected.values()) > 170_000


def _differences(
    day: date, keys: list[str], metrics: Declared, expected: dict[tuple[str, date], dict[int, float]]
) -> dict[tuple[str, date], dict[int, tuple[float | None, float | None]]]:
    """What Mainstay knew when the day was over, where it is not what the book computed for the day."""
    found = engine.compute(midnight(day + DAY), metrics=metrics, keys=keys)
    ids, differing = found["account_id"].to_pylist(), {}
    for key in keys:
        if (key, day) not in expected:
            continue  # the book computes some of them for later days only
        theirs = expected[key, day]
        ours = {id_: value for id_, value in zip(ids, found[key].to_pylist(), strict=True) if value is not None}
        wrong = {
            id_: (ours.get(id_), theirs.get(id_))
            for id_ in ours.keys() | theirs.keys()
            if ours.get(id_) != pytest.approx(theirs.get(id_), abs=2e-6, rel=2e-6)
        }
        if wrong:
            differing[key, day] = wrong
    return differing
