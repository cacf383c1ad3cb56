"""Evidence about people: the account, its stages and milestones, meetings, answers and roles, each with its key."""

from collections.abc import Callable
from functools import partial

from django.db.models import Q, QuerySet

from mainstay.accounts.models import Account, ContactRole, Milestone, StageChange
from mainstay.interactions.models import Interaction, Pulse, Response
from mainstay.metrics.evidence.support import answers
from mainstay.metrics.evidence.table import (
    Builder,
    Column,
    Evidence,
    Question,
    Row,
    Shape,
    between,
    counted,
    made,
    span,
)

_WHEN = Column("at", "When", Shape.TIME)
_TITLE = Column("title", "What", Shape.TEXT)
_KIND = Column("kind", "Kind", Shape.TEXT)
_CONTACT = Column("contact", "Who", Shape.TEXT)
_MET = ("meeting", "call", "business_review")


def customer(question: Question) -> Evidence:
    """The account itself: since when it is a customer."""
    found = Account.objects.filter(pk=question.account_id)
    rows = [Row((one.signed_on, one.churned_on), key=one.key) for one in found]
    return made("The record of the account.", (Column("signed_on", "Signed", Shape.DATE),
                                               Column("churned_on", "Churned", Shape.DATE)), rows)  # fmt: skip


def stages(question: Question) -> Evidence:
    """The stages the account entered so far, the latest first: that one counts."""
    found = StageChange.objects.filter(account_id=question.account_id, since__lte=question.last_day).order_by("-since")
    rows = [Row((one.since, one.stage)) for one in found]
    columns = (Column("since", "Since", Shape.DATE), Column("stage", "Stage", Shape.TEXT))
    return made(f"{counted(len(rows), 'stage')} so far.", columns, rows)


def milestones(question: Question) -> Evidence:
    """The milestones agreed so far, and when they were reached."""
    found = Milestone.objects.filter(account_id=question.account_id, agreed_on__lte=question.last_day)
    rows = []
    for one in found:
        reached_on = one.reached_on if one.reached_on and one.reached_on <= question.last_day else None
        rows.append(Row((one.name, one.due_on, reached_on), key=one.key))
    columns = (
        Column("name", "Milestone", Shape.TEXT),
        Column("due_on", "Due", Shape.DATE),
        Column("reached_on", "Reached", Shape.DATE),
    )
    reached = sum(1 for row in rows if row.cells[2] is not None)
    return made(f"{reached} of {counted(len(rows), 'milestone')} reached.", columns, rows)


def responses(question: Question) -> Evidence:
    """The NPS answers of the window, the latest first."""
    found = list(answers(question, "nps").select_related("contact").order_by("-answered_at", "-pk"))
    rows = [Row((one.answered_at, one.score, _name(one), one.comment), key=one.key) for one in found]
    columns = (
        _WHEN,
        Column("score", "Score", Shape.SCORE),
        _CONTACT,
        Column("comment", "Comment", Shape.TEXT),
    )
    return made(f"{counted(len(rows), 'answer')} {span(question)}.", columns, rows)


def pulses(question: Question) -> Evidence:
    """The pulses given so far, the latest first: that one counts, while it is in force."""
    found = Pulse.objects.filter(account_id=question.account_id, given_at__lt=question.as_of).select_related("user")
    rows = []
    for at, one in enumerate(found):
        is_over = one.withdrawn_at is not None and one.withdrawn_at < question.as_of
        counts = at == 0 and one.expires_on > question.last_day and not is_over
        rows.append(Row((one.given_at, one.score, one.reason, str(one.user or ""), one.expires_on, counts)))
    columns = (
        _WHEN,
        Column("score", "Pulse", Shape.SCORE),
        Column("reason", "Reason", Shape.TEXT),
        Column("user", "By", Shape.TEXT),
        Column("expires_on", "Expires", Shape.DATE),
        Column("is_in_force", "In force", Shape.BOOLEAN),
    )
    return made(f"The latest of {counted(len(rows), 'pulse')}.", columns, rows)


def reviews(question: Question) -> Evidence:
    """The business reviews of the window, the latest first: that one counts."""
    found = _interactions(question).filter(
        kind="business_review", occurred_at__gte=question.start, attended__isnull=False
    )
    return _interaction_table(list(found), lambda count: f"The latest of {count} {span(question)}.", "business review")


def all_reviews(question: Question) -> Evidence:
    """The business reviews of the window."""
    found = _interactions(question).filter(
        kind="business_review", occurred_at__gte=question.start, attended__isnull=False
    )
    return _interaction_table(list(found), lambda count: f"{count} held {span(question)}.", "business review")


def completed(question: Question, *, kind: str) -> Evidence:
    """The trainings or certifications the customer completed so far."""
    found = _interactions(question).filter(kind=kind, attended=True)
    return _interaction_table(list(found), lambda count: f"{count} completed so far.", kind)


def meetings(question: Question) -> Evidence:
    """The meetings, calls and reviews of the window; those the customer did not come to do not count."""
    found = list(
        _interactions(question).filter(kind__in=_MET, occurred_at__gte=question.start).select_related("contact")
    )
    held = sum(1 for one in found if one.attended is not False)
    return _touch_table(found, f"{counted(held, 'meeting')} {span(question)}.")


def touches(question: Question) -> Evidence:
    """The latest meetings, calls, mails, reviews and trainings, and when the customer answered."""
    found = _interactions(question).exclude(kind="note").select_related("contact")[:_LATEST]
    return _touch_table(list(found), "The latest touches.", answered_before=question)


def sponsor_touches(question: Question) -> Evidence:
    """The latest touches with those who are executive sponsors."""
    sponsors = _playing(question).filter(role="executive_sponsor").values("contact_id")
    found = _interactions(question).exclude(kind="note").filter(contact_id__in=sponsors).select_related("contact")
    return _touch_table(list(found[:_LATEST]), "The latest touches with the executive sponsor.")


def people_in_touch(question: Question) -> Evidence:
    """The people of the window's touches, and when each was last in touch."""
    found = (
        _interactions(question)
        .exclude(kind="note")
        .filter(occurred_at__gte=question.start, contact__isnull=False)
        .select_related("contact")
    )
    latest: dict[int | None, Interaction] = {}
    for one in found:
        latest.setdefault(one.contact_id, one)
    rows = [Row((_name(one), one.occurred_at, one.kind, one.title)) for one in latest.values()]
    columns = (_CONTACT, Column("at", "Last in touch", Shape.TIME), _KIND, _TITLE)
    return made(f"{counted(len(rows), 'person', 'people')} in touch {span(question)}.", columns, rows)


def contacts(question: Question) -> Evidence:
    """What we sent in the window, without the last three days, and when it was answered."""
    found = (
        _interactions(question)
        .filter(direction="outbound", occurred_at__gte=question.start, occurred_at__lt=question.first(3))
        .select_related("contact")
    )
    rows = []
    for one in found:
        answered = one.answered_at if one.answered_at and one.answered_at < question.as_of else None
        rows.append(Row((one.occurred_at, one.kind, one.title, _name(one), answered), key=one.key))
    columns = (
        _WHEN,
        Column("kind", "Kind", Shape.TEXT),
        _TITLE,
        _CONTACT,
        Column("answered_at", "Answered", Shape.TIME),
    )
    count = sum(1 for row in rows if row.cells[4] is not None)
    last = question.first(4).date()
    return made(f"{count} of {counted(len(rows), 'contact')} {between(question.start, last)} answered.", columns, rows)


def roles(question: Question) -> Evidence:
    """The roles that contacts of the account play."""
    found = _playing(question).select_related("contact").order_by("role", "since", "pk")
    rows = [Row((str(one.contact), one.contact.title, one.role, one.since), key=one.contact.key) for one in found]
    columns = (
        _CONTACT,
        Column("title", "Title", Shape.TEXT),
        Column("role", "Role", Shape.TEXT),
        Column("since", "Since", Shape.DATE),
    )
    return made(f"{counted(len(rows), 'role')} played by contacts of the account.", columns, rows)


def former_roles(question: Question) -> Evidence:
    """The roles that ended in the window, by themselves or because the person left."""
    found = ContactRole.objects.filter(
        contact__account_id=question.account_id, since__lte=question.last_day
    ).select_related("contact")
    rows = []
    for one in found:
        ended = min((day for day in (one.until, one.contact.left_on) if day is not None), default=None)
        if ended is not None and question.start.date() <= ended <= question.last_day:
            rows.append(Row((str(one.contact), one.role, one.since, ended), key=one.contact.key))
    columns = (
        _CONTACT,
        Column("role", "Role", Shape.TEXT),
        Column("since", "Since", Shape.DATE),
        Column("until", "Until", Shape.DATE),
    )
    return made(f"{counted(len(rows), 'role')} ended {span(question)}.", columns, rows)


# A table of the latest touches is long enough to see when they thinned out.
_LATEST = 50


def _playing(question: Question) -> QuerySet[ContactRole]:
    last_day = question.last_day
    return (
        ContactRole.objects.filter(contact__account_id=question.account_id, since__lte=last_day)
        .filter(Q(until=None) | Q(until__gt=last_day))
        .filter(Q(contact__left_on=None) | Q(contact__left_on__gt=last_day))
    )


def _interactions(question: Question) -> QuerySet[Interaction]:
    return Interaction.objects.filter(account_id=question.account_id, occurred_at__lt=question.as_of)


def _interaction_table(found: list[Interaction], sentence: Callable[[str], str], thing: str) -> Evidence:
    rows = [Row((one.occurred_at, one.title, one.attended), key=one.key) for one in found]
    columns = (_WHEN, _TITLE, Column("attended", "Attended", Shape.BOOLEAN))
    return made(sentence(counted(len(rows), thing)), columns, rows)


def _touch_table(found: list[Interaction], sentence: str, *, answered_before: Question | None = None) -> Evidence:
    rows = []
    for one in found:
        answered = one.answered_at
        if answered is not None and answered_before is not None and answered >= answered_before.as_of:
            answered = None
        rows.append(Row((one.occurred_at, one.kind, one.title, _name(one), one.attended, answered), key=one.key))
    columns = (
        _WHEN,
        _KIND,
        _TITLE,
        _CONTACT,
        Column("attended", "Attended", Shape.BOOLEAN),
        Column("answered_at", "Answered", Shape.TIME),
    )
    return made(sentence, columns, rows)


def _name(one: Interaction | Response) -> str:
    return str(one.contact) if one.contact else ""


BUILDERS: dict[str, Builder] = {
    "customer": customer,
    "stages": stages,
    "milestones": milestones,
    "responses": responses,
    "pulses": pulses,
    "reviews": reviews,
    "all_reviews": all_reviews,
    "trainings": partial(completed, kind="training"),
    "certifications": partial(completed, kind="certification"),
    "meetings": meetings,
    "touches": touches,
    "sponsor_touches": sponsor_touches,
    "people_in_touch": people_in_touch,
    "contacts": contacts,
    "roles": roles,
    "former_roles": former_roles,
}
