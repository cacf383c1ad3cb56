"""The kinds of incoming data and their rhythm: how often each delivers, and whether it is late.

A source that is late freezes what is measured from it: unknown is not bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from django.db import transaction

from mainstay.common.calendars import countries
from mainstay.common.errors import Invalid
from mainstay.ingest import own
from mainstay.ingest.errors import UnknownSource
from mainstay.ingest.models import Source

LABELS: Final = {
    "product": "Product usage",
    "crm": "Accounts and contacts",
    "contracts": "Subscriptions",
    "billing": "Invoices",
    "readings": "Readings of limits",
    "support": "Support tickets",
    "surveys": "Survey responses",
    "interactions": "Meetings and calls",
}
# Until a rhythm is declared or learnt. Events come by themselves; the rest is often a file once a month.
_DEFAULTS: Final = {"product": timedelta(days=3)}
_DEFAULT: Final = timedelta(days=35)
# Arrivals closer together than this are one delivery. With half a day, 60 arrivals span at least a month, and the gap
# of a weekend is frequent enough to belong to the rhythm of a source that rests on weekends.
_SAME_DELIVERY: Final = timedelta(hours=12)
_ARRIVALS_KEPT: Final = 60
_ARRIVALS_NEEDED: Final = 8
# A source that delivers every day is not late before a day and two hours are over, whatever it did before.
_LEAST: Final = timedelta(hours=26)


@dataclass(frozen=True)
class Freshness:
    """How old a source is. A source that never delivered is missing, and not late: what it measures has no value.

    It is late once it is older than `rhythm_seconds`. `usual_seconds` is what usually lies between two deliveries (the
    median); None while there were too few to tell.
    """

    source: str
    label: str
    last_received_at: datetime | None
    age_seconds: int | None
    rhythm_seconds: int
    is_late: bool
    usual_seconds: int | None = None


def label_of(source: str) -> str:
    """The label of a source, also of what is written down in Mainstay itself."""
    return own.LABEL if source == own.OWN else LABELS.get(source, source)


def record_arrival(kind: str, *, at: datetime, rows: int) -> None:
    """The source `kind` delivered `rows` rows. In the caller's transaction. Raises UnknownSource."""
    if kind not in LABELS:
        raise UnknownSource(f"There is no source '{kind}'; use one of {', '.join(LABELS)}.")
    if rows <= 0:
        return
    with transaction.atomic():
        Source.objects.get_or_create(key=kind, defaults={"label": LABELS[kind]})
        source = Source.objects.select_for_update().get(key=kind)
        arrivals = [datetime.fromisoformat(text) for text in source.arrivals]
        if not arrivals or at - arrivals[-1] >= _SAME_DELIVERY:
            arrivals = [*arrivals, at][-_ARRIVALS_KEPT:]
        source.last_received_at = max(at, source.last_received_at or at)
        source.rows_received += rows
        source.arrivals = [arrival.isoformat() for arrival in arrivals]
        source.learnt_rhythm_seconds = learnt_rhythm(arrivals)
        source.save(update_fields=["last_received_at", "rows_received", "arrivals", "learnt_rhythm_seconds"])


def learnt_rhythm(arrivals: Sequence[datetime]) -> int | None:
    """Seconds after which a source with these arrivals (in order) is late: twice the gap that 95 of 100 keep within.

    None with fewer than 8 arrivals. At least 26 hours.
    """
    if len(arrivals) < _ARRIVALS_NEEDED:
        return None
    gaps = _gaps(arrivals)
    usual = gaps[min(len(gaps) - 1, -(-95 * len(gaps) // 100) - 1)]
    return int(max(usual * 2, _LEAST).total_seconds())


def usual_gap(arrivals: Sequence[datetime]) -> int | None:
    """Seconds that usually lie between two of these arrivals (in order): the median. None with fewer than 8."""
    if len(arrivals) < _ARRIVALS_NEEDED:
        return None
    return int(median(gap.total_seconds() for gap in _gaps(arrivals)))


def _gaps(arrivals: Sequence[datetime]) -> list[timedelta]:
    return sorted(later - earlier for earlier, later in pairwise(arrivals))


def declare_rhythm(kind: str, seconds: int | None) -> None:
    """A person says how often a source delivers; None goes back to the learnt rhythm. Raises UnknownSource."""
    if kind not in LABELS:
        raise UnknownSource(f"There is no source '{kind}'; use one of {', '.join(LABELS)}.")
    Source.objects.update_or_create(
        key=kind, defaults={"declared_rhythm_seconds": seconds}, create_defaults={
            "label": LABELS[kind], "declared_rhythm_seconds": seconds,
        },
    )  # fmt: skip


def declare_holidays(kind: str, country: str) -> None:
    """The country whose holidays are quiet days of a source; empty: none. Raises UnknownSource, Invalid."""
    if kind not in LABELS:
        raise UnknownSource(f"There is no source '{kind}'; use one of {', '.join(LABELS)}.")
    if country and country not in countries():
        raise Invalid(f"'{country}' is no country whose holidays are known; use an ISO 3166 code such as DE or US.")
    Source.objects.update_or_create(
        key=kind, defaults={"holidays_of": country}, create_defaults={"label": LABELS[kind], "holidays_of": country}
    )


def holidays_of(kind: str) -> str:
    """The country whose holidays are quiet days of a source; empty: none declared."""
    return Source.objects.filter(key=kind).values_list("holidays_of", flat=True).first() or ""


def freshness(now: datetime) -> dict[str, Freshness]:
    """Every source by its key, in a fixed order, whether it ever delivered or not."""
    known = {source.key: source for source in Source.objects.all()}
    return {key: _freshness(key, known.get(key), now) for key in LABELS}


def _freshness(key: str, source: Source | None, now: datetime) -> Freshness:
    rhythm = int(_DEFAULTS.get(key, _DEFAULT).total_seconds())
    if source is None or source.last_received_at is None:
        declared = source.declared_rhythm_seconds if source is not None else None
        return Freshness(key, LABELS[key], None, None, declared or rhythm, is_late=False)
    rhythm = source.declared_rhythm_seconds or source.learnt_rhythm_seconds or rhythm
    age = max(0, int((now - source.last_received_at).total_seconds()))
    usual = usual_gap([datetime.fromisoformat(text) for text in source.arrivals])
    return Freshness(key, LABELS[key], source.last_received_at, age, rhythm, age > rhythm, usual)
