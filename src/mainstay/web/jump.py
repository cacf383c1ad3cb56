"""Jump to: accounts and pages by a few letters of their names."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.people.models import User
from mainstay.web.account_search import accounts_called
from mainstay.web.http import is_htmx, user_of
from mainstay.web.nav import DAILY, OPERATIONS, WORKSPACE

MOST = 8


@dataclass(frozen=True)
class Place:
    """Somewhere to jump to."""

    label: str
    icon: str
    url: str
    hint: str = ""


@require_GET
def jump(request: HttpRequest) -> HttpResponse:
    """The list below the jump box, or a page of its own without script."""
    text = request.GET.get("q", "").strip()
    user = user_of(request)
    context = {"title": "Jump to", "text": text, "accounts": _accounts(text, user), "pages": _pages(text, user)}
    return render(request, "jump-list.html" if is_htmx(request) else "jump.html", context)


def _accounts(text: str, user: User) -> list[Place]:
    """Those that are called so; without a text the user's own."""
    own = Account.objects.select_related("owner").filter(owner=user).order_by("name", "pk")
    accounts = accounts_called(text) if text else own
    return [
        Place(account.name, "building-2", reverse("account", args=[account.key]), account.industry or account.tier)
        for account in accounts[:MOST]
    ]


def _pages(text: str, user: User) -> list[Place]:
    places = [Place(page.label, page.icon, reverse(page.name)) for page in (*DAILY, *OPERATIONS)]
    places += [Place(page.label, page.icon, reverse(page.name)) for role, page in WORKSPACE if user.has_role(role)]
    places += [Place("Profile", "user-round", reverse("profile"))]
    return [place for place in places if text.lower() in place.label.lower()]
