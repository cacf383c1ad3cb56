"""What a browser's question for messages costs, against a page of Django that asks the database nothing.

Mostly there is nothing: then a question must cost little more than the way through Django. One connection, one question
after the other, the cases in turns; seconds of the server's CPU, which move less than those of the clock when others
share the machine. Every question is of another person, as the bound on how often one may ask wants it.
"""

import http.client
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.harness import Installation, installation

from benchmarks._load import cpu_seconds

PEOPLE, ASKED, ROUNDS = 2_000, 400, 3
# How much more than the bare page a question may cost at most.
MOST = {"nothing": 5.0, "wrong hash": 3.0}
_SET_UP = f"""
from datetime import timedelta
from mainstay.accounts.models import Account, Contact
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries.content import Button, Content, Kind
from mainstay.deliveries.inapp import setup
from mainstay.deliveries.inapp.identity import sign
from mainstay.deliveries.services import request_delivery
from mainstay.people.models import User
by, now = User.objects.first(), utc_now()
setup.save_origins(["https://app.example.com"], by=by)
secret = setup.new_secret(by=by, now=now)
account = Account.objects.create(key="acme", name="Acme")
keys = [f"{{kind}}-{{n}}" for kind in ("none", "some") for n in range({PEOPLE})]
Contact.objects.bulk_create([Contact(key=key, account=account) for key in keys])
for contact in Contact.objects.filter(key__startswith="some"):
    request_delivery(derived_id("bench", contact.pk), channel="in_app", to=contact, subject="Hello", text="Look.",
                     content=Content(Kind.BANNER, Button("Go", "/x")), category="service", account=account,
                     not_after=now + timedelta(days=7), now=now)
print(json.dumps({{key: sign(key, secret) for key in keys}}))
"""


@dataclass
class Case:
    """One kind of question: its path, the headers of each person, the status it is answered with."""

    path: str
    status: int
    headers: Iterator[Mapping[str, str]]
    best_ms: float = 0.0


def main() -> bool:
    """Print the cost of each case and its ratio. False when one costs more than it may."""
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home, installation(Path(home)) as server:
        hashes: dict[str, str] = server.python(_SET_UP)
        server.start("web")
        server.wait_ready()
        cases = _cases(server, hashes)
        for _ in range(ROUNDS):
            for case in cases.values():
                spent = _ask(server, case)
                case.best_ms = min(case.best_ms or spent, spent)
        return _report(cases)


def _cases(server: Installation, hashes: Mapping[str, str]) -> dict[str, Case]:
    def of(kind: str, **more: str) -> Iterator[Mapping[str, str]]:
        shown = {user: more.get("hash", hash) for user, hash in hashes.items() if user.startswith(kind)}
        origin = {"Origin": "https://app.example.com"}
        return cycle(
            [origin | {"Authorization": f"Mainstay {server.key}:{user}:{hash}"} for user, hash in shown.items()]
        )

    messages = "/in-app/v1/messages?v=1"
    return {
        "bare page": Case("/m/o/none/", 200, cycle([{}])),
        "nothing": Case(messages, 204, of("none")),
        "a message": Case(messages, 200, of("some")),
        "wrong hash": Case(messages, 403, of("none", hash="0" * 64)),
    }


def _ask(server: Installation, case: Case) -> float:
    """Milliseconds of the server's CPU for one question."""
    process = server.processes["web"].pid
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    before = cpu_seconds(process)
    for _ in range(ASKED):
        connection.request("GET", case.path, headers=dict(next(case.headers)))
        answer: Any = connection.getresponse()
        answer.read()
        assert answer.status == case.status, (case.path, answer.status)
    connection.close()
    return (cpu_seconds(process) - before) / ASKED * 1000


def _report(cases: Mapping[str, Case]) -> bool:
    bare = cases["bare page"].best_ms
    held = True
    for name, case in cases.items():
        ratio, most = case.best_ms / bare, MOST.get(name)
        is_held = most is None or ratio <= most
        held &= is_held
        bound = "" if most is None else f"   (at most {most:.1f}{'' if is_held else ': MISSED'})"
        print(f"{name:<12} {case.best_ms:6.2f} ms CPU   {ratio:5.2f} × the bare page{bound}")
    return held
