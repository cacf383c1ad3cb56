"""History in a browser: ask for past days from the keyboard, watch them come, see them kept."""

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.time import utc_now
from mainstay.jobs.models import Job
from mainstay.jobs.worker import carry_out
from mainstay.metrics import past
from mainstay.scores.models import BackfillRun
from tests import builders
from tests.web.conftest import fits_at_every_width, go, sign_in


@pytest.mark.browser
def test_past_days_are_asked_for_watched_and_kept(page: Page) -> None:
    cast = builders.cast()
    sign_in(page, cast.ada)
    go(page, "/settings/history/")
    page.get_by_role("link", name="Compute past days").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Compute past days")
    dialog.get_by_label("From").fill("2000-01-03")
    dialog.get_by_label("To").fill("2000-01-02")
    dialog.get_by_role("button", name="Compute").click()
    expect(dialog.get_by_text("It ends before it begins")).to_be_visible()
    dialog.get_by_label("From").fill("2026-03-01")
    dialog.get_by_label("To").fill("2026-05-31")
    dialog.get_by_label("The last day of each month").check()
    dialog.get_by_role("button", name="Compute").press("Enter")
    expect(page.get_by_role("heading", name="A backfill waits for a worker")).to_be_visible()
    assert all(fits_at_every_width(page).values())
    work()
    # The part that is watched notices by itself and loads the page anew.
    expect(page.get_by_role("heading", name="Days by month")).to_be_visible()
    expect(page.get_by_role("img", name="May 2026: 1 of 31 days kept")).to_be_attached()
    expect(page.get_by_role("heading", name="Backfills so far")).to_be_visible()
    assert BackfillRun.objects.get().state == "done"
    assert len(past.recorded_days()) == 3
    assert all(fits_at_every_width(page).values())


def work() -> None:
    """What a worker does with the one job that waits."""
    job = Job.objects.get()
    job.state, job.worker, job.attempt, job.lease_until = "running", "test", 1, utc_now()
    job.save(update_fields=["state", "worker", "attempt", "lease_until"])
    carry_out(job)
