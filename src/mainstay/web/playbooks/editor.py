"""The YAML of a playbook as a draft: kept while it is written, tried, and published when it is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts, reading, services
from mainstay.playbooks.differences import changes
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Draft
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version
from mainstay.playbooks.trying import Entering, would_enter
from mainstay.web.http import go, needs_role, toast, user_of
from mainstay.web.playbooks.forms import YamlForm

BEGINNING = """\
key: my_playbook
name: My playbook
description: What it is for, in a sentence.
entry: {by: hand}
steps:
  - id: call
    type: task
    with:
      title: "Call {{ account.name }}"
      why: "{{ run.why }}"
      due_in: {working_days: 2}
"""


@dataclass(frozen=True)
class EditorPage:
    """The context of the page. `entering` None: it cannot be tried before it is right."""

    title: str
    key: str
    form: YamlForm
    problems: Sequence[Mapping[str, Any]]
    says: Sequence[str]
    entering: Entering | None
    draft: Draft | None


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """A playbook that does not exist yet: nothing is kept before it is published."""
    form = YamlForm(request.POST or None, initial={"yaml": BEGINNING, "revision": 0})
    problems: Sequence[Mapping[str, Any]] = ()
    if request.method == "POST" and form.is_valid():
        try:
            document = reading.read(form.cleaned_data["yaml"], origin="The playbook")
            by, reason = user_of(request), form.cleaned_data["reason"]
            services.publish(document, by=by, reason=reason, now=utc_now(), over=0)
            toast(request, f"“{document.name}” is published.")
            return redirect("playbook", document.key)
        except MainstayError as error:
            problems = _problems(error)
    page = EditorPage("New playbook", "", form, problems, [], None, None)
    return render(request, "playbooks/edit.html", {"page": page, "title": page.title}, status=422 if problems else 200)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The draft of a playbook; it is made when somebody first saves it."""
    playbook = get_playbook(key)
    draft = drafts.of_playbook(playbook)
    if request.method != "POST":
        return _shown(request, key, draft, YamlForm(initial=_initial(key, draft)), ())
    form = YamlForm(request.POST)
    if not form.is_valid():
        return _shown(request, key, draft, form, [{"place": "", "reason": "Write the YAML of a playbook."}])
    try:
        draft = _saved(request, key, draft, form)
        if "publish" not in request.POST:
            return _shown(request, key, draft, _fresh(form, draft), drafts.problems(draft))
        drafts.publish(draft, by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now())
    except MainstayError as error:
        return _shown(request, key, draft, _fresh(form, draft), _problems(error))
    toast(request, f"“{playbook.name}” is published. Runs under way keep the version they began with.")
    return redirect("playbook", key)


def _saved(request: HttpRequest, key: str, draft: Draft | None, form: YamlForm) -> Draft:
    """Keep what was typed. What is no YAML cannot be kept: the page shows it again as it was typed."""
    try:
        content = yaml.safe_load(form.cleaned_data["yaml"])
    except yaml.YAMLError as error:
        raise BadPlaybook(f"This is not YAML: {' '.join(str(error).split())}. Check quotes and indents.") from error
    if not isinstance(content, dict):
        raise BadPlaybook("A playbook is a mapping with key, name, entry and steps.")
    by, now = user_of(request), utc_now()
    begun = draft or drafts.begin(key, by=by, now=now)
    revision = form.cleaned_data["revision"] if draft is not None else begun.revision
    return drafts.save(begun, content, revision=revision, by=by, now=now)


@require_POST
@needs_role(Role.MANAGER)
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away."""
    draft = drafts.of_playbook(get_playbook(key))
    if draft is not None:
        drafts.discard(draft, by=user_of(request))
        toast(request, "The draft is discarded. The version in force stays as it is.")
    return go(request, reverse("playbook", args=[key]))


def _initial(key: str, draft: Draft | None) -> dict[str, Any]:
    if draft is None:
        version = newest_version(get_playbook(key))
        return {"yaml": reading.to_yaml(document_of(version)), "revision": 0}
    text = yaml.safe_dump(draft.content, sort_keys=False, allow_unicode=True, width=110)
    return {"yaml": text, "revision": draft.revision}


def _fresh(form: YamlForm, draft: Draft | None) -> YamlForm:
    """The form as it was sent, on the revision that is kept now."""
    values = {name: form.cleaned_data.get(name, "") for name in ("yaml", "reason")}
    return YamlForm(initial={**values, "revision": draft.revision if draft else 0})


def _shown(
    request: HttpRequest, key: str, draft: Draft | None, form: YamlForm, problems: Sequence[Mapping[str, Any]]
) -> HttpResponse:
    says, entering = [], None
    if draft is not None and not problems:
        try:
            document = drafts.document_of(draft)
            says = changes(document_of(newest_version(get_playbook(key))), document)
            entering = would_enter(document, now=utc_now())
        except MainstayError as error:
            problems = _problems(error)
    title = f"Edit “{get_playbook(key).name}”"
    page = EditorPage(title, key, form, problems, says, entering, draft)
    status = 422 if request.method == "POST" and problems else 200
    return render(request, "playbooks/edit.html", {"page": page, "title": title}, status=status)


def _problems(error: MainstayError) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = error.details.get("problems") or [{"place": "", "reason": error.message}]
    return found
