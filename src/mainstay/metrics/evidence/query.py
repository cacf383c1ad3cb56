"""What evidence from the product has in common: one account's facts by SQL, and the way on to people and raw events.

Read from the same tables the metrics are computed from, for one account: a few milliseconds.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from mainstay.accounts.models import Contact
from mainstay.facts import tables
from mainstay.facts.models import Feature
from mainstay.lake import engine
from mainstay.metrics.evidence.table import Cell, Column, EventQuery, Question, Row, Shape, between
from mainstay.metrics.tables import ACTIVITY_DAYS

NAME = Column("name", "User", Shape.TEXT)
EMAIL = Column("email", "E-mail", Shape.TEXT)
DAY = Column("day", "Day", Shape.DATE)
USERS = Column("users", "Active users", Shape.COUNT)
EVENTS = Column("events", "Events", Shape.COUNT)
LOGINS = Column("logins", "Logins", Shape.COUNT)
ACTIVE_DAYS = Column("active_days", "Active days", Shape.COUNT)
LAST_DAY = Column("last_day", "Last active", Shape.DATE)
FEATURE = Column("feature", "Feature", Shape.TEXT)
_NOBODY = "Nobody known"
_LOOKED_UP = 500
_WORD = re.compile(r"\w+")


def query(question: Question, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement over the fact tables of the account in question."""
    with engine.cursor() as cursor:
        history = max(question.days, ACTIVITY_DAYS) if question.window_days else tables.HISTORY_DAYS
        tables.register(
            cursor,
            question.as_of,
            account_ids=[question.account_id],
            history_days=history,
            only=_WORD.findall(statement),
        )
        return list(cursor.execute(statement).fetchall())


def with_people(found: Sequence[tuple[Any, ...]]) -> Iterator[tuple[tuple[str, str], tuple[Any, ...]]]:
    """Each row with name and e-mail of the contact in its first column, looked up as the rows are read."""
    for rows in batched(found, _LOOKED_UP):
        known = Contact.objects.in_bulk([row[0] for row in rows if row[0] is not None])
        for row in rows:
            person = known.get(row[0])
            yield (str(person), person.email) if person else (_NOBODY, ""), row


def day(question: Question, age: int | None) -> Cell:
    """The day of an age."""
    return None if age is None else question.first(age).date()


def day_row(question: Question, age: int, cells: tuple[Cell, ...]) -> Row:
    """A row for a day, leading to its events."""
    return Row((question.first(age).date(), *cells), events=of_day(question, age))


def of_day(question: Question, age: int) -> EventQuery:
    """The events of a day."""
    return EventQuery(start=question.first(age), end=question.end(age))


def of_contact(question: Question, contact: int, names: tuple[str, ...] = ()) -> EventQuery:
    """The events of a contact in the window."""
    return EventQuery(start=question.start, end=question.as_of, contact_id=contact, names=names)


def of_feature(question: Question, feature: Feature) -> EventQuery:
    """The events in the window that show the use of a feature."""
    return EventQuery(start=question.start, end=question.as_of, names=tuple(feature.events))


def span(question: Question, *, youngest: int = 1) -> str:
    """The days of the window, in words."""
    last = question.last_day if youngest == 0 else question.first(1).date()
    return between(question.start, last)
