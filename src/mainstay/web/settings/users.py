"""Users: who may sign in, with which role."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.errors import Invalid
from mainstay.people.models import Role, User
from mainstay.people.services import change_user, create_user, reset_password
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.settings.sections import page

ROLES = (
    (Role.ADMINISTRATOR, "everything, and Settings"),
    (
        Role.MANAGER,
        "what a CSM may; declares metrics, scorecards, signals and playbooks, reassigns accounts, imports files",
    ),
    (Role.CSM, "works with accounts: tasks, notes, signals"),
    (Role.VIEWER, "looks, and exports"),
)


class NewUserForm(forms.Form):
    """A new user."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autofocus": True}))
    name = forms.CharField(max_length=200)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.CSM)


class UserForm(forms.Form):
    """What an administrator changes about a user."""

    role = forms.ChoiceField(choices=Role.choices)
    is_active = forms.BooleanField(required=False, label="May sign in")


@require_GET
@needs_role(Role.ADMINISTRATOR)
def users(request: HttpRequest) -> HttpResponse:
    """All users, the deactivated ones last."""
    found = User.objects.order_by("-is_active", "name", "pk")
    return page(request, "users", "settings-users", {"users": found, "roles": ROLES})


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def new(request: HttpRequest) -> HttpResponse:
    """Make a user and show the first password, this once."""
    form = NewUserForm(request.POST or None)
    if form.is_valid():
        try:
            user, password = create_user(**form.cleaned_data, by=user_of(request))
        except Invalid as error:
            form.add_error("email", error.message)
        else:
            return _password(request, user, password)
    context = {"title": "New user", "form": form, "action": reverse("user-new"), "submit": "Make user"}
    return _form(request, context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change role and access."""
    user = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, initial={"role": user.role, "is_active": user.is_active})
    if form.is_valid():
        try:
            change_user(user, by=user_of(request), **form.cleaned_data)
        except Invalid as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"{user} saved.")
            return done(request, reverse("settings-users"))
    context = {"title": str(user), "form": form, "action": reverse("user-edit", args=[pk]), "submit": "Save"}
    return _form(request, context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give a new password and show it, this once."""
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        return _password(request, user, reset_password(user, by=user_of(request)))
    return _form(
        request,
        {
            "title": f"New password for {user}",
            "text": "The old password stops working at once, and the new one is shown once. Hand it over safely.",
            "form": forms.Form(),
            "action": reverse("user-password", args=[pk]),
            "submit": "Make a new password",
        },
    )


def _password(request: HttpRequest, user: User, secret: str) -> HttpResponse:
    context = {"title": f"Password of {user}", "secret": secret, "is_password": True, "email": user.email}
    context["sign_in"] = f"{settings.BASE_URL.rstrip('/')}{reverse('sign-in')}"
    return page(request, "secret", "settings-users", context | {"cancel": reverse("settings-users")})


def _form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return page(request, "form", "settings-users", context | {"cancel": reverse("settings-users")}, status=status)
