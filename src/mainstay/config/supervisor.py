"""Keeps child processes running in one terminal. Standard library only: it stays small while it waits.

Each child is a process group of its own, so that Ctrl-C reaches the supervisor alone, which then stops the children in
order. Children that are told `--parent` end when the supervisor is killed: see `follow_parent`.
"""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
HEALTHY_AFTER = 30.0
GRACE = 15.0


@dataclass(frozen=True)
class Program:
    """A child: the name before its lines, and its command."""

    name: str
    command: tuple[str, ...]


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    output: IO[bytes] | None = None
    rest: bytes = b""
    started_at: float = 0.0
    crashes: int = 0
    start_at: float = field(default_factory=time.monotonic)


class Supervisor:
    """Starts programs, passes on what they print, restarts those that end, stops all when asked."""

    def __init__(self, programs: Sequence[Program], *, say: Callable[[str], None]) -> None:
        self._children = [_Child(program) for program in programs]
        self._say = say
        self._selector = selectors.DefaultSelector()
        self._width = max(len(program.name) for program in programs)
        self._stops = 0

    def run(self) -> None:
        """Until SIGINT, SIGTERM or SIGHUP; then stop the children: gently, after 15 seconds or a second signal hard."""
        woken, wake = socket.socketpair()
        woken.settimeout(0)
        wake.settimeout(0)
        self._selector.register(woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(wake.fileno())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # only to wake the loop
        try:
            while not self._stops:
                self._start_due()
                self._turn(woken)
                self._look_after_the_dead()
            self._stop_all(woken)
        finally:
            signal.set_wakeup_fd(-1)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stops += 1

    def _start_due(self) -> None:
        for child in self._children:
            if child.process is None and time.monotonic() >= child.start_at:
                child.process = subprocess.Popen(
                    child.program.command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                )
                child.started_at = time.monotonic()
                child.output = child.process.stdout
                assert child.output is not None
                os.set_blocking(child.output.fileno(), False)
                self._selector.register(child.output, selectors.EVENT_READ, child)

    def _turn(self, woken: socket.socket) -> None:
        """Wait for output, a signal or the time of a restart, and pass on what was printed."""
        waits = [child.start_at - time.monotonic() for child in self._children if child.process is None]
        for key, _ in self._selector.select(max(0.01, min([1.0, *waits]))):
            if key.data is None:
                try:
                    woken.recv(1024)
                except BlockingIOError:
                    continue
            else:
                self._pass_on(key.data)

    def _pass_on(self, child: _Child) -> bool:
        """Say what the child has printed; False when there is nothing (more) to read at present."""
        data = child.output.read(65_536) if child.output else None
        if not data:
            if data is not None:
                self._close(child)
            return False
        *lines, child.rest = (child.rest + data).split(b"\n")
        self._say_lines(child, lines)
        return True

    def _close(self, child: _Child) -> None:
        if child.output is not None:
            self._selector.unregister(child.output)
            child.output.close()
            child.output = None
        if child.rest:
            self._say_lines(child, [child.rest])
            child.rest = b""

    def _say_lines(self, child: _Child, lines: list[bytes]) -> None:
        for line in lines:
            self._say(f"{child.program.name:<{self._width}} | {line.decode(errors='replace')}")

    def _look_after_the_dead(self) -> None:
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            self._drain(child)
            lived = time.monotonic() - child.started_at
            child.crashes = 0 if lived > HEALTHY_AFTER else child.crashes
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2**child.crashes)
            child.crashes += 1
            self._say(f"{child.program.name} ended ({_how(child.process)}); starting it again in {wait:g} s.")
            child.process, child.start_at = None, time.monotonic() + wait

    def _stop_all(self, woken: socket.socket) -> None:
        self._say("Stopping…")
        self._signal_all(signal.SIGTERM)
        asked, deadline = self._stops, time.monotonic() + GRACE
        while any(child.process and child.process.poll() is None for child in self._children):
            if time.monotonic() > deadline or self._stops > asked:
                self._signal_all(signal.SIGKILL)
            self._turn(woken)
        for child in self._children:
            self._drain(child)

    def _drain(self, child: _Child) -> None:
        while self._pass_on(child):
            pass
        self._close(child)

    def _signal_all(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.process and child.process.poll() is None:
                child.process.send_signal(number)


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def follow_parent(parent: int) -> None:
    """Ask for SIGTERM when the process `parent` ends; in a child of it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    else:
        threading.Thread(target=_watch_parent, args=[parent], daemon=True).start()
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
