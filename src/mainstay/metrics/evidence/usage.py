"""Evidence from the product: who was active and on which days."""

from mainstay.facts import tables
from mainstay.metrics.evidence import query
from mainstay.metrics.evidence.table import (
    Builder,
    Column,
    EventQuery,
    Evidence,
    Question,
    Row,
    Shape,
    counted,
    made,
    made_of_many,
)


def users(question: Question) -> Evidence:
    """Who was active in the window, today included."""
    return _active_users(question, youngest=0)


def steady_users(question: Question) -> Evidence:
    """Who was active in the window, complete days only."""
    return _active_users(question, youngest=1)


def compared_users(question: Question) -> Evidence:
    """Who was active in the younger half of the window, in the older half, or in both; those who left come first."""
    half = question.days // 2
    found = query.query(
        question,
        f"""SELECT contact_id, count(*) FILTER (age <= {half}), count(*) FILTER (age > {half}), sum(n), min(age)
        FROM user_days WHERE contact_id IS NOT NULL AND age BETWEEN 1 AND {question.days} GROUP BY 1
        ORDER BY count(*) FILTER (age <= {half}) > 0, 3 DESC, 2 DESC, 1""",
    )
    rows = (
        Row((*who, now, before, question.first(last).date()), events=query.of_contact(question, contact))
        for who, (contact, now, before, _, last) in query.with_people(found)
    )
    now = sum(1 for row in found if row[1])
    before = sum(1 for row in found if row[2])
    columns = (
        query.NAME,
        query.EMAIL,
        Column("active_days", f"Days, last {half}", Shape.COUNT),
        Column("active_days_before", f"Days, {half} before", Shape.COUNT),
        query.LAST_DAY,
    )
    sentence = f"{counted(now, 'active user')} in {half} complete days, {before:,} in the {half} before."
    return made_of_many(sentence, columns, rows, total=len(found))


def busy_users(question: Question) -> Evidence:
    """Each user's events in the complete days of the window, the busiest first, and their share of all."""
    found = query.query(
        question,
        f"""SELECT contact_id, count(*), sum(n)::BIGINT, min(age), sum(sum(n)) OVER ()::BIGINT FROM user_days
        WHERE contact_id IS NOT NULL AND age BETWEEN 1 AND {question.days} GROUP BY 1 ORDER BY 3 DESC, 1""",
    )
    rows = (
        Row(
            (*who, days, events, round(events * 100 / total, 1), question.first(last).date()),
            events=query.of_contact(question, contact),
        )
        for who, (contact, days, events, last, total) in query.with_people(found)
    )
    columns = (query.NAME, query.EMAIL, query.ACTIVE_DAYS, query.EVENTS, Column("share", "Share, %", Shape.SCORE),
               query.LAST_DAY)  # fmt: skip
    total = sum(row[2] for row in found)
    sentence = f"{counted(total, 'event')} of {counted(len(found), 'user')} {query.span(question)}."
    return made_of_many(sentence, columns, rows, total=len(found))


def weekdays(question: Question) -> Evidence:
    """Distinct active users on each weekday of the window."""
    found = dict(query.query(
        question,
        f"""SELECT age, count(DISTINCT contact_id) FROM user_days
        WHERE age BETWEEN 1 AND {question.days} AND contact_id IS NOT NULL GROUP BY 1""",
    ))  # fmt: skip
    ages = [age for age in range(1, question.days + 1) if question.first(age).weekday() < 5]
    rows = [Row((question.first(age).date(), found.get(age, 0)), events=query.of_day(question, age)) for age in ages]
    total = sum(found.get(age, 0) for age in ages)
    return made(
        f"{counted(total, 'active user')} on {len(ages)} weekdays {query.span(question)}, each counted once a day.",
        (query.DAY, query.USERS),
        rows,
    )


def days(question: Question) -> Evidence:
    """Users, events and logins of each day of the window, today included."""
    found = _days(question, 0, question.days)
    ages = range(0 if question.last_day == question.today else 1, question.days + 1)
    rows = [query.day_row(question, age, found.get(age, (0, 0, 0))) for age in ages]
    events = sum(cells[1] for cells in found.values())
    return made(
        f"{counted(events, 'event')} {query.span(question, youngest=0)}.",
        (query.DAY, query.USERS, query.EVENTS, query.LOGINS),
        rows,
    )


def last_days(question: Question) -> Evidence:
    """The last ten days with any activity."""
    found = _days(question, 0, tables.HISTORY_DAYS)
    rows = [query.day_row(question, age, found[age]) for age in sorted(found)[:10]]
    sentence = "The last days with activity." if rows else f"No activity in {tables.HISTORY_DAYS} days."
    return made(sentence, (query.DAY, query.USERS, query.EVENTS, query.LOGINS), rows)


def weeks(question: Question) -> Evidence:
    """Users, events and logins of each complete week of the window; the latest is the seven days up to yesterday."""
    found = {
        week: cells
        for week, *cells in query.query(
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
    columns = (
        Column("first_day", "From", Shape.DATE),
        Column("last_day", "To", Shape.DATE),
        query.USERS,
        query.EVENTS,
        query.LOGINS,
    )
    return made(f"{counted(len(rows), 'complete week')} {query.span(question)}.", columns, rows)


def _active_users(question: Question, *, youngest: int) -> Evidence:
    found = query.query(
        question,
        f"""SELECT contact_id, count(*), sum(n)::BIGINT, min(age) FROM user_days
        WHERE contact_id IS NOT NULL AND age BETWEEN {youngest} AND {question.days} GROUP BY 1
        ORDER BY 2 DESC, 3 DESC, 1""",
    )
    rows = (
        Row((*who, active, events, question.first(last).date()), events=query.of_contact(question, contact))
        for who, (contact, active, events, last) in query.with_people(found)
    )
    return made_of_many(
        f"{counted(len(found), 'active user')} {query.span(question, youngest=youngest)}.",
        (query.NAME, query.EMAIL, query.ACTIVE_DAYS, query.EVENTS, query.LAST_DAY),
        rows,
        total=len(found),
    )


def departments(question: Question) -> Evidence:
    """Each department: who of it was active in the last 28 days and before, and the first day in the window."""
    found = query.query(
        question,
        f"""SELECT department, count(DISTINCT u.contact_id) FILTER (age <= 28),
          count(DISTINCT u.contact_id) FILTER (age > 28), max(age)
        FROM user_days AS u JOIN departments AS d ON d.contact_id = u.contact_id
        WHERE age BETWEEN 0 AND {question.days} GROUP BY 1 ORDER BY 3 > 0, 2 DESC, 1""",
    )
    rows = [Row((name, now, before, question.first(age).date())) for name, now, before, age in found]
    fresh = sum(1 for _, now, before, _ in found if now and not before)
    columns = (
        Column("department", "Department", Shape.TEXT),
        Column("users", "Users, last 28 days", Shape.COUNT),
        Column("users_before", "Users before", Shape.COUNT),
        Column("first_day", "First active in the window", Shape.DATE),
    )
    sentence = f"{counted(len(found), 'department')} used it {query.span(question, youngest=0)}"
    return made(f"{sentence}; nobody of {fresh:,} did before the last 28 days.", columns, rows)


def _days(question: Question, youngest: int, oldest: int) -> dict[int, tuple[int, int, int]]:
    """Age of each day with activity: distinct users, events, logins."""
    found = query.query(
        question,
        f"""SELECT age, count(DISTINCT contact_id), sum(n)::BIGINT, sum(logins)::BIGINT FROM user_days
        WHERE age BETWEEN {youngest} AND {oldest} GROUP BY 1""",
    )
    return {age: (users, events, logins) for age, users, events, logins in found}


BUILDERS: dict[str, Builder] = {
    "users": users,
    "steady_users": steady_users,
    "compared_users": compared_users,
    "weekdays": weekdays,
    "days": days,
    "last_days": last_days,
    "weeks": weeks,
    "busy_users": busy_users,
    "departments": departments,
}
