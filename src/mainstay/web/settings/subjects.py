"""What the audit log is about: it keeps `task:8e0c…`, which people know as “Call Tom about usage”."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.models import Delivery, Target
from mainstay.facts.models import Feature
from mainstay.ingest.models import FileImport
from mainstay.ingest.sources import LABELS
from mainstay.metrics.registry import all_metrics
from mainstay.opportunities.models import Opportunity
from mainstay.people.models import User
from mainstay.playbooks.models import Playbook, Run, Task
from mainstay.scores.models import Scorecard
from mainstay.segments.models import Segment
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels
from mainstay.web.signals.kinds import label_of

type Titles = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Subject:
    """A thing: `Task`, what it is called, and its page, where it has one. What is gone is called by what is kept."""

    kind: str
    title: str
    url: str


def _rows(model: type[Model], key: str, *names: str) -> Titles:
    """The titles of rows that are kept by the field `key`: the fields `names`, joined by “on”."""

    def titles(ids: Collection[str]) -> Mapping[str, str]:
        rows = model._default_manager.filter(**{f"{key}__in": _possible(model, key, ids)}).values_list(key, *names)
        return {str(row[0]): " on ".join(str(one) for one in row[1:] if one) for row in rows}

    return titles


def _possible(model: type[Model], key: str, ids: Collection[str]) -> list[Any]:
    """Those that may be in such a field: entries of former releases may hold anything."""
    field: Any = model._meta.pk if key == "pk" else model._meta.get_field(key)
    found = []
    for one in ids:
        try:
            found.append(field.to_python(one))
        except ValidationError:
            continue
    return found


def _signals(ids: Collection[str]) -> Mapping[str, str]:
    known = labels()
    rows = Signal.objects.filter(pk__in=_possible(Signal, "pk", ids)).values_list("pk", "kind", "account__name")
    return {str(pk): f"{label_of(kind, known)} on {account}" for pk, kind, account in rows}


# By kind of thing: the name of the URL of its page, and its titles.
_KINDS: Mapping[str, tuple[str, Titles]] = {
    "account": ("account", _rows(Account, "key", "name")),
    "contact": ("message-contact", _rows(Contact, "pk", "name")),
    "delivery": ("message", _rows(Delivery, "pk", "subject")),
    "feature": ("feature", _rows(Feature, "key", "label")),
    "file_import": ("import", _rows(FileImport, "pk", "filename")),
    "metric": ("metric", lambda ids: {key: one.label for key, one in all_metrics().items() if key in ids}),
    "opportunity": ("opportunity", _rows(Opportunity, "pk", "title")),
    "playbook": ("playbook", _rows(Playbook, "key", "name")),
    "run": ("playbook-run", _rows(Run, "pk", "playbook__name", "account__name")),
    "scorecard": ("scorecard", _rows(Scorecard, "key", "name")),
    "segment": ("segment", _rows(Segment, "key", "name")),
    "signal": ("signal", _signals),
    "signal_kind": ("signal-kind", lambda ids: {key: label for key, label in labels().items() if key in ids}),
    "source": ("source", lambda ids: {key: label for key, label in LABELS.items() if key in ids}),
    "target": ("target", _rows(Target, "key", "name")),
    "task": ("task", _rows(Task, "pk", "title")),
    "user": ("", _rows(User, "email", "name")),
}


MOST_FOUND = 100
_SEARCHED: Sequence[tuple[str, type[Model], str, str]] = (
    ("account", Account, "key", "name"),
    ("opportunity", Opportunity, "pk", "title"),
    ("playbook", Playbook, "key", "name"),
    ("run", Run, "pk", "account__name"),
    ("scorecard", Scorecard, "key", "name"),
    ("segment", Segment, "key", "name"),
    ("signal", Signal, "pk", "account__name"),
    ("target", Target, "key", "name"),
    ("task", Task, "pk", "title"),
)


def subjects_of(kept: Iterable[str]) -> dict[str, Subject]:
    """The things by what the log keeps of them. A query for each kind there is among them."""
    ids: dict[str, set[str]] = defaultdict(set)
    for kind, _, thing in (one.partition(":") for one in kept):
        ids[kind].add(thing)
    found = {}
    for kind, things in ids.items():
        page, titles = _KINDS.get(kind, ("", lambda _: {}))
        known = titles(things)
        for thing in things:
            subject = Subject(in_words(kind), known.get(thing) or thing, _url(page, thing))
            found[f"{kind}:{thing}" if thing else kind] = subject
    return found


def subjects_called(text: str) -> list[str]:
    """What the log keeps of the things whose title has this text, a hundred of each kind at most."""
    found = []
    for kind, model, key, name in _SEARCHED:
        rows = model._default_manager.filter(**{f"{name}__icontains": text}).values_list(key, flat=True)
        found += [f"{kind}:{one}" for one in rows[:MOST_FOUND]]
    return found


def in_words(text: str) -> str:
    """`file_import`: `File import`."""
    return text.replace("_", " ").capitalize()


def _url(page: str, thing: str) -> str:
    """The page of the thing; it says so itself when the thing is gone."""
    if not page or not thing:
        return ""
    try:
        return reverse(page, args=[thing])
    except NoReverseMatch:
        return ""
