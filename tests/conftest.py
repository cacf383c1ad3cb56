"""The environment of the tests (a data directory of their own, SQLite or PostgreSQL) and the cast.

The company that runs Mainstay is Orchard. Its customers: Acme (healthy), Globex (at risk), Initech (churned). Alice is
the CSM who owns Acme and Globex, Bob is a CSM with no account, Mary manages, Ada administers, Vera only looks.
"""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import time_machine

# `DAY=2028-02-29 make test` tests on another day; processes of their own stay in the present.
if "DAY" in os.environ:
    noon = datetime.combine(date.fromisoformat(os.environ["DAY"]), time(12), tzinfo=UTC)
    time_machine.travel(noon, tick=True).start()
# No test is to begin on one day and to end on the next, and the modules take for today the day they are collected on.
elif datetime.now(UTC).time() >= time(23, 15):
    time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=True).start()
COLLECTED = datetime.now(UTC)
LATE = time(23, 45)

os.environ["MAINSTAY_HOME"] = tempfile.mkdtemp(prefix="mainstay-tests-")
os.environ["DJANGO_SETTINGS_MODULE"] = "mainstay.config.settings"
for name in [name for name in os.environ if name.startswith("MAINSTAY_") and name != "MAINSTAY_HOME"]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)
if os.environ.get("DB") == "postgres" and "PYTEST_XDIST_WORKER" not in os.environ:
    from tests import postgres

    os.environ["DATABASE_URL"] = postgres.start()

import django
import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

django.setup()

from mainstay.deliveries import posting
from mainstay.deliveries import services as deliveries
from mainstay.facts import remembered
from mainstay.metrics import stored
from tests import builders
from tests.harness import PATIENCE

# A machine that is busy with something else fails no test: nothing is given up that would go on, had it more time.
posting.CONNECT_SECONDS = posting.WHOLE_SECONDS = deliveries.ROUND_SECONDS = PATIENCE
hypothesis_settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any_machine")

# No look at the database for declared metrics before a test declares one.
stored.provider.assume_nothing()


@pytest.fixture(autouse=True)
def _settings_of_tests(settings: LazySettings, tmp_path: Path) -> None:
    """A cheap password hasher, and a data directory per test for everything that reads it late."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MAINSTAY_HOME = tmp_path
    settings.AXES_ENABLED = False
    remembered.forget()
    stored.provider.assume_nothing()


@pytest.fixture(autouse=True)
def _one_day_for_all() -> Iterator[None]:
    """Whoever tests over midnight goes on in the day that the modules took for today when they were collected."""
    now = datetime.now(UTC)
    if now.date() == COLLECTED.date() and now.time() < LATE:
        yield
        return
    with time_machine.travel(COLLECTED, tick=True):
        yield


@pytest.fixture
def cast(db: None) -> builders.Cast:
    """Orchard and its customers."""
    return builders.cast()
