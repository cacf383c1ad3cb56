"""How many rows of each source happened on each day, and on which days each event came."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Model
from django.db.models.functions import TruncDate

from mainstay.common.time import DAY, midnight
from mainstay.facts.models import SourceVolume
from mainstay.facts.schema import USAGE, USER_DAYS
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.lake import engine
from mainstay.lake.store import Lake
from mainstay.subscriptions.models import Invoice

# The weeks a day is compared with, and some more to look at.
KEPT = timedelta(weeks=12)
# The instant or day on which a row of each source happened. Accounts and contracts have no rhythm by day.
_DATED: dict[str, tuple[type[Model], str]] = {
    "support": (Ticket, "opened_at"),
    "surveys": (Response, "answered_at"),
    "interactions": (Interaction, "occurred_at"),
    "billing": (Invoice, "issued_on"),
}
MEASURED = ("product", *_DATED)


def refresh_volumes(now: datetime) -> None:
    """Keep the rows by day of the last twelve weeks, today included, of every source that has a rhythm by day."""
    start, end = now.date() - KEPT, now.date() + DAY
    found = {source: _rows_by_day(source, start, end) for source in MEASURED}
    kept = [
        SourceVolume(source=source, day=day, rows=rows) for source, days in found.items() for day, rows in days.items()
    ]
    with transaction.atomic():
        SourceVolume.objects.all().delete()
        SourceVolume.objects.bulk_create(kept, batch_size=500)


def volumes(source: str) -> dict[date, int]:
    """The kept rows by day of one source, in order."""
    return dict(SourceVolume.objects.filter(source=source).order_by("day").values_list("day", "rows"))


def days_of_events(start: date, end: date) -> dict[str, list[date]]:
    """By event, the days of `[start, end)` on which any account used it, in order."""
    source = Lake().relation("usage", USAGE, start=start, end=end)
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT event, list(DISTINCT day ORDER BY day) FROM {source} "
            f"WHERE day >= DATE '{start}' AND day < DATE '{end}' GROUP BY event"
        ).fetchall()
    return dict(rows)


def _rows_by_day(source: str, start: date, end: date) -> dict[date, int]:
    if source == "product":
        return _events_by_day(start, end)
    model, name = _DATED[source]
    rows = model._default_manager.order_by()
    if name.endswith("_on"):
        found = rows.filter(**{f"{name}__gte": start, f"{name}__lt": end}).values_list(name)
    else:
        found = rows.filter(**{f"{name}__gte": midnight(start), f"{name}__lt": midnight(end)})
        found = found.annotate(on=TruncDate(name)).values_list("on")
    return dict(found.annotate(rows=Count("pk")))


def _events_by_day(start: date, end: date) -> dict[date, int]:
    source = Lake().relation("user_days", USER_DAYS, start=start, end=end)
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT day, sum(n)::BIGINT FROM {source} WHERE day >= DATE '{start}' AND day < DATE '{end}' GROUP BY day"
        ).fetchall()
    return dict(rows)
