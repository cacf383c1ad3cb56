"""What a metric is, and how one is declared.

A metric is a function with a declaration: `@metric(...)` in a module of `definitions/`. Its name is the key, its
docstring the one-sentence meaning. Three kinds only:

* *simple*: an aggregate over the rows of a base, within a window;
* *snapshot*: an aggregate over the rows of a base, the state as of the instant;
* *derived*: an expression over the values of other metrics, its parents.

A *base* is a table prepared once and shared by every metric over it (see `bases`), so that all of them are computed in
one pass. Nothing here executes anything or knows the clock.

`all_metrics()` is the one door to every metric: the shipped ones, found by themselves, and those users declare, which
a provider brings (`extend`). What it gives never changes; when a definition does, it gives another object. So whatever
is worked out from the metrics is cached *on* them, and never stale: `@lru_cache` on a function that takes `Declared`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from typing import Protocol

from ibis.expr.types import Table, Value

from mainstay.facts.tally import TallySpec
from mainstay.metrics.errors import BadDeclaration, UnknownMetric
from mainstay.metrics.tables import FactTables

DEFINITIONS = "mainstay.metrics.definitions"


class Kind(StrEnum):
    """Where a metric's value comes from."""

    SIMPLE = "simple"
    DERIVED = "derived"
    SNAPSHOT = "snapshot"


class Unit(StrEnum):
    """What a value counts. Percentages are 0 to 100; currency is major units of the reporting currency."""

    PERCENT = "percent"
    COUNT = "count"
    DAYS = "days"
    HOURS = "hours"
    RATIO = "ratio"
    SCORE = "score"
    CURRENCY = "currency"
    BOOLEAN = "boolean"


class Direction(StrEnum):
    """Whether more is better, worse or neither."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


# A table whose first row proves that a source has told us anything about the subject.
Spoken = Callable[[FactTables], Table]


@dataclass(frozen=True, kw_only=True)
class Base:
    """Rows that carry an `account_id`, prepared once for every metric over them.

    `sources` are keys of ingest sources, the main one first. `spoken` gives the rows that prove the source delivers at
    all: as long as it has none, for no account, metrics of this base have no value instead of a 0 nobody measured.
    `evidence` names the table `lineage` shows for metrics of this base.
    """

    key: str
    sources: tuple[str, ...]
    rows: Callable[[FactTables], Table]
    spoken: Spoken
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number per account, and everything there is to say about it.

    `window_days` is how far back it looks (null: no window). `empty` is its value for an account without any row in the
    base: 0 where nothing happened is a true 0, null where nothing is known.

    The rest is for metrics that are not written in Python. `parts` are metrics a derived one is made of that stand
    nowhere else: columns of its row by their keys. `reach` says how many days back it reads tables that are only as
    long as somebody needs them, `tally` is the one made for its needs. One `over_everyone` compares accounts: it is
    computed for all of them even when one is asked for. In its row stand `account_fields` as `account__tier`, and
    parents that are `money` in minor units also in major ones, as `arr__major`. `stored_as` is its column in the
    history, where a new definition gets a new one, so that values of two definitions never stand in one line;
    `document` is what it was built from.
    """

    key: str
    label: str
    description: str
    unit: Unit
    direction: Direction
    kind: Kind
    window_days: int | None
    sources: tuple[str, ...]
    family: str
    function: Callable[[Table], Value]
    base: Base | None = None
    parents: tuple[str, ...] = ()
    empty: float | None = None
    spoken: Spoken | None = None
    evidence: str
    grain: str = "account"
    parts: tuple["Metric", ...] = ()
    reach: tuple[tuple[str, int], ...] = ()
    tally: TallySpec | None = None
    over_everyone: bool = False
    account_fields: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    stored_as: str = ""
    document: object | None = None

    @property
    def column(self) -> str:
        """Its column in the history of profiles."""
        return self.stored_as or self.key

    @property
    def is_own(self) -> bool:
        """Whether users declared it."""
        return bool(self.stored_as)

    @property
    def source(self) -> str:
        """The source whose age is the age of this metric: the main one of its sources."""
        return self.sources[0]


_bases: dict[str, Base] = {}
_declared: dict[str, Metric] = {}


def base(*, sources: Sequence[str], spoken: Spoken, evidence: str) -> Callable[[Callable[[FactTables], Table]], Base]:
    """Declare a base. The function's name is its key."""

    def declare(function: Callable[[FactTables], Table]) -> Base:
        made = Base(key=function.__name__, sources=tuple(sources), rows=function, spoken=spoken, evidence=evidence)
        other = _bases.setdefault(made.key, made)
        if other.rows is not function:
            raise BadDeclaration(_twice("Base", made.key, other.rows.__module__, function.__module__))
        return made

    return declare


def metric(
    *,
    label: str,
    unit: Unit,
    direction: Direction = Direction.NONE,
    over: Base | None = None,
    parents: Sequence[str] = (),
    window_days: int | None = None,
    empty: float | None = None,
    spoken: Spoken | None = None,
    sources: Sequence[str] = (),
    evidence: str | None = None,
) -> Callable[[Callable[[Table], Value]], Metric]:
    """Declare a metric over a base, or derived from its `parents`.

    The function takes the base's rows and gives an aggregate; a derived one takes a row with its parents as columns and
    gives an expression over them. Without `window_days`, a metric over a base is a snapshot.
    """

    def declare(function: Callable[[Table], Value]) -> Metric:
        key = function.__name__
        if (over is None) == (not parents):
            raise BadDeclaration(f"Metric '{key}' needs either a base (`over=`) or `parents=`, not both or neither.")
        if over is None and not (sources and evidence):
            raise BadDeclaration(f"Metric '{key}' is derived: say its `sources=` (main one first) and `evidence=`.")
        kind = Kind.DERIVED if over is None else Kind.SIMPLE if window_days else Kind.SNAPSHOT
        made = Metric(
            key=key,
            label=label,
            description=_meaning(key, function.__doc__),
            unit=unit,
            direction=direction,
            kind=kind,
            window_days=window_days,
            sources=tuple(sources) or (over.sources if over else ()),
            family=function.__module__.rpartition(".")[2],
            function=function,
            base=over,
            parents=tuple(parents),
            empty=empty,
            spoken=spoken or (over.spoken if over else None),
            evidence=evidence or (over.evidence if over else ""),
        )
        other = _declared.setdefault(key, made)
        if other is not made:
            raise BadDeclaration(_twice("Metric", key, other.function.__module__, function.__module__))
        return made

    return declare


class Declared(Mapping[str, Metric]):
    """Metrics by key, in the order of declaration. Never changes and equals only itself: a key for caches."""

    __slots__ = ("_by_key",)

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._by_key = dict(metrics)

    def __getitem__(self, key: str) -> Metric:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Provider(Protocol):
    """Brings the metrics that are not shipped."""

    def stamp(self) -> Hashable:
        """Another value whenever a definition was added, changed or removed. Asked at every look: it must cost nothing.

        It may lag behind other processes by a second or two.
        """

    def look_again(self) -> None:
        """Make the next `stamp` an exact one."""

    def metrics(self, shipped: Declared) -> Mapping[str, Metric]:
        """The metrics as of now, without those that cannot be computed any more."""


_provider: Provider | None = None
_latest: tuple[Provider, Hashable, Declared] | None = None
_supposed: ContextVar[Declared | None] = ContextVar("supposed", default=None)


def extend(provider: Provider | None) -> None:
    """Let `provider` bring more metrics, in place of the one before (None: shipped ones only)."""
    global _provider
    _provider = provider


@cache
def shipped() -> Declared:
    """The metrics that come with Mainstay. Finds the modules of `definitions/` by itself."""
    package = import_module(DEFINITIONS)
    for module in iter_modules(package.__path__):
        import_module(f"{DEFINITIONS}.{module.name}")
    in_order(_declared, _declared)
    # By family: which module somebody imported first changes nothing.
    return Declared(dict(sorted(_declared.items(), key=lambda item: item[1].family)))


def all_metrics() -> Declared:
    """Every metric, the shipped ones first. The same object until a definition changes; take it once per piece of work.

    A metric of the provider goes before a shipped one of its key: what people declared keeps its meaning through an
    update of Mainstay that ships another metric of that name.
    """
    global _latest
    supposed = _supposed.get()
    if supposed is not None:
        return supposed
    if _provider is None:
        return shipped()
    stamp = _provider.stamp()
    latest = _latest
    if latest is None or latest[0] is not _provider or latest[1] != stamp:
        latest = (_provider, stamp, Declared({**shipped(), **_provider.metrics(shipped())}))
        _latest = latest
    return latest[2]


@contextmanager
def supposing(metrics: Mapping[str, Metric]) -> Iterator[None]:
    """Within the block, in this thread, `all_metrics` holds these too: what names them is checked before they exist."""
    token = _supposed.set(Declared({**all_metrics(), **metrics}))
    try:
        yield
    finally:
        _supposed.reset(token)


def look_again() -> Declared:
    """`all_metrics`, exact also where another process declared one just now."""
    if _provider is not None:
        _provider.look_again()
    return all_metrics()


def get(key: str) -> Metric:
    """One metric by its key. Raises UnknownMetric."""
    metric = all_metrics().get(key) or look_again().get(key)
    if metric is None:
        raise UnknownMetric(key, all_metrics())
    return metric


def in_order(keys: Iterable[str], metrics: Mapping[str, Metric]) -> tuple[Metric, ...]:
    """The metrics of `keys` and all their parents, parents first. Raises BadDeclaration on unknown or circular ones."""
    graph: dict[str, tuple[str, ...]] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in graph:
            continue
        graph[key] = metrics[key].parents
        for parent in metrics[key].parents:
            if parent not in metrics:
                raise BadDeclaration(f"Metric '{key}' is derived from '{parent}', which is declared nowhere.")
            waiting.append(parent)
    try:
        return tuple(metrics[key] for key in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise BadDeclaration(f"Metrics derive from each other in a circle: {' → '.join(error.args[1])}.") from error


def _meaning(key: str, docstring: str | None) -> str:
    if not docstring:
        raise BadDeclaration(f"Metric '{key}' needs a docstring: its meaning in one sentence, shown on every page.")
    return " ".join(cleandoc(docstring).split())


def _twice(thing: str, key: str, first: str, second: str) -> str:
    return f"{thing} '{key}' is declared twice, in {first} and in {second}. Rename one of the two functions."
