"""Changes of a draft: each is kept at once, over what its writer has seen, and can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.playbooks import drafts, editing, history
from mainstay.playbooks.calling import name_of
from mainstay.playbooks.document import Document
from mainstay.playbooks.editing import Content, Direction, Place
from mainstay.playbooks.models import Draft
from mainstay.playbooks.steps import step_types
from mainstay.web.http import is_htmx, needs_role, user_of, whole_number
from mainstay.web.playbooks.editor.page import page_of, shown, url_of
from mainstay.web.playbooks.editor.parts import PARTS
from mainstay.web.playbooks.editor.posted import kept_beside, value_of, values_of

_KINDS = ("branch", "split")


@dataclass(frozen=True)
class Done:
    """A change: the content after it, what it was in words, and the step it leaves us at (empty: none).

    `focus`: the id of what has the focus then, where that is not the step.
    """

    content: Content
    what: str
    step: str = ""
    focus: str = ""


@require_POST
@needs_role(Role.MANAGER)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Add, take out, copy or move a step or a way; take the last change back, or make it again."""
    found = drafts.get(pk)
    verb = request.POST.get("do", "")
    if verb in ("undo", "redo"):
        saved = drafts.go(found, -1 if verb == "undo" else 1, **_seen(request))
        what = history.beside(found)[0 if verb == "undo" else 1]
        said = f"{'Taken back' if verb == 'undo' else 'Made again'}: {what or 'nothing'}."
        return _answer(request, saved, {"step": request.POST.get("step", "")}, said=said)
    done = _done(found.content, verb, request.POST, number=request.GET.get("number", ""))
    focus = done.focus or f"step-{done.step}"
    saved = drafts.save(found, done.content, what=done.what, **_seen(request))
    return _answer(request, saved, {"step": done.step}, focus=focus, said=f"{done.what}.")


@require_POST
@needs_role(Role.MANAGER)
def tell_step(request: HttpRequest, pk: int, step_id: str) -> HttpResponse:
    """What a step is told, from its form; while it is typed (`auto`) the form stays as it is."""
    found = drafts.get(pk)
    content = _told(found.content, step_id, request.POST)
    name = key_from(request.POST.get("id", ""), beside="step") or step_id
    content = editing.rename(content, step_id, name)
    saved = drafts.save(found, content, what=f"“{name}” changed", **_seen(request))
    return _answer(request, saved, {"step": name})


@require_POST
@needs_role(Role.MANAGER)
def tell_part(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """What stands around the steps, from its form."""
    if part not in PARTS:
        raise Invalid(f"There is no part '{part}' of a playbook; use one of {', '.join(PARTS)}.")
    found = drafts.get(pk)
    fields = {info.alias or name: info for name, info in Document.model_fields.items()}
    posted = {name: value_of(fields[name], request.POST, name) for name in PARTS[part][2]}
    if part == "name":
        posted["key"] = _key(found, str(posted["name"] or ""), str(posted["key"] or ""))
    content = editing.tell_fields(found.content, posted)
    saved = drafts.save(found, content, what=f"“{PARTS[part][0]}” changed", **_seen(request))
    return _answer(request, saved, {"part": part})


def _seen(request: HttpRequest) -> dict[str, Any]:
    """Who saves, when, and what she has seen."""
    return {
        "revision": whole_number(request.POST.get("revision", "")) or 0,
        "window": request.POST.get("window", "")[:40],
        "by": user_of(request),
        "now": utc_now(),
    }


def _done(content: Content, verb: str, posted: QueryDict, *, number: str) -> Done:
    step = posted.get("step", "")
    match verb:
        case "insert":
            kind = posted.get("kind", "")
            if kind not in _KINDS and kind not in step_types():
                raise Invalid(f"There is no step type '{kind}'.")
            added, name = editing.insert(content, kind, _place(posted))
            return Done(added, f"{name_of(kind)[0]} “{name}” added", name)
        case "remove":
            return Done(editing.remove(content, step), f"“{step}” taken out")
        case "duplicate":
            added, name = editing.duplicate(content, step)
            return Done(added, f"“{step}” copied", name)
        case "move":
            return Done(editing.move(content, step, _place(posted)), f"“{step}” moved", step)
        case Direction.UP | Direction.DOWN | Direction.INTO | Direction.OUT:
            moved = editing.shift(content, step, Direction(verb))
            return Done(moved, f"“{step}” moved {_where(moved, step)}", step)
        case "add_way":
            return Done(editing.add_way(_told(content, step, posted), step), f"A way of “{step}” added", step)
        case "way_up" | "way_down":
            return _way_moved(content, verb, posted, number=number)
        case "remove_way":
            told = _told(content, step, posted)
            taken = editing.remove_way(told, step, _index(number))
            return Done(taken, f"A way of “{step}” taken out", step)
        case _:
            raise Invalid(f"A draft cannot be asked to '{verb}'.")


def _way_moved(content: Content, verb: str, posted: QueryDict, *, number: str) -> Done:
    """A way one place on. `number`: from the form of the ways; a key pressed in the flow says its row (`size/1`)."""
    step, is_up = posted.get("step", ""), verb == "way_up"
    way = number or posted.get("row", "").rpartition("/")[2]
    at = _index(way)
    to = at - 1 if is_up else at + 1
    moved = editing.move_way(_told(content, step, posted), step, at, to)
    focus = f"{verb}-{to}" if number else f"way-{step}/{to}"
    return Done(moved, f"Way {at + 1} of “{step}” moved to place {to + 1}", step, focus)


def _place(posted: QueryDict) -> Place:
    return Place(posted.get("row", ""), whole_number(posted.get("at", "")) or 0)


def _index(text: str) -> int:
    """The number of a way, from 0; -1, which no way has, for what is none."""
    number = whole_number(text)
    return -1 if number is None else number


def _where(content: Content, step: str) -> str:
    """`to place 2 of “size”, way 1`: for who cannot see it."""
    place = editing.place_of(content, step)
    name, _, way = place.row.partition("/")
    inside = f" of “{name}”, {'otherwise' if way == editing.ELSE else f'way {int(way) + 1}'}" if name else ""
    return f"to place {place.at + 1}{inside}"


def _told(content: Content, step_id: str, posted: QueryDict) -> Content:
    """The step with what its form says; as it is where the form of another was sent."""
    step = editing.step_of(content, step_id)
    if step["type"] in _KINDS:
        said = [_way_said(step["type"], way.said, posted, number) for number, way in _numbered(step)]
        return editing.tell_ways(content, step_id, said)
    found = step_types().get(step["type"])
    if found is None:
        return content
    former = step.get("with")
    beside = kept_beside(found.params, former) if isinstance(former, Mapping) else {}
    return editing.tell(content, step_id, {**values_of(found.params, posted), **beside})


def _numbered(step: Mapping[str, Any]) -> list[tuple[int, editing.Way]]:
    return [(at, way) for at, way in enumerate(editing.ways_of(step)) if not way.row.endswith(f"/{editing.ELSE}")]


def _way_said(kind: str, former: Mapping[str, Any], posted: QueryDict, number: int) -> Mapping[str, Any]:
    prefix = f"ways.{number}."
    if kind == "split":
        if f"{prefix}share" not in posted:
            return former
        share = posted.get(f"{prefix}share", "").strip()
        known = whole_number(share)
        name = key_from(posted.get(f"{prefix}name", ""), beside="way")
        return {"name": name, "share": share if known is None else known}
    if f"{prefix}when" not in posted:
        return former
    heard, _, outcome = posted.get(f"{prefix}after", "").rpartition("/")
    if heard:
        return {"after": {"step": heard, "outcome": outcome}}
    return {"when": posted.get(f"{prefix}when", "").replace("\r\n", "\n").strip()}


def _key(found: Draft, name: str, key: str) -> str:
    """The key follows the name of a new playbook until somebody gives it one of its own."""
    if found.playbook is not None:
        return found.playbook.key
    former = key_from(str(found.content.get("name", "")))
    return key_from(name) if key in ("", former) else key


def key_from(name: str, *, beside: str = "playbook") -> str:
    """A key made from a name: `Welcome, new customers` → `welcome_new_customers`; `beside` goes before a digit."""
    made = slugify(name).replace("-", "_").strip("_")[:60]
    return made if not made or made[0].isalpha() else f"{beside}_{made}"[:60]


def _answer(
    request: HttpRequest, saved: Draft, chosen: Mapping[str, str], *, focus: str = "", said: str = ""
) -> HttpResponse:
    if not is_htmx(request):
        return redirect(url_of(saved, **{name: value for name, value in chosen.items() if value}))
    page = page_of(request, saved, chosen=chosen, focus=focus, said=said)
    if "auto" in request.GET:
        response = render(request, "playbooks/editor/live.html", {"page": page})
        response["HX-Trigger"] = "draft-saved"
        return response
    response = shown(request, page)
    response["HX-Push-Url"] = url_of(saved, **{name: value for name, value in chosen.items() if value})
    return response
