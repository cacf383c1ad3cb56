"""The metrics that people declared, as the registry takes them: its provider.

Each change counts up a revision, which every process looks at once a second at most: one row by an index. Whoever must
not be a second behind (the refresh, a page about a metric that is not known here yet) looks again at once.
"""

import logging
import time
from collections.abc import Hashable, Mapping
from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError, connection

from mainstay.metrics.errors import BadMetric
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.own.building import Built, build_all
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import Declared, Metric

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

type Stamp = tuple[int, datetime | None]

_NOTHING: Stamp = (0, None)


class Stored:
    """Gives the registry the metrics of `OwnMetric`. One per process."""

    def __init__(self) -> None:
        self._stamp: Stamp = _NOTHING
        self._next_look = 0.0

    def stamp(self) -> Hashable:
        """The latest revision and when it was made."""
        now = time.monotonic()
        if now >= self._next_look:
            self._stamp, self._next_look = _latest(), now + LOOK_SECONDS
        return self._stamp

    def look_again(self) -> None:
        """Ask the database at the next `stamp`."""
        self._next_look = 0.0

    def metrics(self, shipped: Declared) -> Mapping[str, Metric]:
        """The declared metrics that can be computed; the others are in the log."""
        if self._stamp == _NOTHING:
            return {}
        built = built_of(list(OwnMetric.objects.filter(removed_at=None)), shipped)
        for key, problem in built.problems.items():
            logger.warning("The metric '%s' is left out: %s", key, problem)
        for key in built.metrics.keys() & shipped.keys():
            logger.warning("The metric '%s' of your own stands in place of the one that comes with Mainstay.", key)
        return built.metrics

    def assume_nothing(self) -> None:
        """Take it that nothing is declared, and do not look unless told to: for tests, which have no time."""
        self._stamp, self._next_look = _NOTHING, float("inf")


provider = Stored()


def built_of(rows: list[OwnMetric], shipped: Declared) -> Built:
    """The metrics of stored rows, and what is wrong with those that cannot be built any more."""
    documents, problems = [], {}
    for row in rows:
        try:
            documents.append(document_of(row))
        except BadMetric as error:
            problems[row.key] = error.message
    built = build_all(documents, shipped)
    return Built(built.metrics, {**problems, **built.problems})


def document_of(row: OwnMetric) -> Document:
    """What a stored metric says. Raises BadMetric when a newer version of Mainstay wrote it."""
    return check(row.document, origin=f"The stored metric '{row.key}'")


def readable() -> dict[str, Document]:
    """What declared metrics say, by key. One that a newer version of Mainstay wrote is left out and stops nobody."""
    found = {}
    for row in OwnMetric.objects.filter(removed_at=None):
        with suppress(BadMetric):
            found[row.key] = document_of(row)
    return found


def _latest() -> Stamp:
    try:
        row = OwnMetric.objects.order_by("-revision").values_list("revision", "changed_at").first()
    except DatabaseError:
        if OwnMetric._meta.db_table in connection.introspection.table_names():
            raise
        return _NOTHING  # before the first migration
    return row or _NOTHING
