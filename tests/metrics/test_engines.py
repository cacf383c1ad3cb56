"""Other engines without the engines: addresses, what they are given to read, and what people are told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from mainstay.accounts.models import Account
from mainstay.common.time import midnight
from mainstay.config.cli.metrics import metrics as metrics_command
from mainstay.facts.services import load_features, refresh_rollups
from mainstay.metrics import engine, selectors, services
from mainstay.metrics.engines import choice, inputs
from mainstay.metrics.engines.address import Chdb, ClickHouse, DuckDB, Spark, parse
from mainstay.metrics.engines.clickhouse import ClickHouseEngine, with_tables
from mainstay.metrics.engines.engine import package
from mainstay.metrics.engines.inputs import Files, Inputs
from mainstay.metrics.engines.spark import SparkEngine
from mainstay.metrics.errors import BadEngine, EngineFailed, EngineMissing
from mainstay.subscriptions.models import Subscription
from tests.facts.sending import NOW, days_ago, group, load, track
from tests.metrics.local_engine import LocalEngine

SERVER = ClickHouse(host="ch", port=8123, user="default", password="", database="default", is_secure=False)


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("", DuckDB()),
            ("duckdb", DuckDB()),
            ("chdb", Chdb()),
            ("spark://master:7077", Spark("spark://master:7077")),
            ("sc://connect:15002/;token=t0k", Spark("sc://connect:15002/;token=t0k")),
            ("local[2]", Spark("local[2]")),
            ("clickhouse://ch", SERVER),
            (
                "clickhouses://me:p%2Fw%40d@ch/cs",
                ClickHouse(host="ch", port=8443, user="me", password="p/w@d", database="cs", is_secure=True),
            ),
        ],
    )
    def test_an_address_says_which_engine_and_where(self, text: str, address: object) -> None:
        assert parse(text) == address

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("spark", "names the engine 'spark'; use `duckdb`"),
            ("snowflake://me:secret@host", "names the engine 'snowflake'"),
            ("spark://master", r"a master listens on 7077: spark://master:7077"),
            ("clickhouse:///db", "names no host"),
            ("clickhouse://me:secret@ch:port/db", "no port that can be read"),
            ("clickhouse://me:secret@ch/db?secure=1", "write clickhouses://"),
        ],
    )
    def test_an_address_that_is_none_is_refused_without_showing_a_password(self, text: str, says: str) -> None:
        with pytest.raises(BadEngine, match=says) as refused:
            parse(text)
        assert "secret" not in str(refused.value)

    def test_passwords_and_tokens_are_not_shown(self) -> None:
        assert "hush" not in repr(parse("clickhouse://me:hush@ch"))
        assert Spark("sc://connect:15002/;token=t0k").place == "sc://connect:15002"


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[LocalEngine]:
    """An engine beside Mainstay's own, chosen by the settings."""
    settings.METRICS_ENGINE = "spark://somewhere:7077"
    made = LocalEngine()
    monkeypatch.setattr(choice, "_made", lambda named: made)
    choice.close()
    yield made
    choice.close()


@pytest.fixture
def acme(db: None) -> Account:
    """An account that used two features last year, last week, yesterday, and this morning."""
    acme = Account.objects.create(key="acme", name="Acme")
    Subscription.objects.create(key="s", account=acme, plan="ÉLITE", seats=7, amount_minor=5, starts_on=days_ago(40))
    load_features("features: [{key: reports, plans: [Élite], events: [View]}, {key: rest, core: true, events: [Rest]}]")
    times = (days_ago(390), days_ago(100), days_ago(6), days_ago(1), NOW - timedelta(hours=3))
    load(group("acme", "u1"), *(track("u1", event, at=at) for at in times for event in ("View", "Rest", "Signed In")))
    refresh_rollups(NOW)
    return acme


@pytest.mark.parametrize("moment", [NOW, midnight(NOW.date()), NOW - timedelta(hours=2), days_ago(500)])
def test_the_files_give_what_the_engine_of_the_lake_gives(acme: Account, local: LocalEngine, moment: datetime) -> None:
    found = choice.compute(moment)
    assert found.equals(engine.compute(moment))
    assert found["arr"].to_pylist() == ([0.05] if moment > days_ago(30) else [None])


def test_activity_is_read_from_the_files_of_the_lake_and_records_are_shipped(acme: Account, local: LocalEngine) -> None:
    choice.compute(NOW)
    (given,) = local.asked
    assert all("/usage/" in path for path in given.files["lake_usage"].paths)
    assert all(f"/{inputs.FOLDER}/" in path for path in given.files["subscriptions"].paths)
    assert {"user_days", "feature_days"} <= set(given.views)
    assert "user_days" not in given.files


def test_shipped_records_are_gone_afterwards(acme: Account, local: LocalEngine, settings: Any) -> None:
    choice.compute(NOW)
    assert list(Path(settings.MAINSTAY_HOME, "lake", inputs.FOLDER).iterdir()) == []


def test_the_lake_may_lie_elsewhere_for_the_engine(acme: Account, settings: Any) -> None:
    settings.METRICS_ENGINE_LAKE = "/data/mainstay/"
    request = inputs.Request(choice._planned(choice.all_metrics(), minor_per_major=100), NOW)
    with inputs.prepared(request, LocalEngine.spelling) as given:
        paths = [path for files in given.files.values() for path in files.paths]
    assert paths
    assert all(path.startswith("/data/mainstay/") for path in paths)


def test_refresh_and_backfill_use_the_engine_and_questions_about_one_account_do_not(
    acme: Account, local: LocalEngine
) -> None:
    services.refresh_profiles(NOW)
    services.backfill([days_ago(3).date()])
    asked = len(local.asked)
    assert asked >= 2
    assert selectors.profile(acme.pk, days_ago(5))
    assert len(local.asked) == asked


def test_without_a_setting_nothing_but_duckdb_is_needed() -> None:
    assert choice.chosen() is None


class TestWhatPeopleAreTold:
    def test_a_missing_package_is_named_with_how_to_install_it(self) -> None:
        with pytest.raises(EngineMissing, match=r"no_such_engine is not installed.*mainstay\[spark\]"):
            package("no_such_engine", extra="spark")

    def test_an_engine_that_gives_up_says_why_in_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spark = SparkEngine(Spark("spark://m:7077"), timeout_seconds=60)
        session = _Session(error=RuntimeError("[OUT_OF_SPACE] The disk is full.\n\tat org.apache.spark.Stack"))
        monkeypatch.setattr(spark, "_session", session)
        with pytest.raises(
            EngineFailed, match=r"^Spark at spark://m:7077 gave up: \[OUT_OF_SPACE\] The disk is full.$"
        ):
            spark.run("SELECT 1", Inputs({}))
        assert session.is_stopped, "the next run starts a new session"

    def test_an_engine_that_never_answers_is_interrupted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spark = SparkEngine(Spark("spark://m:7077"), timeout_seconds=0.01)
        monkeypatch.setattr(spark, "_session", _Session())
        with pytest.raises(EngineFailed, match=r"did not finish within 0 s\. Look whether it has workers"):
            spark.run("SELECT 1", Inputs({}))


@pytest.mark.parametrize(("url", "forgets"), [("spark://m:7077", True), ("sc://m", False)])
def test_a_driver_of_our_own_forgets_old_statements_and_a_server_is_as_it_was_set_up(
    monkeypatch: pytest.MonkeyPatch, url: str, forgets: bool
) -> None:
    builder = _Builder()
    sql = SimpleNamespace(SparkSession=SimpleNamespace(builder=builder))
    monkeypatch.setattr("mainstay.metrics.engines.spark.package", lambda name, extra: sql)
    SparkEngine(Spark(url), timeout_seconds=60)._opened()
    assert (builder.options.get("spark.sql.ui.retainedExecutions") == "2") == forgets


class _Builder:
    """What makes a Spark session: remembers what it was told."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}

    def config(self, key: str = "", value: str = "", *, map: dict[str, str] | None = None) -> "_Builder":
        self.options |= map or {key: value}
        return self

    def getOrCreate(self) -> Any:  # noqa: N802 - Spark's name
        context = SimpleNamespace(setLogLevel=lambda level: None)
        return SimpleNamespace(conf=SimpleNamespace(set=lambda name, value: None), sparkContext=context)

    def appName(self, name: str) -> "_Builder":  # noqa: N802 - Spark's name
        return self

    master = remote = appName


class _Session:
    """A Spark session that fails at once, or waits until it is interrupted."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.is_stopped = False
        self._interrupted = choice.threading.Event()

    def sql(self, statement: str) -> Any:
        if self.error is None:
            self._interrupted.wait(5)
        raise self.error or RuntimeError("cancelled")

    def interruptAll(self) -> None:  # noqa: N802 - Spark's name
        self._interrupted.set()

    def stop(self) -> None:
        self.is_stopped = True


def test_a_statement_for_clickhouse_carries_its_tables_with_it() -> None:
    schema = pa.schema([("account_id", pa.int64()), ("event", pa.string())])
    given = Inputs(
        {"usage": Files(("/l/10/it's.parquet", "/l/11/b.parquet"), schema), "nothing": Files((), schema)},
        {"days": "SELECT account_id FROM usage"},
    )
    statement = with_tables("SELECT 1", given)
    assert statement.startswith(
        r"""WITH "usage" AS (SELECT * FROM file('/l/{10/it\'s.parquet,11/b.parquet}', 'Parquet', """
        r"""'`account_id` Nullable(Int64), `event` Nullable(String)'))"""
    )
    assert """"nothing" AS (SELECT * FROM null('`account_id""" in statement
    assert statement.endswith('"days" AS (SELECT account_id FROM usage)\nSELECT * FROM (\nSELECT 1\n) AS result')


def test_files_that_a_server_does_not_see_are_no_files_without_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def query(self, statement: str) -> Any:
            return SimpleNamespace(result_rows=[(1,)])

    server = ClickHouseEngine(SERVER, timeout_seconds=30)
    monkeypatch.setattr(server, "_client", Client())
    days = Files(("/l/a.parquet", "/l/b.parquet"), pa.schema([("account_id", pa.int64())]))
    with pytest.raises(EngineFailed, match=r"sees 1 of 2 files of the lake, such as /l/a\.parquet\. Mount the lake"):
        server.run("SELECT 1", Inputs({"days": days}))


def test_a_server_is_asked_with_the_limits_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def query_arrow(self, statement: str, settings: dict[str, Any]) -> pa.Table:
            return pa.table({"statement": [statement], **{name: [value] for name, value in settings.items()}})

    server = ClickHouseEngine(SERVER, timeout_seconds=30)
    monkeypatch.setattr(server, "_client", Client())
    (asked,) = server.run("SELECT 1", Inputs({})).to_pylist()
    assert (asked["statement"], asked["join_use_nulls"], asked["max_execution_time"]) == ("SELECT 1", 1, 30)


class TestSettingOneUp:
    def test_an_engine_that_reads_the_lake_passes(self, local: LocalEngine) -> None:
        choice.check()
        assert [len(given.files) for given in local.asked] == [1]

    def test_an_engine_that_sees_another_directory_is_found_out(
        self, local: LocalEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(local, "run", lambda statement, given: pa.table({"account_id": pa.array([], pa.int64())}))
        with pytest.raises(EngineFailed, match=r"does not see the same directory.*MAINSTAY_METRICS_ENGINE_LAKE"):
            choice.check()

    def test_equal_results_are_told_with_the_time_both_took(self, acme: Account, local: LocalEngine) -> None:
        told = CliRunner().invoke(metrics_command, ["compare", "--as-of", "2026-11-18"])
        assert told.exit_code == 0, told.output
        assert "DuckDB over files" in told.output
        assert "metrics of 1 accounts: all equal." in told.output

    def test_a_difference_is_told_with_an_example(
        self, acme: Account, local: LocalEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = local.run

        def wrong(statement: str, given: Inputs) -> pa.Table:
            rows = run(statement, given)
            place = rows.column_names.index("seats")
            return rows.set_column(place, "seats", pa.array([8.0]))

        monkeypatch.setattr(local, "run", wrong)
        told = CliRunner().invoke(metrics_command, ["compare", "--as-of", "2026-11-18"])
        assert told.exit_code == 1
        assert f"seats differs for 1 accounts: account {acme.pk} has 7.0 here and 8.0 there." in told.output

    def test_there_is_nothing_to_compare_duckdb_with(self) -> None:
        told = CliRunner().invoke(metrics_command, ["compare"])
        assert "nothing to compare it with" in told.output
