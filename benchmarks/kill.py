"""kill -9 of web and worker at random moments, under load: is every accepted event stored once, and nothing done twice?

The long form: 20 kills on SQLite and 20 on PostgreSQL. `tests/test_kill.py` runs the short one.
"""

import asyncio
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests import postgres
from tests.connectors.smtp_server import Listening
from tests.harness import PATIENCE, Installation, installation, new_database, until

KILLS = 20
BATCH = 20
ACCOUNTS = 20
CLIENTS = 3


class MailServer:
    """Takes mails slowly, so that kills hit the middle of one, and counts them by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self._controller = Listening(self)
        self.port = self._controller.port

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Accept, count, and take a moment before saying so."""
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        await asyncio.sleep(0.05)
        return "250 taken"

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()


@dataclass
class Load:
    """Clients that send batches without pause and repeat each until it is accepted, as the SDKs do."""

    target: Installation
    stop: threading.Event = field(default_factory=threading.Event)
    accepted: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    repeated: int = 0
    faded: int = 0
    errors: list[Exception] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, client: int) -> None:
        """One client, until `stop`. Every second it brings an account that has been silent for weeks: it turns red."""
        number, next_fading = 0, 0.0
        try:
            while not self.stop.is_set():
                number += 1
                is_time = time.monotonic() >= next_fading
                next_fading = time.monotonic() + 1 if is_time else next_fading
                calls = self._fading(client, number) if is_time else self._usual(client)
                self._deliver(calls)
                time.sleep(0.05)  # the machine is to be shared with those under attack
        except (AssertionError, OSError) as error:  # told to the main thread, which raises it
            self.errors.append(error)

    def _deliver(self, calls: list[dict[str, Any]]) -> None:
        ids = {call["messageId"] for call in calls if call["type"] == "track"}
        while not self.target.send(calls, timeout=3):
            with self._lock:
                self.repeated += 1
            if self.stop.is_set():
                self.unanswered |= ids
                return
            time.sleep(0.05)
        with self._lock:
            self.accepted |= ids

    def _usual(self, client: int) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        return [
            track(f"healthy-{random.randrange(ACCOUNTS)}", f"user-{client}", now - timedelta(seconds=second))
            for second in range(BATCH)
        ]

    def _fading(self, client: int, number: int) -> list[dict[str, Any]]:
        with self._lock:
            self.faded += 1
        key, silent = f"fading-{client}-{number}", datetime.now(UTC) - timedelta(days=40)
        group = {
            "type": "group",
            "messageId": str(uuid4()),
            "groupId": key,
            "userId": f"{key}-user",
            "traits": {"name": key},
            "timestamp": silent.isoformat(),
        }
        return [group, *(track(key, f"{key}-user", silent + timedelta(minutes=minute)) for minute in range(5))]


def track(account: str, user: str, at: datetime) -> dict[str, Any]:
    """One event as an SDK sends it."""
    name = str(uuid4())
    return {
        "type": "track",
        "messageId": name,
        "userId": user,
        "event": "Report Opened",
        "properties": {"name": name},  # the lake keeps only a hash of the message id
        "timestamp": at.isoformat(),
        "context": {"groupId": account},
    }


@contextmanager
def under_load(target: Installation, *, clients: int) -> Iterator[Load]:
    """Load for as long as the block lasts."""
    load = Load(target)
    threads = [threading.Thread(target=load.run, args=[number], daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    if load.errors:
        raise load.errors[0]


@dataclass(frozen=True)
class Report:
    """What was found afterwards. `lost` and everything `twice` must be 0."""

    kills: int
    accepted: int
    repeated_batches: int
    lost: int
    stored_twice: int
    stored_unasked: int
    red_accounts: int
    tasks: int
    tasks_twice: int
    tasks_missing: int
    mails: int
    mails_twice: int
    mails_unsure: int

    @property
    def is_clean(self) -> bool:
        """True when nothing was lost, doubled or invented, and every red account has its task."""
        events = self.lost + self.stored_twice + self.stored_unasked
        return events + self.tasks_twice + self.tasks_missing + self.mails_twice == 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.accepted:,} events accepted ({self.repeated_batches} batches had to be "
            f"repeated): {self.lost} lost, {self.stored_twice} stored twice, {self.stored_unasked} out of nowhere; "
            f"{self.red_accounts} accounts turned red: {self.tasks} tasks ({self.tasks_twice} twice, "
            f"{self.tasks_missing} missing), {self.mails} mails ({self.mails_twice} twice, "
            f"{self.mails_unsure} unsure and not repeated)"
        )


# The accounts under attack are red when first looked at: somebody decided before that this begins for such ones.
DECIDE = """
from datetime import timedelta
from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.playbooks.services import ensure_playbooks, let_in_all
now = utc_now()
ensure_playbooks(now)
let_in_all("risk_outreach", by=User.objects.get(), now=now + timedelta(days=1))
print("null")
"""
LOOK = """
from collections import Counter
from mainstay.common.time import utc_now
from mainstay.config.refresh import refresh
from mainstay.deliveries.models import Delivery
from mainstay.facts.schema import EVENTS
from mainstay.lake import engine
from mainstay.lake.store import Lake
from mainstay.playbooks.models import Task
from mainstay.signals.models import Signal
refresh(utc_now(), wait_seconds=60)
while Delivery.objects.filter(state="queued", next_attempt_at__lte=utc_now()).exists():
    refresh(utc_now())
with engine.cursor() as cursor:
    rows = cursor.execute(f"SELECT properties->>'name', count(*) FROM {Lake().relation('events', EVENTS)} "
                          "WHERE type = 'track' GROUP BY 1").fetchall()
red = set(Signal.objects.filter(kind="health_red").values_list("account__key", flat=True))
tasks = Counter(Task.objects.filter(run__version__playbook__key="risk_outreach").values_list("account__key", flat=True))
print(json.dumps({"events": rows, "red": sorted(red), "tasks": tasks,
    "mails": dict(Counter(Delivery.objects.values_list("state", flat=True)))}))
"""


def attack(
    target: Installation,
    mail: MailServer,
    *,
    kills: int,
    pause: tuple[float, float],
    seed: int,
    clients: int = CLIENTS,
) -> Report:
    """Start web and worker, kill one of them at a time under load, then count."""
    chance = random.Random(seed)
    target.python(DECIDE)
    target.start("web")
    target.start("worker")
    target.wait_ready()
    with under_load(target, clients=clients) as load:
        for number in range(kills):
            target.wait_ready()
            victim = ("worker", "web")[number % 2]
            if chance.random() < 0.8:  # the rest is hit while it starts
                until(lambda: "profiles: " in target.log("worker"), what="a round of the worker")
            time.sleep(chance.uniform(*pause))
            target.kill(victim)
            target.start(victim)
        target.wait_ready()
        time.sleep(chance.uniform(*pause))
        until(lambda: load.accepted, what="an accepted event")
    target.stop()
    return _count(target, load, mail, kills=kills)


def _count(target: Installation, load: Load, mail: MailServer, *, kills: int) -> Report:
    found = target.python(LOOK)
    stored = dict(found["events"])
    red, tasks = set(found["red"]), found["tasks"]
    return Report(
        kills=kills,
        accepted=len(load.accepted),
        repeated_batches=load.repeated,
        lost=len(load.accepted - stored.keys()),
        stored_twice=sum(1 for count in stored.values() if count > 1),
        stored_unasked=len(stored.keys() - load.accepted - load.unanswered),
        red_accounts=len(red),
        tasks=sum(tasks.values()),
        tasks_twice=sum(1 for count in tasks.values() if count > 1),
        tasks_missing=len(red - tasks.keys()),
        mails=sum(mail.taken.values()),
        mails_twice=sum(1 for count in mail.taken.values() if count > 1),
        mails_unsure=found["mails"].get("unsure", 0),
    )


def settings_for(mail: MailServer) -> dict[str, str]:
    """A quick rhythm, so that many stages are hit, and the mail server above."""
    return {
        "MAINSTAY_REFRESH_SECONDS": "1",
        "MAINSTAY_SMTP_HOST": "127.0.0.1",
        "MAINSTAY_SMTP_PORT": str(mail.port),
        "MAINSTAY_SMTP_TLS": "false",
    }


def main() -> bool:
    """Both databases; False when anything was lost or doubled."""
    is_clean = True
    for kind, url in (("SQLite", ""), ("PostgreSQL", new_database(postgres.start()))):
        with (
            tempfile.TemporaryDirectory() as home,
            MailServer() as mail,
            installation(Path(home), database_url=url, settings=settings_for(mail)) as target,
        ):
            report = attack(target, mail, kills=KILLS, pause=(0.5, 4.0), seed=1)
        print(f"{kind}: {report}", flush=True)
        is_clean = is_clean and report.is_clean and report.red_accounts > 0
    return is_clean
