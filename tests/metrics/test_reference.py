"""The reference page and the commands."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mainstay.config.cli.metrics import metrics
from mainstay.metrics import reference
from mainstay.metrics.registry import all_metrics

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_page_is_current() -> None:
    written = (ROOT / "docs" / "metrics.md").read_text()
    assert written == reference.page(all_metrics()), "run `mainstay metrics docs`"


def test_every_metric_is_on_the_page() -> None:
    page = reference.page(all_metrics())
    assert [key for key in all_metrics() if f"`{key}`" not in page] == []


def test_the_list_shows_every_metric() -> None:
    shown = CliRunner().invoke(metrics, ["list"]).output
    assert [line.split()[0] for line in shown.splitlines()] == list(all_metrics())


def test_docs_writes_the_page_where_it_is_told(tmp_path: Path) -> None:
    CliRunner().invoke(metrics, ["docs", str(tmp_path / "a" / "metrics.md")], catch_exceptions=False)
    assert (tmp_path / "a" / "metrics.md").read_text() == reference.page(all_metrics())


@pytest.mark.parametrize("family", ["Adoption", "Engagement", "Relationship", "Revenue", "Support"])
def test_each_family_has_a_section(family: str) -> None:
    assert f"## {family}\n" in reference.page(all_metrics())
