"""When those with a reason who may not enter are judged again: a few at every refresh, many from time to time.

A reason can stand for months in accounts that may not enter: there is no contact to write to, the goal is reached, the
caps are. Whatever decides about them may change, so none is ever forgotten: all are judged again when their rest is
over, on another day, by another version, and as soon as a cap has room. Meanwhile only reasons that just came up are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mainstay.playbooks.document import Document
from mainstay.playbooks.entries import OnDate, OnRhythm
from mainstay.playbooks.ledger import has_room
from mainstay.playbooks.models import PlaybookVersion, Watermark

LONGEST = timedelta(minutes=15)
"""Nobody rests for longer. A rhythm always rests so long: its reason stands for days, for every customer there is."""
FEW = 200
"""So many are judged again at every refresh."""
EACH = timedelta(milliseconds=10)
"""More rest for so long, each. To judge one takes some 50 µs: half a percent of a core, however many there are."""
_MINUTE = timedelta(minutes=1)

type Marks = Mapping[str, datetime]


@dataclass(frozen=True)
class Look:
    """Which reasons are judged: those that came up since an instant; None: all that stand."""

    since: datetime | None = None


def marks() -> Marks:
    """What is remembered of all playbooks. One statement."""
    found = Watermark.objects.filter(name__startswith=_JUDGED) | Watermark.objects.filter(name__startswith=_RESTS)
    return dict(found.values_list("name", "until"))


def look_due(version: PlaybookVersion, document: Document, known: Marks, *, now: datetime) -> Look | None:
    """What is to be looked at now; None: nothing."""
    if rests_until(version, known, now=now) is None:
        return Look()
    judged_at = known[_name(_JUDGED, version)]
    if version.playbook.kept_out:
        # Whoever has a reason since does not overtake those who wait for room.
        return Look() if now - judged_at >= _MINUTE and has_room(document, now=now) else None
    if isinstance(document.entry, OnDate | OnRhythm):  # their reasons come up with the day
        return None
    # A commit may come late.
    return Look(judged_at - _MINUTE)


def rests_until(version: PlaybookVersion, known: Marks, *, now: datetime) -> datetime | None:
    """Until when those who may not enter are not judged again; None: they are at the next refresh."""
    judged_at, until = known.get(_name(_JUDGED, version)), known.get(_name(_RESTS, version))
    if judged_at is None or until is None or not judged_at <= now < until:
        return None
    is_same_day = judged_at.astimezone(UTC).date() == now.astimezone(UTC).date()
    return until if is_same_day else None


def note(
    version: PlaybookVersion, document: Document, look: Look, known: Marks, *, refused: int, now: datetime
) -> None:
    """Remember that it was looked, and how many may not enter. In the transaction that begins the runs."""
    if look.since is not None:
        if refused or now - look.since > 2 * _MINUTE:
            _keep(_JUDGED, version, now)
        return
    rest = LONGEST if isinstance(document.entry, OnRhythm) else min(LONGEST, refused * EACH)
    if refused >= FEW or isinstance(document.entry, OnRhythm):
        _keep(_JUDGED, version, now)
        _keep(_RESTS, version, now + rest)
    elif _name(_RESTS, version) in known:
        forget(version.playbook_id)


def forget(playbook_id: int) -> None:
    """All of a playbook are judged at the next refresh."""
    for prefix in (_JUDGED, _RESTS):
        Watermark.objects.filter(name__startswith=f"{prefix}{playbook_id}:").delete()


_JUDGED, _RESTS = "judged:", "rests:"


def _name(prefix: str, version: PlaybookVersion) -> str:
    return f"{prefix}{version.playbook_id}:{version.pk}"


def _keep(prefix: str, version: PlaybookVersion, until: datetime) -> None:
    Watermark.objects.update_or_create(name=_name(prefix, version), defaults={"until": until})
