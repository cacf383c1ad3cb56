"""Making, changing, retiring and removing features. All of it can be taken back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.facts import catalogue
from mainstay.facts.catalogue import Document
from mainstay.facts.errors import BadCatalogue
from mainstay.facts.models import EventType, Feature
from mainstay.facts.services import remove_feature, save_feature
from mainstay.people.models import Role
from mainstay.subscriptions.models import Subscription
from mainstay.web.accounts.forms import DateInput
from mainstay.web.http import done, go, needs_role, toast, user_of
from mainstay.web.undo import undo_url, undoes


class Lines(forms.CharField):
    """A list of names, one on each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}), **options)

    def clean(self, value: Any) -> list[str]:
        """The names, each once."""
        lines = str(super().clean(value)).splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


class FeatureForm(forms.Form):
    """A feature, as people describe it."""

    label = forms.CharField(max_length=100, label="Name", widget=forms.TextInput(attrs={"autofocus": True}))
    description = forms.CharField(
        required=False, max_length=500, label="What it is for", widget=forms.Textarea(attrs={"rows": 2})
    )
    events = Lines(label="Events that are a use of it", help_text="One on each line, as your product sends them.")
    core = forms.BooleanField(
        required=False, label="Core", help_text="A customer who stops using it is in danger of leaving."
    )
    premium = forms.BooleanField(required=False, label="Premium", help_text="Only some plans have it.")
    integration = forms.BooleanField(
        required=False, label="Integration", help_text="It connects the product with another one."
    )
    plans = Lines(required=False, label="Plans that include it", help_text="One on each line. Empty: all of them.")
    retired_on = forms.DateField(
        required=False,
        label="Retired on",
        widget=DateInput(),
        help_text="From this day on it is no part of the product and of no measure; the past stays as it was.",
    )


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """Make a feature, perhaps of the events ticked on the page."""
    ticked = request.GET.getlist("event")
    initial = {"events": "\n".join(ticked), "label": ticked[0] if len(ticked) == 1 else ""}
    form = FeatureForm(request.POST or None, initial=initial)
    if form.is_valid():
        document = _document(_free_key(form.cleaned_data["label"]), form)
        if document is not None:
            save_feature(document, by=user_of(request))
            toast(request, f"{document.name} is a feature now. Its past is counted too.", undo=_undo(request, document))
            return go(request, reverse("feature", args=[document.key]))
    return _form(request, form, "New feature", reverse("feature-new"), reverse("features"))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change a feature."""
    before = catalogue.document_of(get_object_or_404(Feature, key=key))
    initial = before.model_dump() | {"label": before.name}
    initial |= {"events": "\n".join(before.events), "plans": "\n".join(before.plans)}
    form = FeatureForm(request.POST or None, initial=initial)
    if form.is_valid():
        document = _document(key, form)
        if document is not None:
            save_feature(document, by=user_of(request))
            toast(request, f"{document.name} saved.", undo=_undo(request, document, before))
            return done(request, reverse("feature", args=[key]))
    return _form(request, form, before.name, reverse("feature-edit", args=[key]), reverse("feature", args=[key]))


@require_POST
@needs_role(Role.MANAGER)
def retire(request: HttpRequest, key: str) -> HttpResponse:
    """From today on it is no part of the product."""
    before = catalogue.document_of(get_object_or_404(Feature, key=key))
    after = before.model_copy(update={"retired_on": utc_now().date()})
    save_feature(after, by=user_of(request))
    toast(request, f"{before.name} is retired. The past stays as it was.", undo=_undo(request, after, before))
    return done(request, reverse("features"))


@require_POST
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Forget it, in the past too."""
    before = catalogue.document_of(get_object_or_404(Feature, key=key))
    remove_feature(key, by=user_of(request))
    kept = {"before": before.model_dump(mode="json")}
    toast(request, f"{before.name} removed.", undo=undo_url(request, "features", kept))
    return redirect("features")


@undoes("features")
def _take_back(request: HttpRequest, payload: Any) -> str:
    user = user_of(request)
    if "before" in payload:
        save_feature(Document.model_validate(payload["before"]), by=user)
        return "It is as it was."
    remove_feature(payload["key"], by=user)
    return "Removed again."


def _undo(request: HttpRequest, document: Document, before: Document | None = None) -> str:
    payload = {"before": before.model_dump(mode="json")} if before else {"key": document.key}
    return undo_url(request, "features", payload)


def _form(request: HttpRequest, form: FeatureForm, title: str, action: str, cancel: str) -> HttpResponse:
    context = {"title": title, "form": form, "action": action, "cancel": cancel, "submit": "Save feature"}
    context |= {"known": EventType.objects.order_by("name").values_list("name", flat=True)[:500]}
    context |= {"plans": sorted(set(Subscription.objects.exclude(plan="").values_list("plan", flat=True).distinct()))}
    return render(request, "features/form.html", context, status=422 if form.errors else 200)


def _document(key: str, form: FeatureForm) -> Document | None:
    """The document of a valid form; None, with the error at its field, when it cannot be taken."""
    try:
        return catalogue.check({"key": key, **form.cleaned_data}, origin="The feature")
    except BadCatalogue as error:
        form.add_error(None, error.message)
        return None


def _free_key(label: str) -> str:
    stem = slugify(label).replace("-", "_")[:50] or "feature"
    taken = set(Feature.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))) if key not in taken)
