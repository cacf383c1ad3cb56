"""Settings, In-app: which sites may ask, the secret that signs user ids, how the script is installed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.deliveries.inapp import setup as setups
from mainstay.deliveries.models import InAppSetup
from mainstay.people.models import Role, WriteKey
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.inapp.script import served
from mainstay.web.settings.sections import page

SECTION = "settings-in-app"


class SitesForm(forms.Form):
    """The sites, one a line."""

    origins = forms.CharField(
        required=False,
        label="Sites",
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "https://app.example.com", "spellcheck": "false"}),
        help_text="One a line, without a path. https://*.example.com stands for all below. Pages of other sites get "
        "nothing.",
    )


@dataclass(frozen=True)
class InAppPage:
    """The context of the page. `former_until`: until when the former secret is understood, None where there is none."""

    setup: InAppSetup
    form: SitesForm
    has_secret: bool
    former_until: datetime | None
    keys: Sequence[WriteKey]
    base_url: str
    kilobytes: str


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def in_app(request: HttpRequest) -> HttpResponse:
    """The page; a POST saves the sites."""
    setup = setups.read_setup()
    form = SitesForm(request.POST or None, initial={"origins": "\n".join(setup.origins)})
    if request.method == "POST" and form.is_valid():
        try:
            setups.save_origins(form.cleaned_data["origins"].splitlines(), by=user_of(request))
        except Invalid as error:
            form.add_error("origins", error.message)
        else:
            toast(request, "Sites saved.")
            return done(request, reverse(SECTION))
    now = utc_now()
    has_former = bool(setup.former_salt) and setup.former_until is not None and setup.former_until > now
    shown = InAppPage(
        setup=setup,
        form=form,
        has_secret=bool(setup.salt),
        former_until=setup.former_until if has_former else None,
        keys=list(WriteKey.objects.filter(revoked_at=None).order_by("name", "pk")),
        base_url=settings.BASE_URL.rstrip("/"),
        kilobytes=f"{len(served('sdk.js').zipped) / 1024:.1f}",
    )
    return page(request, "in-app", SECTION, {"page": shown}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def new_secret(request: HttpRequest) -> HttpResponse:
    """Ask, then make a secret and show it, this once."""
    if request.method == "POST":
        secret = setups.new_secret(by=user_of(request), now=utc_now())
        made = {"title": "Secret for messages in the app", "secret": secret, "cancel": reverse(SECTION)}
        return page(request, "in-app-secret", SECTION, made)
    text = "Your servers sign user ids with it. It is shown once."
    if setups.read_setup().salt:
        text += f" The present one is understood for {setups.GRACE.days} more days, so that they can be changed."
    context: dict[str, object] = {"title": "New secret", "text": text, "form": forms.Form()}
    ends = {"action": reverse("in-app-secret"), "submit": "Make secret", "cancel": reverse(SECTION)}
    return page(request, "form", SECTION, context | ends)


@require_POST
@needs_role(Role.ADMINISTRATOR)
def drop_former(request: HttpRequest) -> HttpResponse:
    """The former secret ends now."""
    if setups.drop_former_secret(by=user_of(request)):
        toast(request, "The former secret is not understood any more.")
    return done(request, reverse(SECTION))
