"""Metrics on Spark: a standalone cluster (classic), or any cluster behind Spark Connect.

One session per process, kept open: it takes seconds to start. What an operator tunes (cores, memory, shuffle
partitions) stands in `spark-defaults.conf`, where Spark looks for it; only what results depend on is set here.
"""

import threading
from typing import Any

import pyarrow as pa

from mainstay.facts.activity import Spelling
from mainstay.metrics.engines.address import Spark
from mainstay.metrics.engines.engine import first_line, package
from mainstay.metrics.engines.inputs import Files, Inputs
from mainstay.metrics.errors import EngineFailed

# Results must not depend on how a cluster is set up: instants are UTC, an overflow is an error and no other number.
_MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # As in SQL and on the other engines, "a name" is a name and 'a text' a text.
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
}
# For pages that nobody opens, Spark remembers the last thousand statements with every version of their plans. The
# heap after eight of them, and after four that were forgotten, lets estimate ten megabytes for each: a driver that is
# asked every minute would fill up.
_FORGETTING = {
    "spark.sql.ui.retainedExecutions": "2",
    "spark.ui.retainedJobs": "100",
    "spark.ui.retainedStages": "100",
    "spark.ui.retainedTasks": "1000",
}
_TYPES = {
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "STRING",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP_NTZ",
}


class SparkEngine:
    """A session on the cluster of an address."""

    name = "Spark"
    dialect = "spark"
    spelling = Spelling(
        age="CAST(datediff({today}, day) AS BIGINT)", weekday="CAST(weekday(day) AS BIGINT)", lower="lower({text})"
    )

    def __init__(self, address: Spark, *, timeout_seconds: float) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._session: Any = None

    def run(self, statement: str, inputs: Inputs) -> pa.Table:
        """The result of a statement. A session that failed is dropped, so that the next run starts afresh."""
        session = self._opened()
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            session.interruptAll()

        timer = threading.Timer(self._timeout_seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            for name, files in inputs.files.items():
                _relation(session, files).createOrReplaceTempView(name)
            for name, query in inputs.views.items():
                session.sql(query).createOrReplaceTempView(name)
            return session.sql(statement).toArrow()
        except Exception as error:
            self.close()
            if is_late.is_set():
                raise EngineFailed(
                    f"Spark at {self._address.place} did not finish within {self._timeout_seconds:.0f} s. Look whether "
                    "it has workers with free cores, or raise MAINSTAY_METRICS_ENGINE_TIMEOUT."
                ) from error
            raise EngineFailed(f"Spark at {self._address.place} gave up: {first_line(error)}") from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """Stop the session, and with it the application on the cluster."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.stop()
            except Exception:  # noqa: BLE001 - the cluster may be gone already, which is what was asked for
                return

    def _opened(self) -> Any:
        if self._session is None:
            sql = package("pyspark.sql", extra="spark")
            builder = sql.SparkSession.builder.appName("mainstay metrics")
            if self._address.is_connect:
                builder = builder.remote(self._address.url)
            else:
                builder = builder.master(self._address.url).config("spark.ui.showConsoleProgress", "false")
                builder = builder.config(map=_FORGETTING)
            try:
                session = builder.getOrCreate()
                for name, value in _MEANING.items():
                    session.conf.set(name, value)
            except Exception as error:
                raise EngineFailed(
                    f"Spark at {self._address.place} could not be reached: {first_line(error)} Check the address, that "
                    "Java is installed here (not needed for sc://), and that this machine can be reached from there."
                ) from error
            if not self._address.is_connect:
                session.sparkContext.setLogLevel("ERROR")
            self._session = session
        return self._session


def _relation(session: Any, files: Files) -> Any:
    if not files.paths:
        columns = ", ".join(f"CAST(NULL AS {_TYPES[column.type]}) AS `{column.name}`" for column in files.schema)
        return session.sql(f"SELECT {columns} WHERE false")
    # With a schema of ours nothing is read to find one, and a column that older files lack is null.
    described = ", ".join(f"`{column.name}` {_TYPES[column.type]}" for column in files.schema)
    return session.read.schema(described).parquet(*files.paths)
