"""The outbox as a list: filters, paging and the CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.connectors.imap.polling import mailbox_problem
from mainstay.deliveries import stopping
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.models import Became, Delivery, State, Stop
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Category
from mainstay.deliveries.selectors import recent_deliveries
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks.models import Playbook
from mainstay.playbooks.selectors import versions
from mainstay.playbooks.step_names import StepNames
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of
from mainstay.web.messages.tabs import Tab, tabs

PAGE_SIZE = 50
# The states that need a person come first; `attention` is both.
STATES = {"": "All", "attention": "To look at", **dict(State.choices)}
MARKS = {State.FAILED: "y", State.UNSURE: "y", State.SENT: "g", State.REFUSED: "y"}
CHANNELS = {"": "Every channel", "email": "E-mail", IN_APP: "In the app"}
_HEADS = (
    "id", "asked_for", "state", "channel", "recipient", "contact", "account", "category", "subject", "sent_at",
    "attempts", "waits_until", "reason", "became",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to, as its address says."""

    state: str = ""
    category: str = ""
    text: str = ""
    origin: str = ""
    step: str = ""
    channel: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What is no filter is none."""
        state, channel = query.get("state", ""), query.get("channel", "")
        return cls(
            state=state if state in STATES else "",
            category=query.get("category", ""),
            text=query.get("q", "").strip()[:200],
            origin=query.get("origin", ""),
            step=query.get("step", ""),
            channel=channel if channel in CHANNELS else "",
        )

    def url(self, name: str = "messages", **changes: str) -> str:
        """The list, or another page of this area, with these filters and the changes."""
        values = {"state": self.state, "category": self.category, "channel": self.channel, "q": self.text} | changes
        values = {"origin": self.origin, "step": self.step} | values
        query = urlencode({key: value for key, value in values.items() if value})
        return reverse(name) + (f"?{query}" if query else "")

    def apply(self, found: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those of `found` that fit."""
        if self.state == "attention":
            found = found.filter(state__in=[State.FAILED, State.UNSURE])
        elif self.state:
            found = found.filter(state=self.state)
        if self.category:
            found = found.filter(category=self.category)
        if self.origin:
            found = found.filter(origin=self.origin)
        if self.step:
            found = found.filter(origin_step=self.step)
        if self.channel:
            found = found.filter(channel=self.channel)
        if self.text:
            fits = Q(recipient__icontains=self.text) | Q(subject__icontains=self.text)
            found = found.filter(fits | Q(account__name__icontains=self.text) | Q(contact__name__icontains=self.text))
        return found


@dataclass(frozen=True)
class Row:
    """A message as the list shows it."""

    delivery: Delivery
    mark: str
    category: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """An entry of a menu of filters."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class OutboxPage:
    """The context of the list."""

    title: str
    tabs: Sequence[Tab]
    filters: Filters
    states: Sequence[Choice]
    categories: Sequence[Choice]
    category: str
    channels: Sequence[Choice]
    rows: Sequence[Row]
    first_url: str
    next_url: str
    export_url: str
    stop: Stop | None
    may_stop: bool
    replies_problem: str
    is_narrowed: bool
    asked_by: str
    everywhere_url: str


def seen_by(user: User, found: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """To contacts and targets: for everybody. To users of ours: for administrators, and for whom they are."""
    if user.has_role(Role.ADMINISTRATOR):
        return found
    return found.filter(Q(contact__isnull=False) | Q(target__isnull=False) | Q(recipient__iexact=user.email))


@require_GET
def messages(request: HttpRequest) -> HttpResponse:
    """Messages that went out, wait, failed or were refused, the newest first."""
    user, filters = user_of(request), Filters.of(request.GET)
    policy = policy_in_force()
    found = _found(user, filters)
    after = _after(request.GET.get("after", ""))
    if after:
        created_at, pk = after
        found = found.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))
    shown = list(found[: PAGE_SIZE + 1])
    last = shown[PAGE_SIZE - 1] if len(shown) > PAGE_SIZE else None
    names = {one.key: one.name for one in policy.categories}
    page = OutboxPage(
        title="Messages",
        tabs=tabs("messages"),
        filters=filters,
        states=[Choice(name, filters.url(state=state), state == filters.state) for state, name in STATES.items()],
        categories=_categories(filters, policy.categories),
        category=names.get(filters.category, filters.category),
        channels=[Choice(name, filters.url(channel=key), key == filters.channel) for key, name in CHANNELS.items()],
        rows=[_row(one, names) for one in shown[:PAGE_SIZE]],
        first_url=filters.url() if after else "",
        next_url=filters.url(after=f"{last.created_at.isoformat()}_{last.pk}") if last else "",
        export_url=filters.url("messages-export"),
        stop=stopping.current_stop(),
        may_stop=user.has_role(Role.MANAGER),
        replies_problem=mailbox_problem(),
        is_narrowed=filters != Filters(),
        asked_by=_asked_by(filters),
        everywhere_url=filters.url(origin="", step=""),
    )
    template = "messages/outbox-body.html" if is_htmx(request) else "messages/outbox.html"
    return render(request, template, {"title": page.title, "page": page})


def _asked_by(filters: Filters) -> str:
    """The playbook, and its step, that the list is narrowed to; empty for all."""
    thing, _, key = filters.origin.partition(":")
    if thing != "playbook":
        return filters.step
    found = Playbook.objects.filter(key=key).first()
    name = found.name if found else key
    if not filters.step:
        return name
    return f"{name}, {StepNames().among(versions(found) if found else (), filters.step)}"


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The messages of these filters, without their texts, as CSV."""
    user, filters = user_of(request), Filters.of(request.GET)
    found = _found(user, filters)
    record_audit(user, "deliveries.exported", "messages:outbox", state=filters.state, category=filters.category)
    return csv_response(f"messages-{utc_now():%Y-%m-%d}", _HEADS, _lines(found))


def _found(user: User, filters: Filters) -> QuerySet[Delivery]:
    found = recent_deliveries().select_related("account", "contact")
    return filters.apply(seen_by(user, found)).order_by("-created_at", "-pk")


def _lines(found: QuerySet[Delivery]) -> Iterator[Sequence[object]]:
    for one in found.prefetch_related("attempts").iterator(chunk_size=500):
        yield (
            str(one.pk), one.created_at, one.state, one.channel, one.recipient, one.contact.key if one.contact else "",
            one.account.key if one.account else "", one.category, one.subject, one.sent_at, len(one.attempts.all()),
            one.next_attempt_at, reason_of(one), one.became,
        )  # fmt: skip


def _row(delivery: Delivery, names: Mapping[str, str]) -> Row:
    category = names.get(delivery.category, delivery.category)
    return Row(delivery, mark_of(delivery), category, reason_of(delivery))


def mark_of(delivery: Delivery) -> str:
    """The colour of where it stands: that nobody came by, or somebody took it down, is no fault."""
    return "" if delivery.became in (Became.EXPIRED, Became.TAKEN_DOWN) else MARKS.get(State(delivery.state), "")


def reason_of(delivery: Delivery) -> str:
    """Why it waits, failed or was refused; empty for what went."""
    if delivery.state == State.SENT:
        return delivery.note if delivery.became == Became.TAKEN_DOWN else ""
    if delivery.channel == IN_APP and delivery.state == State.QUEUED:
        return delivery.note or "Until its reader is in the app."
    return delivery.note or getattr(delivery, "last_message", None) or ""


def _categories(filters: Filters, categories: Iterable[Category]) -> list[Choice]:
    every = Choice("Every category", filters.url(category=""), not filters.category)
    return [
        every,
        *(Choice(one.name, filters.url(category=one.key), one.key == filters.category) for one in categories),
    ]


def _after(text: str) -> tuple[datetime, UUID] | None:
    """The place of the last message of the page before; None where there is none, or the address was mangled."""
    stamp, _, pk = text.rpartition("_")
    try:
        at = datetime.fromisoformat(stamp)
        return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)), UUID(pk)
    except (ValueError, OverflowError):
        return None
