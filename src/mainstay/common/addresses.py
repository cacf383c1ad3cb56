"""Where a URL that somebody gave may lead: to the public internet, and to what the installation names. Pure.

A name is looked up once, by whoever connects; each address that comes of it is judged here, and the connection goes to
an address that was judged. Networks as in the IANA special-purpose registries (RFC 6890 and its updates).
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_LETTERS = 2_000
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)


class BadUrl(ValueError):
    """A URL that nothing is sent to; the message is a sentence for people."""


@dataclass(frozen=True)
class Allowed:
    """What an installation lets in beside public addresses: hosts by name, networks; and http without TLS."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    http: bool = False


@dataclass(frozen=True)
class Place:
    """A checked URL, taken apart. `path` with the query, as it stands in the request."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)  # a webhook's path is often its password


def read_allowed(words: Iterable[str], *, http: bool = False) -> Allowed:
    """From names of hosts and networks. ValueError names the word that is neither."""
    hosts, networks = set(), []
    for word in words:
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError:
            if not _HOST.fullmatch(word):
                raise ValueError(f"'{word}' is neither the name of a host nor a network such as 10.0.0.0/8") from None
            hosts.add(word.lower().rstrip("."))
    return Allowed(frozenset(hosts), tuple(networks), http)


def read_url(url: str, allowed: Allowed = Allowed()) -> Place:
    """The parts of a URL that may be sent to, whatever its name resolves to. BadUrl says what would be right."""
    if len(url) > MOST_LETTERS or any(letter <= " " or letter in "\\\x7f" for letter in url):
        raise BadUrl("The address has blanks, control characters, backslashes or too many letters; copy it again.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:  # UnicodeError among them
        raise BadUrl("The address cannot be understood; write it as https://host/path.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise BadUrl("The address must be like https://host/path.")
    if parts.scheme == "http" and not allowed.http:
        raise BadUrl("The address must begin with https://, so that nobody on the way reads or changes what is sent.")
    if parts.username is not None or parts.password is not None:
        raise BadUrl("The address holds a user name or password before the @; leave them out.")
    port = port or (443 if parts.scheme == "https" else 80)
    if port < 1024 and port not in (80, 443):
        raise BadUrl(f"The port {port} belongs to another service; use 443, 80, or one from 1024 up.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")}" if parts.query else ""
    return Place(parts.scheme, host, port, path + query)


def refusal(address: str, *, host: str = "", allowed: Allowed = Allowed()) -> str:
    """Why nothing is sent to this address, as `10.0.0.1 is a private address`; empty when it may be.

    An allowed name opens private addresses, the own machine's among them; link-local ones (where clouds keep their
    credentials), multicast and reserved ones only an allowed network does. An IPv4 address within one is judged itself.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    kind, is_private = _kind_of(found)
    if not kind:
        return ""
    if any(found.version == network.version and found in network for network in allowed.networks):
        inner = _carried(found)
        return refusal(str(inner), host=host, allowed=allowed) if inner else ""
    if is_private and host.lower().rstrip(".") in allowed.hosts:
        return ""
    return f"{address} is {kind}"


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in text.split())


_PRIVATE = "a private address"
_LOOPBACK = "this machine itself"
_RESERVED = "a reserved address"
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Whether an allowed name opens it stands last.
_KINDS: tuple[tuple[tuple[Network, ...], str, bool], ...] = (
    (_networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"), _PRIVATE, True),
    (_networks("127.0.0.0/8 ::1/128"), _LOOPBACK, True),
    (_networks("100.64.0.0/10"), "an address shared behind a carrier's NAT", True),
    (_networks("0.0.0.0/8 ::/128"), "no address to connect to", False),
    (_networks("169.254.0.0/16 fe80::/10"), "a link-local address", False),
    (_networks("224.0.0.0/4 ff00::/8"), "a multicast address", False),
    ((_MAPPED,), "an IPv4 address written as IPv6", False),
    (_networks("64:ff9b::/96 64:ff9b:1::/48"), "an IPv4 address behind NAT64", False),
    (_networks("2002::/16 2001::/32 ::/96"), "an IPv4 address in a tunnel", False),
    (
        _networks(
            "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
            "2001::/23 2001:db8::/32 3fff::/20"
        ),
        _RESERVED,
        False,
    ),
)


def _kind_of(address: Address) -> tuple[str, bool]:
    """What it is, and whether a private one; empty for one of the public internet."""
    for networks, kind, is_private in _KINDS:
        if any(address.version == network.version and address in network for network in networks):
            return kind, is_private
    is_public = address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST)
    return ("", False) if is_public else (_RESERVED, False)


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if isinstance(address, ipaddress.IPv6Address) and (address in _MAPPED or address in _TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
