"""Declaring a metric in the browser: by its fields or as YAML, seen on real accounts before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.facts.models import EventType
from mainstay.metrics import declaring, profile_table, selectors, stored
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.estimates import Estimate, estimate
from mainstay.metrics.own import reading
from mainstay.metrics.own.document import Document
from mainstay.metrics.previews import preview
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.web.account_search import accounts_named
from mainstay.web.http import go, needs_role, toast, user_of
from mainstay.web.metrics.forms import MetricForm
from mainstay.web.undo import undo_url, undoes
from mainstay.web.values import written

# Accounts that are shown unless others are asked for: the largest contracts.
SHOWN = 6
MOST_ASKED = 20
MOST_KNOWN_EVENTS = 500


@dataclass(frozen=True)
class Shown:
    """An account in the preview, the value it would have, and what that was counted from."""

    account: Account
    value: str
    counted_from: str
    rows: int


@dataclass(frozen=True)
class NeverCame:
    """An event that a metric names and that never came, and the one of nearly the same name that did."""

    name: str
    near: str


@dataclass(frozen=True)
class Page:
    """The context of the editor. `key` is empty for a new metric; `text` is the YAML."""

    form: MetricForm
    key: str
    text: str
    is_yaml: bool
    error: str
    events: Sequence[str]
    metrics: Sequence[str]
    accounts: str


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """Declare a metric."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change a metric of one's own. Shipped ones are code."""
    return _edit(request, stored.document_of(selectors.own_metric(key)))


def _edit(request: HttpRequest, before: Document | None) -> HttpResponse:
    form, text, error = MetricForm(content=_content(before), is_new=before is None), "", ""
    is_yaml = "yaml" in request.GET or "text" in request.POST
    if request.method == "POST":
        form, text, document, error = _sent(request, before)
        if document is not None and (refused := _save(request, document, before)) is None:
            return go(request, reverse("metric", args=[document.key]))
        if document is not None and refused is not None:
            error = refused.message
            form.take(refused)
    page = Page(
        form=form,
        key=before.key if before else "",
        text=text or _yaml(form, before),
        is_yaml=is_yaml,
        error=error,
        events=list(EventType.objects.order_by("name").values_list("name", flat=True)[:MOST_KNOWN_EVENTS]),
        metrics=list(all_metrics()),
        accounts=", ".join(account.key for account in _accounts("")),
    )
    title = before.label if before else "New metric"
    status = 422 if request.method == "POST" else 200
    return render(request, "metrics/editor.html", {"page": page, "title": title}, status=status)


@require_POST
@needs_role(Role.MANAGER)
def fields(request: HttpRequest) -> HttpResponse:
    """The fields of the operation that was chosen, with what was typed so far."""
    form = MetricForm(content=_typed(MetricForm(request.POST)))
    return render(request, "metrics/editor-fields.html", {"form": form})


@require_POST
@needs_role(Role.MANAGER)
def show(request: HttpRequest) -> HttpResponse:
    """What the metric would be on some accounts, without saving it; or what is wrong with it."""
    form, _, document, error = _sent(request, _before(request))
    context: dict[str, Any] = {"form": form, "error": error}
    if document is not None:
        accounts = _accounts(request.POST.get("accounts", ""))
        try:
            found = preview(document, [account.pk for account in accounts], as_of=utc_now())
        except BadMetric as refused:
            context["error"] = refused.message
        else:
            context["never_came"] = _never_came(document)
            by_id = {account.pk: account for account in accounts}
            context["shown"] = [
                Shown(
                    by_id[one.account_id],
                    written(one.value, document.unit),
                    one.evidence.counted_from,
                    one.evidence.total,
                )
                for one in found.shown
            ]
    return render(request, "metrics/editor-preview.html", context)


def _never_came(document: Document) -> list[NeverCame]:
    """What may be a slip of the pen. Nothing while no event is known by its name yet."""
    known = list(EventType.objects.values_list("name", flat=True))
    named = [*getattr(document.value, "events", ()), *getattr(getattr(document.value, "of", None), "events", ())]
    missing = [name for name in named if known and name not in known]
    return [NeverCame(name, next(iter(get_close_matches(name, known, n=1)), "")) for name in missing]


@require_POST
@needs_role(Role.MANAGER)
def cost(request: HttpRequest) -> HttpResponse:
    """What the metric would cost, measured on a sample."""
    _, _, document, error = _sent(request, _before(request))
    found: Estimate | None = None
    if document is not None:
        try:
            found = estimate(document, now=utc_now())
        except BadMetric as refused:
            error = refused.message
    return render(request, "metrics/editor-cost.html", {"cost": found, "error": error})


@require_POST
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Take a metric of one's own away; refused with the names of all that use it."""
    before = stored.document_of(selectors.own_metric(key))
    declaring.remove_metric(key, by=user_of(request), now=utc_now())
    toast(request, f"{before.label} removed.", undo=undo_url(request, "metrics", {"before": before.as_dict()}))
    return redirect("metrics")


@require_GET
def progress(request: HttpRequest, key: str) -> HttpResponse:
    """How far its history has been computed, for the page to show meanwhile."""
    found = selectors.progress(key, now=utc_now())
    return render(request, "metrics/progress.html", {"progress": found, "key": key})


@undoes("metrics")
def _take_back(request: HttpRequest, payload: Any) -> str:
    user, now = user_of(request), utc_now()
    if "before" in payload:
        declaring.save_metric(Document.model_validate(payload["before"]), by=user, now=now)
        return "It is as it was."
    declaring.remove_metric(payload["key"], by=user, now=now)
    return "Removed again."


def _sent(request: HttpRequest, before: Document | None) -> tuple[MetricForm, str, Document | None, str]:
    """The form, the text, the document when it can be taken, and what is wrong when it came as text."""
    form = MetricForm(content=_content(before), is_new=before is None)
    text = request.POST.get("text", "")
    if "text" in request.POST:
        try:
            document = reading.read(text, origin="The text")
        except BadMetric as error:
            return form, text, None, error.message
        if before is not None and document.key != before.key:
            said = f"The key is '{document.key}'; this metric's key is '{before.key}' and cannot change."
            return form, text, None, said
        return form, text, document, ""
    data = request.POST.copy()
    if before is not None:
        data["key"] = before.key
    elif not data.get("key"):
        data["key"] = slugify(data.get("label", "")).replace("-", "_")[:50]
    form = MetricForm(data, is_new=before is None)
    if before is not None:
        form.fields["key"].disabled = False
    return form, "", form.document() if form.is_valid() else None, ""


def _save(request: HttpRequest, document: Document, before: Document | None) -> BadMetric | None:
    try:
        declaring.save_metric(document, by=user_of(request), now=utc_now())
    except BadMetric as refused:
        return refused
    kept = {"before": before.as_dict()} if before else {"key": document.key}
    said = "saved" if before else "is measured from the next refresh on; its past is computed in the background"
    toast(request, f"{document.label} {said}.", undo=undo_url(request, "metrics", kept))
    return None


def _before(request: HttpRequest) -> Document | None:
    key = request.POST.get("before", "")
    return stored.document_of(selectors.own_metric(key)) if key else None


def _content(document: Document | None) -> dict[str, Any]:
    return document.model_dump(mode="json", exclude_none=True) if document else {}


def _typed(form: MetricForm) -> dict[str, Any]:
    """What was typed so far and still fits, for a form with other fields."""
    form.is_valid()
    kept = {name: form.data.get(name) for name in ("key", "label", "description", "unit", "direction")}
    values = {name: one for name, one in form.cleaned_data.items() if name.startswith("value.") and one}
    value: dict[str, Any] = {"operation": form.chosen}
    of = {name.removeprefix("value.of."): one for name, one in values.items() if name.startswith("value.of.")}
    value |= {name.removeprefix("value."): one for name, one in values.items() if not name.startswith("value.of.")}
    return {**kept, "value": {**value, "of": of} if of else value}


def _yaml(form: MetricForm, before: Document | None) -> str:
    if form.is_bound and form.is_valid() and (document := form.document()) is not None:
        return reading.as_yaml(document)
    return reading.as_yaml(before) if before else _EXAMPLE


_EXAMPLE = """\
key: exports_28d
label: Exports, 28 days
description: How often anybody exported a report in the last 28 days.
unit: count
direction: up
value:
  operation: count
  events: [Report Exported]
  days: 28
"""


def _accounts(text: str) -> list[Account]:
    """The accounts with these keys or names; without any, those with the largest contracts."""
    asked = [word.strip() for word in text.split(",") if word.strip()]
    customers = Account.objects.filter(churned_on=None)
    if asked:
        return [account for word in asked[:MOST_ASKED] for account in accounts_named(word, customers)[:1]]
    worth = sorted(profile_table.read(("arr",)), key=lambda row: -(row[1] or 0))[:SHOWN]
    by_id = customers.in_bulk([row[0] for row in worth])
    return [by_id[row[0]] for row in worth if row[0] in by_id] or list(customers.order_by("name")[:SHOWN])
