"""Where the metrics of all accounts are computed: the setting MAINSTAY_METRICS_ENGINE, read. Pure."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from mainstay.metrics.errors import BadEngine

_TAKEN = (
    "`duckdb` (the one inside Mainstay), `spark://host:7077` (a standalone cluster), `sc://host` (Spark Connect), "
    "`clickhouse://user:password@host:8123/database` or `clickhouses://…` (over TLS)"
)


@dataclass(frozen=True)
class DuckDB:
    """The engine inside this process."""


@dataclass(frozen=True)
class Spark:
    """A master (`spark://…`, `local[2]`), or a Spark Connect server (`sc://…`)."""

    url: str

    @property
    def is_connect(self) -> bool:
        """Whether it is reached over Spark Connect, without a JVM on this machine."""
        return self.url.startswith("sc://")

    @property
    def place(self) -> str:
        """The address without what may be secret: a Connect address carries its token after `/;`."""
        return self.url.partition("/;")[0]


@dataclass(frozen=True)
class ClickHouse:
    """A server's HTTP interface."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    is_secure: bool


@dataclass(frozen=True)
class Chdb:
    """ClickHouse inside this process, for tests: metrics of its own users belong to DuckDB."""


Address = DuckDB | Spark | ClickHouse | Chdb


def parse(text: str) -> Address:
    """Read the setting. Raises BadEngine, which never shows a password."""
    if text in ("", "duckdb"):
        return DuckDB()
    if text == "chdb":
        return Chdb()
    if text.startswith("local[") and text.endswith("]"):
        return Spark(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadEngine(f"MAINSTAY_METRICS_ENGINE has no port that can be read: {error}; use {_TAKEN}.") from error
    if parts.scheme not in ("spark", "sc", "clickhouse", "clickhouses"):
        raise BadEngine(f"MAINSTAY_METRICS_ENGINE names the engine '{parts.scheme or text}'; use {_TAKEN}.")
    if not parts.hostname:
        raise BadEngine(f"MAINSTAY_METRICS_ENGINE names no host after '{parts.scheme}://'; use {_TAKEN}.")
    if parts.scheme == "spark" and port is None:
        raise BadEngine(f"MAINSTAY_METRICS_ENGINE is '{text}' without a port; a master listens on 7077: {text}:7077.")
    if parts.scheme in ("spark", "sc"):
        return Spark(text)
    if parse_qsl(parts.query):
        raise BadEngine("MAINSTAY_METRICS_ENGINE has a '?' after the database; for TLS write clickhouses://….")
    is_secure = parts.scheme == "clickhouses"
    return ClickHouse(
        host=parts.hostname,
        port=port or (8443 if is_secure else 8123),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or "default",
        is_secure=is_secure,
    )
