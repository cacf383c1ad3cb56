"""New accounts and their basics."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.accounts import selectors
from mainstay.accounts.services import AccountRow, change_account, upsert_accounts
from mainstay.accounts.team import TEAM_ROLES
from mainstay.common.time import utc_now
from mainstay.common.upsert import UNSET
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web.accounts.forms import AccountForm
from mainstay.web.accounts.query import forget_summaries
from mainstay.web.http import done, go, needs_role, toast, user_of


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; then its page."""
    form = AccountForm(request.POST or None)
    if not form.is_valid():
        return _form(request, form, "New account", reverse("account-new"), "Make account")
    key = form.cleaned_data["key"]
    _save(request, key, form, "accounts.created")
    toast(request, f"{form.cleaned_data['name']} was made. Its score appears with the next refresh.")
    return go(request, reverse("account", args=[key]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change the basics of an account. Only managers change the owner of an account that is somebody else's."""
    account = selectors.account_by_key(key)
    form = AccountForm(request.POST or None, account=account)
    user = user_of(request)
    if not user.has_role(Role.MANAGER) and account.owner_id not in (None, user.pk):
        form.fields["owner"].disabled = True
    if not form.is_valid():
        return _form(request, form, f"Edit {account.name}", reverse("account-edit", args=[key]), "Save")
    _save(request, key, form, "accounts.changed")
    toast(request, f"{form.cleaned_data['name']} saved.")
    return done(request, reverse("portfolio"))


@transaction.atomic
def _save(request: HttpRequest, key: str, form: AccountForm, action: str) -> None:
    values: dict[str, Any] = form.cleaned_data
    owner = values["owner"]
    plain = {name: values[name] for name in ("name", "domain", "industry", "tier", "stage", "signed_on")}
    today = utc_now().date()
    since = today if action == "accounts.created" and values["stage"] else UNSET
    upsert_accounts([AccountRow(key=key, owner_email=owner and owner.email, stage_on=since, **plain)], on=today)
    account = selectors.account_by_key(key)
    for role in TEAM_ROLES:
        if role in form.changed_data:
            member = values[role]
            change_account(account, role, member.email if member else "", by=user_of(request), now=utc_now())
    forget_summaries()
    record_audit(user_of(request), action, f"account:{key}", name=values["name"])


def _form(request: HttpRequest, form: AccountForm, title: str, action: str, submit: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": action, "submit": submit, "cancel": reverse("portfolio")}
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)
