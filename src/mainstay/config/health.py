"""Is this process fit to serve? `/healthz` and `/readyz` of the ASGI application."""

import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.ingest.errors import InboxFailed
from mainstay.ingest.inbox import Inbox

# Anybody may ask; the answer is looked up again after this many seconds only.
KEPT_SECONDS = 1.0


class Readiness:
    """The three things a process needs before it is sent traffic: its database, its tables, its inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._lock = threading.Lock()
        self._checks: dict[str, str] = {}
        self._checked_at = -KEPT_SECONDS
        self._is_migrated = False

    def checks(self) -> dict[str, str]:
        """`ok` or what is wrong, by name: database, migrations, inbox. Blocks on the database: call it in a thread."""
        with self._lock:
            if time.monotonic() - self._checked_at >= KEPT_SECONDS:
                self._checks = {
                    "database": _answer(self._check_database),
                    "migrations": _answer(self._check_migrations),
                    "inbox": _answer(self._check_inbox),
                }
                self._checked_at = time.monotonic()
                connection.close()
            return self._checks

    def _check_database(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"

    def _check_migrations(self) -> str:
        if not self._is_migrated:
            executor = MigrationExecutor(connection)
            pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            if pending:
                return f"{pending} migrations are not applied; run `mainstay up` or `mainstay manage migrate`."
            self._is_migrated = True
        return "ok"

    def _check_inbox(self) -> str:
        self._inbox.check_writable()
        return "ok"


def _answer(check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError as error:
        return f"The database cannot be used: {error}"
    except InboxFailed as error:
        return error.message
