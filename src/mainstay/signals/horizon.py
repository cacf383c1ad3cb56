"""How far signals have looked: which accounts and sources are new to a look, so that what opens in it was there before.

A signal that opens at the first look at its account, or at the first one with a source it rests on, tells of nothing
that just happened: nobody knows since when it stands. While a file that was uploaded is being imported, what is new
stays new: history that comes in parts is one first look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.ingest.models import FileImport
from mainstay.metrics.registry import all_metrics
from mainstay.signals.kind import Kind
from mainstay.signals.models import Horizon, Signal


@dataclass(frozen=True)
class Unseen:
    """What no look saw before: accounts whose id is above `above`, and `sources`."""

    above: int
    sources: frozenset[str]

    def is_new_to(self, kind: Kind) -> bool:
        """Whether a source is new that decides a kind; a score rests on all of them."""
        if kind.rests_on_health:
            return bool(self.sources)
        metrics = all_metrics()
        return any(self.sources & set(metrics[name].sources) for name in kind.fields if name in metrics)


def unseen(delivered: Iterable[str]) -> Unseen:
    """What is new to the look that begins, `delivered` being the sources that ever delivered."""
    row = Horizon.objects.first()
    if row is not None:
        return Unseen(row.accounts_until, frozenset(delivered) - frozenset(row.sources))
    if Signal.objects.exists():  # by a release that did not keep how far it looked
        return Unseen(latest_account(), frozenset())
    return Unseen(0, frozenset(delivered))


def move(delivered: Iterable[str], *, until: int, now: datetime) -> None:
    """All accounts with ids up to `until` were looked at, with these sources."""
    row = Horizon.objects.first() or Horizon.objects.create()
    # One that was left waiting for a day is waited for no longer.
    if FileImport.objects.filter(state__in=("waiting", "running"), created_at__gte=now - DAY).exists():
        return
    sources = sorted(delivered)
    if (row.accounts_until, row.sources) != (until, sources):
        Horizon.objects.filter(pk=row.pk).update(accounts_until=until, sources=sources)


def latest_account() -> int:
    """The highest id of an account; 0 where there is none."""
    return int(Account.objects.aggregate(latest=Max("pk"))["latest"] or 0)
