"""Begin a draft, publish it with a reason after a look at what that changes, or throw it away."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts
from mainstay.playbooks.differences import changes
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Draft
from mainstay.playbooks.selectors import document_of, get_playbook, names, newest_version
from mainstay.playbooks.trying import Entering, would_enter
from mainstay.web.http import go, needs_role, toast, user_of, whole_number
from mainstay.web.playbooks.editor.page import TRIED, Wrong, problems_of, url_of, wrong_of
from mainstay.web.playbooks.forms import ReasonForm

BEGINNING = {"key": "", "name": "", "entry": {"by": "hand"}, "steps": []}


@dataclass(frozen=True)
class PublishPage:
    """The context. `document` None: something is wrong, and it cannot be published yet."""

    title: str
    draft: Draft
    form: ReasonForm
    document: Document | None
    wrong: Sequence[Wrong]
    number: int
    says: Sequence[str]
    is_overtaken: bool
    entering: Entering | None
    over: int


@require_POST
@needs_role(Role.MANAGER)
def begin_empty(request: HttpRequest) -> HttpResponse:
    """A playbook that does not exist yet."""
    found = drafts.begin_new(BEGINNING, by=user_of(request), now=utc_now())
    return go(request, url_of(found, part="name"))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The draft of a playbook; the first who asks for it by POST begins it."""
    playbook = get_playbook(key)
    found = drafts.of_playbook(playbook)
    if found is None and request.method == "POST":
        found = drafts.begin(key, by=user_of(request), now=utc_now())
    return go(request, url_of(found) if found else reverse("playbook", args=[key]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """What publishing it would change and who would enter; then publish it."""
    found = drafts.get(pk)
    form = ReasonForm(request.POST or None)
    page = _page(found, form)
    if page.wrong:
        request.session[TRIED] = found.pk
    if request.method != "POST" or page.document is None or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "playbooks/editor/publish.html", {"page": page, "title": page.title}, status=status)
    over = whole_number(request.POST.get("over", ""))
    made = drafts.publish(
        found,
        by=user_of(request),
        reason=form.cleaned_data["reason"],
        now=utc_now(),
        over=page.over if over is None else over,
    )
    name = page.document.name
    said = f"Version {made.version} of “{name}” is published." if made else f"“{name}” says what it said before."
    toast(request, f"{said} Runs under way keep the version they began with.")
    return redirect("playbook", page.document.key)


def _page(found: Draft, form: ReasonForm) -> PublishPage:
    problems = problems_of(found)
    document = None if problems else drafts.document_of(found)
    newest = newest_version(found.playbook) if found.playbook else None
    former = document_of(newest) if newest and document else None
    base = found.base.version if found.base else 0
    over = newest.version if newest else 0
    return PublishPage(
        title=f"Publish “{found.content.get('name') or 'New playbook'}”",
        draft=found,
        form=form,
        document=document,
        wrong=wrong_of(found, problems, names()),
        number=over + 1,
        says=changes(former, document, names()) if former and document else [],
        is_overtaken=over != base,
        entering=would_enter(document, now=utc_now()) if document else None,
        over=over,
    )


@require_POST
@needs_role(Role.MANAGER)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away."""
    found = drafts.get(pk)
    key, name = found.playbook.key if found.playbook else "", found.content.get("name") or "New playbook"
    drafts.discard(found, by=user_of(request))
    kept = " The version in force stays as it is." if key else ""
    toast(request, f"The draft of “{name}” is discarded.{kept}")
    return go(request, reverse("playbook", args=[key]) if key else reverse("playbooks"))
