"""Daily activity as of an instant: which files of the lake hold it, and the views over them.

The views are written once, in words that every engine knows; what it has a word of its own for, its `Spelling` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from mainstay.common.time import naive_utc
from mainstay.facts.schema import EVENTS, USAGE, USER_DAYS
from mainstay.facts.tallies import schema as tally_schema
from mainstay.facts.tallies import view_sql as tally_view
from mainstay.facts.tally import NOTHING, Needs, TallySpec
from mainstay.lake import engine
from mainstay.lake.models import Commit
from mainstay.lake.store import Lake, parquet

# A year of monthly comparisons, and the month before it.
HISTORY_DAYS = 400
_USAGE = ", ".join(USAGE.names)
_USER_DAYS = ", ".join(USER_DAYS.names)
# The relations the views read: files of the lake, and the part of the present day that is known.
RELATIONS = {
    "lake_usage": USAGE,
    "lake_event_days": USAGE,
    "lake_user_days": USER_DAYS,
    "lake_long_before": USER_DAYS,
    "part_of_usage": USAGE,
    "part_of_user_days": USER_DAYS,
}


@dataclass(frozen=True)
class Spelling:
    """How an engine writes the days from the column `day` to `{today}`, the weekday of `day` (Monday is 0), and the
    small letters of any alphabet."""

    age: str
    weekday: str
    lower: str


DUCKDB = Spelling(
    age="CAST({today} - day AS INTEGER)", weekday="CAST(isodow(day) - 1 AS INTEGER)", lower="lower({text})"
)


@dataclass(frozen=True)
class TallyFiles:
    """The files of a tally for the days from `first_day` on."""

    spec: TallySpec
    first_day: date
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Activity:
    """What there is to read as of `moment`.

    The days `[first_day, end)` come from the roll-ups: `usage` and `user_days`, names of files in the lake.
    `long_before` are the files for the days of `active_days` before them. If `part_of`, that day goes on after the
    moment: what was known of it is counted from its events instead. So are the days `received_since` of which something
    was received after `known_at`. All files are those of the commit `at`.

    What single metrics need: `events` are the files of `usage` for `event_days`, which begin at `events_from`;
    `tallies` those of the tallies.
    """

    moment: datetime
    first_day: date
    end: date
    at: int
    usage: tuple[str, ...]
    user_days: tuple[str, ...]
    long_before: tuple[str, ...]
    part_of: date | None
    events_from: date
    events: tuple[str, ...] = ()
    tallies: tuple[TallyFiles, ...] = ()
    known_at: datetime | None = None
    received_since: tuple[date, ...] = ()

    @property
    def counted_days(self) -> tuple[date, ...]:
        """The days whose roll-ups hold too much: they are counted from their events."""
        return (*self.received_since, *((self.part_of,) if self.part_of else ()))

    @property
    def files(self) -> dict[str, tuple[str, ...]]:
        """The names of the files behind the relations that are files."""
        return {
            "lake_usage": self.usage,
            "lake_event_days": self.events,
            "lake_user_days": self.user_days,
            "lake_long_before": self.long_before,
            **{f"lake_{one.spec.name}": one.paths for one in self.tallies},
        }

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        """The columns of the relations, files and parts of days alike."""
        tallies = {one.spec.name: tally_schema(one.spec) for one in self.tallies}
        return {
            **RELATIONS,
            **{f"lake_{name}": schema for name, schema in tallies.items()},
            **{f"part_of_{name}": schema for name, schema in tallies.items()},
        }

    def views(
        self, spelling: Spelling, relations: Mapping[str, str] | None = None, *, only: str = ""
    ) -> dict[str, str]:
        """The queries behind `active_days`, `usage_days`, `event_days`, `user_days` and the tallies.

        `relations` says what stands for a relation in FROM, its own name unless given; `only` is a further condition.
        """
        sources = {name: name for name in self.schemas} | dict(relations or {})
        today, long_ago = self.moment.date(), self.moment.date() - timedelta(days=HISTORY_DAYS)
        # Only what needs a year reads a year: a filter on `age` spares no file from being read, one on `day` does.
        lately = f"WHERE day >= DATE '{self.first_day}' AND day < DATE '{self.end}'{only}"
        before = f"WHERE day >= DATE '{long_ago}' AND day < DATE '{self.first_day}'{only}"
        counted = ", ".join(f"DATE '{day}'" for day in self.received_since)
        whole = f" AND day NOT IN ({counted})" if counted else ""
        usage = f"SELECT {_USAGE} FROM {sources['lake_usage']} {lately}{whole}"
        users = f"SELECT {_USER_DAYS} FROM {sources['lake_user_days']} {lately}{whole}"
        long_before = f"SELECT account_id, day FROM {sources['lake_long_before']} {before}{whole}"
        age = spelling.age.format(today=f"DATE '{today}'")
        if self.counted_days:
            since = f"WHERE day >= DATE '{self.first_day}'{only}"
            usage += f" UNION ALL SELECT {_USAGE} FROM {sources['part_of_usage']} {since}"
            users += f" UNION ALL SELECT {_USER_DAYS} FROM {sources['part_of_user_days']} {since}"
        if self.received_since:
            long_before += f" UNION ALL SELECT account_id, day FROM {sources['part_of_user_days']} {before}"
        return {
            "active_days": f"""SELECT account_id, {age} AS age FROM (SELECT account_id, day FROM ({users}) AS lately
                UNION ALL {long_before}) AS days""",
            "usage_days": f"SELECT account_id, contact_id, {age} AS age, event, n FROM ({usage}) AS days",
            "user_days": f"""SELECT account_id, contact_id, {age} AS age, {spelling.weekday} AS weekday, n, logins
                FROM ({users}) AS days""",
            **self._needed_views(sources, age, only),
        }

    def _needed_views(self, sources: Mapping[str, str], age: str, only: str) -> dict[str, str]:
        counted = ", ".join(f"DATE '{day}'" for day in self.received_since)
        whole = f" AND day NOT IN ({counted})" if counted else ""

        def rows(name: str, columns: str, first_day: date) -> str:
            between = f"WHERE day >= DATE '{first_day}' AND day < DATE '{self.end}'{only}{whole}"
            query = f"SELECT {columns} FROM {sources[f'lake_{name}']} {between}"
            if self.counted_days:
                part = sources["part_of_usage" if name == "event_days" else f"part_of_{name}"]
                query += f" UNION ALL SELECT {columns} FROM {part} WHERE day >= DATE '{first_day}'{only}"
            return query

        events = rows("event_days", _USAGE, self.events_from)
        views = {"event_days": f"SELECT account_id, contact_id, {age} AS age, event, n FROM ({events}) AS days"}
        for one in self.tallies:
            columns = ", ".join(f'"{name}"' for name in tally_schema(one.spec).names)
            views[one.spec.name] = tally_view(one.spec, rows(one.spec.name, columns, one.first_day), age=age)
        return views


def feature_views(spelling: Spelling) -> dict[str, str]:
    """The queries behind `feature_days` and `plan_features`: over the other tables and the feature catalogue."""
    plan = spelling.lower.format(text="s.plan")
    return {
        "feature_days": """SELECT account_id, contact_id, age, feature, core, premium, n
            FROM usage_days JOIN feature_events USING (event) JOIN features USING (feature)""",
        # A feature that names no plan is in all of them, also for accounts whose plan is not known.
        "plan_features": f"""SELECT account_id, feature FROM accounts CROSS JOIN features
            WHERE feature NOT IN (SELECT feature FROM feature_plans)
            UNION DISTINCT
            SELECT s.account_id, f.feature FROM subscriptions AS s JOIN feature_plans AS f ON {plan} = f.plan
            WHERE s.in_force""",
    }


def activity(
    moment: datetime, *, history_days: int, known_at: datetime | None = None, needs: Needs = NOTHING
) -> Activity:
    """What there is to read as of `moment`, `history_days` back, and what single metrics need.

    With `known_at` only what was received before it.
    """
    # A day lies before the moment when its first instant does: at midnight that leaves out the day itself.
    last_day = (moment - timedelta(microseconds=1)).date()
    first_day, end = moment.date() - timedelta(days=history_days), last_day + timedelta(days=1)
    # All lists of files as of one commit: a roll-up that is replaced meanwhile is read whole, before or after.
    at = Commit.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    lake = Lake()
    # The roll-up of a day that goes on after the moment holds too much: that one day is counted from its events.
    part_of = None
    if moment.time() != moment.time().min and _is_known_after(lake, last_day, moment):
        end = part_of = last_day

    long_ago = moment.date() - timedelta(days=HISTORY_DAYS)
    events_from = moment.date() - timedelta(days=needs.event_days)
    received_since = _received_since(lake, long_ago, end, known_at=known_at, at=at) if known_at else ()

    def names(table: str, start: date, end: date) -> tuple[str, ...]:
        return tuple(lake.live(table, start=start, end=end, at=at).values_list("path", flat=True))

    return Activity(
        moment=moment,
        first_day=first_day,
        end=end,
        at=at,
        usage=names("usage", first_day, end),
        user_days=names("user_days", first_day, end),
        long_before=names("user_days", long_ago, first_day),
        part_of=part_of,
        events_from=events_from,
        events=names("usage", events_from, end) if needs.event_days else (),
        tallies=tuple(
            TallyFiles(spec, start, names(spec.name, start, end))
            for spec, days in needs.tallies.items()
            for start in [moment.date() - timedelta(days=days)]
        ),
        known_at=known_at,
        received_since=received_since,
    )


def _received_since(lake: Lake, start: date, end: date, *, known_at: datetime, at: int) -> tuple[date, ...]:
    """The days of `[start, end)` of which something was received at `known_at` or later."""
    files = lake.live("events", start=start, end=end, at=at).filter(received_until__gte=known_at)
    paths = [lake.storage.location(path) for path in files.values_list("path", flat=True)]
    if not paths:
        return ()
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"SELECT DISTINCT day FROM {parquet(paths, EVENTS)} WHERE received_at >= ? AND day >= ? AND day < ?"
            " ORDER BY day",
            [naive_utc(known_at), start, end],
        ).fetchall()
    return tuple(row[0] for row in found)


def _is_known_after(lake: Lake, day: date, moment: datetime) -> bool:
    files = lake.live("events", start=day, end=day + timedelta(days=1))
    return files.filter(received_until__gte=moment).exists()
