"""The policy of messages as a form: quiet hours, working days, caps, categories, who writes, what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.calendars import countries, time_zones
from mainstay.common.time import utc_now
from mainstay.deliveries.policies import policy_in_force, remove_policy, save_policy
from mainstay.deliveries.policy import SHIPPED, WEEKDAYS, BadPolicy, Policy, check
from mainstay.people.models import Role
from mainstay.web.http import needs_role, safe_next, toast, user_of
from mainstay.web.messages.tabs import Tab, tabs
from mainstay.web.undo import undo_url, undoes

_TIME = {"type": "time"}
_CONSENT = [("opt_out", "Everybody who did not decline"), ("opt_in", "Only who asked for it")]


class RulesForm(forms.Form):
    """What holds for every category."""

    quiet_from = forms.TimeField(label="Quiet from", widget=forms.TimeInput(format="%H:%M", attrs=_TIME))
    quiet_until = forms.TimeField(label="until", widget=forms.TimeInput(format="%H:%M", attrs=_TIME))
    working_days = forms.MultipleChoiceField(
        choices=[(day, day[:3].capitalize()) for day in WEEKDAYS], widget=forms.CheckboxSelectMultiple
    )
    holidays = forms.BooleanField(required=False, label="Not on public holidays")
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(time_zones())], label="Time zone where none is known"
    )
    country = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "None"), *((code, code) for code in countries())],
        label="Holidays where none are known",
    )
    most = forms.IntegerField(required=False, min_value=1, max_value=100, label="At most")
    days = forms.IntegerField(min_value=1, max_value=365, label="messages in days")
    company = forms.CharField(required=False, max_length=100, label="Company")
    postal_address = forms.CharField(required=False, max_length=300, label="Postal address")
    sending_domains = forms.CharField(
        required=False, label="Sending domains", widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
    accent = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        required=False,
        label="Colour of buttons",
        widget=forms.TextInput(attrs={"placeholder": "#2f55c8", "spellcheck": "false"}),
        error_messages={"invalid": "Write it as #2f55c8: a sign and six digits from 0 to f."},
    )
    links = forms.CharField(
        required=False, label="Links", widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"})
    )
    track_opens = forms.BooleanField(required=False, label="Count opens", help_text="By a picture in the mail.")
    track_clicks = forms.BooleanField(
        required=False, label="Count clicks", help_text="Links in the mail lead over Mainstay."
    )

    @classmethod
    def of(cls, policy: Policy, data: Any = None, *, asked: Sequence[str] = ()) -> "RulesForm":
        """With what is in force, and a line for each link that is `asked` for and has no address."""
        links = dict.fromkeys(asked, "") | policy.links
        values = policy.model_dump() | {
            "sending_domains": ", ".join(policy.sending_domains),
            "links": "\n".join(f"{name}: {url}" for name, url in links.items()),
        }
        return cls(data, initial={name: values[name] for name in cls.base_fields})

    def document(self) -> dict[str, Any]:
        """What it says, once it is valid, for `policy.check`."""
        values = dict(self.cleaned_data)
        values["sending_domains"] = values["sending_domains"].replace(",", " ").lower().split()
        return values

    def clean_links(self) -> dict[str, str]:
        """`upgrade: https://…`, one a line. Whether they lead anywhere the policy says."""
        found: dict[str, str] = {}
        for line in self.cleaned_data["links"].splitlines():
            if not line.strip():
                continue
            name, colon, url = (part.strip() for part in line.partition(":"))
            if not colon or not url:
                raise forms.ValidationError(f"“{line.strip()}” is no link; write a name, a colon and an address.")
            if name in found:
                raise forms.ValidationError(f"The link '{name}' is there twice.")
            found[name] = url
        return found


class CategoryForm(forms.Form):
    """One category. What is left empty in the last one makes none."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=60)
    description = forms.CharField(required=False, max_length=300, label="What comes in it, as contacts read it")
    service = forms.BooleanField(required=False, label="Service: cannot be declined")
    consent = forms.ChoiceField(choices=_CONSENT, initial="opt_out", label="Goes to")
    most = forms.IntegerField(required=False, min_value=1, max_value=100, label="At most")
    days = forms.IntegerField(min_value=1, max_value=365, initial=7, label="in days")
    quiet = forms.BooleanField(required=False, initial=True, label="Keeps quiet hours")

    def document(self) -> dict[str, Any]:
        """What it says, once it is valid. The key of a new one is made from its name and stays for good."""
        values = {name: self.cleaned_data[name] for name in self.base_fields}
        return values | {"key": values["key"] or slugify(values["name"]).replace("-", "_")[:30]}


Categories = forms.formset_factory(CategoryForm, extra=1, max_num=20, validate_max=True, can_delete=True)


@dataclass(frozen=True)
class RulesPage:
    """The context of the page."""

    title: str
    tabs: Sequence[Tab]
    form: RulesForm
    categories: Any
    error: str
    policy: Policy
    mail_from: str
    may_edit: bool
    is_shipped: bool
    back: str


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """What holds for messages to contacts; managers change it."""
    if request.method == "POST":
        return _save(request)
    policy = policy_in_force()
    form = RulesForm.of(policy, asked=_asked(request))
    return _page(request, form, Categories(initial=_initial(policy), prefix="c"))


def _asked(request: HttpRequest) -> list[str]:
    """The links that a playbook waits for, when its page leads here."""
    return [name for name in request.GET.get("links", "").split(",") if name.isidentifier()]


@require_POST
@needs_role(Role.MANAGER)
def reset(request: HttpRequest) -> HttpResponse:
    """Go back to what Mainstay comes with."""
    former = policy_in_force()
    remove_policy(by=user_of(request))
    toast(request, "The rules are those Mainstay comes with.", undo=_undo_url(request, former))
    return redirect("message-rules")


@needs_role(Role.MANAGER)
def _save(request: HttpRequest) -> HttpResponse:
    former = policy_in_force()
    form = RulesForm.of(former, request.POST)
    categories = Categories(request.POST, initial=_initial(former), prefix="c")
    if not (form.is_valid() and categories.is_valid()):
        return _page(request, form, categories, error="Something is not right yet; it is marked below.", status=422)
    kept = [one for one in categories if one.has_changed() or one.initial]
    documents = [one.document() for one in kept if not one.cleaned_data.get("DELETE")]
    try:
        policy = check(form.document() | {"categories": documents}, origin="The rules")
    except BadPolicy as error:
        return _page(request, form, categories, error=error.message, status=422)
    save_policy(policy, by=user_of(request), now=utc_now())
    toast(request, "Saved. It holds for everything that has not left yet.", undo=_undo_url(request, former))
    return redirect(safe_next(request, reverse("message-rules")))


def _initial(policy: Policy) -> list[dict[str, Any]]:
    return [one.model_dump() for one in policy.categories]


def _page(
    request: HttpRequest, form: RulesForm, categories: Any, *, error: str = "", status: int = 200
) -> HttpResponse:
    policy = policy_in_force()
    page = RulesPage(
        title="Messages",
        tabs=tabs("message-rules"),
        form=form,
        categories=categories,
        error=error,
        policy=policy,
        mail_from=settings.DEFAULT_FROM_EMAIL,
        may_edit=user_of(request).has_role(Role.MANAGER),
        is_shipped=policy == SHIPPED,
        back=safe_next(request, ""),
    )
    return render(request, "messages/rules.html", {"title": page.title, "page": page}, status=status)


def _undo_url(request: HttpRequest, former: Policy) -> str:
    return undo_url(request, "message-rules", former.model_dump(mode="json"))


@undoes("message-rules")
def _undo(request: HttpRequest, payload: Any) -> str:
    save_policy(check(payload, origin="The former rules"), by=user_of(request), now=utc_now())
    return "The rules are what they were."
