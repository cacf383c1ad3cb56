"""Choosing a metric for a new measure: with its meaning, and how many accounts have a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.common.errors import NotFound
from mainstay.common.time import utc_now
from mainstay.metrics.registry import Metric, all_metrics
from mainstay.people.models import Role
from mainstay.scores import drafts
from mainstay.scores.models import Draft
from mainstay.scores.spread import Spread, spreads
from mainstay.web.http import done, needs_role, target_of, user_of
from mainstay.web.scorecards.editor import save
from mainstay.web.scorecards.form import form_of, measures_of
from mainstay.web.scorecards.lines import suggested
from mainstay.web.scorecards.operations import add_measure

# Beyond these a search says more than scrolling.
MOST_SHOWN = 200


@dataclass(frozen=True)
class Choice:
    """A metric that may be taken. `known`: 0 to 100, the accounts that have a value."""

    metric: Metric
    known: int | None


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def measure(request: HttpRequest, pk: int, dimension: int) -> HttpResponse:
    """Every metric that the draft does not measure yet, by family; one click takes it."""
    draft = save(request, drafts.get(pk))
    key = request.POST.get("metric", "")
    if key:
        _add(request, draft, dimension, key)
        return done(request, reverse("scorecard-draft", args=[pk]))
    query = request.GET.get("q", "").strip()
    context = {
        "title": f"Measure for {_label(draft, dimension)}",
        "families": _families(draft, query),
        "query": query,
        "url": reverse("scorecard-draft-measure", args=[pk, dimension]),
        "cancel": reverse("scorecard-draft", args=[pk]),
    }
    is_list = target_of(request).endswith("#metrics")
    return render(request, "scorecards/metric-list.html" if is_list else "scorecards/metrics.html", context)


def _add(request: HttpRequest, draft: Draft, dimension: int, key: str) -> None:
    metric = all_metrics().get(key)
    if metric is None:
        raise NotFound(f"There is no metric '{key}'; choose one of the list.")
    spread = spreads([key], form_of(draft, now=utc_now()).conditions, now=utc_now())[key]
    content = add_measure(draft.content, dimension, suggested(metric, spread))
    drafts.save(draft, content, revision=draft.revision, by=user_of(request), now=utc_now(), window=draft.window)


def _families(draft: Draft, query: str) -> Sequence[tuple[str, list[Choice]]]:
    used = {one.get("metric") for one in measures_of(draft.content)}
    words = query.lower().split()
    found = [
        metric
        for metric in all_metrics().values()
        if metric.key not in used and all(word in _text(metric) for word in words)
    ][:MOST_SHOWN]
    known = spreads([metric.key for metric in found], form_of(draft, now=utc_now()).conditions, now=utc_now())
    ordered = sorted(found, key=lambda metric: metric.family)
    return [
        (family.replace("_", " ").capitalize(), [Choice(metric, _share(known[metric.key])) for metric in metrics])
        for family, metrics in groupby(ordered, key=lambda metric: metric.family)
    ]


def _text(metric: Metric) -> str:
    return f"{metric.label} {metric.key} {metric.description} {metric.family}".lower()


def _share(spread: Spread) -> int | None:
    return round(100 * len(spread.values) / spread.accounts) if spread.accounts else None


def _label(draft: Draft, dimension: int) -> str:
    found = draft.content.get("dimensions", [])
    label = found[dimension].get("label") if dimension < len(found) else ""
    return f"“{label}”" if label else "the dimension"
