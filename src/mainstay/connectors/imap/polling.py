"""Reads the mailbox of answers: each mail once, in the order it came.

How far it was read is kept with what a mail came to, in one transaction: killed anywhere, the next look goes on with
the first mail that was not taken. Where the server numbers its mails anew (UIDVALIDITY), the last two weeks are looked
at again; mails that were taken are known by their Message-ID.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from mainstay.connectors.imap.mailbox import Address, Folder, MailboxProblem, opened
from mainstay.deliveries.incoming.services import take_mail
from mainstay.deliveries.models import Mailbox
from mainstay.jobs.errors import LockBusy
from mainstay.jobs.locks import only_one

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(days=14)
# The rest is taken a minute later.
MOST = 500


@dataclass(frozen=True)
class ReadResult:
    """What a look at the mailbox did: mails that were taken, and why it could not be read."""

    taken: int = 0
    problem: str = ""


def read_mailbox(now: datetime) -> ReadResult:
    """Take what is new. Does nothing where no mailbox is set, or while another process reads it."""
    address = address_in_use()
    if address is None:
        return ReadResult()
    try:
        with only_one("replies"):
            return _read(address, now)
    except LockBusy:
        return ReadResult()


def address_in_use() -> Address | None:
    """The mailbox of the settings; None where there is none."""
    if not settings.IMAP_HOST:
        return None
    return Address(
        host=settings.IMAP_HOST,
        port=settings.IMAP_PORT,
        user=settings.IMAP_USER,
        password=settings.IMAP_PASSWORD,
        folder=settings.IMAP_FOLDER,
        tls=settings.IMAP_TLS,
    )


def mailbox_problem() -> str:
    """Why the mailbox in use could not be read when it was looked at last; empty when it could, or is none."""
    address = address_in_use()
    found = Mailbox.objects.filter(name=address.name).first() if address else None
    if found is None or not found.problem or found.problem_since is None:
        return ""
    return f"Answers of contacts are not read since {found.problem_since:%-d %b %Y, %H:%M} UTC: {found.problem}"


def _read(address: Address, now: datetime) -> ReadResult:
    mailbox, _ = Mailbox.objects.get_or_create(name=address.name)
    taken = 0
    try:
        with opened(address) as folder:
            for uid in _new(folder, mailbox, now)[:MOST]:
                taken += _take(folder, mailbox, uid, now=now)
    except MailboxProblem as error:
        _note_problem(mailbox, error.message, now=now)
        return ReadResult(taken, error.message)
    Mailbox.objects.filter(pk=mailbox.pk).update(read_at=now, problem="", problem_since=None)
    return ReadResult(taken)


def _new(folder: Folder, mailbox: Mailbox, now: datetime) -> Sequence[int]:
    if folder.uid_validity == mailbox.uid_validity:
        return folder.uids_after(mailbox.uid)
    found = folder.uids_since((now - FIRST_LOOK).date())
    before = found[0] - 1 if found else folder.last_uid()
    Mailbox.objects.filter(pk=mailbox.pk).update(uid_validity=folder.uid_validity, uid=before)
    return found


def _take(folder: Folder, mailbox: Mailbox, uid: int, *, now: datetime) -> bool:
    found = folder.fetch(uid)  # before the transaction: the server may be slow
    with transaction.atomic():
        is_new = take_mail(found[0], received_at=found[1] or now, now=now) if found else False
        Mailbox.objects.filter(pk=mailbox.pk).update(uid=uid)
    return is_new


def _note_problem(mailbox: Mailbox, problem: str, *, now: datetime) -> None:
    """Said once in the log while it lasts; doctor and the page of messages have it all the while."""
    if mailbox.problem != problem:
        logger.error("Answers of contacts cannot be read: %s", problem)
    since = mailbox.problem_since or now
    Mailbox.objects.filter(pk=mailbox.pk).update(problem=problem[:500], problem_since=since)
