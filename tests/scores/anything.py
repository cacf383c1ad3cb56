"""Any scorecard and any account: what the laws of scoring are tried on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from mainstay.conditions import Field, Type, parse
from mainstay.scores.arithmetic import ContractLines, Measure, Scorecard
from mainstay.scores.explaining import LastGood, Result
from mainstay.scores.gates import Gate
from mainstay.scores.scoring import score
from tests.scores.cards import dimension

AT = datetime(2026, 11, 18, tzinfo=UTC)
SOURCES = ("product", "support", "contracts")
LINES = st.sampled_from([(2.0, 1.0), (1.0, 2.0), (1.0, 1.0), (70.0, 50.0), (0.3, 0.1)])
VALUES = st.one_of(st.none(), st.floats(-100, 100), st.sampled_from([0.0, 1.0, 2.0, 50.0, 60.0, 70.0]))
CONDITIONS = (
    "m0_0 > 1",
    "m0_0 < 1 and m0_1 < 60",
    "m0_0 <> 1 or arr > 50",
    "not (m1_0 > 1)",
    "tier = 'smb' and m0_0 < 60",
    "tier is null",
    "other > 0",
)


@dataclass(frozen=True)
class Source:
    """How old a source is."""

    is_late: bool
    age_seconds: float | None = 60.0


@dataclass(frozen=True)
class Case:
    """An account and the scorecard that serves it."""

    scorecard: Scorecard
    values: dict[str, float | None]
    late: frozenset[str]
    last_good: dict[str, float]
    tier: str | None

    @property
    def freshness(self) -> dict[str, Source]:
        """Of every source."""
        return {source: Source(source in self.late) for source in SOURCES}

    def score(self, **changed: float | None) -> Result:
        """By the way of one account, with some values changed."""
        return score(
            self.scorecard,
            self.values | changed,
            self.freshness,
            last_good={metric: LastGood(value, AT) for metric, value in self.last_good.items()},
            fields={"tier": self.tier},
        )


@st.composite
def scorecards(draw: st.DrawFn) -> Scorecard:
    """Any scorecard: every way to combine, to give points, to treat the unknown; gates; lines by contract value."""
    dimensions = []
    for index in range(draw(st.integers(1, 4))):
        measures = [_measure(draw, f"m{index}_{at}") for at in range(draw(st.integers(1, 3)))]
        dimensions.append(
            dimension(
                f"d{index}",
                draw(st.integers(1, 40)),
                *measures,
                points=draw(st.sampled_from(["bands", "linear"])),
                combine=draw(st.sampled_from(["worst", "average"])),
                unknown=draw(st.sampled_from(["leave_out", "yellow", "red", "last_known"])),
            )
        )
    sources = {measure.metric: measure.source for part in dimensions for measure in part.measures}
    return Scorecard(
        key="any",
        name="Any",
        version=1,
        dimensions=tuple(dimensions),
        minimum_coverage=draw(st.sampled_from([0.0, 0.3, 0.8])),
        gates=tuple(_gate(draw, f"g{at}", sources) for at in range(draw(st.integers(0, 2)))),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any account with any scorecard, any sources late."""
    card = draw(scorecards())
    last = {metric: draw(VALUES) for metric in card.inputs}
    return Case(
        scorecard=card,
        values={metric: draw(VALUES) for metric in card.inputs},
        late=draw(st.frozensets(st.sampled_from(SOURCES))),
        last_good={metric: value for metric, value in last.items() if value is not None},
        tier=draw(st.sampled_from([None, "smb", "enterprise"])),
    )


def _measure(draw: st.DrawFn, metric: str) -> Measure:
    green, yellow = draw(LINES)
    direction = "up" if green >= yellow else "down"
    steps = sorted(draw(st.sets(st.sampled_from([10.0, 50.0, 60.0]), max_size=2)))
    moved = [draw(st.floats(-5, 5)) for _ in steps]
    return Measure(
        metric=metric,
        label=metric,
        unit="count",
        source=draw(st.sampled_from(SOURCES)),
        direction=direction,
        green=green,
        yellow=yellow,
        contract_lines=tuple(
            ContractLines(step, green + by, yellow + by) for step, by in zip(steps, moved, strict=True)
        ),
    )


def _gate(draw: st.DrawFn, key: str, sources: dict[str, str]) -> Gate:
    metrics = {f"m{index}_{at}" for index in range(4) for at in range(3)} | {"arr", "other"}
    fields = {name: Field(name, Type.NUMBER) for name in metrics} | {"tier": Field("tier", Type.TEXT)}
    condition = parse(draw(st.sampled_from(CONDITIONS)), fields)
    return Gate(
        key=key,
        label=key,
        needs="",
        at_most=draw(st.sampled_from(["yellow", "red"])),
        condition=condition,
        sources={name: sources.get(name, "contracts") for name in condition.fields & metrics},
    )


def columns(accounts: list[dict[str, Any]], names: list[str]) -> dict[str, list[Any]]:
    """Rows of values as columns."""
    return {name: [account.get(name) for account in accounts] for name in names}
