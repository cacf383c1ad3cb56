"""Documents of metrics: read from YAML, refused with the place, written back."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mainstay.common.yaml_text import NotYaml
from mainstay.metrics import portability
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.own.building import build, build_all
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import as_yaml, check, read
from mainstay.metrics.registry import Metric, shipped

CASES = Path(__file__).parent / "cases"
GOOD = """\
key: exports
label: Exports
description: Reports exported.
value:
  operation: count
  events: [Exported]
  where: format = 'pdf'
  properties:
    format: text
    plan: {path: Plan Type, type: text}
"""


def documents() -> list[Any]:
    """Every document of the case files, with those it is made of."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text())["cases"]:
            parts = [_whole(one) for one in case.get("others", [])]
            found.append(pytest.param([*parts, _whole(case["metric"])], id=f"{path.stem}: {case['name']}"))
    return found


def _whole(short: dict[str, Any]) -> Document:
    return check({"key": "own", "label": "Own", "description": "Made for a case.", **short}, origin="case")


# What is wrong in a text, as (what to replace, by what, line, path, what is said).
REFUSED = [
    ("key: exports", "key: Exports", 1, "key", "single underscores, a letter first; it is 'Exports'"),
    ("key: exports", "key: a__b", 1, "key", "single underscores"),
    ("events: [Exported]", "evnts: [Exported]", 6, "value.evnts", "nobody reads this here; did you mean `events`?"),
    ("label: Exports\n", "", 1, "label", "this is missing"),
    ("label: Exports", "label: ''", 2, "label", "String should have at least 1 character"),
    ("operation: count", "operation: counts", 4, "value", "there is no operation 'counts'; did you mean `count`?"),
    ("  operation: count\n", "", 4, "value", "say its `operation`"),
    ("events: [Exported]", "events: Exported", 6, "value.events", "valid tuple; it is 'Exported'"),
    ("events: [Exported]", "events: [Exported, '']", 6, "value.events.1", "at least 1 character"),
    ("events: [Exported]", "days: 0", 6, "value.days", "greater than or equal to 1; it is 0"),
    ("events: [Exported]", "days: 300\n  ends_days_ago: 200", 4, "value", "begins 500 days ago; at most 400"),
    ("format: text", "format: string", 9, "value.properties.format.type", "'text', 'number' or 'boolean'"),
    ("format: text", "event: text", 4, "value", "'event' is a word of its own"),
    ("operation: count", "operation: mean\n  property: pages", 4, "value", "say `properties: {pages: number}`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "path", "says"), REFUSED)
def test_what_is_wrong_is_told_with_its_line_and_what_would_be_right(
    old: str, new: str, line: int, path: str, says: str
) -> None:
    with pytest.raises(BadMetric) as caught:
        read(GOOD.replace(old, new), origin="exports.yaml")
    problem = caught.value.details["problems"][0]
    assert (problem["line"], problem["path"]) == (line, path)
    assert says in problem["message"]
    assert caught.value.message.startswith(f"exports.yaml, line {line}")


def test_all_problems_are_told_in_the_order_of_the_text() -> None:
    text = GOOD.replace("label: Exports", "lable: Exports").replace("[Exported]", "5")
    with pytest.raises(BadMetric, match=r"\(2 more\)") as caught:
        read(text, origin="exports.yaml")
    assert [one["path"] for one in caught.value.details["problems"]] == ["label", "lable", "value.events"]


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ({"operation": "streak", "of": {"operation": "count"}}, "say exactly one of under, over, .* it says none"),
        ({"operation": "streak", "of": {"operation": "count"}, "under": 1, "over": 2}, "it says under and over"),
        ({"operation": "streak", "of": {"operation": "count"}, "under": 1, "period_days": 80}, "8 periods of 80 days"),
        ({"operation": "trend", "of": {"operation": "count"}, "periods": 26, "period_days": 31}, "more than the 400"),
        ({"operation": "share_of_seats"}, "gives a percentage: say `unit: percent`"),
        ({"operation": "change", "of": {"operation": "median"}}, "value.of.property: this is missing"),
        ({"operation": "ratio", "part": "a"}, "value.whole: this is missing"),
    ],
)
def test_operations_that_cannot_be_are_refused(operation: dict[str, Any], says: str) -> None:
    with pytest.raises(BadMetric, match=says):
        _whole({"value": operation})


@pytest.mark.parametrize("text", ["key: [1", "a: b: c", "\tkey: a"])
def test_what_is_no_yaml_is_told_with_its_place(text: str) -> None:
    with pytest.raises(NotYaml, match=r"exports.yaml, line 1, column \d+, is not YAML"):
        read(text, origin="exports.yaml")


@pytest.mark.parametrize("text", ["", "- a\n- b", "just a text"])
def test_what_is_no_document_is_told_so(text: str) -> None:
    with pytest.raises(BadMetric, match="must say what a metric is"):
        read(text, origin="exports.yaml")


@pytest.mark.parametrize("given", documents())
def test_a_document_written_as_yaml_is_the_same_when_read(given: list[Document]) -> None:
    for document in given:
        assert read(as_yaml(document), origin="written") == document
        assert check(document.as_dict(), origin="stored") == document


def test_yaml_says_nothing_that_is_said_anyway() -> None:
    assert (
        as_yaml(read(GOOD, origin="good"))
        == """\
key: exports
label: Exports
description: Reports exported.
value:
  events:
  - Exported
  where: format = 'pdf'
  properties:
    format: text
    plan:
      type: text
      path:
      - Plan Type
  operation: count
"""
    )


@pytest.mark.parametrize("given", documents())
def test_every_operation_keeps_to_the_rule_book_of_portable_expressions(given: list[Document]) -> None:
    metrics: dict[str, Metric] = dict(shipped())
    made = []
    for document in given:
        metrics[document.key] = build(document, metrics)
        made.append(metrics[document.key])
    assert portability.all_problems(made) == []


def test_documents_are_built_in_whatever_order_they_come() -> None:
    first = _whole({"key": "first", "value": {"operation": "count"}})
    second = _whole({"key": "second", "value": {"operation": "expression", "expression": "first * 2"}})
    third = _whole({"key": "third", "value": {"operation": "ratio", "part": "second", "whole": "first"}})
    built = build_all([third, second, first], shipped())
    assert list(built.metrics) == ["third", "second", "first"]
    assert built.problems == {}


def test_the_schema_for_editors_names_every_operation() -> None:
    schema = Document.model_json_schema()
    mapping = schema["properties"]["value"]["discriminator"]["mapping"]
    assert {"count", "median", "streak", "percentile", "expression"} <= mapping.keys()
