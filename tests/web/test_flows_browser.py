"""A CSM's morning in a browser: Today, an account, its why, a task done and taken back; once with the keyboard only."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.builders import PASSWORD
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, profile, sign_in
from tests.web.scene import Scene, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = [
    "/",
    "/accounts/techcorp/",
    "/accounts/techcorp/?history=table",
    "/accounts/techcorp/usage/",
    "/accounts/techcorp/timeline/",
    "/accounts/techcorp/people/",
    "/accounts/techcorp/renewal/",
    "/accounts/techcorp/health/",
    "/accounts/techcorp/why/daily_active_rate/",
    "/signals/",
    "/tasks/",
]


@pytest.fixture
def set_up(server: str) -> Scene:
    return scene()


def test_every_page_fits_and_passes_the_audit_in_both_themes(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for path in PAGES:
            go(page, path)
            assert complaints(page) == [], path
            assert faint_texts(page) == [], path
            assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}, path


def test_a_morning(page: Page, set_up: Scene) -> None:
    go(page, "/")
    page.get_by_label("E-mail").fill("alice@orchard.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Health since yesterday")).to_be_visible()
    page.locator(".moves").get_by_role("link", name="TechCorp").click()
    expect(page.locator(".score .v")).to_have_text("69")
    page.get_by_role("link", name="65% active daily").click()
    expect(page.get_by_role("heading", name="Counted from")).to_be_visible()
    expect(page.get_by_text("Daily active users as a share of the licensed seats.")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Done: Call Tom about usage").click()
    expect(page.locator(".toast")).to_contain_text("“Call Tom about usage” done.")
    expect(page.get_by_role("button", name="Done: Call Tom about usage")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Done: Call Tom about usage")).to_have_count(1)


def test_the_same_with_the_keyboard_only(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    go(page, "/tasks/")
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text("Call Tom about usage")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("Daily actives 71% → 65%.")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Done")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("done.")
    expect(page.get_by_text("Nothing to do")).to_be_visible()


def test_a_signal_is_acknowledged_in_its_dialog_and_taken_back(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    go(page, "/signals/")
    page.get_by_role("link", name="Score fell", exact=True).click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("71%")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".toast")).to_contain_text("“Score fell” at TechCorp acknowledged.")
    expect(page.locator("[data-row]")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row]")).to_have_count(1)


def test_cards_change_in_place(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    go(page, "/accounts/techcorp/")
    page.get_by_role("link", name="Show as table").click()
    expect(page.locator("#history table")).to_be_visible()
    page.locator("#usage").get_by_role("link", name="30 days").click()
    expect(page.locator("#usage [aria-current]")).to_have_text("30 days")
    expect(page.locator("#history table")).to_be_visible()
    page.locator("#timeline").get_by_role("link", name="Support").click()
    expect(page.locator("#timeline")).not_to_contain_text("Monthly check-in")


def test_a_note_is_written_on_the_page(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.alice)
    go(page, "/accounts/techcorp/")
    page.get_by_label("Write a note about TechCorp").fill("Tom is back on Monday")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("Tom is back on Monday")


def test_the_pages_work_without_script(browser: Browser, server: str, set_up: Scene) -> None:
    context = profile(browser, base_url=server, has_script=False)
    plain = context.new_page()
    sign_in(plain, set_up.cast.alice)
    plain.goto("/tasks/")
    plain.get_by_role("link", name="Call Tom about usage").click()
    expect(plain.get_by_role("heading", name="Call Tom about usage")).to_be_visible()
    plain.get_by_role("button", name="Done").click()
    expect(plain.locator(".toast")).to_contain_text("done.")
    plain.get_by_role("button", name="Undo").click()
    plain.goto("/accounts/techcorp/")
    plain.locator("#usage").get_by_role("link", name="Show").click()
    plain.get_by_role("link", name="12 months").click()
    expect(plain.locator("#usage [aria-current]")).to_have_text("12 months")
    context.close()
