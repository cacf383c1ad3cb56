"""Making and changing a kind: as a form or as YAML, tried on the past year before it is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.signals import replaying, selectors, services
from mainstay.signals.document import Document
from mainstay.signals.models import ReplayRun
from mainstay.web.http import needs_role, toast, user_of
from mainstay.web.kinds.forms import KindForm, YamlForm, field_names
from mainstay.web.kinds.replay import start


@dataclass(frozen=True)
class Editor:
    """The context of the page. `form` or `text` is None: the page shows the other one."""

    title: str
    form: KindForm | None
    text: YamlForm | None
    former: Document | None
    field_names: Sequence[tuple[str, str]]
    form_url: str
    text_url: str
    cancel: str


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """A kind of one's own."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Another version of a kind."""
    return _edit(request, selectors.document_of(key))


def _edit(request: HttpRequest, former: Document | None) -> HttpResponse:
    shown, key = _draft(request) or former, former.key if former else ""
    data = request.POST if request.method == "POST" else None
    form: KindForm | YamlForm
    if "yaml" in (request.POST or request.GET) or request.GET.get("as") == "yaml":
        form = YamlForm(data, former=shown, key=key)
    else:
        form = KindForm(data, former=shown, key=key)
    if data is not None and form.is_valid() and form.document is not None:
        return _tried_or_saved(request, form.document, is_new=former is None)
    url = reverse("signal-kind-edit", args=[former.key]) if former else reverse("signal-kind-new")
    page = Editor(
        title=f"Edit “{former.label}”" if former else "New kind of signal",
        form=form if isinstance(form, KindForm) else None,
        text=form if isinstance(form, YamlForm) else None,
        former=former,
        field_names=field_names(),
        form_url=url,
        text_url=f"{url}?as=yaml",
        cancel=reverse("signal-kind", args=[former.key]) if former else reverse("signal-kinds"),
    )
    status = 422 if form.errors else 200
    return render(request, "signals/kind-edit.html", {"page": page, "title": page.title}, status=status)


def _draft(request: HttpRequest) -> Document | None:
    """The draft of a replay that somebody comes back from."""
    try:
        pk = UUID(request.GET.get("draft", ""))
    except ValueError:
        return None
    return replaying.document_of(get_object_or_404(ReplayRun, pk=pk))


def _tried_or_saved(request: HttpRequest, document: Document, *, is_new: bool) -> HttpResponse:
    """On to the replay, or, where somebody says so, straight to the list."""
    if "save" not in request.POST:
        return redirect("signal-replay", start(document, request).pk)
    services.save_kind(document, by=user_of(request), now=utc_now(), reason="Made." if is_new else "")
    toast(request, f"“{document.label}” is published. The next refresh opens and closes its signals.")
    return redirect("signal-kind", document.key)
