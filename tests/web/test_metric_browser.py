"""A metric is made in a browser, seen on an account while it is written, and taken into files."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.time import utc_now
from mainstay.facts.services import refresh_rollups
from mainstay.metrics.models import OwnMetric
from tests.builders import Cast
from tests.facts.sending import load, track
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_metric_is_made_seen_and_saved(page: Page, cast: Cast) -> None:
    now = utc_now()
    yesterday = now - timedelta(days=1)
    load(*(track("ann", "Report Exported", at=yesterday, account="acme") for _ in range(3)), received_at=now, now=now)
    refresh_rollups(now)
    sign_in(page, cast.mary)
    go(page, "/metrics/")
    page.get_by_role("link", name="Metric", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Exports")
    page.get_by_label("Key", exact=True).fill("exports")
    page.get_by_label("What it measures").fill("How often anybody exported a report.")
    page.locator("#accounts").fill("acme")
    page.locator("[name='value.events']").fill("Report Exported")
    preview = page.locator("#metric-preview")
    expect(preview.locator("b")).to_have_text("3")
    assert all(fits_at_every_width(page).values())
    page.get_by_label("Made of", exact=True).select_option("active_days")
    expect(preview.locator("b")).to_have_text("1")
    expect(page.locator("[name='value.events']")).to_have_value("Report Exported")
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator("#metric-cost")).to_contain_text("Each refresh reads")
    page.get_by_role("button", name="Save metric").click()
    expect(page.get_by_role("heading", name="Exports")).to_be_visible()
    assert OwnMetric.objects.get().document["value"]["operation"] == "active_days"


def test_what_is_declared_is_exported_planned_and_applied(page: Page, cast: Cast, tmp_path: Path) -> None:
    sign_in(page, cast.ada)
    go(page, "/settings/config/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all").click()
    exported = tmp_path / "config.zip"
    download.value.save_as(exported)
    page.get_by_label("Files", exact=True).set_input_files(exported)
    page.get_by_role("button", name="Plan").click()
    expect(page.locator("main")).to_contain_text("Nothing:")
    go(page, "/settings/config/")
    metric = tmp_path / "exports.yaml"
    metric.write_text("key: exports\nlabel: Exports\ndescription: How often.\nvalue: {operation: count, events: [X]}\n")
    page.get_by_label("Files", exact=True).set_input_files(metric)
    page.get_by_label("Kind of single files").select_option("metrics")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator("main")).to_contain_text("1 new, 0 changed, 0 removed")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#toasts")).to_contain_text("1 change applied")
    assert OwnMetric.objects.get().key == "exports"


@pytest.mark.parametrize("path", ["/metrics/", "/metrics/seats/", "/metrics/new/", "/metrics/new/?yaml=1", "/features/",
                                  "/features/new/", "/data/", "/data/sources/product/", "/data/events/"])  # fmt: skip
def test_each_page_fits_and_passes_the_audit_in_both_themes(page: Page, cast: Cast, path: str) -> None:
    sign_in(page, cast.mary)
    wrong: list[str] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": 1440, "height": 900})
        go(page, path)
        wrong += [*complaints(page), *faint_texts(page)]
        wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
    assert wrong == []
