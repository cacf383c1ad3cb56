import socket

import pytest

from mainstay.config.listening import AddressTaken, listen, url
from tests.ports import free_port


def test_a_port_in_use_is_said_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"Port {port} .* in use .* --port {port + 1}"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressTaken, match=r"cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 8000)


def test_a_free_port_is_taken() -> None:
    with listen("127.0.0.1", free_port()) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://localhost:80"), ("0.0.0.0", "http://localhost:80"), ("fe80::1", "http://[fe80::1]:80")],
)
def test_the_address_is_written_as_a_person_types_it(host: str, shown: str) -> None:
    assert url(host, 80) == shown
