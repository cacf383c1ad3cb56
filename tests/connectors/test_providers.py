"""Mail through a provider's API: against a server on this machine that answers as Postmark does."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from django.conf import LazySettings

from mainstay.connectors.smtp import providers
from mainstay.connectors.smtp.channel import CHANNEL
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure, Message
from tests.ports import dead_port

ID = UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01")
MAIL = Message(
    ID, "ann@acme.example", "News", "Hello.", "<p>Hello.</p>", headers={"List-Unsubscribe": "<https://x.example/>"}
)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Provider:
    """What it was sent, and how it answers."""

    def __init__(self) -> None:
        self.taken: list[dict[str, object]] = []
        self.status = 200
        self.answer: dict[str, object] = {
            "To": "ann@acme.example", "SubmittedAt": "2026-11-23T09:00:00Z", "MessageID": "p-1", "ErrorCode": 0,
            "Message": "OK",
        }  # fmt: skip
        self.hangs_up = False


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    state = Provider()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if state.hangs_up:
                self.close_connection = True
                return
            body = json.dumps(state.answer).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    use(settings, port=server.server_address[1])
    yield state
    server.shutdown()
    server.server_close()


def use(settings: LazySettings, *, port: int) -> None:
    made = providers.mailer(providers.PROVIDERS["postmark"], "token")
    made["OPTIONS"]["api_url"] = f"http://127.0.0.1:{port}/"
    settings.MAIL_PROVIDER, settings.MAILERS = "postmark", {"default": made}


def test_a_mail_goes_with_its_headers_and_the_id_of_its_delivery(provider: Provider) -> None:
    receipt = CHANNEL.send(MAIL)
    (taken,) = provider.taken
    assert (taken["To"], taken["Subject"], taken["HtmlBody"]) == ("ann@acme.example", "News", "<p>Hello.</p>")
    assert taken["Metadata"] == {"delivery": str(ID)}
    headers = {one["Name"]: one["Value"] for one in taken["Headers"]}  # type: ignore[attr-defined]
    assert headers["List-Unsubscribe"] == "<https://x.example/>"
    assert headers["Message-ID"] == f"<{ID}@localhost>"
    assert "Postmark" in receipt.detail


@pytest.mark.parametrize(
    ("status", "permanent", "down"),
    [
        (401, False, True),
        (403, False, True),
        (429, False, True),
        (500, False, False),
        (503, False, True),
        (400, True, False),
    ],
)
def test_a_status_says_whether_it_is_final(provider: Provider, status: int, permanent: bool, down: bool) -> None:
    provider.status = status
    with pytest.raises(DeliveryError) as error:
        CHANNEL.send(MAIL)
    assert (error.value.permanent, error.value.channel_down) == (permanent, down)


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_gave_up_leaves_it_unsure(provider: Provider, status: int) -> None:
    provider.status = status
    with pytest.raises(DeliveryUnsure):
        CHANNEL.send(MAIL)


def test_a_recipient_the_provider_refuses_is_a_bad_address(provider: Provider) -> None:
    provider.status = 422
    provider.answer = {
        "ErrorCode": 406,
        "Message": "You tried to send to recipients that have all been marked as inactive. "
        "Found inactive addresses: ann@acme.example. Inactive recipients are ones that have generated a hard bounce, "
        "a spam complaint, or a manual suppression.",
    }
    with pytest.raises(DeliveryError) as error:
        CHANNEL.send(MAIL)
    assert (error.value.permanent, error.value.bad_address) == (True, True)


def test_a_line_that_breaks_leaves_it_unsure_and_one_never_made_is_down(
    provider: Provider, settings: LazySettings
) -> None:
    provider.hangs_up = True
    with pytest.raises(DeliveryUnsure):
        CHANNEL.send(MAIL)
    with dead_port() as port:
        use(settings, port=port)
        with pytest.raises(DeliveryError) as error:
            CHANNEL.send(MAIL)
    assert error.value.channel_down


def test_without_the_package_the_channel_says_what_to_install(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "find_spec", lambda name: None)
    assert "pip install 'mainstay[providers]'" in (CHANNEL.problem() or "")
    assert providers.errors() == ()


@pytest.mark.parametrize("provider_key", sorted(providers.PROVIDERS))
def test_each_provider_is_one_anymail_knows(provider_key: str, settings: LazySettings) -> None:
    settings.MAILERS = {"default": providers.mailer(providers.PROVIDERS[provider_key], "a-key")}
    assert CHANNEL.problem() is None
