"""Mails to contacts through the outbox into an SMTP server on this machine, as fast as a worker sends them.

Each mail is decided about, made (foot, signed links, styles on its elements), written down before and after it goes.
The baseline is the same number of mails by a bare `smtplib`, over one connection, with nothing written down.
"""

import os
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage

from tests.ports import free_port

MAILS = 2_000
MUST_SEND_AN_HOUR = 20_000
# Each mail has a reader of its own, so that no cap holds it.
SERVER = """
import asyncio, sys
from aiosmtpd.controller import Controller
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 taken"
controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
"""


def main() -> bool:
    """Run in a process of its own: the settings of Django are read once per process."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
        environment = os.environ | {
            "MAINSTAY_HOME": home, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings", "MAINSTAY_LOG_LEVEL": "ERROR",
            "MAINSTAY_SMTP_HOST": "127.0.0.1", "MAINSTAY_SMTP_PORT": str(port), "MAINSTAY_SMTP_TLS": "false",
            "MAINSTAY_BASE_URL": "https://success.example.com",
        }  # fmt: skip
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert server.stdout is not None
        server.stdout.readline()
        try:
            command = [sys.executable, "-m", "benchmarks.mail", str(port)]
            return subprocess.run(command, env=environment, check=False).returncode == 0
        finally:
            server.terminate()
            server.wait()


def run(port: int) -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from mainstay.connectors.registry import channels  # noqa: PLC0415
    from mainstay.deliveries import receipts, services  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    now = _ask_for(MAILS)
    wall, cpu, sent = time.perf_counter(), _cpu(), 0
    while round_ := services.send_due(now, channels=channels()).sent:
        sent += round_
        receipts.pass_on(now)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    assert sent == MAILS, f"{sent} of {MAILS} mails went"
    bare_wall, bare_cpu = _bare(port)
    hourly = round(sent / wall * 3600)
    print(f"  {sent:,} mails in {wall:.1f} s: {hourly:,} an hour; {cpu / sent * 1000:.1f} ms of CPU each")
    print(f"  bare smtplib: {bare_wall / MAILS * 1000:.1f} ms each, {bare_cpu / MAILS * 1000:.1f} ms of CPU")
    print(f"  ratio: {wall / bare_wall:.1f} (time), {cpu / bare_cpu:.1f} (CPU)")
    return hourly >= MUST_SEND_AN_HOUR


def _ask_for(count: int):
    from django.db import transaction  # noqa: PLC0415

    from mainstay.accounts.models import Account, Contact  # noqa: PLC0415
    from mainstay.common.ids import derived_id  # noqa: PLC0415
    from mainstay.common.time import utc_now  # noqa: PLC0415
    from mainstay.deliveries.models import StoredPolicy  # noqa: PLC0415
    from mainstay.deliveries.policy import SHIPPED, WEEKDAYS  # noqa: PLC0415
    from mainstay.deliveries.services import request_delivery  # noqa: PLC0415

    now = utc_now()
    always = {"quiet_until": SHIPPED.quiet_from, "working_days": WEEKDAYS, "track_clicks": True, "track_opens": True}
    StoredPolicy.objects.create(pk=1, document=SHIPPED.model_copy(update=always).model_dump(mode="json"), saved_at=now)
    account = Account.objects.create(key="acme", name="Acme")
    people = [
        Contact(key=f"c{n}", name=f"Person {n}", email=f"p{n}@acme.example", account=account) for n in range(count)
    ]
    Contact.objects.bulk_create(people, batch_size=500)
    html = "<h1>Your quarter</h1>" + "<p>A line with <a href='https://docs.example/a'>a link</a>.</p>" * 12
    with transaction.atomic():
        for person in people:
            request_delivery(
                derived_id("bench", person.key), channel="email", to=person, category="success",
                subject="Your quarter", text="A line.\n" * 12, html=html, account=account, now=now,
            )  # fmt: skip
    return now


def _bare(port: int) -> tuple[float, float]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "p@acme.example", "Your quarter"
    mail.set_content("A line.\n" * 12)
    mail.add_alternative("<p>A line with a link.</p>" * 40, subtype="html")
    wall, cpu = time.perf_counter(), _cpu()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for _ in range(MAILS):
            connection.send_message(mail)
    return time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(0 if run(int(sys.argv[1])) else 1)
