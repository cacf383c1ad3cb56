"""Processes of our own for work that one interpreter cannot share out: spawned, with Django set up in each.

Spawned, not forked: an engine that crossed a fork loses writes silently. Nothing here may import models: a new process
reads this module before Django is set up.
"""

import ctypes
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import Any

import django
from django.conf import settings
from django.utils.module_loading import import_string

_PR_SET_PDEATHSIG = 1


@contextmanager
def pool(processes: int, *, begin: str, arguments: Sequence[Any] = ()) -> Iterator[ProcessPoolExecutor]:
    """So many processes, which share the threads of the engine; each calls the function `begin` names when it starts.

    They end with the block, and when this process is killed.
    """
    threads = max(1, settings.ENGINE_THREADS // processes)
    given = (threads, begin, tuple(arguments))
    with ProcessPoolExecutor(processes, get_context("spawn"), _set_up, given) as made:
        yield made


def _set_up(threads: int, begin: str, arguments: tuple[Any, ...]) -> None:
    # Elsewhere than on Linux the process ends when it next asks its parent for work.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    django.setup()
    settings.ENGINE_THREADS = threads
    import_string(begin)(*arguments)
