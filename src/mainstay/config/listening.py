"""The address Mainstay listens on, taken before anything slow is started."""

import errno
import socket

from mainstay.common.errors import MainstayError


class AddressTaken(MainstayError):
    """The address cannot be listened on."""

    code = "address_taken"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; AddressTaken says why it cannot be had and what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise AddressTaken(_reason(host, port, error)) from error
    bound.set_inheritable(True)
    return bound


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; stop it, or choose another: --port {port + 1}."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root; choose one above 1023, like --port 8000."
    return (
        f"Mainstay cannot listen on {host}, port {port}: {error.strerror}. Use --host 127.0.0.1 for this machine only."
    )


def url(host: str, port: int) -> str:
    """The address as a person types it."""
    shown = {"127.0.0.1": "localhost", "::1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
