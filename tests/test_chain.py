"""The whole chain through public doors: what is sent comes out as a score, an explanation, a signal, a task, a mail."""

import csv
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import segment.analytics
from click.testing import CliRunner, Result
from django.core import mail

from mainstay.config.cli import cli
from mainstay.config.refresh import refresh
from mainstay.demo import techcorp
from mainstay.demo.records import Rows, account_rows
from mainstay.demo.services import CONFIG
from mainstay.people.models import Role, User
from mainstay.playbooks.models import Run, Task
from tests import builders
from tests.harness import Installation, installation, until

TELL = ["account", "techcorp", "--json"]


@pytest.fixture(autouse=True)
def _one_day_for_all() -> None:
    """Real processes are at work here: the present is theirs."""


def _write_exports(folder: Path) -> dict[str, Path]:
    today = datetime.now(UTC).date()
    records = techcorp.records(today)
    tables = {"accounts": account_rows([techcorp.customer(today)])}
    tables |= {one.name: getattr(records, one.name) for one in fields(Rows)}
    written = {}
    for kind, rows in tables.items():
        written[kind] = folder / f"{kind}.csv"
        with written[kind].open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return written


def _events(days: int) -> list[Any]:
    today = datetime.now(UTC).date()
    moments = [today - timedelta(days=age) for age in range(days, 0, -1)]
    return [event for day in moments for event in techcorp.events_of_day(day, today=today)]


def _assert_is_techcorp(told: dict[str, Any]) -> None:
    health = told["health"]
    assert (health["score"], health["band"], health["coverage"]) == (69, "yellow", 1.0)
    points = [(part["key"], part["points"], part["weight"], part["band"]) for part in health["dimensions"]]
    assert points == [
        ("product_usage", 20, 40, "yellow"),
        ("engagement", 25, 25, "green"),
        ("support", 15, 15, "green"),
        ("relationship", 7, 15, "yellow"),
        ("financial", 2, 5, "yellow"),
    ]
    metrics = told["metrics"]
    assert metrics["daily_active_rate"] == 65.0
    assert metrics["feature_coverage"] == 55.0
    assert metrics["csat_90d"] == 4.2
    assert metrics["nps_latest"] == 8.0
    assert metrics["executive_sponsor_present"] == 0.0
    measured = [measure for part in health["dimensions"] for measure in part["measures"]]
    assert all(measure["state"] == "known" and measure["source_age_seconds"] is not None for measure in measured)


def _mainstay(*arguments: str) -> Result:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.slow
def test_techcorp_by_csv_is_69_and_turning_red_opens_a_signal_a_task_and_a_mail(
    transactional_db: None, tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    maya: User = builders.user("Maya")
    builders.user("Ada", Role.ADMINISTRATOR)
    _mainstay("config", "apply", str(CONFIG), "--yes")
    exports = _write_exports(tmp_path)
    exports["events"] = tmp_path / "events.jsonl"
    exports["events"].write_text(
        "\n".join(
            json.dumps({"timestamp": event.timestamp.isoformat(), "event": event.event, "userId": event.user_key,
                        "groupId": event.account_key, "messageId": event.message_id})
            for event in _events(60)
        )
    )  # fmt: skip
    for kind, path in exports.items():
        assert "0 failed" in _mainstay("import", kind, str(path)).output
    refresh(now)
    _assert_is_techcorp(json.loads(_mainstay(*TELL).output))
    printed = _mainstay("account", "techcorp").output
    assert "69 + 20 makes 89" in printed
    assert not Task.objects.exists()

    # Product usage cannot fall that fast, but the rest can: urgent tickets, a detractor, a champion who leaves.
    worse = tmp_path / "tickets.csv"
    opened = (now - timedelta(hours=2)).isoformat()
    rows = [f"bad-{number},techcorp,urgent,{opened}" for number in range(9)]
    worse.write_text("\n".join(["key,account_key,severity,opened_at", *rows]))
    _mainstay("import", "tickets", str(worse))
    answers = tmp_path / "responses.csv"
    answers.write_text(f"key,account_key,kind,score,answered_at\nbad,techcorp,nps,0,{opened}")
    _mainstay("import", "responses", str(answers))
    refresh(now + timedelta(minutes=1))
    told = json.loads(_mainstay(*TELL).output)
    assert told["health"]["band"] == "red"
    assert "health_red" in {signal["kind"] for signal in told["signals"]}
    task = Task.objects.select_related("owner").get()
    assert task.owner == User.objects.get(email="maya@orchard.example") == maya
    assert [one["title"] for one in told["tasks"]] == [task.title]
    assert [message.to for message in mail.outbox] == [["maya@orchard.example"]]
    assert told["health"]["dimensions"][2]["band"] == "red"
    refresh(now + timedelta(minutes=2))
    assert (Run.objects.count(), Task.objects.count(), len(mail.outbox)) == (1, 1, 1)


@pytest.mark.slow
def test_techcorp_by_the_official_segment_sdk_is_69_with_only_the_host_changed(tmp_path: Path) -> None:
    with installation(tmp_path) as mainstay:
        mainstay.start("web")
        until(mainstay.is_ready, what="the web process")
        errors: list[Any] = []
        sdk = segment.analytics.Client(
            mainstay.key, host=f"http://127.0.0.1:{mainstay.port}", gzip=True, max_queue_size=100_000,
            on_error=lambda *error: errors.append(error),
        )  # fmt: skip
        sdk.group("techcorp-u001", "techcorp", {"name": "TechCorp", "industry": "Marketing software"})
        for event in _events(30):
            sdk.track(
                event.user_key, event.event, context={"groupId": event.account_key}, timestamp=event.timestamp,
                message_id=event.message_id,
            )  # fmt: skip
        sdk.flush()
        sdk.shutdown()
        assert errors == []
        exports = [["import", kind, str(path)] for kind, path in _write_exports(tmp_path).items()]
        told = _in_one_process(mainstay, ["config", "apply", str(CONFIG), "--yes"], *exports, ["refresh"], TELL)
        _assert_is_techcorp(json.loads(told))


def _in_one_process(mainstay: Installation, *commands: list[str]) -> str:
    """Commands one after the other, in one process because each start takes a second; what the last one printed."""
    return str(
        mainstay.python(
            "from click.testing import CliRunner\n"
            "from mainstay.config.cli import cli\n"
            f"done = [CliRunner().invoke(cli, command, catch_exceptions=False) for command in {list(commands)!r}]\n"
            "assert all(one.exit_code == 0 for one in done), [one.output for one in done]\n"
            "print(json.dumps(done[-1].output))"
        )
    )
