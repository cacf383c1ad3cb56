"""A manager's kind in a browser: made, replayed, published, open, dismissed with a reason; and what she is told."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.time import utc_now
from mainstay.signals import replaying, services
from mainstay.signals.models import ReplayRun
from tests import builders
from tests.builders import Cast
from tests.scores.profiles import keep, write
from tests.signals.kinds import document
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DAY = timedelta(days=1)


@pytest.fixture
def set_up(server: str) -> Cast:
    """Three days of history, and the present."""
    cast, today = builders.cast(), utc_now().date()
    for back, value in ((3, 50.0), (2, 85.0), (1, 95.0)):
        keep(today - back * DAY, {cast.acme: {"seat_use": value, "arr": 1000.0}})
    write({cast.acme: {"seat_use": 95.0, "arr": 1000.0}})
    return cast


def test_a_kind_is_made_replayed_published_seen_open_and_dismissed(page: Page, set_up: Cast) -> None:
    sign_in(page, set_up.mary)
    go(page, "/signals/kinds/")
    page.get_by_role("link", name="Kind", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Busy seats")
    page.get_by_label("Meaning").fill("Many seats are used.")
    page.get_by_label("Category").select_option("expansion")
    page.get_by_label("Opens when").fill("seat_use >= 80")
    expect(page.locator("#id_condition-check")).to_contain_text("1 account")
    page.get_by_label("Value 1", exact=True).fill("seat_use")
    page.get_by_label("Summary", exact=False).first.fill("{seat_use.now} of the seats are used.")
    page.get_by_role("button", name="Replay the past year").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    replaying.carry_out(ReplayRun.objects.get().pk, now=utc_now())
    expect(page.get_by_role("heading", name="Opened by month")).to_be_visible()
    expect(page.get_by_role("cell", name="still open")).to_be_visible()
    page.get_by_label("Why").fill("Room to grow.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast")).to_contain_text("“Busy seats” is published.")
    services.detect(utc_now())
    go(page, "/signals/?kind=busy_seats")
    page.get_by_role("link", name="Busy seats").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("95% of the seats are used.")
    dialog.get_by_role("link", name="Dismiss").click()
    dialog.get_by_label("False alarm").check()
    dialog.get_by_label("In your words").fill("Interns.")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_contain_text("dismissed: false alarm.")
    go(page, "/signals/kinds/busy_seats/")
    expect(page.get_by_text("Interns.")).to_be_visible()


def test_every_page_fits_and_passes_the_audit_in_both_themes(page: Page, set_up: Cast) -> None:
    sign_in(page, set_up.mary)
    run = services.ask_replay(document(), by=set_up.mary, now=utc_now())
    replaying.carry_out(run.pk, now=utc_now())
    paths = (
        "/signals/kinds/",
        "/signals/kinds/seats_filling/",
        "/signals/kinds/seats_filling/edit/",
        "/signals/kinds/seats_filling/edit/?as=yaml",
        f"/signals/replays/{run.pk}/",
        "/signals/?state=pending",
        "/alerts/",
        "/profile/alerts/",
        "/alerts/digests/preview/",
    )
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for path in paths:
            go(page, path)
            assert complaints(page) == [], path
            assert faint_texts(page) == [], path
            assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}, path
