"""The state of an installation: is the database up to date, is there a user, are there accounts."""

import io

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.accounts.models import Account
from mainstay.common.errors import MainstayError
from mainstay.jobs.locks import only_one
from mainstay.people.models import Role, User
from mainstay.people.services import create_user

FIRST_EMAIL = "admin@localhost"


class NotMigrated(MainstayError):
    """The tables are those of another version."""

    code = "not_migrated"
    status = 503


def pending_migrations() -> list[str]:
    """Names of the migrations that have not been applied yet, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def require_migrated() -> None:
    """NotMigrated unless the database fits this version."""
    if pending := pending_migrations():
        raise NotMigrated(
            f"The database lacks {len(pending)} changes of this version (first: {pending[0]}); run `mainstay setup`."
        )


def migrate() -> int:
    """Bring the database up to date, one process at a time; how many migrations were applied."""
    with only_one("migrate", wait_seconds=300):
        pending = pending_migrations()
        if pending:
            call_command("migrate", interactive=False, verbosity=0, stdout=io.StringIO())
        return len(pending)


def first_administrator() -> tuple[User, str] | None:
    """At the first start an administrator and the password, to be shown once; None when there are users."""
    with only_one("first-administrator", wait_seconds=60):
        if User.objects.exists():
            return None
        return create_user(FIRST_EMAIL, name="Administrator", role=Role.ADMINISTRATOR)


def is_empty() -> bool:
    """True when there is no account yet."""
    return not Account.objects.exists()
