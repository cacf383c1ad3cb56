"""kill -9 of the worker, fifty times while a thousand runs are under way: every step once, every mail once."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.connectors.smtp_server import Handler, smtp_server
from tests.harness import PATIENCE, ROOT, Installation, installation, new_database, until

RUNS, MORE, KILLS = 1_000, 250, 50
CHANCE = random.Random(7)
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday: nobody's quiet hours
LATER = NOW + timedelta(days=2)
LAST = LATER + timedelta(days=3)  # a Monday
# Two at once where they can share the work.
WORKERS = 2 if os.environ.get("DATABASE_URL") else 1
DUE = {"why": "{{ run.why }}", "due_in": {"days": 1}}
DOCUMENT = {
    "key": "welcome",
    "name": "Welcome",
    "entry": {"by": "signal", "kind": "health_red"},
    "subject": {"contacts": {}},
    "reentry": "never",
    "steps": [
        {"id": "call", "type": "task", "with": {"title": "Call {{ contact.name }}", **DUE}},
        {"id": "write", "type": "email", "with": {"to": "contact", "subject": "Welcome", "text": "Dear you"}},
        {"id": "on", "type": "start", "with": {"playbook": "second"}},
        {"id": "pause", "type": "wait", "with": {"days": 1}},
        {"id": "note", "type": "note", "with": {"title": "Welcomed", "text": "{{ contact.name }}"}},
        {"id": "ask", "type": "task", "with": {"title": "Ask {{ contact.name }}", **DUE}},
    ],
}  # fmt: skip
SECOND = {
    "key": "second",
    "name": "Second",
    "entry": {"by": "hand"},
    "reentry": "never",
    "steps": [{"id": "thank", "type": "task", "with": {"title": "Thank {{ account.name }}", **DUE}}],
}
PREPARE = """
from datetime import datetime
from mainstay.deliveries.models import StoredPolicy
from mainstay.deliveries.policy import SHIPPED
from mainstay.playbooks.reading import check
from mainstay.playbooks.services import publish
now = datetime.fromisoformat({now!r})
StoredPolicy.objects.create(pk=1, document=SHIPPED.model_dump(mode="json"), saved_at=now)
for document in json.loads({documents!r}):
    publish(check(document, origin="test"), by=None, now=now)
print("null")
"""
OPEN = """
from datetime import datetime
from mainstay.accounts.models import Account, Contact
from mainstay.signals.models import Signal
numbers = range({first}, {end})
Account.objects.bulk_create([Account(key=f"a{{n}}", name=f"Account {{n}}") for n in numbers])
accounts = {{one.key: one for one in Account.objects.all()}}
Contact.objects.bulk_create(
    [Contact(key=f"c{{n}}", name=f"Person {{n}}", email=f"p{{n}}@customer.example", account=accounts[f"a{{n}}"])
     for n in numbers])
Signal.objects.bulk_create(
    [Signal(account=accounts[f"a{{n}}"], kind="health_red", severity="critical",
            opened_at=datetime.fromisoformat({now!r})) for n in numbers])
print("null")
"""
TELL = """
from collections import Counter
from mainstay.deliveries.models import Delivery
from mainstay.interactions.models import Interaction
from mainstay.playbooks.models import Run, StepRun, Task
count = lambda rows, name: dict(Counter(rows.values_list(name, flat=True)))
print(json.dumps({
    "runs": count(Run.objects, "state"),
    "steps": count(StepRun.objects, "step"),
    "tasks": Task.objects.count(),
    "titles": Task.objects.values("title").distinct().count(),
    "notes": Interaction.objects.count(),
    "mails": {one.recipient: one.state for one in Delivery.objects.all()},
}))
"""
SEND_AGAIN = """
from datetime import datetime
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.services import send_again
from mainstay.people.models import Role, User
ada = User.objects.filter(role=Role.ADMINISTRATOR).first()
for one in Delivery.objects.filter(recipient__in={lost!r}):
    send_again(one, by=ada, now=datetime.fromisoformat({now!r}))
print("null")
"""


class Workers:
    """Workers that can be started within milliseconds."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, now: datetime) -> int:
        """Its pid."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(now.isoformat(), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def finish(self, now: datetime) -> None:
        """Until nothing is left to do: also of what the killed held until the database noticed that they are gone."""
        for _ in range(2):
            for pid in [self.start(now) for _ in range(WORKERS)]:
                until(lambda pid=pid: not is_alive(pid), seconds=5 * PATIENCE, what="the end of the work")


@contextmanager
def workers_of(mainstay: Installation) -> Iterator[Workers]:
    # Nothing may run beside the process that forks, not even what tidies up Arrow's memory.
    alone = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
    environment = {**mainstay.environment, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings", **alone}
    command = [sys.executable, "-c", "import django; django.setup(); from tests.playbooks.zygote import main; main()"]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Workers(process)
        assert process.stdin is not None
        process.stdin.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def server() -> Iterator[Handler]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def mailbox(server: Handler) -> list[bytes]:
    """What a real SMTP server has taken."""
    return server.taken


@pytest.fixture
def mainstay(tmp_path: Path, server: Handler) -> Iterator[Installation]:
    settings = {
        "MAINSTAY_SMTP_HOST": "127.0.0.1", "MAINSTAY_SMTP_PORT": str(server.port), "MAINSTAY_SMTP_TLS": "false",
        "MAINSTAY_BASE_URL": "https://success.orchard.example", "MAINSTAY_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    database_url = new_database(os.environ.get("DATABASE_URL", ""))
    with installation(tmp_path, database_url=database_url, settings=settings) as made:
        made.python(PREPARE.format(now=NOW.isoformat(), documents=json.dumps([SECOND, DOCUMENT])))
        yield made


@pytest.mark.slow
def test_killed_fifty_times_every_step_is_done_once_and_every_mail_received_once(
    mainstay: Installation, mailbox: list[bytes]
) -> None:
    with workers_of(mainstay) as workers:
        open_signals(mainstay, range(RUNS), NOW)
        runs, killed = RUNS, 0
        for day, share in ((NOW, KILLS // 2), (LATER, KILLS)):
            while killed < share:
                some = kill_at_work(workers, day, mailbox)
                if not some:  # all is done already: a quick machine
                    open_signals(mainstay, range(runs, runs + MORE), day)
                    runs += MORE
                killed += some
            workers.finish(day)
        workers.finish(LAST)  # who came to the pause only on the later day
        told = mainstay.python(TELL)
        assert told["runs"] == {"done": 2 * runs}, "each started another one"
        assert told["steps"] == dict.fromkeys(("call", "write", "on", "pause", "note", "ask", "thank"), runs)
        assert (told["tasks"], told["titles"], told["notes"]) == (3 * runs, 3 * runs, runs)

        # A mail under way when its worker died may have arrived or not: it is not repeated, until a person says so.
        states = told["mails"]
        unsure = {recipient for recipient, state in states.items() if state == "unsure"}
        assert len(states) == runs
        assert set(states.values()) <= {"sent", "unsure"}, "none is unsure where no worker died at a mail"
        assert len(unsure) <= killed
        lost = sorted(unsure - set(recipients(mailbox)))
        mainstay.python(SEND_AGAIN.format(lost=lost, now=LAST.isoformat()))
        workers.finish(LAST)
        assert Counter(recipients(mailbox)) == Counter(states.keys()), "each once"


def open_signals(mainstay: Installation, accounts: range, day: datetime) -> None:
    """One for each of some new accounts."""
    mainstay.python(OPEN.format(first=accounts.start, end=accounts.stop, now=day.isoformat()))


def kill_at_work(workers: Workers, day: datetime, mailbox: list[bytes]) -> int:
    """Kill workers somewhere in what they do: at a mail, or at a moment by chance. How many there were to kill."""
    pids = [workers.start(day) for _ in range(WORKERS)]
    mails, end = len(mailbox) + CHANCE.randint(1, 30), time.monotonic() + CHANCE.uniform(0.05, 1.5)
    while len(mailbox) < mails and time.monotonic() < end:
        time.sleep(0.001)
    return sum(kill(pid) for pid in CHANCE.sample(pids, len(pids)))


def kill(pid: int) -> bool:
    """Whether there was something to kill."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid), every=0.002, what="its end")
        return True
    return False


def recipients(mails: list[bytes]) -> list[str]:
    return [
        found[1].decode() for mail in mails if (found := re.search(rb"^To: .*?([\w.]+@[\w.]+)", mail, re.MULTILINE))
    ]
