"""Every metric with its middle, its coverage, the state of its source and its uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.ingest.sources import freshness
from mainstay.metrics import past, uses
from mainstay.metrics.insight import Spread, summaries
from mainstay.metrics.registry import Metric, all_metrics
from mainstay.metrics.selectors import sources_of
from mainstay.people.models import Role
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.values import written

_NOTHING = Spread(0, 0)


@dataclass(frozen=True)
class Row:
    """A line: the metric, its spread on the latest kept day, and what stands for its data and its use."""

    metric: Metric
    spread: Spread
    middle: str
    late: Sequence[str]
    silent: Sequence[str]
    uses: int


@dataclass(frozen=True)
class Tab:
    """A family, with how many metrics it has."""

    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    groups: Sequence[tuple[str, Sequence[Row]]]
    tabs: Sequence[Tab]
    text: str
    family: str
    total: int
    may_edit: bool


@require_GET
@shows_the_past
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, by family, searched by what they are called and mean."""
    moment = moment_of(request)
    family, text = request.GET.get("family", ""), request.GET.get("q", "").strip()
    everything = all_metrics()
    shown = [one for one in everything.values() if _matches(one, text) and family in ("", one.family)]
    spreads = _spreads(moment, [one.key for one in shown])
    rows = _rows(shown, spreads, request)
    families = dict.fromkeys(one.family for one in everything.values())
    page = Page(
        groups=[(name, group) for name in families if (group := [row for row in rows if row.metric.family == name])],
        tabs=_tabs(everything, families, family, text),
        text=text,
        family=family,
        total=len(everything),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    template = "metrics/metrics-body.html" if is_htmx(request) else "metrics/metrics.html"
    return render(request, template, {"page": page, "title": "Metrics"})


def _spreads(moment: Moment, keys: Sequence[str]) -> Mapping[str, Spread]:
    """As the latest kept day ended. While no other is kept, of now: on the first day nothing was there before."""
    if moment.is_past:
        day = moment.kept_day
        return summaries(day, keys) if day and past.has_day(day) else {}
    latest = past.latest_day(before=moment.now.date())
    return summaries(None if latest == past.first_day() else latest, keys)


def _matches(metric: Metric, text: str) -> bool:
    return all(word in f"{metric.key} {metric.label} {metric.description}".lower() for word in text.lower().split())


def _rows(shown: Sequence[Metric], spreads: Mapping[str, Spread], request: HttpRequest) -> list[Row]:
    known = freshness(moment_of(request).now)
    rows = []
    for metric in shown:
        spread = spreads.get(metric.key, _NOTHING)
        sources = [known[source] for source in sources_of(metric.key) if source in known]
        rows.append(
            Row(
                metric=metric,
                spread=spread,
                middle=written(spread.median, metric.unit),
                late=[source.label for source in sources if source.is_late],
                silent=[source.label for source in sources if source.last_received_at is None],
                uses=len(uses.of(metric.key)),
            )
        )
    return rows


def _tabs(everything: Mapping[str, Metric], families: Mapping[str, None], chosen: str, text: str) -> list[Tab]:
    def url(family: str) -> str:
        return f"{reverse('metrics')}?{urlencode({key: one for key, one in (('family', family), ('q', text)) if one})}"

    counts = [(family, sum(one.family == family for one in everything.values())) for family in families]
    return [
        Tab("All", url(""), len(everything), not chosen),
        *(Tab(family.capitalize(), url(family), count, family == chosen) for family, count in counts),
    ]
