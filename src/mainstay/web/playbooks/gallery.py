"""The gallery: the playbooks that come with Mainstay, by what they are for, each with a page that explains it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts, publishing
from mainstay.playbooks.calling import Piece, name_of, pieces
from mainstay.playbooks.document import Document
from mainstay.playbooks.glance import Glance, glance
from mainstay.playbooks.models import Playbook
from mainstay.playbooks.naming import Names
from mainstay.playbooks.reading import content_of, to_yaml
from mainstay.playbooks.selectors import names
from mainstay.playbooks.tree import KEY, Action, AnyStep
from mainstay.playbooks.wording import audience_text, entry_text, exit_text, reentry_text, saying_of, subject_text
from mainstay.web.formats import plural
from mainstay.web.http import go, needs_role, user_of
from mainstay.web.playbooks.editor.page import url_of
from mainstay.web.playbooks.lines import Line, lines_of

PURPOSES: Mapping[str, tuple[str, str]] = {
    "onboarding": ("Onboarding", "A good start: the first weeks after signing."),
    "adoption": ("Adoption", "More of the product in use, by more people."),
    "expansion": ("Expansion", "Customers who outgrow what they have."),
    "risk": ("Risk", "Accounts that may leave, while there is time."),
    "renewal": ("Renewal", "The decision at the end of a term."),
    "advocacy": ("Advocacy", "Customers who would speak for you."),
    "relationship": ("Relationship", "Keeping in touch, up to the executives and after goodbye."),
    "": ("Others", ""),
}
MOST_MARKS = 12
# Labels of steps that are no nouns, or whose plural is not made with an s.
_NOUNS: Mapping[str, tuple[str, str]] = {
    "Change a field": ("change of a field", "changes of fields"),
    "Start a playbook": ("start of a playbook", "starts of playbooks"),
    "Opportunity": ("opportunity", "opportunities"),
}


@dataclass(frozen=True)
class Mark:
    """A step in the flow at a glance."""

    icon: str
    label: str


@dataclass(frozen=True)
class Play:
    """A shipped playbook as a card."""

    document: Document
    starts: str
    glance: Glance
    marks: Sequence[Mark]
    more: int
    playbook: Playbook | None

    @property
    def takes(self) -> str:
        """`up to 90 days`."""
        days = self.glance.days
        if days is None:
            return "until a date of the account"
        return f"up to {plural(round(days), 'day')}" if days >= 1 else "hardly any time"

    @property
    def does(self) -> str:
        """`2 tasks, 3 e-mails`."""
        return ", ".join(_counted(number, label) for label, number in self.glance.does.items())


@dataclass(frozen=True)
class Shelf:
    """The plays of one purpose."""

    key: str
    title: str
    meaning: str
    plays: Sequence[Play]


@dataclass(frozen=True)
class GalleryPage:
    """The context of the page."""

    title: str
    shelves: Sequence[Shelf]
    may_edit: bool


@dataclass(frozen=True)
class Text:
    """What a step writes: its name, what it is, and its texts by name."""

    id: str
    label: str
    icon: str
    title: Sequence[Piece]
    texts: Sequence[tuple[str, Sequence[Piece]]]


@dataclass(frozen=True)
class PlayPage:
    """The context of the page that explains one."""

    title: str
    play: Play
    purpose: str
    whom: str
    about: str
    again: str
    exits: Sequence[str]
    lines: Sequence[Line]
    texts: Sequence[Text]
    yaml: str
    missing_links: Sequence[str]
    may_edit: bool


class UseForm(forms.Form):
    """How the copy is called."""

    name = forms.CharField(max_length=100, label="Name")
    key = forms.RegexField(
        KEY,
        max_length=60,
        label="Key",
        help_text="Its name for machines: small letters, digits, underscores. It stays for good.",
    )

    def clean_key(self) -> str:
        """A key that no playbook has."""
        key = str(self.cleaned_data["key"])
        if Playbook.objects.filter(key=key, removed_at=None).exists():
            raise forms.ValidationError(f"There is a playbook “{key}” already; choose another key.")
        return key


def _counted(number: int, label: str) -> str:
    one, many = _NOUNS.get(label, (f"{label[:1].lower()}{label[1:]}", ""))
    return plural(number, one, many)


@cache
def _shipped() -> Mapping[str, Document]:
    return publishing.shipped()


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """All of them, on a shelf for each purpose."""
    here = {one.key: one for one in Playbook.objects.filter(key__in=_shipped(), removed_at=None)}
    known = names()
    plays = [_play(document, here.get(key), known) for key, document in _shipped().items()]
    shelves = [
        Shelf(key, *words, [one for one in plays if one.document.purpose == key]) for key, words in PURPOSES.items()
    ]
    page = GalleryPage(
        title="New playbook",
        shelves=[shelf for shelf in shelves if shelf.plays],
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "playbooks/gallery.html", {"page": page, "title": page.title})


def _play(document: Document, playbook: Playbook | None, known: Names) -> Play:
    marks = [Mark(icon, label) for label, icon in (name_of(step.type) for step in document.all_steps)]
    more = max(len(marks) - MOST_MARKS, 0)
    starts = entry_text(document.entry, known)
    return Play(document, starts, glance(document), marks[:MOST_MARKS], more, playbook)


def _found(key: str) -> Document:
    if key not in _shipped():
        raise Http404(f"No playbook '{key}' comes with Mainstay.")
    return _shipped()[key]


@require_GET
def play(request: HttpRequest, key: str) -> HttpResponse:
    """One of them, explained."""
    document, known = _found(key), names()
    page = PlayPage(
        title=document.name,
        play=_play(document, Playbook.objects.filter(key=key, removed_at=None).first(), known),
        purpose=PURPOSES[document.purpose][0] if document.purpose else "",
        whom=audience_text(document.audience, known),
        about=subject_text(document),
        again=reentry_text(document),
        exits=[exit_text(exit) for exit in document.exit],
        lines=lines_of(document.steps, {}, known),
        texts=[found for step in document.all_steps if (found := _text(step, known))],
        yaml=to_yaml(document),
        missing_links=publishing.missing_links(document),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "playbooks/play.html", {"page": page, "title": page.title})


def _text(step: AnyStep, known: Names) -> Text | None:
    """The long texts of a step; None for one that writes none."""
    if not isinstance(step, Action):
        return None
    texts = [
        (name.replace("_", " "), pieces(value, known))
        for name, value in step.params.items()
        if isinstance(value, str) and ("\n" in value or name in ("text", "why", "talk_track", "body"))
    ]
    label, icon = name_of(step.type)
    title = saying_of(step.type, step.params, known).title
    return Text(step.id, label, icon, pieces(title, known), texts) if texts else None


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def use(request: HttpRequest, key: str) -> HttpResponse:
    """Ask how the copy is called, then begin a draft that says the same."""
    document = _found(key)
    form = UseForm(request.POST or None, initial={"name": f"{document.name} (ours)", "key": f"our_{key}"[:60]})
    if request.method == "POST" and form.is_valid():
        content = {**content_of(document), **form.cleaned_data}
        found = drafts.begin_new(content, by=user_of(request), now=utc_now())
        return go(request, url_of(found))
    context = {
        "title": f"Use “{document.name}”",
        "text": "A copy of your own, as a draft: nothing happens before you publish it.",
        "form": form,
        "action": reverse("play-use", args=[key]),
        "submit": "Make the copy",
        "cancel": reverse("play", args=[key]),
    }
    return render(request, "playbooks/form.html", context, status=422 if form.errors else 200)
