"""Taking a message down, from its page in Messages."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.common.time import utc_now
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.inapp.taking_down import take_down, up_from_step
from mainstay.deliveries.models import Delivery
from mainstay.people.models import Role
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of

_ONE, _ALL = "one", "all"


class TakeDownForm(forms.Form):
    """For whom."""

    whom = forms.ChoiceField(widget=forms.RadioSelect, label="For", initial=_ONE)

    def __init__(self, data: QueryDict | None, *, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["whom"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for whom, then take it down."""
    found = get_object_or_404(Delivery.objects.select_related("contact"), pk=pk, channel=IN_APP)
    now = utc_now()
    up = up_from_step(found, now=now)
    choices = [(_ONE, f"Only {found.contact}")]
    if up.people > 1 or up.accounts:
        others = f", and whoever else comes by at {plural(up.accounts, 'account')}" if up.accounts else ""
        choices.append((_ALL, f"Everybody who has it from this step: {plural(up.people, 'person', 'people')}{others}"))
    form = TakeDownForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_valid():
        people = take_down(found, everywhere=form.cleaned_data["whom"] == _ALL, by=user_of(request), now=now)
        toast(request, f"“{found.subject}” is taken down for {plural(people, 'person', 'people')}.")
        return done(request, reverse("messages"))
    text = "Browsers that are open take it off within a minute or two. It does not come back; the playbook goes on."
    context = {"title": f"Take down “{found.subject}”?", "form": form, "text": text, "submit": "Take down"}
    context |= {"submit_css": "red", "action": reverse("in-app-take-down", args=[pk]), "cancel": reverse("messages")}
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)
