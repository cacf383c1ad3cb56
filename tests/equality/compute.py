"""Everything there is to compare, on one engine: `python -m tests.equality.compute FOLDER [company]`, its own process.

The engine is the one MAINSTAY_METRICS_ENGINE names. Writes a Parquet file for each thing computed, and `seconds.json`.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.metrics.dialects import DIALECTS
from mainstay.metrics.engines import choice
from mainstay.metrics.engines.inputs import Files, Inputs, tables_of
from mainstay.metrics.errors import EngineFailed
from mainstay.metrics.plan import plan
from mainstay.metrics.registry import shipped
from mainstay.metrics.results import conform, rounded
from tests.equality import company, operations, own
from tests.metrics.local_engine import LocalEngine

MINOR_PER_MAJOR = 100
# The company as of its first moment is computed so often; the first time also warms up.
ROUNDS = 2


def main(folder: Path, *, is_company_only: bool) -> None:
    """Compute everything into the folder; or only the company, once: the whole way an installation goes."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = choice.chosen() or LocalEngine()
    seconds: dict[str, list[float]] = {"company": []}

    def keep(name: str, compute: Callable[[], pa.Table], *, kind: str, rounds: int = 1) -> None:
        try:
            for _ in range(rounds):
                began = time.perf_counter()
                rows = compute()
                seconds.setdefault(kind, []).append(time.perf_counter() - began)
        except (EngineFailed, duckdb.Error) as error:
            (folder / f"{kind}~{name}.failed").write_text(str(error))
        else:
            pq.write_table(rows, folder / f"{kind}~{name}.parquet")

    if not is_company_only:
        _compute_statements(engine, folder.parent / "inputs", keep)
    for moment in company.MOMENTS[:1] if is_company_only else company.MOMENTS:
        rounds = ROUNDS if moment == company.MOMENTS[0] and not is_company_only else 1
        keep(f"{moment:%Y-%m-%d %H%M}", lambda moment=moment: choice.compute(moment), kind="company", rounds=rounds)
    choice.close()
    (folder / "seconds.json").write_text(json.dumps(seconds))


def _compute_statements(engine: LocalEngine, inputs: Path, keep: Callable[..., None]) -> None:
    """Operations and metrics over given tables: what is the same however an engine is reached."""
    for name, expression in operations.statements().items():
        keep(name, lambda expression=expression: _trial(engine, expression, inputs), kind="operations")
    # Shipped and declared metrics at once: a cluster takes longer to plan a statement than to run it.
    metrics, declared = own.declared()
    keys = (*shipped(), *declared)
    expression = plan(keys, metrics, minor_per_major=MINOR_PER_MAJOR).expression
    statement = DIALECTS[engine.dialect](expression)
    for world in sorted(inputs.glob("world *")):
        given = Inputs({
            name: Files((str(world / f"{name}.parquet"),), schema) for name, schema in tables_of(expression).items()
        })  # fmt: skip
        keep(
            world.name.removeprefix("world "),
            lambda given=given: conform(engine.run(statement, given), keys),
            kind="worlds",
        )


def _trial(engine: LocalEngine, expression, inputs: Path) -> pa.Table:
    files = {"trials": Files((str(inputs / "trials.parquet"),), operations.SCHEMA)}
    rows = engine.run(DIALECTS[engine.dialect](expression), Inputs(files))
    key, *names = expression.columns
    kept = {"key": rows[key].cast(pa.string())} | {name: rounded(rows[name]) for name in names}
    return pa.table(kept).sort_by([(name, "ascending") for name in kept])


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_company_only="company" in sys.argv[2:])
