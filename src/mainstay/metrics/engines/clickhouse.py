"""Metrics on ClickHouse: one statement over HTTP, which reads the files of the lake by the table function `file`.

Nothing is created on the server: files and views are common table expressions of the statement itself. The same
statement runs in this process with chdb, which is ClickHouse as a library.
"""

from posixpath import commonpath, relpath
from typing import Any

import pyarrow as pa

from mainstay.facts.activity import Spelling
from mainstay.metrics.engines.address import Chdb, ClickHouse
from mainstay.metrics.engines.engine import first_line, package
from mainstay.metrics.engines.inputs import Files, Inputs
from mainstay.metrics.errors import EngineFailed

_TYPES = {
    pa.int64(): "Int64",
    pa.float64(): "Float64",
    pa.string(): "String",
    pa.bool_(): "Bool",
    pa.date32(): "Date32",
    pa.timestamp("us"): "DateTime64(6)",
}
# A statement of 75 metrics over a year of files is longer than the 256 KB a server takes by default.
_LONGEST_STATEMENT = 16 * 2**20


class ClickHouseEngine:
    """A client of a server, or of ClickHouse in this process."""

    name = "ClickHouse"
    dialect = "clickhouse"
    spelling = Spelling(
        age="CAST(dateDiff('day', day, {today}) AS Nullable(Int64))",
        weekday="CAST(toDayOfWeek(day) - 1 AS Nullable(Int64))",
        lower="lowerUTF8({text})",
    )

    def __init__(self, address: ClickHouse | Chdb, *, timeout_seconds: float) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._client: Any = None

    @property
    def _place(self) -> str:
        return f"{self._address.host}:{self._address.port}" if isinstance(self._address, ClickHouse) else "chdb"

    def run(self, statement: str, inputs: Inputs) -> pa.Table:
        """The result of a statement."""
        client = self._opened()
        settings = {
            # As SQL has it: what a join does not find is null, and not 0 or an empty text.
            "join_use_nulls": 1,
            # And what is aggregated from no row is null, also of a column that never is.
            "aggregate_functions_null_for_empty": 1,
            "max_query_size": _LONGEST_STATEMENT,
            "max_execution_time": int(self._timeout_seconds),
        }
        try:
            self._look_for(inputs, client)
            return client.query_arrow(with_tables(statement, inputs), settings=settings)
        except EngineFailed:
            raise
        except Exception as error:
            self.close()
            raise EngineFailed(f"ClickHouse at {self._place} gave up: {first_line(error)}") from error

    def _look_for(self, inputs: Inputs, client: Any) -> None:
        """Files that a list names and the server does not see would be left out without a word."""
        lists = [files for files in inputs.files.values() if len(files.paths) > 1]
        if not lists:
            return
        counts = ", ".join(f"(SELECT count() FROM file({_named(files)}, 'One'))" for files in lists)
        (seen,) = client.query(f"SELECT {counts}").result_rows
        for files, count in zip(lists, seen, strict=True):
            if count != len(files.paths):
                raise EngineFailed(
                    f"ClickHouse at {self._place} sees {count} of {len(files.paths)} files of the lake, such as "
                    f"{files.paths[0]}. Mount the lake there, and name the place in MAINSTAY_METRICS_ENGINE_LAKE."
                )

    def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _opened(self) -> Any:
        if self._client is None:
            connect = package("clickhouse_connect", extra="clickhouse")
            try:
                self._client = connect.get_client(**self._options())
            except Exception as error:
                raise EngineFailed(
                    f"ClickHouse at {self._place} could not be reached: {first_line(error)} Check the address (of its "
                    "HTTP interface, usually port 8123), the user and the password."
                ) from error
        return self._client

    def _options(self) -> dict[str, Any]:
        match self._address:
            case Chdb():
                return {"interface": "chdb"}
            case ClickHouse() as server:
                return {
                    "host": server.host,
                    "port": server.port,
                    "username": server.user,
                    "password": server.password,
                    "database": server.database,
                    "secure": server.is_secure,
                    "send_receive_timeout": self._timeout_seconds,
                    # Sessions would make the server refuse two statements at the same time.
                    "autogenerate_session_id": False,
                }


def with_tables(statement: str, inputs: Inputs) -> str:
    """The statement with its tables in front."""
    tables = {name: _relation(files) for name, files in inputs.files.items()} | dict(inputs.views)
    named = ",\n".join(f'"{name}" AS ({query})' for name, query in tables.items())
    return f"WITH {named}\nSELECT * FROM (\n{statement}\n) AS result" if named else statement


def _relation(files: Files) -> str:
    columns = _text(", ".join(f"`{column.name}` Nullable({_TYPES[column.type]})" for column in files.schema))
    if not files.paths:
        return f"SELECT * FROM null({columns})"
    return f"SELECT * FROM file({_named(files)}, 'Parquet', {columns})"


def _named(files: Files) -> str:
    """The argument of `file`. Braces with whole paths in them would match nothing: what is common goes in front."""
    if len(files.paths) == 1:
        return _text(files.paths[0])
    folder = commonpath(files.paths)
    return _text(f"{folder}/{{{','.join(relpath(path, folder) for path in files.paths)}}}")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
