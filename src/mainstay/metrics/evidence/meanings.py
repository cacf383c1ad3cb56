"""Evidence from events that mean something: mails, workflows, help articles, the chatbot, first value."""

from datetime import datetime, timedelta
from functools import partial

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.facts import catalogue
from mainstay.facts.meaning import Meaning
from mainstay.facts.selectors import event_names
from mainstay.metrics.evidence import query
from mainstay.metrics.evidence.table import (
    Builder,
    Column,
    EventQuery,
    Evidence,
    Question,
    Row,
    Shape,
    made,
    made_of_many,
)

_LABELS = {
    Meaning.MAIL_DELIVERED: "Mails delivered",
    Meaning.MAIL_OPENED: "Opened",
    Meaning.MAIL_CLICKED: "Clicked",
    Meaning.WORKFLOW_STARTED: "Workflows started",
    Meaning.WORKFLOW_COMPLETED: "Completed",
    Meaning.ARTICLE_READ: "Articles read",
    Meaning.CHAT_STARTED: "Conversations",
    Meaning.CHAT_HANDED_OVER: "Handed over",
    Meaning.REFERRAL_MADE: "Referrals",
    Meaning.COMMUNITY_CONTRIBUTED: "Contributions",
}


def by_user(question: Question, *, meanings: tuple[Meaning, ...], youngest: int = 0) -> Evidence:
    """How often events of these meanings came from each user in the window, the busiest first."""
    sums = ", ".join(f"coalesce(sum(n) FILTER (meaning = '{one}'), 0)::BIGINT" for one in meanings)
    asked = ", ".join(f"'{one}'" for one in meanings)
    found = query.query(
        question,
        f"""SELECT contact_id, {sums} FROM meaning_days
        WHERE meaning IN ({asked}) AND age BETWEEN {youngest} AND {question.days} GROUP BY 1 ORDER BY sum(n) DESC, 1""",
    )
    start, end = question.start, question.as_of if youngest == 0 else question.end(youngest)
    names = _names(question, meanings, start, end)
    rows = (
        Row((*who, *counts), events=EventQuery(start, end, names, contact))
        for who, (contact, *counts) in query.with_people(found)
    )
    columns = (query.NAME, query.EMAIL, *(Column(str(one), _LABELS[one], Shape.COUNT) for one in meanings))
    sums_of = [
        f"{sum(row[number] for row in found):,} {_LABELS[one].lower()}" for number, one in enumerate(meanings, 1)
    ]
    sentence = f"{', '.join(sums_of)} {query.span(question, youngest=youngest)}."
    return made_of_many(sentence, columns, rows, total=len(found))


def first_value(question: Question) -> Evidence:
    """The first event that meant value, and the day of signing."""
    found = query.query(question, "SELECT value_age FROM first_values")
    signed_on = Account.objects.filter(pk=question.account_id).values_list("signed_on", flat=True).first()
    if not found:
        return made("No event that means value has come yet.", _FIRST, [Row((signed_on, None))])
    start, end = question.first(found[0][0]), question.end(found[0][0])
    events = EventQuery(start, end, _names(question, (Meaning.FIRST_VALUE,), start, end))
    return made(
        "The first day with an event that means value.", _FIRST, [Row((signed_on, start.date()), events=events)]
    )


_FIRST = (Column("signed_on", "Signed", Shape.DATE), Column("first_value_on", "First value", Shape.DATE))


def _names(question: Question, meanings: tuple[Meaning, ...], start: datetime, end: datetime) -> tuple[str, ...]:
    """The names of the account's events with these meanings, as they were sent."""
    declared = catalogue.meanings()
    among = [name for one in meanings for name in declared[one]]
    last = (end - timedelta(microseconds=1)).date()
    return tuple(event_names(question.account_id, start=start.date(), end=last + DAY, among=among))


_MAILS = (Meaning.MAIL_DELIVERED, Meaning.MAIL_OPENED, Meaning.MAIL_CLICKED)
_WORKFLOWS = (Meaning.WORKFLOW_STARTED, Meaning.WORKFLOW_COMPLETED)
_CHATS = (Meaning.CHAT_STARTED, Meaning.CHAT_HANDED_OVER)

BUILDERS: dict[str, Builder] = {
    "mails": partial(by_user, meanings=_MAILS),
    "workflows": partial(by_user, meanings=_WORKFLOWS, youngest=1),
    "articles": partial(by_user, meanings=(Meaning.ARTICLE_READ,)),
    "chats": partial(by_user, meanings=_CHATS, youngest=1),
    "referrals": partial(by_user, meanings=(Meaning.REFERRAL_MADE,)),
    "contributions": partial(by_user, meanings=(Meaning.COMMUNITY_CONTRIBUTED,)),
    "first_value": first_value,
}
