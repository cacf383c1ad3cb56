"""Who may ask: listed sites, and whose server signed the user id."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.deliveries.inapp import identity, setup
from mainstay.deliveries.models import InAppSetup
from mainstay.people.models import AuditEntry
from tests.builders import Cast

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def is_signed(user: str, secret: str, *, now: datetime = NOW) -> bool:
    """As a customer's server signs, in plain Python."""
    given = hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()
    return identity.is_signed(user, given, setup.salts_in_force(setup.read_setup(), now=now))


def test_a_secret_signs_one_user_and_is_kept_nowhere(cast: Cast) -> None:
    secret = setup.new_secret(by=cast.ada, now=NOW)
    assert secret.startswith("mi_")
    assert is_signed("u-17", secret)
    assert is_signed("zoë@acme.example", secret)
    assert not is_signed("u-17", "mi_guess")
    salts = setup.salts_in_force(setup.read_setup(), now=NOW)
    assert not identity.is_signed("u-18", identity.sign("u-17", secret), salts)
    assert not identity.is_signed("u-17", "", salts)
    assert not identity.is_signed("u-17", "ü", salts)
    (row,) = InAppSetup.objects.values()
    assert secret not in str(row)
    assert secret not in str(list(AuditEntry.objects.values()))


def test_without_a_secret_nobody_is_signed(db: None) -> None:
    assert setup.salts_in_force(setup.read_setup(), now=NOW) == ()
    assert not identity.is_signed("u-17", identity.sign("u-17", ""), ())


def test_a_former_secret_is_understood_for_a_week_or_until_it_is_dropped(cast: Cast) -> None:
    first, second = setup.new_secret(by=cast.ada, now=NOW), setup.new_secret(by=cast.ada, now=NOW + DAY)
    assert first != second
    assert is_signed("u-17", first, now=NOW + 8 * DAY - timedelta(seconds=1))
    assert not is_signed("u-17", first, now=NOW + 8 * DAY)
    assert is_signed("u-17", second, now=NOW + 300 * DAY)
    assert setup.drop_former_secret(by=cast.ada)
    assert not setup.drop_former_secret(by=cast.ada)
    assert not is_signed("u-17", first, now=NOW + DAY)


def test_secrets_stay_good_when_the_key_of_the_installation_is_changed(cast: Cast, settings: LazySettings) -> None:
    secret = setup.new_secret(by=cast.ada, now=NOW)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-at-least-32-characters"
    assert not is_signed("u-17", secret)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert is_signed("u-17", secret)


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        (" HTTPS://App.Example.com/ ", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:80", "http://localhost"),
        ("https://*.example.com", "https://*.example.com"),
    ],
)
def test_a_site_is_written_as_browsers_name_it(cast: Cast, line: str, origin: str) -> None:
    assert setup.save_origins([line, "", line], by=cast.ada) == (origin,)


@pytest.mark.parametrize(
    "line", ["app.example.com", "https://app.example.com/app", "*", "https://*", "https://a.*.example.com", "null"]
)
def test_what_is_no_site_is_refused_and_nothing_is_lost(cast: Cast, line: str) -> None:
    setup.save_origins(["https://a.example.com"], by=cast.ada)
    with pytest.raises(Invalid, match="is no site"):
        setup.save_origins(["https://b.example.com", line], by=cast.ada)
    assert setup.read_setup().origins == ["https://a.example.com"]


@pytest.mark.parametrize(
    ("listed", "origin", "may_ask"),
    [
        ("https://app.example.com", "https://app.example.com", True),
        ("https://app.example.com", "http://app.example.com", False),
        ("https://app.example.com", "https://app.example.com:8443", False),
        ("https://app.example.com", "https://app.example.com.evil.example", False),
        ("https://app.example.com", "null", False),
        ("https://*.example.com", "https://acme.example.com", True),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://.example.com", False),
        ("https://*.example.com", "https://evilexample.com", False),
    ],
)
def test_only_listed_sites_may_ask(listed: str, origin: str, may_ask: bool) -> None:
    assert setup.is_listed(InAppSetup(origins=[listed]), origin) is may_ask


def test_only_administrators_change_it(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        setup.new_secret(by=cast.mary, now=NOW)
    with pytest.raises(NotAllowed):
        setup.save_origins([], by=cast.mary)


def test_that_a_browser_asked_is_written_once_a_minute(cast: Cast) -> None:
    setup.save_origins(["https://a.example.com"], by=cast.ada)
    for seconds, seen in ((0, 0), (59, 0), (60, 60)):
        now = NOW + timedelta(seconds=seconds)
        setup.note_seen(setup.read_setup(), origin="https://a.example.com", version="1", now=now)
        assert setup.read_setup().seen_at == NOW + timedelta(seconds=seen)
