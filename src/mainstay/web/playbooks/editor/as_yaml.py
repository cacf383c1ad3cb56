"""The same draft as YAML: kept when it is YAML at all, right or wrong; what cannot be kept is shown as it was typed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts, reading
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Draft
from mainstay.web.http import needs_role, user_of
from mainstay.web.playbooks.forms import YamlForm


@dataclass(frozen=True)
class YamlPage:
    """The context of the page."""

    title: str
    draft: Draft
    form: YamlForm
    problems: Sequence[Mapping[str, Any]]


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def draft_yaml(request: HttpRequest, pk: int) -> HttpResponse:
    """Show it, and keep what is sent."""
    found = drafts.get(pk)
    if request.method != "POST":
        return _shown(request, found, _form(found), drafts.problems(found))
    form = YamlForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, [{"place": "", "reason": "Write the YAML of a playbook."}])
    try:
        content = _content(form.cleaned_data["yaml"])
        revision = form.cleaned_data["revision"]
        saved = drafts.save(found, content, revision=revision, by=user_of(request), now=utc_now())
    except MainstayError as error:
        fresh = YamlForm(initial={"yaml": form.cleaned_data["yaml"], "revision": found.revision})
        return _shown(request, found, fresh, [{"place": "", "reason": error.message}])
    if "flow" in request.POST:
        return redirect("playbook-draft", saved.pk)
    text = form.cleaned_data["yaml"]
    fresh = YamlForm(initial={"yaml": text, "revision": saved.revision})
    return _shown(request, saved, fresh, _problems(saved, text))


def _problems(saved: Draft, text: str) -> Sequence[Mapping[str, Any]]:
    """What is wrong, with the lines where that is known."""
    try:
        reading.read(text, origin="The draft")
    except BadPlaybook as error:
        found: Sequence[Mapping[str, Any]] = error.details.get("problems", [])
        return found or drafts.problems(saved)
    return drafts.problems(saved)


def _content(text: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadPlaybook(f"This is not YAML: {' '.join(str(error).split())}. Check quotes and indents.") from error
    if not isinstance(content, dict):
        raise BadPlaybook("A playbook is a mapping with key, name, entry and steps.")
    # Days are texts in what is stored, as in JSON.
    kept: dict[str, Any] = json.loads(json.dumps(content, default=str))
    return kept


def _form(found: Draft) -> YamlForm:
    text = yaml.safe_dump(found.content, sort_keys=False, allow_unicode=True, width=110)
    return YamlForm(initial={"yaml": text, "revision": found.revision})


def _shown(request: HttpRequest, found: Draft, form: YamlForm, problems: Sequence[Mapping[str, Any]]) -> HttpResponse:
    page = YamlPage(str(found.content.get("name") or "New playbook"), found, form, problems)
    status = 422 if request.method == "POST" and problems else 200
    return render(request, "playbooks/editor/yaml.html", {"page": page, "title": page.title}, status=status)
