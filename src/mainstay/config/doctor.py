"""What is wrong with this installation, and the cure. Each check is one function; `examine` runs them all."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from mainstay.common.errors import MainstayError
from mainstay.common.time import span
from mainstay.connectors.imap.polling import mailbox_problem
from mainstay.connectors.registry import channels
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.inapp.setup import read_setup
from mainstay.deliveries.models import AccountMessage, Delivery, State
from mainstay.deliveries.senders import domain_of
from mainstay.deliveries.stopping import current_stop, sentence
from mainstay.ingest import sources
from mainstay.ingest.models import DeadLetter
from mainstay.lake.models import DataFile
from mainstay.metrics.engines import choice
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.selectors import own_problems
from mainstay.people.models import Role, User, WriteKey
from mainstay.segments.selectors import broken as broken_segments
from mainstay.signals.selectors import broken as broken_kinds
from mainstay.signals.selectors import declared
from mainstay.web.formats import plural

# People use a product on working days: after so long without a question the script is not there any more.
LONG_UNSEEN = timedelta(days=4)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. An error stops something from working; a warning does not."""

    is_error: bool
    what: str
    cure: str


def _error(what: str, cure: str) -> Finding:
    return Finding(is_error=True, what=what, cure=cure)


def _warning(what: str, cure: str) -> Finding:
    return Finding(is_error=False, what=what, cure=cure)


def check_home(now: datetime) -> Iterator[Finding]:
    """The data directory is writable, private, and has room."""
    home = Path(settings.MAINSTAY_HOME)
    if not os.access(home, os.W_OK):
        yield _error(f"{home} is not writable.", f"Give it to the user that runs Mainstay: chown -R USER {home}")
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        yield _warning(f"Others on this machine may read {home}.", f"chmod 700 {home}")
    free = shutil.disk_usage(home).free
    if free < 2 * 2**30:
        yield _warning(
            f"Only {free / 2**30:.1f} GB are free where {home} is.",
            "Make room: accepted events must be stored before they are answered.",
        )


def check_database(now: datetime) -> Iterator[Finding]:
    """The database answers and its tables are those of this version."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield _error(f"The database does not answer: {error}", "Check DATABASE_URL and that the server runs.")
        return
    if pending:
        yield _error(
            f"{len(pending)} changes of the tables are not made yet.",
            "Run `mainstay up`, or `mainstay manage migrate`.",
        )
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < (3, 37):
        yield _error(f"SQLite is {sqlite3.sqlite_version}; 3.37 is needed.", "Use a newer Python, or PostgreSQL.")


def check_people(now: datetime) -> Iterator[Finding]:
    """Somebody can administer, and somebody can send."""
    if not User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        yield _error("Nobody is an administrator.", "mainstay user create you@example.com --role administrator")
    if not WriteKey.objects.filter(revoked_at=None).exists():
        yield _warning("There is no write key: no product can send events.", 'mainstay key create "web app"')


def check_lake(now: datetime) -> Iterator[Finding]:
    """Every file of the catalogue is there, as large as it was written."""
    root = Path(settings.MAINSTAY_HOME) / "lake"
    missing = [
        path
        for path, size in DataFile.objects.filter(removed_by=None).values_list("path", "size_bytes").iterator()
        if not (root / path).is_file() or (root / path).stat().st_size != size
    ]
    if missing:
        yield _error(
            f"{len(missing)} files of the lake are missing or cut short, the first is {root / missing[0]}.",
            "Restore the lake directory and the database from the same backup.",
        )


def check_worker(now: datetime) -> Iterator[Finding]:
    """Scores have been computed lately."""
    latest = ProfileRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    if latest is None:
        yield _warning("Nothing was ever computed.", "Start `mainstay up`, or run `mainstay refresh` once.")
    elif latest.finished_at and latest.finished_at < now - timedelta(days=1):
        yield _warning(
            f"Scores were last computed on {latest.finished_at:%d %b %Y %H:%M} UTC.",
            "Start `mainstay worker` (`mainstay up` does), and look at its log.",
        )


def check_sources(now: datetime) -> Iterator[Finding]:
    """Nothing that should arrive is late."""
    for one in sources.freshness(now).values():
        if one.is_late and one.last_received_at is not None:
            usual = f", usually something comes every {span(one.usual_seconds)}" if one.usual_seconds else ""
            yield _warning(
                f"Late: {one.label}. Nothing has come since {one.last_received_at:%d %b %Y %H:%M} UTC{usual}.",
                f"Look at what sends it. What is frozen until then stands at {_page('source', one.source)}; no account "
                "turns red because of it. If it is quiet on purpose, declare its rhythm there.",
            )
    waiting = DeadLetter.objects.filter(replayed_at=None).count()
    if waiting:
        yield _warning(f"{waiting} events could not be taken.", "See Settings, Dead letters: the reason, and replay.")


def check_addresses(now: datetime) -> Iterator[Finding]:
    """What is open to others is open on purpose and safely."""
    if settings.DEBUG:
        yield _error("MAINSTAY_DEBUG is true: errors show code and settings.", "Leave it out.")
    if not settings.HTTPS and "localhost" not in settings.BASE_URL and "127.0.0.1" not in settings.BASE_URL:
        yield _warning(
            f"MAINSTAY_BASE_URL is {settings.BASE_URL}: passwords cross the network in the clear.",
            "Put a proxy with TLS in front and use its https:// address.",
        )


def check_mail(now: datetime) -> Iterator[Finding]:
    """Mails leave, and those to contacts carry an address that can be answered and a link that mail programs take."""
    if problem := channels()["email"].problem():
        yield _error(problem, "See docs/operators/mail.md; no mail leaves until then.")
    if not settings.SMTP_HOST and not settings.MAIL_PROVIDER:
        yield _warning(
            f"Mails are written to {settings.MAINSTAY_HOME / 'mail'} and not sent.", "Set MAINSTAY_SMTP_HOST."
        )
    if problem := mailbox_problem():
        yield _error(problem, "See docs/operators/mail.md; answers of contacts wait in the mailbox until then.")
    if stop := current_stop():
        yield _warning(sentence(stop), f"Resume it at {_page('messages')} when what was wrong is mended.")
    if not Delivery.objects.filter(contact__isnull=False).exists():
        return
    if domain_of(settings.DEFAULT_FROM_EMAIL) in ("", "localhost"):
        yield _warning(
            f"Contacts are written to from {settings.DEFAULT_FROM_EMAIL}, which nobody can answer.",
            "Set MAINSTAY_MAIL_FROM to an address of your domain.",
        )
    if not settings.HTTPS:
        yield _warning(
            f"MAINSTAY_BASE_URL is {settings.BASE_URL}: mails to contacts go without one-click unsubscribe.",
            "Set it to the public https:// address; large mailbox providers ask for it.",
        )


def check_in_app(now: datetime) -> Iterator[Finding]:
    """Messages in the app have somebody who can see them."""
    waiting = Delivery.objects.filter(channel=IN_APP, state=State.QUEUED, not_after__gt=now).count()
    waiting += AccountMessage.objects.filter(not_after__gt=now).count()
    setup, said = read_setup(), f"{plural(waiting, 'message')} in the app {'waits' if waiting == 1 else 'wait'}"
    if waiting and not (setup.salt and setup.origins):
        yield _warning(
            f"{said}, and nobody can see that: no site, or no secret, is set up.",
            f"See {_page('settings-in-app')}.",
        )
    elif waiting and (setup.seen_at is None or now - setup.seen_at > LONG_UNSEEN):
        since = f"for {span((now - setup.seen_at).total_seconds())}" if setup.seen_at else "yet"
        yield _warning(
            f"{said}, and no browser has asked for messages {since}.",
            f"Is the script on the pages of your product? See {_page('settings-in-app')}.",
        )


def check_metrics_engine(now: datetime) -> Iterator[Finding]:
    """The engine that computes the metrics answers, and sees the lake."""
    try:
        choice.check()
    except MainstayError as error:
        yield _error(
            error.message, "See docs/operators/engines.md; MAINSTAY_METRICS_ENGINE=duckdb needs no other engine."
        )


def check_declared(now: datetime) -> Iterator[Finding]:
    """What people declared can still be computed: after an update, or once what it names is gone, it may not be."""
    for key, problem in own_problems().items():
        yield _warning(
            f"Your metric '{key}' is left out: {problem}",
            f"Change it at {_page('metric-edit', key)}, write it anew with `mainstay metrics add FILE`, or remove it "
            f"with `mainstay metrics remove {key}`; until then it has no value, and no score counts it.",
        )
    kinds = declared()
    for key, problem in broken_kinds().items():
        yield _warning(
            f"The kind of signal '{key}' neither opens nor closes anything: {problem}",
            f"Change its condition or switch it off at {_page('signal-kind', key)}."
            if key in kinds
            else "It was written by a newer release: update Mainstay, or write it anew with `mainstay config apply`.",
        )
    for key, problem in broken_segments().items():
        yield _warning(
            f"The segment '{key}' keeps the accounts it has: {problem}",
            f"Change its condition at {_page('segment', key)}.",
        )


def _page(name: str, *args: str) -> str:
    return f"{str(settings.BASE_URL).rstrip('/')}{reverse(name, args=args)}"


CHECKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    check_home,
    check_database,
    check_people,
    check_lake,
    check_worker,
    check_sources,
    check_declared,
    check_addresses,
    check_mail,
    check_in_app,
    check_metrics_engine,
)


def examine(now: datetime) -> list[Finding]:
    """All findings, errors first. Checks that read tables are left out while the tables are not there."""
    findings = [*check_home(now), *check_database(now)]
    if not any(finding.is_error for finding in findings):
        for check in CHECKS[2:]:
            findings.extend(check(now))
    return sorted(findings, key=lambda finding: not finding.is_error)
