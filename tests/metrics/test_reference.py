"""The reference page and the commands."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mainstay.common.time import utc_now
from mainstay.config.cli.metrics import metrics
from mainstay.metrics import past, reference
from mainstay.metrics.registry import all_metrics
from tests.builders import Cast

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


def test_backfill_keeps_the_days_that_are_over(cast: Cast) -> None:
    today = utc_now().date()
    first = today - timedelta(days=15)
    result = CliRunner().invoke(metrics, ["backfill", "--from", f"{first}", "--to", f"{today}", "--weekly"])
    assert result.output.startswith("Kept the profiles of 3 days"), result.output
    assert past.recorded_days() == [today - timedelta(days=age) for age in (15, 8, 1)]


def test_a_span_without_a_day_is_refused(db: None) -> None:
    result = CliRunner().invoke(metrics, ["backfill", "--from", "2026-03-02", "--to", "2026-03-01"])
    assert result.exit_code == 2
    assert "--from must not be after --to" in result.output


@pytest.mark.parametrize("family", ["Adoption", "Engagement", "Relationship", "Revenue", "Support"])
def test_each_family_has_a_section(family: str) -> None:
    assert f"## {family}\n" in reference.page(all_metrics())
