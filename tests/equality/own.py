"""Metrics as people declare them: those of the cases in `tests/metrics/own/cases`, each under a key of its own."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mainstay.facts.tally import TallySpec
from mainstay.metrics.needs import needs_of
from mainstay.metrics.own.building import build
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import Declared, Metric, shipped

CASES = Path(__file__).parent.parent / "metrics" / "own" / "cases"


@cache
def cases() -> list[tuple[str, dict[str, Any]]]:
    """Every case, with the key of its metric: the file and a number."""
    return [
        (f"own_{path.stem}_{number}", case)
        for path in sorted(CASES.glob("*.yaml"))
        for number, case in enumerate(yaml.safe_load(path.read_text())["cases"], 1)
    ]


@cache
def declared() -> tuple[Declared, tuple[str, ...]]:
    """The metrics of all cases, beside the shipped ones, and their keys."""
    metrics: Mapping[str, Metric] = shipped()
    keys = []
    for key, case in cases():
        for other in case.get("others", []):
            metrics = {**metrics, other["key"]: build(_document(other), metrics)}
        metrics = {**metrics, key: build(_document({**case["metric"], "key": key}), metrics)}
        keys.append(key)
    return Declared(metrics), tuple(keys)


def tallies() -> list[TallySpec]:
    """The tallies they read."""
    return list(needs_of(declared()[0]).tallies)


def one_of_each() -> Iterator[Document]:
    """The metric of the first case of each file that needs no other declared metric."""
    files = set()
    for key, case in cases():
        file = key.rpartition("_")[0]
        if file not in files and "others" not in case:
            files.add(file)
            yield _document({**case["metric"], "key": key})


def _document(short: Mapping[str, Any]) -> Document:
    return check({"label": "Own", "description": "Made for a case.", **short, "key": short["key"]}, origin="case")
