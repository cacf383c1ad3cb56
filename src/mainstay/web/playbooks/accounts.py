"""Playbooks of an account: where it stands in each, why or why not, and a start by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import services
from mainstay.playbooks.selectors import get_playbook, newest_version, newest_versions
from mainstay.playbooks.standing import Outcome, Standing, standing_of
from mainstay.web.http import done, needs_role, toast, user_of

_ORDER = list(Outcome)


@dataclass(frozen=True)
class OfAccount:
    """The context of the list."""

    account: Account
    standings: Sequence[Standing]
    paused: Sequence[Standing]


@dataclass(frozen=True)
class Why:
    """The context of one. `token` names this start: pressing twice starts once."""

    account: Account
    standing: Standing
    may_start: bool
    token: str
    next: str


@require_GET
def of_account(request: HttpRequest, account_key: str) -> HttpResponse:
    """Every playbook: those it is in first, then those it would enter, then why not; apart what is paused."""
    account, now = get_object_or_404(Account, key=account_key), utc_now()
    found = [standing_of(account, version, now=now) for version in newest_versions()]
    found.sort(key=lambda one: (_ORDER.index(one.outcome), one.version.playbook.name.lower()))
    title = f"Playbooks for {account.name}"
    paused = [one for one in found if one.outcome is Outcome.NOT_IN and not one.version.playbook.is_active]
    page = OfAccount(account, [one for one in found if one not in paused], paused)
    return render(request, "playbooks/of-account.html", {"page": page, "title": title})


@require_GET
def why(request: HttpRequest, account_key: str, key: str) -> HttpResponse:
    """Why it is in it or why not, check by check."""
    account = get_object_or_404(Account, key=account_key)
    version = newest_version(get_playbook(key))
    standing = standing_of(account, version, now=utc_now())
    may_start = user_of(request).has_role(Role.CSM) and version.playbook.is_active and not standing.is_in
    detail = Why(account, standing, may_start, uuid4().hex, request.GET.get("next", ""))
    title = f"{version.playbook.name}: {account.name}"
    return render(request, "playbooks/why.html", {"detail": detail, "title": title})


@require_POST
@needs_role(Role.CSM)
def start(request: HttpRequest, account_key: str, key: str) -> HttpResponse:
    """Begin a run by hand."""
    account = get_object_or_404(Account, key=account_key)
    token = request.POST.get("token", "")[:100] or uuid4().hex
    services.start_by_hand(key, [account], token=token, by=user_of(request), now=utc_now())
    toast(request, f"“{get_playbook(key).name}” starts on {account.name} at the next refresh.")
    return done(request, reverse("account-playbooks", args=[account.key]))
