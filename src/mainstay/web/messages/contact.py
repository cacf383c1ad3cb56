"""One contact: what may go to her now and why, what she chose and how that came about, what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.accounts.models import Contact
from mainstay.common.time import utc_now
from mainstay.deliveries.consent import address_key, choose
from mainstay.deliveries.models import ConsentEntry, Delivery
from mainstay.deliveries.permission import EVERYTHING, Decision, MayGo, Never
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Category, Policy
from mainstay.deliveries.preferences import preferences_of_contact
from mainstay.deliveries.recipients import answers_for
from mainstay.deliveries.selectors import recent_deliveries
from mainstay.people.models import Role
from mainstay.web.http import done, needs_role, toast, user_of

MOST = 12


@dataclass(frozen=True)
class Answer:
    """A category: whether a message about it would go now."""

    category: Category
    decision: Decision

    @property
    def mark(self) -> str:
        """The colour of its chip."""
        return "g" if isinstance(self.decision, MayGo) else "y" if isinstance(self.decision, Never) else ""

    @property
    def word(self) -> str:
        """Now, later or never."""
        return "Now" if isinstance(self.decision, MayGo) else "Never" if isinstance(self.decision, Never) else "Later"


@dataclass(frozen=True)
class Entry:
    """A line of the history of choices."""

    at: datetime
    what: str
    how: str
    by: str


@dataclass(frozen=True)
class ContactPage:
    """The context."""

    title: str
    contact: Contact
    zone: str
    answers: Sequence[Answer]
    entries: Sequence[Entry]
    sent: Sequence[Delivery]
    may_edit: bool


class ChoicesForm(forms.Form):
    """What a contact wants, as she told one of us, and how she told it."""

    wanted = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Wants to get messages about"
    )
    how = forms.CharField(
        max_length=200,
        label="How do you know?",
        help_text="It proves the consent: the day, the call, the form.",
        widget=forms.TextInput(attrs={"placeholder": "Said so on the kickoff call"}),
    )


@require_http_methods(["GET"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of messages to this contact."""
    found = get_object_or_404(Contact.objects.select_related("account"), pk=pk)
    policy, now = policy_in_force(), utc_now()
    zone, decisions = answers_for(found, now=now)
    address = address_key(found.email)
    history = ConsentEntry.objects.filter(address=address).select_related("by")[:MOST] if address else []
    page = ContactPage(
        title=f"Messages to {found}",
        contact=found,
        zone=zone,
        answers=[Answer(one, decisions[one.key]) for one in policy.categories],
        entries=[_entry(one, policy) for one in history],
        sent=list(recent_deliveries().filter(contact=found).order_by("-created_at", "-pk")[:MOST]),
        may_edit=user_of(request).has_role(Role.CSM) and bool(address),
    )
    return render(request, "messages/contact.html", {"title": page.title, "page": page})


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what a contact told us."""
    found = get_object_or_404(Contact, pk=pk)
    optional = [one.category for one in preferences_of_contact(found).lines if not one.category.service]
    on = [one.category.key for one in preferences_of_contact(found).lines if one.is_on and not one.category.service]
    form = ChoicesForm(request.POST or None, initial={"wanted": on})
    field = form.fields["wanted"]
    assert isinstance(field, forms.MultipleChoiceField)
    field.choices = [(one.key, one.name) for one in optional]
    if form.is_valid():
        wanted, how, now = set(form.cleaned_data["wanted"]), form.cleaned_data["how"], utc_now()
        by = user_of(request)
        for one in optional:
            if (one.key in wanted) != (one.key in on):
                choose(found.email, one.key, allowed=one.key in wanted, how=how, by=by, now=now)
        if wanted:
            choose(found.email, EVERYTHING, allowed=None, how=how, by=by, now=now)
        toast(request, f"What {found} wants is written down.")
        return done(request, _back(found))
    context = {"title": f"What {found} wants", "form": form, "submit": "Save", "cancel": _back(found)}
    context["action"] = reverse("message-choices", args=[pk])
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)


def _back(found: Contact) -> str:
    return reverse("account-people", args=[found.account.key]) if found.account else reverse("messages")


def _entry(entry: ConsentEntry, policy: Policy) -> Entry:
    category = policy.category(entry.category)
    name = "everything but service" if entry.category == EVERYTHING else category.name if category else entry.category
    verb = {True: "Asked for", False: "Declined", None: "Took back the choice about"}[entry.is_allowed]
    return Entry(entry.at, f"{verb} {name}", entry.how, str(entry.by) if entry.by else "")
