"""One POST to a URL that somebody gave: to a judged address only, without redirects, within seconds.

The name is looked up once and what it says is judged (`common.addresses`); the connection goes to the address that was
judged. So a name that answers otherwise the second time (DNS rebinding) leads nowhere else. The certificate is still
that of the name. No proxy of the environment is used: it would look the name up again.
"""

import contextlib
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

from django.conf import settings

from mainstay.common import addresses
from mainstay.common.addresses import Allowed, BadUrl, Place
from mainstay.common.time import utc_now
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure

CONNECT_SECONDS = 5.0
# From the look-up of the name to the end of the answer.
WHOLE_SECONDS = 10.0
MOST_READ = 4_096
MOST_WAIT = timedelta(hours=24)
# Client errors that time may mend: a time-out, a conflict, too early, too many.
_MAY_PASS = (408, 409, 425, 429)


@dataclass(frozen=True)
class Answer:
    """What the other side said: the beginning of its text, and how long it asks to be left alone."""

    status: int
    text: str
    retry_after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


def allowed() -> Allowed:
    """What this installation lets in."""
    return addresses.read_allowed(settings.WEBHOOKS_PRIVATE, http=settings.WEBHOOKS_HTTP)


def check_url(url: str) -> Place:
    """The parts of a URL that may be sent to. BadUrl with the reason."""
    return addresses.read_url(url, allowed())


def refusal(place: Place, address: str) -> str:
    """Why nothing is sent to this address of the host, as a sentence; empty when it may be. ValueError: it is none."""
    reason = addresses.refusal(address, host=place.host, allowed=allowed())
    unless = "unless MAINSTAY_WEBHOOKS_PRIVATE names it"
    return f"{place.host} leads inside a network: {reason}. Nothing is sent there {unless}." if reason else ""


def post(url: str, body: bytes, headers: Mapping[str, str], *, whole_seconds: float | None = None) -> Answer:
    """Send it. DeliveryError: nothing was handed over. DeliveryUnsure: it may have been taken."""
    seconds = WHOLE_SECONDS if whole_seconds is None else whole_seconds
    ends = time.monotonic() + seconds
    try:
        place = check_url(url)
    except BadUrl as error:
        raise DeliveryError(str(error), permanent=True) from error
    with _connected(place, ends=ends) as (sock, is_late):
        connection = _speaking_over(sock, place)
        try:
            connection.request("POST", place.path, body, {"User-Agent": "Mainstay", **headers})
            response = connection.getresponse()
            if is_late():  # cut in the middle of the headers, which then look like all there are
                raise TimeoutError
        except (OSError, http.client.HTTPException) as error:
            said = f"did not answer within {seconds:g} seconds" if is_late() else f"broke off: {_reason(error)}"
            raise DeliveryUnsure(f"{place.host} {said}. It may have taken the message.") from error
        return _answer(response)


def refused(answer: Answer, host: str) -> DeliveryError:
    """Why it did not go, and whether it ever will. 410 says that nobody is there any more."""
    said = f": {answer.text}" if answer.text else ""
    if 300 <= answer.status < 400:
        said = ". Redirects are not followed; give the address it leads to"
    return DeliveryError(
        f"{host} answered {answer.status}{said}.",
        permanent=300 <= answer.status < 500 and answer.status not in _MAY_PASS,
        bad_address=answer.status == 410,
        retry_after=answer.retry_after if answer.status in (429, 503) else None,
    )


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a date, at most a day; None for nothing and nonsense."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text.lstrip("0")[:10] or 0)), MOST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the year 99999999999, too
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), MOST_WAIT)


@contextlib.contextmanager
def _connected(place: Place, *, ends: float) -> Iterator[tuple[socket.socket, "_Late"]]:
    """A connection that is cut when the time is over, whatever the other side does meanwhile."""
    sock: socket.socket | None = None
    late = _Late()
    try:
        try:
            sock = _connect(place, _addresses_of(place, ends=ends), ends=ends)
            late.watch(sock, ends=ends)
            if place.scheme == "https":
                sock = _tls().wrap_socket(sock, server_hostname=place.host, do_handshake_on_connect=False)
                late.watch(sock, ends=ends)
                sock.do_handshake()
        except OSError as error:  # certificates that do not fit among them
            said = "did not answer in time" if late() else _reason(error)
            raise DeliveryError(f"{place.host} cannot be reached: {said}.") from error
        yield sock, late
    finally:
        late.stop()
        if sock is not None:
            sock.close()


class _Late:
    """Cuts a connection at its end. A limit for each read would not do: a byte now and then keeps within it."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._is_over = False

    def __call__(self) -> bool:
        return self._is_over

    def watch(self, sock: socket.socket, *, ends: float) -> None:
        self.stop()
        sock.settimeout(max(ends - time.monotonic(), 0.01) + 1)
        self._timer = threading.Timer(max(ends - time.monotonic(), 0.01), self._cut, [sock])
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _cut(self, sock: socket.socket) -> None:
        self._is_over = True
        with contextlib.suppress(OSError):
            # Below TLS: the reader may be in the middle of a record.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _speaking_over(sock: socket.socket, place: Place) -> http.client.HTTPConnection:
    """HTTP over a connection that is there already."""
    if place.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(place.host, place.port, context=_tls())
    else:
        connection = http.client.HTTPConnection(place.host, place.port)
    connection.sock = sock
    return connection


def _addresses_of(place: Place, *, ends: float) -> list[str]:
    """Every address of the name, judged. DeliveryError where it is unknown or any of them is not to be written to."""
    found = _looked_up(place, seconds=min(CONNECT_SECONDS, ends - time.monotonic()))
    for address in found:
        if said := refusal(place, address):
            raise DeliveryError(said, permanent=True)
    return found


def _looked_up(place: Place, *, seconds: float) -> list[str]:
    """In a thread of its own: a name server that hangs cannot be told to stop."""
    answers: queue.Queue[list[str] | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in entries])
        except OSError as error:
            answers.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        raise DeliveryError(f"The name {place.host} could not be looked up in time.") from None
    if isinstance(answer, OSError):
        raise DeliveryError(f"The name {place.host} cannot be looked up: {_reason(answer)}.") from answer
    return list(dict.fromkeys(answer))


def _connect(place: Place, found: list[str], *, ends: float) -> socket.socket:
    """To the first of the judged addresses that takes the connection."""
    until = min(ends, time.monotonic() + CONNECT_SECONDS)
    error: OSError = OSError("it has no address")
    for address in found:
        seconds = until - time.monotonic()
        if seconds <= 0:
            break
        try:
            return socket.create_connection((address, place.port), seconds)
        except OSError as one:
            error = one
    raise error


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _answer(response: http.client.HTTPResponse) -> Answer:
    """The status decides; of the text so much as comes."""
    text = b""
    with contextlib.suppress(OSError, http.client.HTTPException):
        text = response.read(MOST_READ)
    said = " ".join(text.decode(errors="replace").split())[:300]
    printable = "".join(letter for letter in said if letter.isprintable())
    return Answer(response.status, printable, retry_after(response.headers.get("Retry-After"), utc_now()))


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({error.verify_message})"
    return str(getattr(error, "strerror", None) or error or type(error).__name__).rstrip(".")
