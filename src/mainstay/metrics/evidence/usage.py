"""Evidence from the product: who was active, on which days, with which features.

Read from the same tables the metrics are computed from, for one account: a few milliseconds.
"""

from typing import Any

from mainstay.accounts.models import Contact
from mainstay.facts import tables
from mainstay.facts.models import Feature
from mainstay.lake import engine
from mainstay.metrics.evidence.table import (
    Builder,
    Cell,
    Column,
    EventQuery,
    Evidence,
    Question,
    Row,
    Shape,
    between,
    counted,
    made,
)
from mainstay.metrics.tables import ACTIVITY_DAYS

_NOBODY = "Nobody known"
_NAME = Column("name", "User", Shape.TEXT)
_EMAIL = Column("email", "E-mail", Shape.TEXT)
_DAY = Column("day", "Day", Shape.DATE)
_USERS = Column("users", "Active users", Shape.COUNT)
_EVENTS = Column("events", "Events", Shape.COUNT)
_LOGINS = Column("logins", "Logins", Shape.COUNT)
_ACTIVE_DAYS = Column("active_days", "Active days", Shape.COUNT)
_LAST_DAY = Column("last_day", "Last active", Shape.DATE)


def users(question: Question) -> Evidence:
    """Who was active in the window, today included."""
    return _active_users(question, youngest=0)


def steady_users(question: Question) -> Evidence:
    """Who was active in the window, complete days only."""
    return _active_users(question, youngest=1)


def compared_users(question: Question) -> Evidence:
    """Who was active in the younger half of the window, in the older half, or in both; those who left come first."""
    half = question.days // 2
    found = _query(
        question,
        f"""SELECT contact_id, count(*) FILTER (age <= {half}), count(*) FILTER (age > {half}), sum(n), min(age)
        FROM user_days WHERE contact_id IS NOT NULL AND age BETWEEN 1 AND {question.days} GROUP BY 1
        ORDER BY count(*) FILTER (age <= {half}) > 0, 3 DESC, 2 DESC, 1""",
    )
    people = _people(found)
    rows = [
        Row((*people[contact], now, before, question.first(last).date()), events=_of_contact(question, contact))
        for contact, now, before, _, last in found
    ]
    now = sum(1 for row in found if row[1])
    before = sum(1 for row in found if row[2])
    columns = (
        _NAME,
        _EMAIL,
        Column("active_days", f"Days, last {half}", Shape.COUNT),
        Column("active_days_before", f"Days, {half} before", Shape.COUNT),
        _LAST_DAY,
    )
    return made(
        f"{counted(now, 'active user')} in {half} complete days, {before:,} in the {half} before.", columns, rows
    )


def weekdays(question: Question) -> Evidence:
    """Distinct active users on each weekday of the window."""
    found = dict(_query(
        question,
        f"""SELECT age, count(DISTINCT contact_id) FROM user_days
        WHERE age BETWEEN 1 AND {question.days} AND contact_id IS NOT NULL GROUP BY 1""",
    ))  # fmt: skip
    ages = [age for age in range(1, question.days + 1) if question.first(age).weekday() < 5]
    rows = [Row((question.first(age).date(), found.get(age, 0)), events=_of_day(question, age)) for age in ages]
    total = sum(found.get(age, 0) for age in ages)
    return made(
        f"{counted(total, 'active user')} on {len(ages)} weekdays {_span(question)}, each counted once a day.",
        (_DAY, _USERS),
        rows,
    )


def days(question: Question) -> Evidence:
    """Users, events and logins of each day of the window, today included."""
    found = _days(question, 0, question.days)
    ages = range(0 if question.last_day == question.today else 1, question.days + 1)
    rows = [_day_row(question, age, found.get(age, (0, 0, 0))) for age in ages]
    events = sum(cells[1] for cells in found.values())
    return made(f"{counted(events, 'event')} {_span(question, youngest=0)}.", (_DAY, _USERS, _EVENTS, _LOGINS), rows)


def last_days(question: Question) -> Evidence:
    """The last ten days with any activity."""
    found = _days(question, 0, tables.HISTORY_DAYS)
    rows = [_day_row(question, age, found[age]) for age in sorted(found)[:10]]
    sentence = "The last days with activity." if rows else f"No activity in {tables.HISTORY_DAYS} days."
    return made(sentence, (_DAY, _USERS, _EVENTS, _LOGINS), rows)


def weeks(question: Question) -> Evidence:
    """Users, events and logins of each complete week of the window; the latest is the seven days up to yesterday."""
    found = {
        week: cells
        for week, *cells in _query(
            question,
            f"""SELECT (age - 1) // 7, count(DISTINCT contact_id), sum(n)::BIGINT, sum(logins)::BIGINT
            FROM user_days WHERE age BETWEEN 1 AND {question.days} GROUP BY 1""",
        )
    }
    rows = []
    for week in range(question.days // 7):
        first, last = question.first(7 * week + 7), question.first(7 * week + 1)
        events = EventQuery(start=first, end=question.end(7 * week + 1))
        rows.append(Row((first.date(), last.date(), *found.get(week, (0, 0, 0))), events=events))
    columns = (Column("first_day", "From", Shape.DATE), Column("last_day", "To", Shape.DATE), _USERS, _EVENTS, _LOGINS)
    return made(f"{counted(len(rows), 'complete week')} {_span(question)}.", columns, rows)


def features(question: Question) -> Evidence:
    """Each feature of the plan and its use in the window, unused ones last."""
    found = _query(
        question,
        f"""SELECT p.feature, count(DISTINCT contact_id), coalesce(sum(n), 0)::BIGINT, min(age)
        FROM (SELECT DISTINCT feature FROM plan_features) AS p
        LEFT JOIN feature_days AS d ON d.feature = p.feature AND d.age BETWEEN 0 AND {question.days}
        GROUP BY 1 ORDER BY 3 DESC, 1""",
    )
    catalogue = Feature.objects.in_bulk(field_name="key")
    rows = [
        Row(
            (catalogue[key].label, catalogue[key].is_core, users, events, _day(question, last)),
            events=_of_feature(question, catalogue[key]),
        )
        for key, users, events, last in found
    ]
    used = sum(1 for row in found if row[3] is not None)
    columns = (
        Column("feature", "Feature", Shape.TEXT),
        Column("is_core", "Core", Shape.BOOLEAN),
        _USERS,
        _EVENTS,
        Column("last_day", "Last used", Shape.DATE),
    )
    return made(
        f"{used} of {counted(len(found), 'feature')} in the plan used {_span(question, youngest=0)}.", columns, rows
    )


def core_features(question: Question) -> Evidence:
    """Each core feature and its use in the younger and in the older half of the window."""
    half = question.days // 2
    found = _query(
        question,
        f"""SELECT feature, coalesce(sum(n) FILTER (age <= {half}), 0)::BIGINT,
          coalesce(sum(n) FILTER (age > {half}), 0)::BIGINT
        FROM feature_days WHERE core AND age BETWEEN 1 AND {question.days} GROUP BY 1 ORDER BY 2 DESC, 1""",
    )
    catalogue = Feature.objects.in_bulk(field_name="key")
    rows = [
        Row((catalogue[key].label, now, before), events=_of_feature(question, catalogue[key]))
        for key, now, before in found
    ]
    now, before = sum(row[1] for row in found), sum(row[2] for row in found)
    columns = (
        Column("feature", "Feature", Shape.TEXT),
        Column("uses", f"Uses, last {half} days", Shape.COUNT),
        Column("uses_before", f"Uses, {half} days before", Shape.COUNT),
    )
    return made(f"{counted(now, 'use')} of core features in {half} complete days, {before:,} in the {half} before.",
                columns, rows)  # fmt: skip


def _active_users(question: Question, *, youngest: int) -> Evidence:
    found = _query(
        question,
        f"""SELECT contact_id, count(*), sum(n)::BIGINT, min(age) FROM user_days
        WHERE contact_id IS NOT NULL AND age BETWEEN {youngest} AND {question.days} GROUP BY 1
        ORDER BY 2 DESC, 3 DESC, 1""",
    )
    people = _people(found)
    rows = [
        Row((*people[contact], active, events, question.first(last).date()), events=_of_contact(question, contact))
        for contact, active, events, last in found
    ]
    return made(
        f"{counted(len(found), 'active user')} {_span(question, youngest=youngest)}.",
        (_NAME, _EMAIL, _ACTIVE_DAYS, _EVENTS, _LAST_DAY),
        rows,
    )


def _query(question: Question, statement: str) -> list[tuple[Any, ...]]:
    with engine.cursor() as cursor:
        history = max(question.days, ACTIVITY_DAYS) if question.window_days else tables.HISTORY_DAYS
        tables.register(
            cursor,
            question.as_of,
            account_ids=[question.account_id],
            history_days=history,
            records_of=("accounts", "subscriptions"),
        )
        return list(cursor.execute(statement).fetchall())


def _days(question: Question, youngest: int, oldest: int) -> dict[int, tuple[int, int, int]]:
    """Age of each day with activity: distinct users, events, logins."""
    found = _query(
        question,
        f"""SELECT age, count(DISTINCT contact_id), sum(n)::BIGINT, sum(logins)::BIGINT FROM user_days
        WHERE age BETWEEN {youngest} AND {oldest} GROUP BY 1""",
    )
    return {age: (users, events, logins) for age, users, events, logins in found}


def _day_row(question: Question, age: int, cells: tuple[int, int, int]) -> Row:
    return Row((question.first(age).date(), *cells), events=_of_day(question, age))


def _people(found: list[tuple[Any, ...]]) -> dict[int, tuple[str, str]]:
    """Name and e-mail of the contacts in the first column."""
    ids = [row[0] for row in found]
    known: dict[int, Contact] = {}
    for start in range(0, len(ids), 500):
        known |= Contact.objects.in_bulk(ids[start : start + 500])
    return {id_: (str(known[id_]), known[id_].email) if id_ in known else (_NOBODY, "") for id_ in ids}


def _day(question: Question, age: int | None) -> Cell:
    return None if age is None else question.first(age).date()


def _of_day(question: Question, age: int) -> EventQuery:
    return EventQuery(start=question.first(age), end=question.end(age))


def _of_contact(question: Question, contact: int) -> EventQuery:
    return EventQuery(start=question.start, end=question.as_of, contact_id=contact)


def _of_feature(question: Question, feature: Feature) -> EventQuery:
    return EventQuery(start=question.start, end=question.as_of, names=tuple(feature.events))


def _span(question: Question, *, youngest: int = 1) -> str:
    last = question.last_day if youngest == 0 else question.first(1).date()
    return between(question.start, last)


BUILDERS: dict[str, Builder] = {
    "users": users,
    "steady_users": steady_users,
    "compared_users": compared_users,
    "weekdays": weekdays,
    "days": days,
    "last_days": last_days,
    "weeks": weeks,
    "features": features,
    "core_features": core_features,
}
