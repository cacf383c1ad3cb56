"""Against a real SMTP server on this machine."""

import stat
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings

from mainstay.connectors.smtp.channel import CHANNEL
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure, Message
from tests.connectors import smtp_server
from tests.connectors.smtp_server import Handler
from tests.harness import PATIENCE
from tests.ports import dead_port

ID = UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01")
MAIL = Message(
    ID, "alice@orchard.example", "Acme — at risk", "Score 41.\nhttps://x.example/", "<p>Score <b>41</b>.</p>"
)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Handler]:
    with smtp_server.smtp_server() as handler:
        _configure(settings, host="127.0.0.1", port=handler.port, timeout=PATIENCE)
        yield handler


def _configure(settings: LazySettings, **options: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def test_a_mail_arrives_whole_and_carries_the_id_of_its_delivery(server: Handler) -> None:
    receipt = CHANNEL.send(MAIL)
    mail = message_from_bytes(server.taken[0], policy=policy.default)
    assert mail["Message-ID"] == f"<{ID}@localhost>"
    assert (mail["To"], mail["Subject"]) == ("alice@orchard.example", "Acme — at risk")
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Score 41." in plain.get_content()
    assert "<b>41</b>" in html.get_content()
    assert str(ID) in receipt.detail


@pytest.mark.parametrize(
    ("to_recipient", "to_data", "permanent"),
    [
        ("550 no such user", "250 OK", True),
        ("450 mailbox busy", "250 OK", False),
        ("250 OK", "554 refused as spam", True),
        ("250 OK", "451 try later", False),
    ],
)
def test_a_refusal_says_whether_it_is_final(server: Handler, to_recipient: str, to_data: str, permanent: bool) -> None:
    server.to_recipient, server.to_data = to_recipient, to_data
    with pytest.raises(DeliveryError) as refused:
        CHANNEL.send(MAIL)
    assert refused.value.permanent is permanent
    assert not refused.value.channel_down


def test_a_line_that_breaks_after_the_hand_over_leaves_it_unsure(server: Handler) -> None:
    server.to_data = "hang up"
    with pytest.raises(DeliveryUnsure):
        CHANNEL.send(MAIL)


def test_within_a_session_mails_share_a_connection(server: Handler) -> None:
    with CHANNEL.session():
        for _ in range(3):
            CHANNEL.send(MAIL)
    assert (len(server.taken), server.connections) == (3, 1)
    CHANNEL.send(MAIL)
    assert server.connections == 2


def test_a_connection_the_server_ended_meanwhile_leaves_nothing_unsure(server: Handler) -> None:
    server.ends_after_each = True
    with CHANNEL.session():
        CHANNEL.send(MAIL)
        assert server.has_ended.wait(PATIENCE)
        CHANNEL.send(MAIL)
    assert (len(server.taken), server.connections) == (2, 2)


def test_after_a_refusal_the_next_mail_goes_over_a_new_connection(server: Handler) -> None:
    with CHANNEL.session():
        server.to_recipient = "550 no such user"
        with pytest.raises(DeliveryError):
            CHANNEL.send(MAIL)
        server.to_recipient = "250 OK"
        CHANNEL.send(MAIL)
    assert (len(server.taken), server.connections) == (1, 2)


def test_a_server_that_cannot_be_reached_is_down_for_all(settings: LazySettings) -> None:
    with dead_port() as port:
        _configure(settings, host="127.0.0.1", port=port)
        with pytest.raises(DeliveryError) as error:
            CHANNEL.send(MAIL)
    assert error.value.channel_down
    assert not error.value.permanent
    assert f"127.0.0.1:{port}" in error.value.message


def test_a_refused_login_is_the_installation_s_fault(server: Handler, settings: LazySettings) -> None:
    _configure(settings, **settings.MAILERS["default"]["OPTIONS"], username="u", password="wrong")
    with pytest.raises(DeliveryError) as error:
        CHANNEL.send(MAIL)
    assert error.value.channel_down


def test_an_address_that_is_none_is_final(server: Handler) -> None:
    with pytest.raises(DeliveryError) as error:
        CHANNEL.send(Message(ID, "not an address", "s", "t", ""))
    assert error.value.permanent


def test_settings_that_do_not_fit_together_are_a_problem(settings: LazySettings) -> None:
    _configure(settings, host="h", use_tls=True, use_ssl=True)
    problem = CHANNEL.problem()
    assert problem is not None
    assert "incompatible" in problem


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MAILERS = {
        "default": {
            "BACKEND": "mainstay.connectors.smtp.files.FileBackend",
            "OPTIONS": {"file_path": str(tmp_path / "mail")},
        }
    }
    return tmp_path / "mail"


def test_without_a_server_a_mail_is_a_private_file_and_a_repeat_replaces_it(folder: Path) -> None:
    CHANNEL.send(MAIL)
    CHANNEL.send(MAIL)
    (file,) = folder.iterdir()
    assert CHANNEL.recognises_repeats
    assert file.name == f"{ID}@localhost.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"Score 41." in file.read_bytes()


def test_a_folder_that_cannot_be_written_is_down_for_all(folder: Path) -> None:
    folder.write_text("in the way")
    with pytest.raises(DeliveryError) as error:
        CHANNEL.send(MAIL)
    assert error.value.channel_down
