"""The features of the product and their adoption, by segment and by account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.facts.adoption import Adoption, by_feature, feature_use
from mainstay.facts.models import EventType, Feature
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.segments.models import Membership, Segment
from mainstay.segments.selectors import visible_segments
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past

# Accounts of a feature that are shown; the export has all.
MOST_ACCOUNTS = 50
# Events of no feature that are offered, the most frequent ones.
MOST_EVENTS = 100
_HEADS = ("account", "name", "in_plan", "users", "reach", "uses", "intensity", "change", "last_age_days")


@dataclass(frozen=True)
class Choice:
    """An entry of the menu of segments."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    rows: Sequence[Adoption]
    retired: Sequence[Feature]
    segments: Sequence[Choice]
    segment: str
    loose_events: Sequence[EventType]
    may_edit: bool

    @property
    def new_url(self) -> str:
        """Where a feature is made; empty for whoever may not."""
        return reverse("feature-new") if self.may_edit else ""


@dataclass(frozen=True)
class Use:
    """A feature at one account."""

    account: Account
    users: int
    uses: int
    reach: float | None
    change: float | None
    last_age: int | None


@dataclass(frozen=True)
class Detail:
    """The context of one feature. `using`: by uses; `idle`: accounts that have it and do not use it, by name."""

    feature: Feature
    adoption: Adoption | None
    by_segment: Sequence[tuple[Segment, Adoption]]
    using: Sequence[Use]
    using_count: int
    idle: Sequence[Use]
    idle_count: int
    may_edit: bool


@require_GET
@shows_the_past
def features(request: HttpRequest) -> HttpResponse:
    """Every feature with its adoption among all accounts, or those of a segment, now or at a past instant."""
    user, moment = user_of(request), moment_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    chosen = segments.get(request.GET.get("segment", ""))
    page = Page(
        rows=by_feature(moment.at, _members(chosen, moment) if chosen else _customers(moment)),
        retired=list(Feature.objects.filter(retired_on__lte=moment.day).order_by("-retired_on")),
        segments=_choices(segments.values(), chosen),
        segment=chosen.name if chosen else "All customers",
        loose_events=[] if moment.is_past else _loose_events(),
        may_edit=user.has_role(Role.MANAGER),
    )
    template = "features/features-body.html" if is_htmx(request) else "features/features.html"
    return render(request, template, {"page": page, "title": "Features"})


@require_GET
@shows_the_past
def feature(request: HttpRequest, key: str) -> HttpResponse:
    """One feature: its adoption by segment, who uses it, who has it and does not; now or at a past instant."""
    found, moment, user = get_object_or_404(Feature, key=key), moment_of(request), user_of(request)
    customers = _customers(moment)
    rows = feature_use(moment.at, features=[key], account_ids=customers).to_pylist()
    using = sorted((row for row in rows if row["uses"]), key=lambda row: (-row["uses"], row["account_id"]))
    idle = [row for row in rows if row["is_in_plan"] and not row["uses"]]
    detail = Detail(
        feature=found,
        adoption=_adoption(found, moment.at, customers),
        by_segment=[
            (segment, adoption)
            for segment in visible_segments(user)
            if (members := _members(segment, moment)) and (adoption := _adoption(found, moment.at, members))
        ],
        using=_uses(using[:MOST_ACCOUNTS]),
        using_count=len(using),
        idle=sorted(_uses(idle[:MOST_ACCOUNTS]), key=lambda use: use.account.name),
        idle_count=len(idle),
        may_edit=user.has_role(Role.MANAGER),
    )
    return render(request, "features/feature.html", {"detail": detail, "title": found.label})


@require_GET
@shows_the_past
def export(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The use of a feature by every account that has it or used it, now or at a past instant, as CSV."""
    found, moment = get_object_or_404(Feature, key=key), moment_of(request)
    record_audit(user_of(request), "features.exported", f"feature:{key}")
    return csv_response(f"feature-{key}-{moment.day:%Y-%m-%d}", _HEADS, _rows(found, moment.at))


def _rows(found: Feature, at: datetime) -> Iterator[Sequence[object]]:
    names = dict(Account.objects.values_list("pk", "key")), dict(Account.objects.values_list("pk", "name"))
    for row in feature_use(at, features=[found.key]).to_pylist():
        pk = row["account_id"]
        yield (
            names[0].get(pk), names[1].get(pk), row["is_in_plan"], row["users"], row["reach"], row["uses"],
            row["intensity"], row["change"], row["last_age"],
        )  # fmt: skip


def _adoption(found: Feature, at: datetime, account_ids: Sequence[int]) -> Adoption | None:
    return next((row for row in by_feature(at, account_ids) if row.feature.pk == found.pk), None)


def _customers(moment: Moment) -> list[int]:
    """The accounts that have not churned; in the past, those that had signed. Stages are known for now only."""
    if moment.is_past:
        accounts = Account.objects.filter(
            Q(churned_on=None) | Q(churned_on__gt=moment.day), Q(signed_on=None) | Q(signed_on__lte=moment.day)
        )
    else:
        accounts = Account.objects.filter(churned_on=None).exclude(stage="churned")
    return list(accounts.values_list("pk", flat=True))


def _members(segment: Segment, moment: Moment) -> list[int]:
    found = Membership.objects.filter(segment=segment, entered_at__lt=moment.at)
    return list(found.filter(Q(left_at=None) | Q(left_at__gte=moment.at)).values_list("account_id", flat=True))


def _choices(segments: Iterable[Segment], chosen: Segment | None) -> list[Choice]:
    path = reverse("features")
    return [
        Choice("All customers", path, chosen is None),
        *(Choice(one.name, f"{path}?{urlencode({'segment': one.key})}", one == chosen) for one in segments),
    ]


def _loose_events() -> list[EventType]:
    """Events that show the use of no feature, the most frequent first."""
    taken = {name for one in Feature.objects.all() for name in one.events}
    return [one for one in EventType.objects.order_by("-events", "name") if one.name not in taken][:MOST_EVENTS]


def _uses(rows: Sequence[dict[str, Any]]) -> list[Use]:
    accounts = Account.objects.in_bulk([row["account_id"] for row in rows])
    return [
        Use(accounts[row["account_id"]], row["users"], row["uses"], row["reach"], row["change"], row["last_age"])
        for row in rows
        if row["account_id"] in accounts
    ]
