"""Accounts whose signals stood at the first look: a playbook begins for all of them, for some, or leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import backlog, services
from mainstay.playbooks.by_hand import Started, reason_text
from mainstay.playbooks.candidates import of_signals
from mainstay.playbooks.document import Document
from mainstay.playbooks.entering import judge
from mainstay.playbooks.models import Playbook
from mainstay.playbooks.selectors import document_of, get_playbook, names, newest_version
from mainstay.playbooks.wording import entry_text
from mainstay.scores.models import Health
from mainstay.signals.models import Signal
from mainstay.web.formats import plural
from mainstay.web.healths import healths
from mainstay.web.http import done, go, is_htmx, needs_role, page_number, toast, user_of, whole_number
from mainstay.web.moment import Moment
from mainstay.web.playbooks.runs import Pages, counted
from mainstay.web.undo import undo_url, undoes

PAGE = 50


@dataclass(frozen=True)
class Row:
    """An account that waits. `hindered`: why a run would not begin there now; empty: it would."""

    signal: Signal
    health: Health | None
    hindered: str


@dataclass(frozen=True)
class BacklogPage:
    """The context of the page. `count`: all that wait, whatever part is shown."""

    title: str
    playbook: Playbook
    starts: str
    rows: Sequence[Row]
    count: int
    pages: Pages
    is_mine: bool
    mine_url: str
    everyone_url: str
    url: str
    may_begin: bool
    may_decide: bool
    is_left: bool


@require_GET
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Those that wait, with why, in the order of their opening."""
    user, now, at = user_of(request), utc_now(), page_number(request)
    version = newest_version(get_playbook(key))
    playbook, document = version.playbook, document_of(version)
    everyone = backlog.waiting(version, document, now=now)
    is_mine = request.GET.get("who") == "mine"
    found = everyone.filter(account__owner=user) if is_mine else everyone
    rows, more = _rows(found.select_related("account__owner"), document, at, now=now)
    base = reverse("playbook-backlog", args=[key])

    def url(page: int = 1, *, mine: bool = is_mine) -> str:
        asked = {"who": "mine" if mine else "", "page": page if page > 1 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{base}?{query}" if query else base

    first = (at - 1) * PAGE + 1
    page = BacklogPage(
        title=f"{playbook.name}: what stood already",
        playbook=playbook,
        starts=entry_text(document.entry, names()),
        rows=rows,
        count=everyone.count(),
        pages=Pages(
            f"Accounts {first}–{first + len(rows) - 1}" if rows else "",
            url(at - 1) if at > 1 else "",
            url(at + 1) if more else "",
        ),
        is_mine=is_mine,
        mine_url=url(mine=True),
        everyone_url=url(mine=False),
        url=request.get_full_path(),
        may_begin=user.has_role(Role.CSM) and playbook.is_active,
        may_decide=user.has_role(Role.MANAGER) and playbook.is_active,
        is_left=_is_left(playbook, everyone),
    )
    template = "playbooks/backlog-part.html" if is_htmx(request) else "playbooks/backlog.html"
    return render(request, template, {"page": page, "title": page.title})


def _is_left(playbook: Playbook, waiting: QuerySet[Signal]) -> bool:
    """Whether somebody left all of them."""
    left = playbook.leaves_standing_until
    return left is not None and not waiting.filter(opened_at__gt=left).exists()


def _rows(found: QuerySet[Signal], document: Document, at: int, *, now: datetime) -> tuple[list[Row], bool]:
    """The rows of a page, and whether more follow."""
    signals = list(found[(at - 1) * PAGE : at * PAGE + 1])
    shown = signals[:PAGE]
    known = healths([one.account_id for one in shown], Moment(now))
    asked = of_signals(Signal.objects.filter(pk__in=[one.pk for one in shown]).order_by("opened_at", "pk"), "")
    hindered: dict[int | None, str] = {}
    for verdict in judge(document, asked, now=now):
        said = reason_text(verdict.refusal) if verdict.refusal is not None else ""
        # Of a playbook about contacts one that can be written to is enough.
        pk = verdict.candidate.signal_id
        hindered[pk] = said if hindered.get(pk, said) else ""
    rows = [Row(one, known.get(one.account_id), hindered.get(one.pk, "")) for one in shown]
    return rows, len(signals) > PAGE


@require_POST
@needs_role(Role.CSM)
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Begin with those that were ticked."""
    ticked = [pk for text in request.POST.getlist("signal")[:PAGE] if (pk := whole_number(text)) is not None]
    started = services.begin_with(key, ticked, by=user_of(request), now=utc_now())
    toast(request, _said(started), kind="success" if started.runs else "error")
    return done(request, reverse("playbook-backlog", args=[key]))


def _said(started: Started) -> str:
    """`3 runs begin, 1 is held out. 2 do not: the caps leave no room.`"""
    held = sum(one.is_held_out for one in started.runs)
    begun = len(started.runs) - held
    said = f"{counted(begun).capitalize()} {'begins' if begun == 1 else 'begin'}" if begun else "Nothing begins"
    said += f", {held} {'is' if held == 1 else 'are'} held out." if held else "."
    refused = [
        f"{number} {'does' if number == 1 else 'do'} not: {why}." for why, number in started.judged.refused.items()
    ]
    return " ".join([said, *refused])


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def let_in(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then let all of them in."""
    version = newest_version(get_playbook(key))
    playbook, now = version.playbook, utc_now()
    if request.method == "POST":
        count = services.let_in_all(key, by=user_of(request), now=now)
        toast(request, f"With the next refresh “{playbook.name}” takes {plural(count, 'account')} in, by its rules.")
        return go(request, reverse("playbook", args=[key]))
    document = document_of(version)
    count = backlog.waiting(version, document, now=now).count()
    context = {
        "title": f"Begin for {plural(count, 'account')}?",
        "text": _promise(document),
        "action": reverse("playbook-backlog-all", args=[key]),
        "submit": "Begin",
        "cancel": reverse("playbook-backlog", args=[key]),
    }
    return render(request, "playbooks/ask.html", context)


def _promise(document: Document) -> str:
    """What letting all in would do, by the rules of the playbook."""
    said = ["With the next refresh they enter as if their signals had just opened, those whom its rules let in."]
    caps = document.caps
    if caps.starts_a_day is not None:
        said.append(f"Its cap lets {caps.starts_a_day:,} begin a day; the others follow on the next days.")
    elif caps.under_way is not None:
        said.append(f"Its cap lets {caps.under_way:,} be under way; the others follow as there is room.")
    else:
        said.append("For some a day, edit the playbook and set how many begin a day at most, or begin with some.")
    if document.holdout:
        said.append(f"{document.holdout} % are held out, as ever.")
    return " ".join(said)


@require_POST
@needs_role(Role.MANAGER)
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """Remind nobody of them any more."""
    former = services.leave(key, by=user_of(request), now=utc_now())
    undo = undo_url(request, "playbook-backlog", [key, former.isoformat() if former else ""])
    toast(
        request, "Nobody is reminded of them any more. They stay in this list while their signals are open.", undo=undo
    )
    return done(request, reverse("playbook-backlog", args=[key]))


@undoes("playbook-backlog")
def _undo_leave(request: HttpRequest, payload: tuple[str, str]) -> str:
    key, former = payload
    until = datetime.fromisoformat(former) if former else None
    services.remind_again(key, until, by=user_of(request), now=utc_now())
    return "They are pointed out again."
