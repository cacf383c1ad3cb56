"""Time travel in a browser: look back, walk around in the past, see what was corrected, and come back to now."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from mainstay.lake.days import NOTES, Corrected
from mainstay.metrics import past
from mainstay.scores import history
from mainstay.scores.keeping import of_day
from tests.scores.cards import TECHCORP
from tests.scores.profiles import table
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in
from tests.web.scene import Scene, as_of, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def set_up(server: str) -> Scene:
    """The day before yesterday TechCorp was 89, until late events showed it was 69."""
    made, day = scene(), datetime.now(UTC).date() - timedelta(days=2)
    at = datetime.now(UTC) - timedelta(days=1)
    row = {"account_id": made.techcorp.pk, "reason": "late", "source": "product", "late_rows": 214, "late_from": day,
           "late_until": day, "received_at": at.replace(tzinfo=None)}  # fmt: skip
    note = NOTES.empty_table().from_pylist([row], schema=NOTES)
    past.KEPT.correct([Corrected(day, table({made.techcorp: TECHCORP}), note)], at=at)
    history.KEPT.correct([Corrected(day, of_day(day), note)], at=at)
    return made


def test_a_walk_through_the_past_and_back(page: Page, set_up: Scene) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    banner = page.locator(".past")
    sign_in(page, set_up.cast.alice)
    go(page, "/accounts/?sort=name")
    page.locator(".me > summary").click()
    page.get_by_role("link", name="Look back to a day").click()
    page.get_by_label("Day", exact=True).fill(yesterday.isoformat())
    page.get_by_role("button", name="Show", exact=True).click()
    expect(banner).to_contain_text(f"You are looking at {yesterday:%-d %B %Y}")
    expect(page.locator("main a.btn.solid, main .acts")).to_have_count(0)
    page.get_by_role("searchbox", name="Find an account", exact=True).fill("tech")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(banner).to_be_visible()
    page.get_by_role("link", name="TechCorp").click()
    expect(page.locator(".score .v").first).to_have_text("69")
    page.locator("details.corr > summary").click()
    expect(page.locator(".note-pop")).to_contain_text("Was 89 when the day ended")
    expect(page.locator(".note-pop")).to_contain_text("214 events")
    page.get_by_role("link", name="Show what was known then").click()
    expect(page.locator(".score .v").first).to_have_text("89")
    page.get_by_role("link", name="Usage", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/usage/\?as_of={yesterday}&known=then"))
    banner.get_by_role("link", name="Back to now").click()
    expect(banner).to_have_count(0)
    expect(page).not_to_have_url(re.compile("as_of"))


def test_pages_of_the_past_fit_and_pass_the_audit_in_both_themes(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for path in (f"/accounts/?{as_of(1)}", f"/accounts/techcorp/?{as_of(1)}", f"/profile/?{as_of(1)}"):
            go(page, path)
            assert complaints(page) == [], path
            assert faint_texts(page) == [], path
            assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}, path
