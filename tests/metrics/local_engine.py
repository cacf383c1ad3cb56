"""DuckDB behind the interface of the other engines: it reads the very files they would read."""

from pathlib import Path

import duckdb
import pyarrow as pa

from mainstay.facts.activity import DUCKDB
from mainstay.lake.store import parquet
from mainstay.metrics.engines.inputs import Inputs


class LocalEngine:
    """Remembers what it was given, as `asked`."""

    name = "DuckDB over files"
    dialect = "duckdb"
    spelling = DUCKDB

    def __init__(self) -> None:
        self.asked: list[Inputs] = []

    def run(self, statement: str, inputs: Inputs) -> pa.Table:
        """The result of a statement."""
        self.asked.append(inputs)
        with duckdb.connect(config={"threads": 2}) as connection:
            for name, files in inputs.files.items():
                relation = parquet([Path(path) for path in files.paths], files.schema)
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {relation}")
            for name, query in inputs.views.items():
                connection.execute(f"CREATE VIEW {name} AS {query}")
            return connection.sql(statement).to_arrow_table()

    def close(self) -> None:
        """Nothing is held."""
