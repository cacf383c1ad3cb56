import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.config.doctor import examine
from mainstay.deliveries.content import Content, Kind
from mainstay.deliveries.inapp import setup
from mainstay.deliveries.services import request_delivery
from mainstay.deliveries.stopping import stop_sending
from mainstay.ingest.models import DeadLetter
from mainstay.ingest.sources import record_arrival
from mainstay.lake.models import Commit, DataFile
from mainstay.metrics.models import OwnMetric
from mainstay.people.models import User
from mainstay.people.services import create_write_key
from mainstay.segments.models import Segment
from mainstay.signals.models import StoredKind
from mainstay.signals.registry import shipped
from tests.builders import Cast

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _private_home(settings: LazySettings) -> None:
    os.chmod(settings.MAINSTAY_HOME, 0o700)


def _said() -> str:
    return "\n".join(f"{'error' if one.is_error else 'warning'}: {one.what} -> {one.cure}" for one in examine(NOW))


def test_a_new_installation_is_told_what_to_do_first(cast: Cast) -> None:
    said = _said()
    assert "error" not in said
    assert "There is no write key" in said
    assert "mainstay key create" in said
    assert "Nothing was ever computed" in said


def test_a_write_key_cures_that_warning(cast: Cast) -> None:
    create_write_key("web app")
    assert "write key" not in _said()


def test_nobody_to_administer_is_an_error_with_the_command_that_cures_it(cast: Cast) -> None:
    User.objects.filter(role="administrator").update(is_active=False)
    assert "error: Nobody is an administrator. -> mainstay user create" in _said()


def test_messages_in_the_app_that_nobody_can_see_are_told_of(cast: Cast) -> None:
    ann = Contact.objects.create(key="ann", name="Ann", account=cast.acme)
    request_delivery(
        derived_id("test"), channel="in_app", to=ann, category="service", subject="Hi", text="",
        content=Content(Kind.BANNER), not_after=NOW + timedelta(days=9), now=NOW,
    )  # fmt: skip
    assert "1 message in the app waits, and nobody can see that" in _said()
    setup.save_origins(["https://app.acme.example"], by=cast.ada)
    setup.new_secret(by=cast.ada, now=NOW)
    assert "no browser has asked for messages yet" in _said()
    setup.save_setup(seen_at=NOW - timedelta(days=5))
    assert "no browser has asked for messages for 5 days" in _said()
    setup.save_setup(seen_at=NOW)
    assert "in the app" not in _said()


def test_a_file_missing_from_the_lake_is_named(cast: Cast, tmp_path: Path) -> None:
    commit = Commit.objects.create(key="one")
    day = NOW.date()
    DataFile.objects.create(
        table="events", starts_on=day, ends_on=day, path="events/gone.parquet", rows=1, size_bytes=10, added_by=commit
    )
    assert f"the first is {tmp_path / 'lake' / 'events/gone.parquet'}" in _said()


def test_dead_letters_are_counted(cast: Cast) -> None:
    DeadLetter.objects.create(received_at=NOW, code="bad_event", reason="no type", body="{}")
    assert "1 events could not be taken" in _said()


def test_a_home_others_may_read_is_warned_of(cast: Cast, settings: LazySettings) -> None:
    os.chmod(settings.MAINSTAY_HOME, 0o755)
    assert "chmod 700" in _said()


def test_passwords_in_the_clear_are_warned_of(cast: Cast, settings: LazySettings) -> None:
    settings.BASE_URL, settings.HTTPS = "http://cs.example.com", False
    assert "in the clear" in _said()


def test_mail_that_cannot_leave_is_an_error_and_a_stop_is_named(cast: Cast, settings: LazySettings) -> None:
    settings.DKIM_KEY = "not a key"
    stop_sending(by=cast.mary, reason="a wrong link", now=NOW)
    said = _said()
    assert "error: MAINSTAY_DKIM_KEY cannot be used" in said
    assert "Mary stopped all sending at 22 Nov 09:00 UTC: a wrong link. -> Resume it at http://localhost:8000" in said


def test_who_writes_to_contacts_is_told_what_their_mails_lack(cast: Cast) -> None:
    assert "one-click unsubscribe" not in _said()
    ann = Contact.objects.create(key="ann", email="ann@acme.example", account=cast.acme)
    request_delivery(derived_id("d"), channel="email", to=ann, category="success", subject="s", text="t", now=NOW)
    said = _said()
    assert "Set MAINSTAY_MAIL_FROM" in said
    assert "one-click unsubscribe" in said


def test_mail_through_a_provider_needs_no_smtp_server(cast: Cast, settings: LazySettings) -> None:
    assert "Set MAINSTAY_SMTP_HOST" in _said()
    settings.MAIL_PROVIDER = "postmark"
    assert "Set MAINSTAY_SMTP_HOST" not in _said()


def test_an_engine_for_metrics_that_cannot_be_used_is_an_error(cast: Cast, settings: LazySettings) -> None:
    settings.METRICS_ENGINE = "spark://master"
    assert "error: MAINSTAY_METRICS_ENGINE is 'spark://master' without a port" in _said()


def test_a_late_source_is_named_with_what_is_usual_and_where_to_look(cast: Cast) -> None:
    for age in range(20, 4, -1):
        record_arrival("support", at=NOW - timedelta(days=age), rows=1)
    said = _said()
    assert (
        "warning: Late: Support tickets. Nothing has come since 17 Nov 2026 09:00 UTC, usually something comes" in said
    )
    assert "/data/sources/support/" in said
    record_arrival("support", at=NOW, rows=1)
    assert "Late:" not in _said()


def test_what_people_declared_and_cannot_be_computed_any_more_is_named_with_its_next_step(cast: Cast) -> None:
    assert "left out" not in _said()
    OwnMetric.objects.create(key="exports", document={"form": "of another release"}, revision=1, changed_at=NOW)
    broken = shipped()["seats_filling"].as_dict() | {"key": "busy", "condition": "gone_28d > 3"}
    StoredKind.objects.create(key="busy", document=broken, version=1)
    StoredKind.objects.create(key="crooked", document={"form": "of another release"}, version=1)
    StoredKind.objects.create(key="off", document=broken | {"key": "off", "enabled": False}, version=1)
    Segment.objects.create(key="lost", name="Lost", condition="gone_28d > 3", is_shared=True)
    said = _said()
    assert "Your metric 'exports' is left out: " in said
    assert "/metrics/exports/edit/" in said
    assert "The kind of signal 'busy' neither opens nor closes anything: " in said
    assert "The kind of signal 'crooked'" in said
    assert "written by a newer release" in said
    assert "/signals/kinds/busy/" in said
    assert "'off'" not in said
    assert "The segment 'lost' keeps the accounts it has: " in said
    assert "gone_28d" in said
    assert "error" not in said
