"""The Portfolio in a browser: nothing scrolls sideways, filters change in place, keys, bulk actions and Undo."""

import re

import pytest
from playwright.sync_api import Page, expect

from mainstay.playbooks.models import Task
from tests import builders
from tests.builders import Cast
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def scored(server: str, cast: Cast) -> Cast:
    """Orchard's accounts with health and profile."""
    builders.health(cast.acme, 92, change_7d=2, cause="Feature coverage 61% → 66%")
    builders.profile(cast.acme, arr=148_000, seats=300, seats_used=195, seat_use=65, days_to_renewal=83)
    builders.health(cast.globex, 41, change_7d=-17, cause="Champion left", weeks=[70, 60, None, 41])
    builders.profile(cast.globex, arr=36_000, seats=40, seats_used=9, seat_use=22.5, days_to_renewal=12)
    return cast


def test_it_fits_and_passes_the_audit_in_both_themes(page: Page, scored: Cast) -> None:
    sign_in(page, scored.ada)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        go(page, "/accounts/")
        assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}
        assert complaints(page) == []
        assert faint_texts(page) == []


def test_a_search_changes_the_table_in_place_and_the_address(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.keyboard.press("/")
    page.keyboard.insert_text("glo")  # at once: a pause between letters is a search of its own to go back to
    expect(page.locator("[data-row]")).to_have_text(["Globex"])
    expect(page).to_have_url(re.compile("q=glo"))
    expect(page.locator("#find")).to_be_focused()
    page.go_back()
    expect(page.locator("[data-row]")).to_have_count(3)


def test_a_menu_filters_and_closes(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.locator("summary", has_text="Health").click()
    page.get_by_role("link", name="At risk", exact=True).click()
    expect(page.locator("[data-row]")).to_have_text(["Globex"])
    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator("summary", has_text="Health")).to_contain_text("At risk")


def test_keys_walk_the_rows_and_tick_them(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text("Globex")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".bulk .c")).to_be_visible()
    expect(page.locator(".pick:checked")).to_have_count(2)


def test_a_task_for_ticked_accounts_can_be_taken_back(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.get_by_label("Select Acme").check()
    page.get_by_label("Select Globex").check()
    page.get_by_role("button", name="Add task").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Task for 2 accounts")
    assert complaints(page) == []
    dialog.get_by_label("What is to be done").fill("Call the champion")
    dialog.get_by_role("button", name="Add task").click()
    expect(page.locator(".toast")).to_contain_text("2 tasks added.")
    assert Task.objects.filter(title="Call the champion", dismissed_at=None).count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("2 tasks taken back.")
    assert Task.objects.filter(dismissed_at=None).count() == 0


def test_a_refused_form_stays_in_the_dialog_and_says_why(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.get_by_role("link", name="Account", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Acme Two")
    dialog.get_by_label("Key").fill("acme")
    dialog.get_by_role("button", name="Make account").click()
    expect(dialog).to_contain_text("There is an account with the key 'acme' already.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_jump_box_finds_accounts_from_the_keyboard(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("glo")
    expect(page.locator("#jump-list a").first).to_contain_text("Globex")
    page.keyboard.press("Escape")
    expect(page.locator("#jump")).to_be_hidden()
    page.keyboard.press("ControlOrMeta+k")
    expect(page.locator("#jump-list a").nth(1)).to_be_visible()
    page.keyboard.type("glo")
    expect(page.locator("#jump-list a")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/globex/")


def test_a_theme_is_chosen_in_the_user_menu(page: Page, scored: Cast) -> None:
    sign_in(page, scored.alice)
    go(page, "/accounts/")
    page.locator(".me summary").click()
    box = page.locator(".me .pop").bounding_box()
    assert box is not None
    corner = [box["x"] + box["width"] - 4, box["y"] + 40]
    assert page.evaluate("([x, y]) => !!document.elementFromPoint(x, y).closest('.me')", corner), "it is covered"
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/accounts/")
