"""One metric: what it means, how it is computed, how its values are spread and move, for whom there is none and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlglot
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.common.money import exponent
from mainstay.ingest.sources import Freshness, freshness
from mainstay.metrics import engine, insight, uses
from mainstay.metrics.insight import Spread
from mainstay.metrics.models import OwnMetric, ProfileRun
from mainstay.metrics.own.reading import as_yaml
from mainstay.metrics.registry import Direction, Kind, Metric, all_metrics, get
from mainstay.metrics.selectors import Progress, progress, sources_of
from mainstay.metrics.stored import document_of
from mainstay.metrics.uses import Use
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web import svg
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.moment import moment_of, shows_the_past
from mainstay.web.values import written

SHOWN = timedelta(days=365)
MOST = 20
BETTER = {Direction.UP: "more is better", Direction.DOWN: "less is better", Direction.NONE: "neither is better"}
KINDS = {
    Kind.SIMPLE: "counted over a window",
    Kind.SNAPSHOT: "the state at an instant",
    Kind.DERIVED: "made of other metrics",
}


@dataclass(frozen=True)
class Standing:
    """An account and its value as it is written."""

    account: Account
    value: str


@dataclass(frozen=True)
class Without:
    """Accounts without a value and why; some of them by name."""

    reason: str
    count: int
    accounts: Sequence[Account]


@dataclass(frozen=True)
class Detail:
    """The context of the page."""

    metric: Metric
    kind: str
    better: str
    parents: Sequence[Metric]
    children: Sequence[Metric]
    sources: Sequence[Freshness]
    uses: Sequence[Use]
    spread: Spread
    numbers: Sequence[tuple[str, str]]
    histogram: SafeString
    bars: Sequence[tuple[str, int]]
    history: SafeString
    table: Sequence[tuple[date, Spread, str, str]]
    outliers: Sequence[Standing]
    outlier_count: int
    without: Sequence[Without]
    statement: str
    document: str
    progress: Progress | None
    is_measured: bool
    may_edit: bool


@require_GET
@shows_the_past
def metric(request: HttpRequest, key: str) -> HttpResponse:
    """The metric as of the moment that is shown."""
    declared, moment = get(key), moment_of(request)
    found = insight.values(key, moment.kept_day if moment.is_past else None)
    known = freshness(moment.now)
    days = insight.over_time(key, start=moment.day - SHOWN, end=moment.day + timedelta(days=1))
    far = insight.outliers(found)
    spread, bins = insight.spread(found), insight.bins(found)
    say = _writer(declared)
    detail = Detail(
        metric=declared,
        kind=KINDS[declared.kind],
        better=BETTER[declared.direction],
        parents=[get(parent) for parent in declared.parents if parent in all_metrics()],
        children=[one for one in all_metrics().values() if key in one.parents],
        sources=[known[source] for source in sources_of(key) if source in known],
        uses=uses.of(key),
        spread=spread,
        numbers=_numbers(spread, say),
        histogram=svg.histogram(bins, label=f"{declared.label}: accounts by value", written=say),
        bars=[(_span(one, say), one.accounts) for one in bins],
        history=svg.spread_over_time(days, label=f"{declared.label}: median and spread over time", written=say),
        table=[(day, one, say(one.median), f"{say(one.p25)} to {say(one.p75)}") for day, one in reversed(days)],
        outliers=_standings(far[:MOST], say),
        outlier_count=len(far),
        without=_without(key, found, known, moment.kept_day if moment.is_past else None),
        statement=_statement(key),
        document=_document(key),
        progress=progress(key, now=moment.now) if _document(key) else None,
        is_measured=moment.is_past or _is_measured(key),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "metrics/metric.html", {"detail": detail, "title": declared.label})


@require_GET
@shows_the_past
def export(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The value of every customer as CSV."""
    declared, moment = get(key), moment_of(request)
    found = insight.values(key, moment.kept_day if moment.is_past else None)
    record_audit(user_of(request), "metrics.exported", f"metric:{key}", accounts=len(found))
    return csv_response(f"{key}-{moment.day}", ("account", "name", declared.key), _rows(found))


def _rows(found: insight.Values) -> Iterator[Sequence[object]]:
    for pk, key, name in Account.objects.order_by("name", "pk").values_list("pk", "key", "name").iterator(2000):
        if pk in found:
            yield key, name, found[pk]


def _writer(declared: Metric) -> Callable[[float | None], str]:
    return lambda value: written(value, declared.unit)


def _numbers(spread: Spread, say: Callable[[float | None], str]) -> list[tuple[str, str]]:
    return [
        ("Lowest", say(spread.low)),
        ("A tenth below", say(spread.p10)),
        ("A quarter below", say(spread.p25)),
        ("Median", say(spread.median)),
        ("A quarter above", say(spread.p75)),
        ("A tenth above", say(spread.p90)),
        ("Highest", say(spread.high)),
    ]


def _span(one: insight.Bin, say: Callable[[float | None], str]) -> str:
    return say(one.start) if one.start == one.end else f"{say(one.start)} to {say(one.end)}"


def _standings(pairs: Sequence[tuple[int, float]], say: Callable[[float | None], str]) -> list[Standing]:
    accounts = Account.objects.in_bulk([pk for pk, _ in pairs])
    return [Standing(accounts[pk], say(value)) for pk, value in pairs if pk in accounts]


def _without(key: str, found: insight.Values, known: Mapping[str, Freshness], day: date | None) -> list[Without]:
    groups = insight.missing(key, found, known, day=day)
    accounts = Account.objects.in_bulk([pk for group in groups for pk in group.account_ids[:MOST]])
    return [
        Without(
            group.reason,
            len(group.account_ids),
            sorted((accounts[pk] for pk in group.account_ids[:MOST] if pk in accounts), key=lambda one: one.name),
        )
        for group in groups
    ]


def _is_measured(key: str) -> bool:
    """False for a metric that was declared, or changed, since profiles were computed last: its values are to come."""
    row = OwnMetric.objects.filter(key=key, removed_at=None).first()
    return row is None or ProfileRun.objects.filter(started_at__gte=row.changed_at).exists()


def _document(key: str) -> str:
    """What people declared, as YAML; empty for a metric that comes with Mainstay."""
    row = OwnMetric.objects.filter(key=key, removed_at=None).first()
    return as_yaml(document_of(row)) if row else ""


def _statement(key: str) -> str:
    """What the engine runs for this metric alone, laid out to be read."""
    minor = 10 ** exponent(settings.REPORTING_CURRENCY)
    text = engine.compiled(all_metrics(), (key,), minor_per_major=minor, is_restricted=False)
    shown: str = sqlglot.parse_one(text, read="duckdb").sql(dialect="duckdb", pretty=True)
    return shown
