"""Scores many accounts at once, column by column, with the arithmetic of one. Pure.

The score rests on the marks of the measures only, and few combinations of marks occur: each is worked out once. Gates
likewise: few combinations of the values they ask for occur.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mainstay.scores.arithmetic import (
    RED,
    ContractLines,
    Mark,
    Measure,
    Scorecard,
    Totals,
    capped,
    linear_flags,
    stand_in,
    total,
    total_without_late,
    unknown_policies,
)

type Values = Sequence[float | None]
type Columns = Mapping[str, Values]


@dataclass(frozen=True)
class Scored:
    """The accounts a scorecard serves, their values per measure and what they come to; all in the same order.

    `marks` are what counted: where a value is missing, what stood in for it.
    """

    account_ids: Sequence[int]
    rows: Sequence[tuple[float | None, ...]]
    marks: Sequence[tuple[Mark, ...]]
    totals: Sequence[Totals]


def score_columns(
    scorecard: Scorecard,
    account_ids: Sequence[int],
    columns: Columns,
    *,
    late_sources: Collection[str] = (),
    last_good: Columns | None = None,
    fields: Mapping[str, Sequence[Any]] | None = None,
) -> Scored:
    """Score accounts whose values stand in `columns` by metric, in the order of `account_ids`.

    In the same order: `last_good`, the last known values of metrics, those of late sources when these were on time;
    `fields`, the account fields that gates ask for.
    """
    table = _Table(scorecard, len(account_ids), columns, frozenset(late_sources), last_good or {}, fields or {})
    own = [table.marks(at, table.values(measure.metric)) for at, measure in enumerate(scorecard.measures)]
    known = [table.nothing if at in table.late else column for at, column in enumerate(own)]
    standing = [table.stand_ins(at, column) for at, column in enumerate(known)]
    rows = _rows(known, table.count)
    stand_ins: list[tuple[Mark, ...]] = [()] * table.count
    if any(standing):
        stand_ins = _rows([column or table.nothing for column in standing], table.count)
    closed = table.closed_gates()
    totals = [
        capped(scorecard, total(scorecard, row, stands), gates)
        for row, stands, gates in zip(rows, stand_ins, closed, strict=True)
    ]
    if table.late:
        for at, last in table.last_good_marks(own, stand_ins, [at for at, one in enumerate(totals) if one.band == RED]):
            totals[at] = total_without_late(scorecard, rows[at], last, stand_ins=stand_ins[at], gates=closed[at])
    return Scored(
        account_ids,
        _rows([table.values(measure.metric) for measure in scorecard.measures], table.count),
        _counted(known, standing, table.count) if any(standing) else rows,
        totals,
    )


@dataclass(frozen=True)
class _Table:
    scorecard: Scorecard
    count: int
    columns: Columns
    late_sources: frozenset[str]
    last_good: Columns
    fields: Mapping[str, Sequence[Any]]

    @property
    def nothing(self) -> Sequence[None]:
        return [None] * self.count

    @property
    def late(self) -> list[int]:
        """Positions of the measures whose source is late."""
        return [at for at, measure in enumerate(self.scorecard.measures) if measure.source in self.late_sources]

    def values(self, metric: str) -> Values:
        return self.columns.get(metric, self.nothing)

    def good(self, metric: str) -> Values:
        return self.last_good.get(metric, self.nothing)

    def seen(self, metric: str) -> Values:
        """What gates and lines by contract value see: of a late source the last good values."""
        return self.good(metric) if self.scorecard.inputs[metric] in self.late_sources else self.values(metric)

    def marks(self, at: int, values: Values) -> list[Mark]:
        measure, is_linear = self.scorecard.measures[at], linear_flags(self.scorecard)[at]
        direction = measure.direction
        if not measure.contract_lines:
            return _marks(measure, values, direction=direction, is_linear=is_linear)
        # Each account's marks by the lines of its contract value: the whole column is marked once for each of them.
        steps = [lines.arr_from for lines in measure.contract_lines]
        all_lines: list[Measure | ContractLines] = [measure, *measure.contract_lines]
        by_lines = [_marks(lines, values, direction=direction, is_linear=is_linear) for lines in all_lines]
        return [
            by_lines[0 if arr is None or arr != arr else bisect_right(steps, arr)][index]
            for index, arr in enumerate(self._contract_values())
        ]

    def stand_ins(self, at: int, known: Sequence[Mark]) -> Sequence[Mark]:
        """What counts where `known` is None; empty when the measure is left out."""
        unknown, metric = unknown_policies(self.scorecard)[at], self.scorecard.measures[at].metric
        if unknown == "leave_out":
            return []
        good = self.marks(at, self.good(metric))
        if unknown == "last_known" or at not in self.late:
            return [stand_in(unknown, last) if own is None else None for own, last in zip(known, good, strict=True)]
        # What is missing because its source is late is left out; what was missing before counts as it did.
        own, filled = self.marks(at, self.values(metric)), stand_in(unknown, None)
        return [filled if now is None and last is None else None for now, last in zip(own, good, strict=True)]

    def closed_gates(self) -> list[tuple[int, ...]]:
        """For each account, the positions of the gates that hold."""
        closed: list[tuple[int, ...]] = [()] * self.count
        for at, gate in enumerate(self.scorecard.gates):
            names = sorted(gate.condition.fields)
            columns = [
                self.seen(name) if name in gate.sources else self.fields.get(name, self.nothing) for name in names
            ]
            answers: dict[tuple[Any, ...], bool] = {}
            for index, row in enumerate(_rows(columns, self.count)):
                if row not in answers:
                    answers[row] = gate.holds(dict(zip(names, row, strict=True)))
                if answers[row]:
                    closed[index] = (*closed[index], at)
        return closed

    def last_good_marks(
        self, own: Sequence[Sequence[Mark]], stand_ins: Sequence[tuple[Mark, ...]], wanted: Sequence[int]
    ) -> Iterator[tuple[int, dict[int, Mark]]]:
        """For the accounts at `wanted`, the last good marks of what is missing because its source is late."""
        good = {at: self.marks(at, self.good(self.scorecard.measures[at].metric)) for at in self.late}
        for index in wanted:
            missing = {at: (column[index], own[at][index], _at(stand_ins[index], at)) for at, column in good.items()}
            # What never had a value is not missing because of its source.
            yield index, {at: found[0] for at, found in missing.items() if found != (None, None, None)}

    def _contract_values(self) -> Values:
        arr = self.scorecard.arr
        if self.scorecard.inputs[arr] not in self.late_sources:
            return self.values(arr)
        # A contract does not end because its source is silent: without a last good value the present one is taken.
        return [now if good is None else good for good, now in zip(self.good(arr), self.values(arr), strict=True)]


def _at(marks: Sequence[Mark], at: int) -> Mark:
    return marks[at] if marks else None


def _counted(known: Sequence[Sequence[Mark]], standing: Sequence[Sequence[Mark]], count: int) -> list[tuple[Mark, ...]]:
    """The marks with what stands in for the missing ones."""
    columns = [
        column if not stands else [own if own is not None else other for own, other in zip(column, stands, strict=True)]
        for column, stands in zip(known, standing, strict=True)
    ]
    return _rows(columns, count)


def _rows[Cell](columns: Sequence[Sequence[Cell]], length: int) -> list[tuple[Cell, ...]]:
    return list(zip(*columns, strict=True)) if columns else [()] * length


def _marks(lines: Measure | ContractLines, values: Values, *, direction: str, is_linear: bool) -> list[Mark]:
    """`arithmetic.mark` for a whole column, spelt out: a call per value would take ten times as long."""
    green, yellow = lines.green, lines.yellow
    if direction == "down":
        values = [None if value is None else -value for value in values]
        green, yellow = -green, -yellow
    if is_linear:
        span = green - yellow or 1.0
        return [
            None
            if value is None or value != value
            else 2.0
            if value >= green
            else 1.0 + (value - yellow) / span
            if value >= yellow
            else 0.0
            for value in values
        ]
    return [
        None if value is None or value != value else 2.0 if value >= green else 1.0 if value >= yellow else 0.0
        for value in values
    ]
