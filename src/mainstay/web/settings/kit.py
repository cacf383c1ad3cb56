"""Every component of the design system on one page: to look at, to copy from, to test."""

from datetime import date, timedelta
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.web import svg
from mainstay.web.http import needs_role, user_of
from mainstay.web.settings.sections import SECTIONS

BANDS = ("green", "yellow", "red", "unknown")
DAY = date(2026, 11, 23)
SCORES = [59, 59, 72, 72, 80, 80, 100, 100, 93, 93, 86, None, None, 89, 89, 69]


class KitForm(forms.Form):
    """One field of each sort; the second is refused."""

    name = forms.CharField(help_text="Help stands below its field.", initial="Acme")
    key = forms.CharField(initial="acme corp")
    tier = forms.ChoiceField(choices=[("", "Any"), ("enterprise", "Enterprise")], required=False)
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    why = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_shared = forms.BooleanField(required=False, label="Share with everybody")

    def clean_key(self) -> str:
        """Always refused, to show how that looks."""
        raise forms.ValidationError("A key has no spaces. Use 'acme-corp'.")


@require_GET
@needs_role(Role.ADMINISTRATOR)
def kit(request: HttpRequest) -> HttpResponse:
    """The page."""
    form = KitForm({"name": "Acme", "key": "acme corp"})
    form.is_valid()
    series = [(DAY - timedelta(days=24 * (len(SCORES) - index - 1)), score) for index, score in enumerate(SCORES)]
    usage = [
        (DAY - timedelta(days=90 - index), _active(DAY - timedelta(days=90 - index), index)) for index in range(91)
    ]
    people = [
        svg.Stakeholder("TB", "Tom Becker", "Head of marketing", 0.45, 0.9),
        svg.Stakeholder("ER", "Elena Ruiz", "COO", 0.85, 0.6),
        svg.Stakeholder("HT", "Hugh Tran", "Finance partner", 0.7, 0.3),
    ]
    context = {
        "title": "Kit",
        "sections": SECTIONS,
        "bands": BANDS,
        "weeks": [92, 92, 92, 89, 89, None, None, 89, 89, 89, 89, 69],
        "changes": [7, 2, 0, -3, -20, None],
        "days": [12, 61, 104, None],
        "form": form,
        "swatches": ("bg", "surface", "raised", "hover", "sunk", "line", "line-2", "ctl", "ink", "ink-2", "ink-3"),
        "path": svg.score_path(69, [("Product usage", 20), ("Relationship", 8), ("Financial", 3)], "yellow"),
        "history": svg.history(
            series,
            label="Health score of the last 12 months: 59 at first, 69 today",
            band="yellow",
            markers=[svg.Marker(DAY - timedelta(days=288)), svg.Marker(DAY - timedelta(days=120), "version")],
        ),
        "daily": svg.daily(usage, seats=300, target=210, label="Daily active users, last 90 days: 195 today"),
        "people_map": svg.stakeholders(people, label="Stakeholders by influence and support", vacant=["Sponsor"]),
        "toasts": [SimpleNamespace(level_tag="success", text="2 tasks added.", undo=True)],
        "someone": user_of(request),
    }
    return render(request, "settings/kit.html", context)


def _active(day: date, index: int) -> int:
    """Weekdays busy, weekends quiet, slowly fewer."""
    return (90 if day.weekday() > 4 else 236) - index // 3 + index * 7 % 11
