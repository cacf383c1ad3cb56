"""One POST to a URL that somebody gave: against real servers on this machine, good ones and bad ones."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mainstay.deliveries import posting
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure
from tests.connectors.http_server import Hourglass, Reply, Server, certificate_of, names, serving, trust
from tests.harness import PATIENCE
from tests.ports import dead_port

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


@pytest.fixture
def hourglass(monkeypatch: pytest.MonkeyPatch) -> Hourglass:
    return Hourglass(monkeypatch)


def post(server: Server, path: str = "/hook?x=1") -> posting.Answer:
    url = f"http://127.0.0.1:{server.server_port}{path}"
    return posting.post(url, b'{"a": 1}', {"Content-Type": "application/json"}, whole_seconds=PATIENCE)


def test_the_body_goes_as_it_is_and_the_answer_is_told(server: Server) -> None:
    server.replies = [Reply(202, text="thanks\x00 \n a lot")]
    assert post(server) == posting.Answer(202, "thanks a lot")
    (taken,) = server.taken
    assert (taken.path, taken.body, taken.headers["host"]) == (
        "/hook?x=1",
        b'{"a": 1}',
        f"127.0.0.1:{server.server_port}",
    )


@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(trickles="headers")])
def test_one_that_hangs_or_trickles_is_cut_off_and_may_have_taken_it(
    server: Server, hourglass: Hourglass, reply: Reply
) -> None:
    server.replies, server.when_held = [reply], hourglass.run_out
    with pytest.raises(DeliveryUnsure, match=rf"did not answer within {PATIENCE:g} seconds"):
        post(server)


def test_an_answer_whose_text_trickles_is_an_answer(
    server: Server, hourglass: Hourglass, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = posting._answer

    def read_in_the_last_moment(response: Any) -> posting.Answer:
        hourglass.run_out()
        return read(response)

    monkeypatch.setattr(posting, "_answer", read_in_the_last_moment)
    server.replies = [Reply(201, trickles="body")]
    answer = post(server)
    assert (answer.status, answer.is_taken) == (201, True)


def test_no_more_of_an_answer_is_read_than_is_shown(server: Server) -> None:
    server.replies = [Reply(500, text="x" * 10_000_000)]
    assert len(post(server).text) == 300


def test_a_connection_that_is_reset_after_the_hand_over_leaves_it_unsure(server: Server) -> None:
    server.replies = [Reply(resets=True)]
    with pytest.raises(DeliveryUnsure, match="may have taken the message"):
        post(server)
    assert len(server.taken) == 1


def test_redirects_are_not_followed(server: Server) -> None:
    server.replies = [Reply(307, {"Location": f"http://127.0.0.1:{server.server_port}/secret"})]
    answer = post(server)
    error = posting.refused(answer, "Orders")
    assert error.permanent
    assert error.message == "Orders answered 307. Redirects are not followed; give the address it leads to."
    assert len(server.taken) == 1


def test_nobody_listening_is_not_for_good(server: Server) -> None:
    refusal = r"127\.0\.0\.1 cannot be reached: Connection refused\."
    with dead_port() as port, pytest.raises(DeliveryError, match=refusal) as refused:
        posting.post(f"http://127.0.0.1:{port}/", b"", {})
    assert not refused.value.permanent


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.216.34", "169.254.169.254"], ["127.0.0.2"]])
def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(
    server: Server, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, evil=found)
    with pytest.raises(
        DeliveryError, match=r"evil\.example leads inside a network: .* MAINSTAY_WEBHOOKS_PRIVATE"
    ) as refused:
        posting.post("https://evil.example/", b"", {})
    assert refused.value.permanent


def test_a_name_is_looked_up_once_and_the_connection_goes_where_it_was_judged(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    names(monkeypatch, hook=["127.0.0.1"])
    first = socket.getaddrinfo

    def rebinding(host: str, *args: Any, **options: Any) -> Any:
        asked.append(host)
        return first("169.254.169.254" if asked.count("hook.example") > 1 else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    posting.post(f"http://hook.example:{server.server_port}/", b"", {})
    assert asked.count("hook.example") == 1
    assert server.taken[0].headers["host"] == f"hook.example:{server.server_port}"


def test_a_name_that_nobody_knows_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch)
    with pytest.raises(DeliveryError, match=r"nowhere\.example cannot be looked up") as refused:
        posting.post("https://nowhere.example/", b"", {})
    assert not refused.value.permanent


def test_a_name_server_that_hangs_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(PATIENCE) and [])
    with pytest.raises(DeliveryError, match="could not be looked up in time"):
        posting.post("https://slow.example/", b"", {}, whole_seconds=0.05)
    over.set()


@pytest.mark.parametrize("url", ["http://hook.example/", "https://a:b@hook.example/", "https://hook.example:22/"])
def test_a_url_that_may_not_be_sent_to_is_refused_for_good(url: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        posting.post(url, b"", {})
    assert refused.value.permanent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of("hook.example", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE = ["127.0.0.1/32"]
    names(monkeypatch, hook=["127.0.0.1"], other=["127.0.0.1"])
    with serving(trust(monkeypatch, certificate)) as made:
        yield made


def test_the_certificate_is_that_of_the_name(tls: Server) -> None:
    assert posting.post(f"https://hook.example:{tls.server_port}/", b"x", {}).is_taken
    with pytest.raises(DeliveryError, match=r"other\.example cannot be reached: its certificate is not accepted"):
        posting.post(f"https://other.example:{tls.server_port}/", b"x", {})
    assert len(tls.taken) == 1


def test_one_that_hangs_over_tls_is_cut_off_too(tls: Server, hourglass: Hourglass) -> None:
    tls.replies, tls.when_held = [Reply(trickles="headers")], hourglass.run_out
    with pytest.raises(DeliveryUnsure, match="did not answer within"):
        posting.post(f"https://hook.example:{tls.server_port}/", b"x", {})


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(301, True), (400, True), (401, True), (403, True), (404, True), (410, True), (422, True), (408, False),
     (409, False), (425, False), (429, False), (500, False), (502, False), (503, False), (504, False)],
)  # fmt: skip
def test_whether_a_refusal_is_for_good(status: int, permanent: bool) -> None:
    error = posting.refused(posting.Answer(status, "no"), "Orders")
    assert (error.permanent, error.bad_address) == (permanent, status == 410)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9999999999", 24 * 3600),
        ("Wed, 25 Nov 2026 10:02:00 GMT", 120),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 0),
        ("Fri, 25 Dec 2026 10:00:00 GMT", 24 * 3600),
        ("9" * 5_000, 24 * 3600),
        ("Mon, 20 Nov 99999999999999999999 19:12:08 GMT", None),
        ("Mon, 20 Nov 2026 19:12:08 +99999999999999999999", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_the_other_side_asks_to_wait(value: str | None, seconds: int | None) -> None:
    assert posting.retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))
