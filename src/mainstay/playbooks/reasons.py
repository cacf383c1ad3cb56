"""Why somebody got a task or a message: the run behind it, and what let the account in, down to the event that came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mainstay.accounts.models import StageChange
from mainstay.deliveries.models import Delivery
from mainstay.facts.arrivals import Arrival, arrived
from mainstay.interactions.models import Response
from mainstay.playbooks.candidates import SURVEYS
from mainstay.playbooks.models import Run, StepRun
from mainstay.segments.models import Membership
from mainstay.signals.models import Signal

# An event acts within days of its arrival, and arrives within weeks of happening: further back it is not looked for.
_ACTED_WITHIN = timedelta(days=4)
_CAME_WITHIN = timedelta(days=35)
_MOST_PROPERTIES = 12
_WITH = ("version", "playbook", "account", "contact", "signal", "started_by")


@dataclass(frozen=True)
class Evidence:
    """What let the account in, as lines of name and value; what of it there is to look at itself.

    `signal`, `segment` (its key), `event`: as they are kept; `parent`: the run whose step started this one. `is_gone`:
    it was kept and is not there any more.
    """

    lines: Sequence[tuple[str, str]] = ()
    signal: Signal | None = None
    segment: str = ""
    parent: Run | None = None
    event: Arrival | None = None
    is_gone: bool = False


def run_behind(delivery: Delivery) -> Run | None:
    """The run whose step asked for a message, with all that is told of it; None for one that no playbook asked for."""
    thing, _, key = delivery.origin.partition(":")
    if thing != "playbook" or delivery.account_id is None:
        return None
    asked = StepRun.objects.filter(
        run__playbook__key=key,
        run__account=delivery.account_id,
        step=delivery.origin_step,
        at__lte=delivery.created_at,
    )
    # A run about a contact writes to her; one about the account to anybody.
    about = asked.filter(run__contact=delivery.contact_id) if delivery.contact_id else asked
    found = about.order_by("-at").first() or asked.filter(run__contact=None).order_by("-at").first()
    return Run.objects.select_related(*_WITH).get(pk=found.run_id) if found is not None else None


def evidence_of(run: Run) -> Evidence:
    """What let the account in. The run comes with its signal."""
    kind, _, name = run.reason.partition(":")
    match kind:
        case "signal":
            return Evidence(signal=run.signal, is_gone=run.signal is None)
        case "stay":
            return _stay(name)
        case "stage":
            return _stage(name)
        case "answer":
            return _answer(name)
        case "event":
            return _event(run, name)
        case "run":
            parent = Run.objects.select_related("playbook").filter(pk=name.partition(":")[0]).first()
            return Evidence(parent=parent, is_gone=parent is None)
        case _:  # a date, a rhythm, a person: the sentence of the run says it all
            return Evidence()


def _number(name: str) -> int:
    return int(name) if name.lstrip("-").isdecimal() else 0


def _stay(name: str) -> Evidence:
    stay = Membership.objects.select_related("segment").filter(pk=_number(name)).first()
    if stay is None:
        return Evidence(is_gone=True)
    lines = [("Entered", f"{stay.entered_at:%-d %B %Y, %H:%M} UTC"), ("Condition now", stay.segment.condition)]
    return Evidence(lines, segment=stay.segment.key)


def _stage(name: str) -> Evidence:
    change = StageChange.objects.filter(pk=_number(name)).first()
    if change is None:
        return Evidence(is_gone=True)
    return Evidence([("Stage", change.stage), ("Since", f"{change.since:%-d %B %Y}")])


def _answer(name: str) -> Evidence:
    answer = Response.objects.select_related("contact").filter(pk=_number(name)).first()
    if answer is None:
        return Evidence(is_gone=True)
    lines = [(SURVEYS.get(answer.kind, answer.kind), f"{answer.score:g}")]
    if answer.contact is not None:
        lines.append(("By", str(answer.contact)))
    if answer.comment:
        lines.append(("Comment", answer.comment))
    return Evidence([*lines, ("Answered", f"{answer.answered_at:%-d %B %Y, %H:%M} UTC")])


def _event(run: Run, name: str) -> Evidence:
    start = run.started_at - _ACTED_WITHIN
    event = arrived(_number(name), run.account_id, since=start, until=run.started_at, came_within=_CAME_WITHIN)
    if event is None:
        return Evidence(is_gone=True)
    lines = [("Event", event.event), ("Happened", f"{event.timestamp:%-d %B %Y, %H:%M:%S} UTC")]
    told = list(event.properties.items())[:_MOST_PROPERTIES]
    return Evidence([*lines, *((key, str(value)) for key, value in told)], event=event)
