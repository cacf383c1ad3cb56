"""Ports of this machine that nobody else takes before a test uses them."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Below those that systems give to outgoing connections and to whoever asks for any port (from 32,768 on Linux, higher
# on macOS): between choosing one and listening on it, only somebody who names it could take it.
_CHOSEN = range(20_000, 32_768)
# Not the generator that tests may seed: processes that run tests side by side would choose the same ports.
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A port nobody listens on, for a process that has to be told one. A server of our own listens on port 0."""
    while True:
        port = _CHANCE.choice(_CHOSEN)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def dead_port() -> Iterator[int]:
    """A port at which nobody answers for as long as the block lasts: it is taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
