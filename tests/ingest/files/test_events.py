import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mainstay.facts.services import load_inbox
from mainstay.ingest.events import Event, open_envelope
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.importer import Report, import_file
from mainstay.ingest.files.kinds import kind_of
from mainstay.ingest.files.mapping import read_map
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.models import ImportedEvent
from mainstay.ingest.sources import freshness
from tests.builders import Cast

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HEADER = "message id,account,user id,event,timestamp,plan\n"


def imported(path: Path, mapping: str | None = None, *, now: datetime = NOW, **options: object) -> Report:
    made = (
        read_map(mapping, "events")
        if mapping
        else guess(kind_of("events"), next(iter(open_table(path).chunks(50))).columns)
    )
    return import_file(path, made, now=now, **options)


def waiting() -> list[Event]:
    envelopes = open_inbox().read(limit_bytes=10**8)
    opened = [open_envelope(envelope) for envelope in envelopes]
    assert [one.rejected for one in opened if one.rejected] == []
    return [event for one in opened for event in one.events]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.csv"


def test_rows_become_events_in_the_inbox(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + 'm1,acme,u1,Login,2026-05-01 10:00,pro\nm2,acme,,"Report, big",2026-05-01T11:00:00Z,\n')
    mapping = """
columns: {key: message id, account_key: account, user_key: user id, event: event, occurred_at: timestamp}
properties: [plan]
timezone: Europe/Berlin
"""
    report = imported(file, mapping)
    assert (report.created, report.unchanged, report.failed) == (2, 0, 0)
    first, second = waiting()
    assert (first.message_id, first.type, first.event, first.account_key, first.user_key) == (
        "m1", "track", "Login", "acme", "u1",
    )  # fmt: skip
    assert first.timestamp == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert first.properties == {"plan": "pro"}
    assert (second.user_key, second.properties) == (None, {})


def test_the_same_file_again_sends_nothing_however_much_later(cast: Cast, file: Path) -> None:
    rows = "".join(f",acme,u1,Login,2026-05-01T10:00:{second:02d}Z,\n" for second in range(60))
    file.write_text(HEADER + rows)
    assert imported(file).created == 60
    much_later = NOW + timedelta(days=400)
    report = imported(file, now=much_later)
    assert (report.created, report.unchanged) == (0, 60)
    file.write_text(HEADER + "m9,acme,u1,Login,2026-05-02,\n" + rows)
    report = imported(file, now=much_later)
    assert (report.created, report.unchanged) == (1, 60)
    assert len(waiting()) == 61


def test_equal_rows_without_an_id_are_as_many_events(cast: Cast, file: Path) -> None:
    file.write_text("account,event,day\n" + "acme,Login,2026-05-01\n" * 3)
    assert imported(file).created == 3
    assert imported(file).unchanged == 3
    assert len({event.message_id for event in waiting()}) == 3


def test_equal_rows_with_an_id_are_one_event_and_contradicting_ones_fail(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + "m1,acme,,Login,2026-05-01,\n" * 2 + "m1,acme,,Logout,2026-05-01,\n")
    report = imported(file)
    assert (report.created, report.unchanged, report.failed) == (1, 1, 1)
    assert "the key 'm1' stands in this file before" in report.examples[0][1]


def test_a_row_can_stand_for_many_events_or_for_none(cast: Cast, file: Path) -> None:
    file.write_text("id,account,event,day,count\na,acme,Login,2026-05-01,3\nb,acme,Login,2026-05-02,0\n")
    mapping = "columns: {key: id, account_key: account, event: event, occurred_at: day, repeat: count}"
    assert imported(file, mapping).created == 3
    assert [event.message_id for event in waiting()] == ["a", "a:2", "a:3"]
    file.write_text(file.read_text().replace(",3\n", ",5\n"))
    report = imported(file, mapping)
    assert (report.created, report.unchanged) == (2, 3)


def test_rows_that_cannot_be_events_fail_with_the_reason(cast: Cast, file: Path) -> None:
    file.write_text(
        HEADER
        + "a,hooli,u1,Login,2026-05-01,\nb,,,Login,2026-05-01,\nc,acme,,,2026-05-01,\nd,acme,,Login,2027-05-01,\n"
    )
    report = imported(file)
    assert [reason for _, reason in report.examples] == [
        "no account has the key 'hooli': import accounts first, or let this import make unknown accounts",
        "it names neither an account nor a user",
        "event is empty (column 'event')",
        "it lies in the future: 2027-05-01 00:00 UTC",
    ]
    assert waiting() == []


def test_a_dry_run_of_events_sends_nothing(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + "m1,acme,,Login,2026-05-01,\nm2,acme,,Login,2026-05-01,\n")
    assert imported(file, is_dry_run=True).created == 2
    assert waiting() == []
    imported(file)
    assert imported(file, is_dry_run=True).unchanged == 2


def test_csv_json_lines_and_parquet_give_the_same_events(cast: Cast, tmp_path: Path) -> None:
    rows = [{"account": "acme", "event": "Login", "timestamp": "2026-05-01T10:00:00+00:00", "n": 3}]
    (tmp_path / "a.csv").write_text("account,event,timestamp,n\nacme,Login,2026-05-01T10:00:00+00:00,3\n")
    (tmp_path / "a.jsonl").write_text(json.dumps(rows[0]))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    mapping = "columns: {account_key: account, event: event, occurred_at: timestamp}\nproperties: [n]"
    created = [imported(tmp_path / name, mapping).created for name in ("a.csv", "a.jsonl", "a.parquet")]
    assert created == [1, 0, 0]


def test_an_archive_does_not_make_its_source_look_fresh(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + "m1,acme,u1,Login,2024-12-30T10:00:00Z,\n")
    imported(file)
    assert load_inbox(NOW).events == 1
    product = freshness(NOW)["product"]
    assert product.last_received_at == datetime(2024, 12, 30, 10, tzinfo=UTC)
    assert product.is_late


def test_an_archive_does_not_make_its_events_late(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + "m1,acme,u1,Login,2024-12-30T23:59:00Z,\nm2,acme,u1,Login,2024-12-20T10:00:00Z,\n")
    imported(file)
    assert [(event.timestamp.day, event.received_at.day) for event in waiting()] == [(20, 20), (30, 30)]


def test_an_import_that_was_killed_before_it_was_remembered_loads_each_event_once(cast: Cast, file: Path) -> None:
    file.write_text(HEADER + "m1,acme,u1,Login,2024-12-30T10:00:00Z,\n")
    imported(file)
    assert load_inbox(NOW).events == 1
    ImportedEvent.objects.all().delete()
    assert imported(file).created == 1
    result = load_inbox(NOW)
    assert (result.events, result.duplicates) == (0, 1)
