"""Beginning a draft: a new scorecard from another one, and a draft as YAML."""

from typing import Any

import yaml
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.scores import drafts, publishing
from mainstay.scores.beginnings import Template, template, templates
from mainstay.scores.models import Draft
from mainstay.scores.published import in_force
from mainstay.web.http import go, needs_role, user_of

# Before the key of a template, among the keys of scorecards in force.
_TEMPLATE = "template:"


class NewForm(forms.Form):
    """What a new scorecard begins with."""

    name = forms.CharField(max_length=100, label="Name", help_text="Such as “Self-serve” or “Public sector”.")
    begin = forms.ChoiceField(label="Begin with")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["begin"]
        assert isinstance(field, forms.ChoiceField)
        cards = [card.scorecard for card in in_force()]
        others = [one for one in templates() if one.document.key not in {card.key for card in cards}]
        field.choices = [
            ("A template", [(f"{_TEMPLATE}{one.document.key}", _said(one)) for one in others]),
            ("A copy of", [(card.key, card.name) for card in cards]),
            ("", "nothing"),
        ]
        field.required = False


def _said(one: Template) -> str:
    return f"{one.document.name}: {one.about.split('. ')[0].rstrip('.')}"


class YamlForm(forms.Form):
    """A whole document as text."""

    text = forms.CharField(
        label="The scorecard as YAML", widget=forms.Textarea(attrs={"rows": 30, "class": "mono", "spellcheck": "false"})
    )


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """A draft of a scorecard that does not exist yet."""
    form = NewForm(request.POST or None)
    if form.is_valid():
        content = _begun(form.cleaned_data["begin"]) | {"name": form.cleaned_data["name"]}
        draft = drafts.begin_new(content, by=user_of(request), now=utc_now())
        return go(request, reverse("scorecard-draft", args=[draft.pk]))
    context = {
        "title": "New scorecard",
        "form": form,
        "action": reverse("scorecard-new"),
        "submit": "Begin the draft",
        "cancel": reverse("scorecards"),
    }
    return render(request, "scorecards/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def as_yaml(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as text, for those who rather write: the same document, the same faults."""
    draft = drafts.get(pk)
    form = YamlForm(request.POST or None, initial={"text": _text(draft)})
    if form.is_valid():
        content = _parsed(form)
        if content is not None:
            drafts.save(draft, content, revision=draft.revision, by=user_of(request), now=utc_now())
            return redirect("scorecard-draft", pk=pk)
    context = {
        "title": "Edit as YAML",
        "form": form,
        "action": reverse("scorecard-draft-yaml", args=[pk]),
        "submit": "Take this text",
        "cancel": reverse("scorecard-draft", args=[pk]),
    }
    return render(request, "scorecards/yaml.html", context, status=422 if form.errors else 200)


def _begun(key: str) -> dict[str, Any]:
    """A copy serves nobody until its condition says whom: it is asked first, so an empty one would serve everybody."""
    if not key:
        return {"dimensions": [], "condition": "", "position": publishing.position_after("")}
    if chosen := template(key.removeprefix(_TEMPLATE)) if key.startswith(_TEMPLATE) else None:
        return chosen.document.model_dump(mode="json") | {"position": publishing.position_after("")}
    content = publishing.document_of(publishing.get(key)).model_dump(mode="json")
    return content | {"condition": "", "position": publishing.position_after("")}


def _parsed(form: YamlForm) -> dict[str, Any] | None:
    """The content that the text says; None with the error beside the field. What it means is checked by the editor."""
    try:
        content = yaml.safe_load(form.cleaned_data["text"])
    except yaml.YAMLError as error:
        form.add_error("text", f"This is not YAML: {' '.join(str(error).split())}. Check quotes and indents.")
        return None
    if not isinstance(content, dict):
        form.add_error("text", "A scorecard is a mapping: lines such as `name: Standard`, then `dimensions:`.")
        return None
    return content


def _text(draft: Draft) -> str:
    checked = drafts.check(draft)
    content = drafts.content_of(draft)
    if checked.document is not None:
        content = checked.document.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
