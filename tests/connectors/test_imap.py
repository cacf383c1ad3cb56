"""The mailbox of answers: each mail once, whatever breaks in between; and what is wrong, said once and clearly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.config.doctor import check_mail
from mainstay.connectors.imap import polling
from mainstay.connectors.imap.polling import mailbox_problem, read_mailbox
from mainstay.deliveries.models import Incoming, Mailbox
from mainstay.interactions.models import Interaction
from tests.builders import Cast
from tests.connectors.imap_server import Box, imap_server
from tests.deliveries.incoming import mails

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def box(cast: Cast, settings: LazySettings) -> Iterator[Box]:
    Contact.objects.create(key="ann", email="ann@acme.example", account=cast.acme)
    with imap_server() as (found, port):
        settings.IMAP_HOST, settings.IMAP_PORT, settings.IMAP_TLS = "127.0.0.1", port, False
        settings.IMAP_USER, settings.IMAP_PASSWORD, settings.IMAP_FOLDER = "replies", "secret", "INBOX"
        yield found


def keys() -> int:
    return Incoming.objects.count()


def test_each_mail_is_taken_once_and_dated_by_its_server(box: Box) -> None:
    box.put(mails.answer())
    box.put(mails.answer(number=2))
    assert read_mailbox(NOW).taken == 2
    assert read_mailbox(NOW).taken == 0
    assert box.fetched == [1, 2]
    assert Interaction.objects.first().occurred_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    box.put(mails.answer(number=3))
    assert read_mailbox(NOW).taken == 1
    assert box.fetched == [1, 2, 3]


def test_nothing_is_changed_in_the_mailbox(box: Box) -> None:
    box.put(mails.answer())
    read_mailbox(NOW)
    assert any(command.startswith("EXAMINE") for command in box.commands)
    assert any("BODY.PEEK[]" in command for command in box.commands)
    assert not any(word in command for command in box.commands for word in ("STORE", "EXPUNGE", "SELECT ", "COPY"))


def test_the_first_look_leaves_what_is_old_and_does_not_come_back_to_it(box: Box) -> None:
    box.put(mails.answer(), day="02-Nov-2026")
    assert read_mailbox(NOW).taken == 0
    assert read_mailbox(NOW).taken == 0
    box.put(mails.answer(number=2))
    assert read_mailbox(NOW).taken == 1


def test_killed_between_two_mails_it_goes_on_with_the_next(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        box.put(mails.answer(number=number))
    taken, real = [], polling.take_mail

    def dies(content: bytes, **options: object) -> bool:
        is_new = real(content, **options)  # type: ignore[arg-type]
        taken.append(content)
        if len(taken) == 3:
            raise KeyboardInterrupt  # after the work, before the commit
        return is_new

    monkeypatch.setattr(polling, "take_mail", dies)
    with pytest.raises(KeyboardInterrupt):
        read_mailbox(NOW)
    assert keys() == 2
    assert read_mailbox(NOW).taken == 3
    assert (keys(), Interaction.objects.count()) == (5, 5)


def test_a_connection_that_breaks_loses_nothing(box: Box) -> None:
    for number in range(1, 4):
        box.put(mails.answer(number=number))
    box.hangs_up_after = 2
    found = read_mailbox(NOW)
    assert found.taken == 2
    assert "broke" in found.problem
    box.hangs_up_after = None
    assert read_mailbox(NOW).taken == 1
    assert (keys(), mailbox_problem()) == (3, "")


def test_mails_that_are_numbered_anew_are_not_doubled(box: Box) -> None:
    box.put(mails.answer())
    read_mailbox(NOW)
    box.uid_validity, box.mails = 8, {}
    box.put(mails.answer(number=2))
    box.put(mails.answer())
    assert read_mailbox(NOW).taken == 1
    assert keys() == 2


def test_a_mail_that_is_gone_or_too_large_is_left_out(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.connectors.imap.mailbox.MOST_BYTES", 1_000)
    box.put(mails.answer() + b"x" * 2_000)
    box.put(mails.answer(number=2))
    assert read_mailbox(NOW).taken == 1
    assert read_mailbox(NOW).taken == 0


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("IMAP_PASSWORD", "another-word", "check MAINSTAY_IMAP_USER and MAINSTAY_IMAP_PASSWORD"),
        ("IMAP_FOLDER", "Nowhere", "check MAINSTAY_IMAP_FOLDER"),
        ("IMAP_PORT", 1, "cannot be reached"),
        ("IMAP_TLS", True, "MAINSTAY_IMAP_HOST"),
    ],
)
def test_what_is_wrong_is_one_clear_problem_until_it_is_mended(
    box: Box, settings: LazySettings, caplog: pytest.LogCaptureFixture, setting: str, value: object, said: str
) -> None:
    good = {name: getattr(settings, name) for name in ("IMAP_PASSWORD", "IMAP_FOLDER", "IMAP_PORT", "IMAP_TLS")}
    setattr(settings, setting, value)
    first = read_mailbox(NOW)
    assert said in first.problem
    assert "another-word" not in first.problem
    read_mailbox(NOW + timedelta(minutes=1))
    assert len([one for one in caplog.records if "cannot be read" in one.message]) == 1
    assert mailbox_problem().startswith("Answers of contacts are not read since 25 Nov 2026, 09:00 UTC: ")
    assert any(finding.is_error and said in finding.what for finding in check_mail(NOW))
    for name, mended in good.items():
        setattr(settings, name, mended)
    assert read_mailbox(NOW).problem == ""
    assert mailbox_problem() == ""


def test_the_page_of_messages_says_it_too(box: Box, cast: Cast, settings: LazySettings) -> None:
    client = Client()
    client.force_login(cast.vera, backend="django.contrib.auth.backends.ModelBackend")
    assert "They wait in the mailbox" not in client.get("/messages/").content.decode()
    settings.IMAP_PASSWORD = "another-word"
    read_mailbox(NOW)
    assert "They wait in the mailbox" in client.get("/messages/").content.decode()


def test_without_a_mailbox_nothing_is_read(db: None, settings: LazySettings) -> None:
    settings.IMAP_HOST = ""
    assert read_mailbox(NOW).taken == 0
    assert not Mailbox.objects.exists()
