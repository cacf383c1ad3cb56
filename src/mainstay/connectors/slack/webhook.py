"""One POST to an address that a user gave: https only, to public addresses only, without redirects, within seconds.

The name is looked up once and what it says is checked; the connection goes to the address that was checked. So a name
that answers otherwise the second time (DNS rebinding) leads nowhere else. The certificate is still that of the name.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
MOST_READ = 500


@dataclass(frozen=True)
class Answer:
    """What the other side said, its beginning."""

    status: int
    text: str


class PinnedConnection(http.client.HTTPSConnection):
    """Connects to the address that was checked, and asks for the certificate of the name."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=ANSWER_SECONDS, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        """As its parent does, but to the address."""
        plain = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        plain.settimeout(ANSWER_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def post_json(url: str, body: dict[str, str]) -> Answer:
    """Send it. DeliveryError: nothing was handed over. DeliveryUnsure: the connection broke afterwards."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise DeliveryError("The webhook is not an https address; give another one in the profile.", permanent=True)
    host, port = parts.hostname, parts.port or 443
    connection = PinnedConnection(host, port, public_address(host, port), ssl.create_default_context())
    try:
        _connect(connection, host)
        return _exchange(connection, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, host)
    finally:
        connection.close()


def public_address(host: str, port: int) -> str:
    """An address of the host to connect to. DeliveryError where the name is unknown or any of its addresses is ours."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DeliveryError(f"The name {host} cannot be looked up: {error}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not is_public(address):
            raise DeliveryError(
                f"The webhook leads to {address}, an address inside a network; only public ones are written to.",
                permanent=True,
            )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether it is an address of the public internet, also where it is IPv4 written as IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)


def _connect(connection: PinnedConnection, host: str) -> None:
    try:
        connection.connect()
    except OSError as error:  # certificates that do not fit among them
        raise DeliveryError(f"{host} cannot be reached: {error}.") from error


def _exchange(connection: PinnedConnection, path: str, body: dict[str, str], host: str) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Mainstay"}
    try:
        connection.request("POST", path, json.dumps(body).encode(), headers)
        response = connection.getresponse()
        text = response.read(MOST_READ).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryUnsure(f"The connection to {host} broke while it took the message: {error}.") from error
    return Answer(response.status, text)
