"""Workers by the dozen, to be killed: a process that has read everything once forks one for each line it is given.

A line is the instant that the worker takes for now. It works until nothing is left to do at that instant, and ends.
The pid of each is printed. Django is set up before this module is imported.
"""

import os
import signal
import sys
from datetime import datetime
from math import inf

from mainstay.connectors.registry import channels
from mainstay.deliveries import services as deliveries
from mainstay.playbooks import services as playbooks


def work(now: datetime) -> None:
    """What the worker does with playbooks and messages in a round, until a round does nothing."""
    busy = True
    while busy:
        started, _ = playbooks.start_runs(now), playbooks.look(now)
        carried_out = playbooks.advance(now, seconds=0.1)  # and mails between, however many runs there are
        sent = deliveries.send_due(now, channels=channels())
        busy = bool(started or carried_out or sent.sent)


def main() -> None:
    """Nothing is connected before the fork: each worker opens what it needs."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    channels()
    deliveries.ROUND_SECONDS = inf  # a round that sent nothing, however slow the machine, had nothing to send
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work(datetime.fromisoformat(line.strip()))
            os._exit(0)
        print(pid, flush=True)
