"""The reference page and the commands."""

from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from mainstay.config.cli.metrics import metrics
from mainstay.metrics import reference
from mainstay.metrics.own import reference as operations
from mainstay.metrics.own.building import build
from mainstay.metrics.own.document import Operation, Percentile, Share
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import all_metrics, shipped

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_page_is_current() -> None:
    written = (ROOT / "docs" / "metrics.md").read_text()
    assert written == reference.page(shipped()), "run `mainstay metrics docs`"


def test_every_metric_is_on_the_page() -> None:
    page = reference.page(shipped())
    assert [key for key in all_metrics() if f"`{key}`" not in page] == []


def test_the_list_shows_every_metric() -> None:
    shown = CliRunner().invoke(metrics, ["list"]).output
    assert [line.split()[0] for line in shown.splitlines()] == list(all_metrics())


def test_docs_writes_the_page_where_it_is_told(tmp_path: Path) -> None:
    CliRunner().invoke(metrics, ["docs", str(tmp_path / "a" / "metrics.md")], catch_exceptions=False)
    assert (tmp_path / "a" / "metrics.md").read_text() == reference.page(shipped())


@pytest.mark.parametrize("family", ["Adoption", "Engagement", "Relationship", "Revenue", "Support"])
def test_each_family_has_a_section(family: str) -> None:
    assert f"## {family}\n" in reference.page(shipped())


def test_the_page_of_operations_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "metric-operations.md").read_text()
    assert written == operations.page(), "run `mainstay metrics operations`"


def test_every_operation_has_a_section_with_an_example_that_is_right() -> None:
    assert list(operations.EXAMPLES) == list(get_args(get_args(Operation)[0]))
    for model, value in operations.EXAMPLES.items():
        unit = "percent" if model in (Share, Percentile) else "count"
        content = {"key": "own", "label": "Own", "description": "An example.", "unit": unit, "value": value}
        document = check(content, origin="example")
        assert type(document.value) is model
        build(document, shipped())
