"""Writes of playbooks: publish versions, go back to one, pause, resume, stop, remove. Each is on record."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from django.db import transaction

from mainstay.common.errors import Invalid
from mainstay.conditions import ConditionError
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.targets import present_targets
from mainstay.metrics.registry import all_metrics
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks import reading, resting, ways
from mainstay.playbooks.candidates import event_condition
from mainstay.playbooks.document import Document
from mainstay.playbooks.entries import Entry, OnEvent
from mainstay.playbooks.errors import BadPlaybook, ChangedMeanwhile, LinksNotSet
from mainstay.playbooks.models import UNDER_WAY, Playbook, PlaybookVersion, Run, RunState, Watermark
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version, newest_versions
from mainstay.playbooks.sending import objection_to
from mainstay.playbooks.step import Params
from mainstay.playbooks.templates import LINKS, Name, names_of_installation
from mainstay.playbooks.tree import Action
from mainstay.segments import selectors as segments

NO_CONTACT = (
    "a run is about the account, so there is no contact; let it be about contacts (`subject`), or choose others"
)
GALLERY = Path(__file__).parent / "gallery"
# They write to our own people only, so they run from the first day; others wait for somebody to start them.
RUN_AT_ONCE = frozenset({"risk_outreach", "seat_limit", "score_drop"})


def shipped() -> dict[str, Document]:
    """The playbooks that come with Mainstay, by key."""
    found = [
        reading.read(path.read_text(encoding="utf-8"), origin=path.name) for path in sorted(GALLERY.glob("*.yaml"))
    ]
    return {document.key: document for document in found}


def ensure_playbooks(now: datetime) -> int:
    """Publish each shipped playbook that is new, or whose document changed and nobody changed here; how many."""
    known = dict(Playbook.objects.values_list("key", "removed_at"))
    changed_here = set(PlaybookVersion.objects.filter(is_shipped=False).values_list("playbook__key", flat=True))
    return sum(
        publish(document, by=None, reason="Came with Mainstay.", now=now, is_shipped=True) is not None
        for key, document in shipped().items()
        if known.get(key) is None and key not in changed_here
    )


@transaction.atomic
def publish(
    document: Document,
    *,
    by: User | None,
    reason: str = "",
    now: datetime,
    over: int | None = None,
    is_shipped: bool = False,
) -> PlaybookVersion | None:
    """Make `document` the newest version of its playbook; None when it already is. Runs under way keep theirs.

    `by` None: Mainstay itself. `over`: the version the writer has seen (0: none); another one raises ChangedMeanwhile.
    Raises BadPlaybook where a condition or a name cannot be taken, NotAllowed below the role Manager.
    """
    if by is not None:
        require_role(by, Role.MANAGER)
    check_names(document)
    playbook = Playbook.objects.select_for_update().filter(key=document.key).first()
    if playbook is None:
        is_active = not is_shipped or document.key in RUN_AT_ONCE
        playbook = Playbook.objects.create(key=document.key, name=document.name, is_active=is_active)
    newest = playbook.versions.select_related("playbook").order_by("-version").first()
    seen = newest.version if newest is not None and playbook.removed_at is None else 0
    if over is not None and over != seen:
        raise ChangedMeanwhile(f"“{playbook.name}” is at version {seen} by now. Look at it, then publish yours.")
    if newest is not None and playbook.removed_at is None and _says(newest, document):
        return None
    if playbook.is_active and not is_shipped:
        check_links(document)
    if not is_shipped and (not seen or _entry(newest) != document.entry):
        # Whoever publishes another entry was told who enters now: those too whose signals stood before.
        playbook.takes_standing_until = now
    playbook.name, playbook.removed_at, playbook.problem = document.name, None, ""
    playbook.save(update_fields=["name", "removed_at", "problem", "takes_standing_until"])
    version = PlaybookVersion.objects.create(
        playbook=playbook,
        version=newest.version + 1 if newest else 1,
        document=document.as_dict(),
        published_at=now,
        by=by,
        is_shipped=is_shipped,
        reason=" ".join(reason.split())[:300],
    )
    record_audit(by, "playbooks.published", f"playbook:{document.key}", version=version.version, reason=version.reason)
    return version


def _says(version: PlaybookVersion, document: Document) -> bool:
    try:
        return document_of(version) == document
    except BadPlaybook:  # stored by a release whose words are gone
        return False


def _entry(version: PlaybookVersion | None) -> Entry | None:
    try:
        return document_of(version).entry if version is not None else None
    except BadPlaybook:
        return None


def check_names(document: Document) -> None:
    """Every condition of a document can be asked now, and no step objects. Raises BadPlaybook with each place."""
    problems = [*_objections(document), *_unknown_names(document), *_wrong_ways(document)]
    for place, text in document.conditions():
        try:
            segments.condition(text)
        except ConditionError as error:
            problems.append((place, f"{error.reason}\n{error.excerpt}"))
    if document.audience.segment and not problems:
        try:
            segments.condition(document.audience.condition)
        except ConditionError as error:
            problems.append((("for", "segment"), error.reason))
    if isinstance(document.entry, OnEvent):
        try:
            event_condition(document.entry)
        except ConditionError as error:
            problems.append((("entry", "where"), f"{error.reason}\n{error.excerpt}"))
    if problems:
        raise reading.bad_playbook(problems, origin=f"The playbook '{document.key}'")


def check_links(document: Document) -> None:
    """Every link a text names is set, so that no mail goes out broken. Raises BadPlaybook with each place."""
    missing = [
        (place, f"the link '{name}' is not set; set its address under Messages, Rules")
        for place, name in _links_not_set(document)
    ]
    if missing:
        raise reading.bad_playbook(missing, origin=f"The playbook '{document.key}'")


def missing_links(document: Document) -> list[str]:
    """The links its texts name and that nobody has given an address yet, by name, each once."""
    return sorted({name for _, name in _links_not_set(document)})


def _links_not_set(document: Document) -> list[tuple[reading.Place, str]]:
    links = policy_in_force().links
    return [(place, one.name) for place, one in _names(document) if one.thing == LINKS and one.name not in links]


def _names(document: Document) -> Iterator[tuple[reading.Place, Name]]:
    for place, text in document.texts():
        yield from ((place, one) for one in names_of_installation(text))


def _unknown_names(document: Document) -> Iterator[tuple[reading.Place, str]]:
    """Metrics that texts name and that do not exist, and names that only the run would know."""
    metrics = all_metrics()
    for place, one in _names(document):
        at = f"line {one.line}, column {one.column}: "
        if not one.name:
            yield place, f"{at}say which one by its name, as {one.thing}.seats_used"
        elif one.thing != LINKS and one.name not in metrics:
            near = next(iter(get_close_matches(one.name, metrics, n=1)), "")
            yield place, f"{at}there is no metric '{one.name}'{f'; did you mean {near}?' if near else ''}"


def _objections(document: Document) -> Iterator[tuple[reading.Place, str]]:
    for step in document.all_steps:
        if isinstance(step, Action):
            found = step.step_type.objections(step.typed_params, document.key)
            if document.subject == "account" and step.step_type.needs_contact(step.typed_params):
                yield ("steps", step.id, "with", "to"), NO_CONTACT
            found = {**_unknown_people(step.typed_params), **_unfit_targets(step.typed_params), **found}
            yield from ((("steps", step.id, "with", name), reason) for name, reason in found.items())


def _wrong_ways(document: Document) -> Iterator[tuple[reading.Place, str]]:
    for step in ways.unreachable(document):
        yield ("steps", step), "no run comes to it, since every way to it ends before; take it out, or move the `end`"
    named = list(ways.starts(document))
    if not named:
        return
    started = _started()
    for step, key in named:
        if way := ways.circle(document, key, started):
            told = " → ".join(f"'{one}'" for one in (document.key, *way, document.key))
            reason = f"{told}: they would start one another for ever; take one of these starts out"
            yield ("steps", step, "with", "playbook"), reason


def _started() -> dict[str, frozenset[str]]:
    """What each playbook in force starts."""
    found = {}
    for version in newest_versions():
        try:
            found[version.playbook.key] = frozenset(key for _, key in ways.starts(document_of(version)))
        except BadPlaybook:  # stored by a release whose words are gone
            continue
    return found


def _unknown_people(params: Params) -> Mapping[str, str]:
    named = {name: email for name in params.people if (email := str(getattr(params, name)).strip())}
    return {
        name: f"'{email}' is not the e-mail of an active user who can be given work; name one, or add the user first"
        for name, email in named.items()
        if not any(user.has_role(Role.CSM) for user in User.objects.filter(email__iexact=email, is_active=True))
    }


def _unfit_targets(params: Params) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, speaks in params.targets.items():
        key = str(getattr(params, name))
        target = present_targets().filter(key=key).first()
        if target is None:
            known = ", ".join(one.key for one in present_targets() if not objection_to(one, speaks)) or "none yet"
            found[name] = (
                f"there is no target '{key}' (there is: {known}); an administrator adds it in Settings, Targets"
            )
        elif reason := objection_to(target, speaks):
            found[name] = reason
    return found


def roll_back(key: str, version: int, *, by: User, reason: str = "", now: datetime) -> PlaybookVersion | None:
    """Publish what an earlier version says as the newest one; None when it is that already."""
    row = get_playbook(key).versions.select_related("playbook").filter(version=version).first()
    if row is None:
        raise Invalid(f"The playbook '{key}' has no version {version}.")
    said = f"Back to version {version}." + (f" {reason}" if reason else "")
    return publish(document_of(row), by=by, reason=said, now=now)


@transaction.atomic
def pause(key: str, *, by: User, now: datetime) -> bool:
    """Nothing begins and nothing goes on until it is resumed; False when it is paused already."""
    return _switch(key, is_active=False, by=by, now=now)


@transaction.atomic
def resume(key: str, *, by: User, now: datetime) -> bool:
    """Go on. What stands by then (signals, stays, stages) is made up for; False when it is not paused.

    Whoever starts a play of the gallery lets in those too whose signals stood before anybody looked. Raises LinksNotSet
    where texts name links without an address.
    """
    playbook = get_playbook(key)
    document = document_of(newest_version(playbook))
    if missing := missing_links(document):
        raise LinksNotSet(document.name, missing)
    is_changed = _switch(key, is_active=True, by=by, now=now)
    if is_changed and key not in RUN_AT_ONCE:
        Playbook.objects.filter(pk=playbook.pk, takes_standing_until=None).update(takes_standing_until=now)
    return is_changed


def _switch(key: str, *, is_active: bool, by: User, now: datetime) -> bool:
    require_role(by, Role.MANAGER)
    playbook = get_playbook(key)
    if not Playbook.objects.filter(pk=playbook.pk, is_active=not is_active).update(is_active=is_active):
        return False
    verb = "resumed" if is_active else "paused"
    record_audit(by, f"playbooks.{verb}", f"playbook:{key}", at=now.isoformat())
    return True


@transaction.atomic
def stop(key: str, *, by: User, now: datetime) -> int:
    """Pause it, and end every run that is under way for good; how many. Their open tasks stay."""
    require_role(by, Role.MANAGER)
    playbook = get_playbook(key)
    Playbook.objects.filter(pk=playbook.pk).update(is_active=False)
    stopped = _stop_runs(playbook, by=by, now=now)
    record_audit(by, "playbooks.stopped", f"playbook:{key}", runs=stopped)
    return stopped


@transaction.atomic
def remove(key: str, *, by: User | None, now: datetime) -> None:
    """Take a playbook away: its runs are stopped; versions and runs stay to be read. Raises UnknownPlaybook."""
    if by is not None:
        require_role(by, Role.MANAGER)
    playbook = get_playbook(key)
    stopped = _stop_runs(playbook, by=by, now=now)
    Playbook.objects.filter(pk=playbook.pk).update(removed_at=now)
    playbook.drafts.all().delete()
    Watermark.objects.filter(name=f"entry:{playbook.pk}").delete()
    resting.forget(playbook.pk)
    record_audit(by, "playbooks.removed", f"playbook:{key}", runs=stopped)


def _stop_runs(playbook: Playbook, *, by: User | None, now: datetime) -> int:
    because = f"The playbook was stopped by {by.name}" if by else "The playbook was stopped"
    return Run.objects.filter(playbook=playbook, state__in=UNDER_WAY).update(
        state=RunState.STOPPED, ended_at=now, wake_at=None, ended_because=because
    )
