"""The condition editor in a browser: completion by keyboard, the place of what is wrong, mending it, the count."""

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.builders import Cast
from tests.web.audit import complaints
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def scored(server: str, cast: Cast) -> Cast:
    """Orchard's accounts with health and profile."""
    builders.health(cast.acme, 92)
    builders.profile(cast.acme, arr=148_000, seat_use=65, days_to_renewal=83)
    builders.health(cast.globex, 41)
    builders.profile(cast.globex, arr=36_000, seat_use=22.5, days_to_renewal=12)
    return cast


def test_a_condition_is_completed_by_keyboard_counted_and_applied(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.click("summary:has-text('Condition')")
    area = page.locator("#condition")
    area.focus()
    page.keyboard.type("ban")
    expect(page.locator(".ce-list [aria-selected=true]")).to_contain_text("band")
    page.keyboard.press("Enter")
    page.keyboard.type("= ")
    expect(page.locator(".ce-list li")).to_have_text(["'green'", "'yellow'", "'red'", "'unknown'"])
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Tab"):
        page.keyboard.press(key)
    expect(area).to_have_value("band = 'red' ")
    expect(page.locator(".ce-count")).to_contain_text("1 account")
    expect(page.locator(".ce-sample")).to_contain_text("Globex")
    assert complaints(page) == []
    page.click("button:has-text('Apply')")
    expect(page.locator("[data-row]")).to_have_text(["Globex"])


def test_what_is_wrong_is_underlined_and_mended_with_one_press(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/segments/new-segment/")
    area = page.locator("#id_condition")
    area.fill("scor < 50 and tier = 'smbs'")
    expect(page.locator(".ce-back mark")).to_have_text("scor")
    expect(page.locator(".err")).to_contain_text("did you mean score?")
    expect(area).to_have_attribute("aria-invalid", "")
    page.click("button:has-text('Use score')")
    expect(page.locator(".ce-note")).to_contain_text("No account has tier 'smbs'")
    expect(page.locator(".ce-back mark")).to_have_text("'smbs'")
    page.click("button:has-text(\"Use 'smb'\")")
    expect(area).to_have_value("score < 50 and tier = 'smb'")
    expect(page.locator(".ce-count")).to_contain_text("1 account")


def test_escape_closes_the_list_and_not_the_dialog(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.click("[aria-label='Save this view as a segment']")
    area = page.locator("#id_condition")
    area.fill("")
    area.focus()
    page.keyboard.type("sea")
    expect(page.locator(".ce-list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ce-list")).to_have_count(0)
    expect(page.locator("#dialog")).to_be_visible()
    page.keyboard.press("Control+Space")
    expect(page.locator(".ce-list")).to_be_visible()


def test_a_segment_is_written_saved_and_shows_its_members(page: Page, scored: Cast) -> None:
    sign_in(page, scored.mary)
    go(page, "/segments/")
    page.click(".head .btn.solid")
    page.fill("#dialog [name=name]", "Large")
    page.focus("#id_condition")
    page.keyboard.type("arr >= 100000")
    expect(page.locator("#dialog .ce-count")).to_contain_text("1 account")
    page.click("button:has-text('Save segment')")
    page.wait_for_url("**/segments/large/")
    expect(page.locator("#part")).to_contain_text("Acme")
    expect(page.locator(".toast")).to_contain_text("saved")
    assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}
    assert complaints(page) == []
    page.click("button:has-text('Delete')")
    page.wait_for_url("**/segments/")
    expect(page.locator("table")).not_to_contain_text("Large")
    page.click("button:has-text('Undo')")
    expect(page.locator("table")).to_contain_text("Large")


def test_rows_are_built_by_keyboard_and_write_the_same_text(page: Page, scored: Cast) -> None:
    sign_in(page, scored.mary)
    go(page, "/segments/new-segment/")
    page.focus(".cb-open summary")
    page.keyboard.press("Enter")
    expect(page.locator(".cb-field")).to_be_focused()
    # Letters choose, too, but the browser takes what comes late for the beginning of another name.
    page.locator(".cb-field").select_option("arr")
    expect(page.locator(".cb-op")).to_have_value(">=")
    expect(page.locator(".cb-field")).to_be_focused()
    for key in ("Tab", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("100000")
    page.keyboard.press("Enter")
    area = page.locator("#id_condition")
    expect(area).to_have_value("arr >= 100000")
    expect(page.locator(".ce-count")).to_contain_text("1 account")
    page.click("[data-add=group]")
    expect(page.locator(".cb-inner .cb-field").first).to_be_focused()
    page.locator(".cb-inner .cb-field").first.select_option("stage")
    expect(page.locator(".cb-inner .cb-op")).to_have_value("=")
    page.fill(".cb-inner .cb-value", "adoption")
    page.keyboard.press("Tab")
    expect(area).to_have_value("arr >= 100000 and stage = 'adoption'")
    assert complaints(page) == []
    assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}
    page.click(".cb-row [data-drop] >> nth=0")
    expect(area).to_have_value("stage = 'adoption'")
    area.fill("arr / 12 > 100")
    expect(page.locator(".cb")).to_be_hidden()
    page.click(".cb-open summary")
    expect(page.locator(".cb-place")).to_contain_text("so it stays text")
