"""Write keys (may send events) and API keys (act for a user). A secret is shown once."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.errors import Invalid
from mainstay.people.models import ApiKey, Role, User, WriteKey
from mainstay.people.services import create_api_key, create_write_key, revoke_api_key, revoke_write_key
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.settings.sections import page


class WriteKeyForm(forms.Form):
    """Who will send with it."""

    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"autofocus": True, "placeholder": "web app"}),
        help_text="Who sends with it. One key per sender, so that one can be revoked alone.",
    )


class ApiKeyForm(forms.Form):
    """For whom it acts."""

    name = forms.CharField(
        max_length=100, widget=forms.TextInput(attrs={"autofocus": True, "placeholder": "reporting"})
    )
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("name", "pk"), help_text="It may do what this user may do."
    )


@require_GET
@needs_role(Role.ADMINISTRATOR)
def keys(request: HttpRequest) -> HttpResponse:
    """All keys, the revoked ones below."""
    context = {
        "write_keys": WriteKey.objects.select_related("created_by").order_by("revoked_at", "name", "pk"),
        "api_keys": ApiKey.objects.select_related("user").order_by("revoked_at", "name", "pk"),
    }
    return page(request, "keys", "settings-keys", context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def new_write_key(request: HttpRequest) -> HttpResponse:
    """Make a write key and show its secret, this once, with the code that uses it."""
    form = WriteKeyForm(request.POST or None)
    if form.is_valid():
        try:
            key, secret = create_write_key(form.cleaned_data["name"], by=user_of(request))
        except Invalid as error:
            form.add_error("name", error.message)
        else:
            return page(request, "secret", "settings-keys", _secret(key.name, secret, is_write_key=True))
    return _form(request, form, "New write key", reverse("write-key-new"), "Make key")


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def new_api_key(request: HttpRequest) -> HttpResponse:
    """Make an API key and show its secret, this once."""
    form = ApiKeyForm(request.POST or None)
    if form.is_valid():
        try:
            key, secret = create_api_key(form.cleaned_data["user"], name=form.cleaned_data["name"], by=user_of(request))
        except Invalid as error:
            form.add_error("name", error.message)
        else:
            return page(request, "secret", "settings-keys", _secret(key.name, secret, is_write_key=False))
    return _form(request, form, "New API key", reverse("api-key-new"), "Make key")


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def revoke_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then revoke."""
    key = get_object_or_404(WriteKey, pk=pk)
    if request.method == "POST":
        revoke_write_key(key, by=user_of(request))
        toast(request, f"Write key “{key.name}” revoked.")
        return done(request, reverse("settings-keys"))
    text = "Whoever sends with it is refused from now on, and its events are lost. This cannot be undone."
    return _confirm(request, f"Revoke “{key.name}”?", text, reverse("write-key-revoke", args=[pk]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def revoke_api(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then revoke."""
    key = get_object_or_404(ApiKey, pk=pk)
    if request.method == "POST":
        revoke_api_key(key, by=user_of(request))
        toast(request, f"API key “{key.name}” revoked.")
        return done(request, reverse("settings-keys"))
    text = "Whatever uses it is refused from now on. This cannot be undone."
    return _confirm(request, f"Revoke “{key.name}”?", text, reverse("api-key-revoke", args=[pk]))


def _secret(name: str, secret: str, *, is_write_key: bool) -> dict[str, object]:
    return {
        "title": f"Key “{name}”",
        "secret": secret,
        "is_write_key": is_write_key,
        "base_url": settings.BASE_URL.rstrip("/"),
        "cancel": reverse("settings-keys"),
    }


def _form(request: HttpRequest, form: forms.Form, title: str, action: str, submit: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": action, "submit": submit, "cancel": reverse("settings-keys")}
    return page(request, "form", "settings-keys", context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, title: str, text: str, action: str) -> HttpResponse:
    context = {"title": title, "text": text, "form": forms.Form(), "action": action, "submit": "Revoke"}
    return page(request, "form", "settings-keys", context | {"cancel": reverse("settings-keys")})
