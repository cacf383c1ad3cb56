import pytest

from mainstay.common.addresses import Allowed, BadUrl, read_allowed, read_url, refusal


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", ""),
        ("8.8.8.8", ""),
        ("172.32.0.1", ""),  # the first after the private ones
        ("100.128.0.1", ""),
        ("2606:2800:220:1::1", ""),
        ("2a00:1450:4001:80b::200e", ""),
        ("10.0.0.1", "private"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("127.0.0.1", "this machine"),
        ("127.255.255.254", "this machine"),
        ("100.64.0.1", "carrier's NAT"),
        ("100.127.255.255", "carrier's NAT"),
        ("169.254.169.254", "link-local"),
        ("0.0.0.0", "no address"),
        ("0.1.2.3", "no address"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "reserved"),
        ("192.88.99.1", "reserved"),
        ("198.18.0.1", "reserved"),
        ("198.51.100.7", "reserved"),
        ("203.0.113.7", "reserved"),
        ("::", "no address"),
        ("::1", "this machine"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("::ffff:127.0.0.1", "written as IPv6"),
        ("::ffff:10.0.0.1", "written as IPv6"),
        ("::ffff:8.8.8.8", "written as IPv6"),
        ("::ffff:a00:1", "written as IPv6"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("2002:7f00:1::", "tunnel"),
        ("2001::1", "tunnel"),
        ("::7f00:1", "tunnel"),
        ("2001:db8::1", "reserved"),
        ("2001:20::1", "reserved"),
        ("3fff::1", "reserved"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
        ("4000::1", "reserved"),
    ],
)
def test_only_the_public_internet_is_written_to(address: str, kind: str) -> None:
    said = refusal(address)
    assert bool(said) == bool(kind)
    assert kind in said


INSIDE = read_allowed(["mattermost.lan", "10.20.0.0/16", "169.254.7.7/32", "64:ff9b::/96"])


@pytest.mark.parametrize(
    ("address", "host", "may"),
    [
        ("192.168.1.5", "mattermost.lan", True),
        ("127.0.0.1", "Mattermost.LAN.", True),
        ("fd00::5", "mattermost.lan", True),
        ("192.168.1.5", "evil.example", False),
        ("169.254.169.254", "mattermost.lan", False),  # where clouds keep their credentials
        ("224.0.0.1", "mattermost.lan", False),
        ("::ffff:10.0.0.1", "mattermost.lan", False),
        ("10.20.3.4", "any.example", True),
        ("10.21.3.4", "any.example", False),
        ("169.254.7.7", "any.example", True),
        ("64:ff9b::8.8.8.8", "any.example", True),
        ("64:ff9b::7f00:1", "any.example", False),  # behind the translation stands this machine
        ("64:ff9b::10.20.3.4", "any.example", True),
    ],
)
def test_what_the_installation_names_is_let_in_and_no_more(address: str, host: str, may: bool) -> None:
    assert (refusal(address, host=host, allowed=INSIDE) == "") == may


@pytest.mark.parametrize("word", ["10.0.0.0/99", "10.0.0.1/8", "a b", "host/path", ".", "münchen.lan"])
def test_what_is_neither_a_host_nor_a_network_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="neither the name of a host nor a network"):
        read_allowed([word])


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example/a/b?x=1", "hooks.example", 443, "/a/b?x=1"),
        ("https://hooks.example", "hooks.example", 443, "/"),
        ("https://HOOKS.example.:8443/ü#part", "hooks.example", 8443, "/%C3%BC"),
        ("https://münchen.example/%2F", "xn--mnchen-3ya.example", 443, "/%2F"),
        ("https://[2606:2800:220:1::1]/", "2606:2800:220:1::1", 443, "/"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    place = read_url(url)
    assert (place.host, place.port, place.path) == (host, port, path)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/", "begin with https"),
        ("ftp://hooks.example/", "like https"),
        ("file:///etc/passwd", "like https"),
        ("https:///x", "like https"),
        ("hooks.example/x", "like https"),
        ("https://user:word@hooks.example/", "user name or password"),
        ("https://user@hooks.example/", "user name or password"),
        ("https://hooks.example:25/", "port 25"),
        ("https://hooks.example:99999/", "cannot be understood"),
        ("https://[::1/", "cannot be understood"),
        ("https://hooks.example/a b", "blanks"),
        ("https://hooks.example/\r\nHost: other", "blanks"),
        ("https://hooks.example\\@10.0.0.1/", "backslashes"),
        ("https://hooks.example/" + "a" * 2_000, "too many letters"),
    ],
)
def test_other_urls_are_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(BadUrl, match=reason):
        read_url(url)


def test_http_is_spoken_where_the_installation_says_so() -> None:
    assert read_url("http://mattermost.lan/x", Allowed(http=True)).port == 80
