"""Which events a metric is about, and the table that knows enough of them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce

from ibis.expr.types import BooleanValue, Table, Value

from mainstay.conditions import Condition, Field, Type, parse
from mainstay.facts.tally import TallyProperty, TallySpec
from mainstay.metrics import bases
from mainstay.metrics.expressions import BITMAP_DAYS
from mainstay.metrics.needs import CONTACTS, EVENT_DAYS
from mainstay.metrics.own.document import Counted, Events, ValueOf
from mainstay.metrics.own.filters import matches
from mainstay.metrics.registry import Base, Spoken
from mainstay.metrics.tables import FactTables

# The oldest day that fits a bitmap; so far back the daily counts are read anyway.
SHORT = BITMAP_DAYS - 1
_TYPES = {"text": Type.TEXT, "number": Type.NUMBER, "boolean": Type.BOOLEAN}


@dataclass(frozen=True)
class Span:
    """Days of age `first` to `last`, both included; `is_end_closed`: `(start, end]` instead of `[start, end)`."""

    first: int
    last: int
    is_end_closed: bool = False

    @property
    def is_short(self) -> bool:
        """Whether its days fit a bitmap."""
        return self.last <= SHORT


@dataclass(frozen=True)
class Source:
    """Events: their names (none: all) and the condition on each; `tally` when the daily counts do not know enough."""

    events: tuple[str, ...]
    condition: Condition | None
    properties: Mapping[str, TallyProperty]
    tally: TallySpec | None
    is_end_closed: bool

    @property
    def has_persona(self) -> bool:
        """Whether it asks for the persona of the contact."""
        return self.condition is not None and "persona" in self.condition.fields

    @property
    def identity(self) -> str:
        """Equal for sources that mean the same events of the same table."""
        text = self.condition.text if self.condition else ""
        named = [[name, one.column] for name, one in sorted(self.properties.items())]
        said = json.dumps([sorted(self.events), text, named, self.tally.name if self.tally else ""])
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def column(self, rows: Table, name: str) -> Value:
        """The column of a word of the condition."""
        return rows[self.properties[name].column] if name in self.properties else rows[name]

    def holds(self, rows: Table, *more: BooleanValue) -> BooleanValue:
        """Whether a row counts, `more` included."""
        found = list(more)
        if self.events:
            found.append(rows.event.isin(sorted(set(self.events))))
        if self.condition is not None:
            found.append(matches(self.condition.node, lambda name: self.column(rows, name)))
        return reduce(lambda a, b: a & b, found) if found else rows.n > 0

    def within(self, rows: Table, span: Span) -> BooleanValue:
        """Whether a row counts and lies in the window."""
        return self.holds(rows, rows.age.between(span.first, span.last))

    def reach(self, days: int) -> tuple[tuple[str, int], ...]:
        """How far back the tables must be there that are only as long as somebody needs them."""
        people = ((CONTACTS, 0),) if self.has_persona else ()
        if self.tally is not None:
            return ((self.tally.name, days), *people)
        return ((EVENT_DAYS, days), *people) if days > SHORT else people

    def spoken(self, days: int, *, is_about_users: bool = False) -> Spoken:
        """Rows that prove that the product sends events, and that the tally reaches back so far."""
        use = bases.known_users if is_about_users else bases.use
        return use if self.tally is None else _complete(self.tally.name, days, use)

    def base(self, span: Span) -> Base:
        """Its rows of the days that a window may reach, shared by all metrics over the same table."""
        table = self.tally.name if self.tally else EVENT_DAYS
        key = f"{table}{'_persona' if self.has_persona else ''}{'' if span.is_short else '_long'}"
        return made_base(key, lambda tables: self.rows(tables, span))

    def prepared(self, name: str, span: Span, prepare: Callable[[Table], Table]) -> Base:
        """A base of its own over these rows; `name` tells it from others over the same source."""
        return made_base(f"{name}_{self.identity}", lambda tables: prepare(self.rows(tables, span)))

    def rows(self, tables: FactTables, span: Span) -> Table:
        """The rows of its table that a window may reach, the other events in it included."""
        if self.tally is not None:
            rows = tables.tally(self.tally.name, self.tally.columns())
        else:
            rows = tables.usage_days if span.is_short else tables.event_days
        if self.is_end_closed:
            # What happened at the first instant of a day belongs to the window that ends there.
            rows = rows.mutate(age=rows.age + rows.at_midnight.cast("int64"))
        rows = rows.filter(rows.age.between(0, SHORT) if span.is_short else rows.age >= 0)
        if self.has_persona:
            people = tables.contacts.select(_person="contact_id", persona="persona")
            rows = rows.left_join(people, [("contact_id", "_person")]).drop("_person")
        return rows


def source_of(given: Events, *, value: str = "", is_end_closed: bool = False, is_latest: bool = False) -> Source:
    """The events a document means. `value` is the property whose values are wanted. Raises ConditionError."""
    fields = {"event": Field("event", Type.TEXT), "persona": Field("persona", Type.TEXT)}
    fields |= {name: Field(name, _TYPES[one.type], name) for name, one in given.properties.items()}
    condition = parse(given.where, fields) if given.where.strip() else None
    used = {value} | (condition.fields if condition else frozenset())
    properties = {
        name: TallyProperty(one.path or (name,), one.type) for name, one in given.properties.items() if name in used
    }
    tally = None
    if properties or is_end_closed or is_latest:
        # Without properties one of all events serves everybody; with them, only the events meant have to be kept.
        events = given.events if properties else ()
        tally = TallySpec.of(events, properties.values(), at_midnight=is_end_closed, last_at=is_latest)
    return Source(given.events, condition, properties, tally, is_end_closed)


def counted_source(of: Counted, *, is_end_closed: bool = False) -> Source:
    """The events that `of` counts."""
    if isinstance(of, ValueOf):
        return source_of(of, value=of.property, is_end_closed=is_end_closed, is_latest=of.operation == "last")
    return source_of(of, is_end_closed=is_end_closed)


def made_base(key: str, rows: Callable[[FactTables], Table]) -> Base:
    """A base that belongs to declared metrics."""
    return Base(key=key, sources=("product",), rows=rows, spoken=bases.use, evidence="own")


@lru_cache(maxsize=1000)
def _complete(tally: str, days: int, use: Spoken) -> Spoken:
    # Remembered: a plan asks each question once, and knows it by the function.
    def spoken(tables: FactTables) -> Table:
        ready = tables.tallies.filter(tables.tallies.tally == tally, tables.tallies.first_age >= days)
        return use(tables).select(_any="account_id").limit(1).cross_join(ready)

    return spoken
