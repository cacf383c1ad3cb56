"""Adoption: who uses the product and how often.

Counts take in today, so that an event sent now shows at once; averages and changes compare complete days only, so that
a day that has just begun drags nothing down.
"""

from functools import reduce
from itertools import pairwise

import ibis
from ibis.expr.types import Table, Value

from mainstay.metrics import bases
from mainstay.metrics.expressions import BITMAP_DAYS, active, active_days, percent, percent_change, ratio, total, unless
from mainstay.metrics.registry import Direction, Unit, metric

WEEKDAYS_IN_28_DAYS = 20

# Week over week, a fall is a drop from 40 %, and only where there were enough logins for a percentage to mean anything.
LOGIN_WEEKS = 8
LOGIN_FLOOR = 5
USERS_FLOOR = 20
# Somebody who comes on every other working day.
POWER_DAYS = 10
RETENTION_FLOOR = 10


@metric(label="Daily active users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, empty=0, evidence="weekdays")  # fmt: skip
def daily_active_users(users: Table) -> Value:
    """Distinct users active on a weekday, averaged over the 20 weekdays of the last 28 complete days."""
    return total(active_days(users.weekdays, 1, 28)).cast("float64") / WEEKDAYS_IN_28_DAYS


@metric(label="Daily active rate", unit=Unit.PERCENT, direction=Direction.UP, parents=["daily_active_users", "seats"],
        window_days=28, sources=["product", "contracts"], evidence="weekdays")  # fmt: skip
def daily_active_rate(row: Table) -> Value:
    """Daily active users as a share of the licensed seats."""
    return percent(row.daily_active_users, row.seats)


@metric(label="Weekly active users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=7, empty=0)  # fmt: skip
def weekly_active_users(users: Table) -> Value:
    """Distinct users active in the last 7 days, today included."""
    return users.count(where=active(users.days, 0, 7))


@metric(label="Weekly active users, change", unit=Unit.PERCENT, direction=Direction.UP, over=bases.user_activity,
        window_days=14, evidence="compared_users")  # fmt: skip
def weekly_active_users_change(users: Table) -> Value:
    """Distinct active users of the last 7 complete days against those of the 7 days before."""
    return percent_change(users.count(where=active(users.days, 1, 7)), users.count(where=active(users.days, 8, 14)))


@metric(label="Monthly active users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, empty=0)  # fmt: skip
def monthly_active_users(users: Table) -> Value:
    """Distinct users active in the last 28 days, today included."""
    return users.count(where=active(users.days, 0, 28))


@metric(label="Monthly active users, change", unit=Unit.PERCENT, direction=Direction.UP, over=bases.user_activity,
        window_days=56, evidence="compared_users")  # fmt: skip
def monthly_active_users_change(users: Table) -> Value:
    """Distinct active users of the last 28 complete days against those of the 28 days before.

    Unknown below 20 users of both together: in a team of five, one holiday would be a fall by a fifth.
    """
    now, before = users.count(where=active(users.days, 1, 28)), users.count(where=active(users.days, 29, 56))
    return percent_change(now, before, at_least=USERS_FLOOR)


@metric(label="Stickiness", unit=Unit.PERCENT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, evidence="steady_users")  # fmt: skip
def stickiness(users: Table) -> Value:
    """On how many of the last 28 complete days a user was active, averaged over the users active in them."""
    return percent(total(active_days(users.days, 1, 28)), users.count(where=active(users.days, 1, 28)) * 28)


@metric(label="Power users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, empty=0, evidence="steady_users")  # fmt: skip
def power_users(users: Table) -> Value:
    """Users active on at least 10 of the last 28 complete days."""
    return users.count(where=active_days(users.days, 1, 28) >= POWER_DAYS)


@metric(label="Power user share", unit=Unit.PERCENT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, evidence="steady_users")  # fmt: skip
def power_user_share(users: Table) -> Value:
    """Power users as a share of the users active in the last 28 complete days."""
    power = users.count(where=active_days(users.days, 1, 28) >= POWER_DAYS)
    return percent(power, users.count(where=active(users.days, 1, 28)))


@metric(label="New users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=56, empty=0, evidence="compared_users")  # fmt: skip
def new_users(users: Table) -> Value:
    """Users active in the last 28 complete days who were not in the 28 days before: come anew, or come back."""
    return users.count(where=active(users.days, 1, 28) & ~active(users.days, 29, 56))


@metric(label="Lost users", unit=Unit.COUNT, direction=Direction.DOWN, over=bases.user_activity,
        window_days=56, empty=0, evidence="compared_users")  # fmt: skip
def lost_users(users: Table) -> Value:
    """Users active in the 28 days before the last 28 complete days who were not seen in these."""
    return users.count(where=active(users.days, 29, 56) & ~active(users.days, 1, 28))


@metric(label="Retained users", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=56, empty=0, evidence="compared_users")  # fmt: skip
def retained_users(users: Table) -> Value:
    """Users active in the last 28 complete days and in the 28 days before."""
    return users.count(where=active(users.days, 29, 56) & active(users.days, 1, 28))


@metric(label="User retention", unit=Unit.PERCENT, direction=Direction.UP, over=bases.user_activity,
        window_days=56, evidence="compared_users")  # fmt: skip
def user_retention(users: Table) -> Value:
    """Retained users as a share of the users active in the 28 days before the last 28 complete days.

    Unknown where these were fewer than 10: in a small team one person on holiday would be a share of its own.
    """
    before = users.count(where=active(users.days, 29, 56))
    retained = users.count(where=active(users.days, 29, 56) & active(users.days, 1, 28))
    return unless(before < RETENTION_FLOOR, percent(retained, before))


@metric(label="Events per active user and week", unit=Unit.COUNT, direction=Direction.UP, over=bases.user_activity,
        window_days=28, evidence="steady_users")  # fmt: skip
def events_per_user(users: Table) -> Value:
    """Intensity in all: events a week of a user, averaged over the users active in the last 28 complete days."""
    return ratio(total(users.events), users.count(where=active(users.days, 1, 28)) * 4)


@metric(label="Share of the busiest user", unit=Unit.PERCENT, direction=Direction.DOWN, over=bases.user_activity,
        window_days=28, evidence="busy_users")  # fmt: skip
def top_user_share(users: Table) -> Value:
    """Concentration: the busiest user's events as a share of all users' events in the last 28 complete days."""
    return percent(users.events.max(), total(users.events))


@metric(label="Logins per week", unit=Unit.COUNT, direction=Direction.UP, over=bases.daily_activity, window_days=28,
        empty=0, spoken=bases.logins, evidence="weeks")  # fmt: skip
def logins_per_week(rows: Table) -> Value:
    """Logins a week, averaged over the last 4 complete weeks."""
    return total(rows.logins, where=rows.age.between(1, 28)).cast("float64") / 4


@metric(label="Login drop streak", unit=Unit.COUNT, direction=Direction.DOWN, over=bases.daily_activity,
        window_days=7 * (LOGIN_WEEKS + 1), empty=0, spoken=bases.logins, evidence="weeks")  # fmt: skip
def login_drop_streak(rows: Table) -> Value:
    """Latest complete weeks in a row, up to 8, in which logins fell by 40 % or more from at least 5 the week before."""
    weeks = [total(rows.logins, where=rows.age.between(7 * week + 1, 7 * week + 7)) for week in range(LOGIN_WEEKS + 1)]
    # In whole numbers: a fall of 40 % leaves at most three fifths.
    drops = [(now * 5 <= before * 3) & (before >= LOGIN_FLOOR) for now, before in pairwise(weeks)]
    # From the oldest week to the latest: a drop lengthens the streak that ended the week before, anything else ends it.
    return reduce(lambda streak, drop: drop.ifelse(streak + 1, 0), reversed(drops), ibis.literal(0))


@metric(label="Events, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.daily_activity, window_days=28,
        empty=0)  # fmt: skip
def events_28d(rows: Table) -> Value:
    """Events sent from the product in the last 28 days, today included."""
    return total(rows.n, where=rows.age.between(0, 28))


@metric(label="Events, change", unit=Unit.PERCENT, direction=Direction.UP, over=bases.daily_activity,
        window_days=56, evidence="weeks")  # fmt: skip
def events_trend(rows: Table) -> Value:
    """Events of the last 28 complete days against those of the 28 days before."""
    return percent_change(total(rows.n, where=rows.age.between(1, 28)), total(rows.n, where=rows.age.between(29, 56)))


@metric(label="Seats used", unit=Unit.COUNT, direction=Direction.UP, parents=["monthly_active_users"], window_days=28,
        sources=["product"], evidence="users")  # fmt: skip
def seats_used(row: Table) -> Value:
    """Distinct users active in the last 28 days, each of whom takes a seat."""
    return row.monthly_active_users


@metric(label="Seat use", unit=Unit.PERCENT, direction=Direction.UP, parents=["seats_used", "seats"], window_days=28,
        sources=["product", "contracts"], evidence="users")  # fmt: skip
def seat_use(row: Table) -> Value:
    """Seats used as a share of the licensed seats."""
    return percent(row.seats_used, row.seats)


@metric(label="Days since last activity", unit=Unit.DAYS, direction=Direction.DOWN, over=bases.all_activity)
def days_since_last_activity(rows: Table) -> Value:
    """Days since anybody at the account last used the product; no value after 400 days."""
    return rows.age.min()


@metric(label="New departments, 28 days", unit=Unit.COUNT, direction=Direction.UP, over=bases.departments,
        window_days=BITMAP_DAYS - 1, empty=0)  # fmt: skip
def new_departments_28d(rows: Table) -> Value:
    """Departments whose people used the product in the last 28 days, today included, and nobody of which did before.

    Before is the 33 days before those. 0 where no department did then: a customer that begins has no new ones.
    """
    before = active(rows.days, 29, BITMAP_DAYS - 1)
    fresh = rows.count(where=active(rows.days, 0, 28) & ~before)
    return (rows.count(where=before) > 0).ifelse(fresh, 0)
