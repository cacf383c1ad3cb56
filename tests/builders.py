"""Builders take what the test is about and fill in the rest."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from mainstay.accounts.models import Account
from mainstay.metrics.profile_table import ensure_columns
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role, User
from mainstay.scores.models import Health, Scorecard, ScorecardVersion

PASSWORD = "correct horse battery"


def user(name: str, role: Role = Role.CSM) -> User:
    """A user `name@orchard.example` whose password is PASSWORD."""
    made = User(email=f"{name.lower()}@orchard.example", name=name, role=role)
    made.set_password(PASSWORD)
    made.save()
    return made


def account(name: str, **fields: object) -> Account:
    """An account whose key is its name in lower case."""
    return Account.objects.create(key=name.lower(), name=name, **fields)


NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def scorecard_version() -> ScorecardVersion:
    """Version 1 of a standard scorecard."""
    scorecard, _ = Scorecard.objects.get_or_create(key="standard", defaults={"name": "Standard"})
    version, _ = ScorecardVersion.objects.get_or_create(
        scorecard=scorecard, version=1, defaults={"document": {}, "published_at": NOW}
    )
    return version


def health(account: Account, score: int | None = 90, **fields: object) -> Health:
    """The present health of an account; its band is the one the standard cuts give."""
    band = "unknown" if score is None else "green" if score >= 80 else "yellow" if score >= 50 else "red"
    defaults = {
        "scorecard_version": scorecard_version(),
        "score": score,
        "band": band,
        "coverage": 1.0,
        "as_of": NOW,
        "band_since": NOW - timedelta(days=60),
        "weeks": [score] * 12,
        "fingerprint": 0,
    }
    return Health.objects.create(account=account, **defaults | fields)


def profile(account: Account, **metrics: float | None) -> None:
    """The present profile of an account."""
    ensure_columns(sorted(all_metrics()))
    names = ", ".join(["account_id", "fingerprint", *metrics])
    marks = ", ".join(["%s"] * (len(metrics) + 2))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO metrics_profile ({names}) VALUES ({marks})", [account.pk, 0, *metrics.values()])


@dataclass(frozen=True)
class Cast:
    """The people and accounts every test knows."""

    ada: User
    mary: User
    alice: User
    bob: User
    vera: User
    acme: Account
    globex: Account
    initech: Account


def cast() -> Cast:
    """Make the cast."""
    alice = user("Alice")
    return Cast(
        ada=user("Ada", Role.ADMINISTRATOR),
        mary=user("Mary", Role.MANAGER),
        alice=alice,
        bob=user("Bob"),
        vera=user("Vera", Role.VIEWER),
        acme=account("Acme", owner=alice, tier="enterprise", stage="adoption"),
        globex=account("Globex", owner=alice, tier="smb", stage="adoption"),
        initech=account("Initech", stage="churned"),
    )
