"""Tasks in a browser: cards dragged and moved by keys, many ticked and snoozed, a day of the calendar looked at."""

import re

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.time import utc_now
from mainstay.deliveries import links
from mainstay.playbooks import mail_links
from mainstay.playbooks.mail_links import Act
from mainstay.playbooks.models import Task
from tests.builders import Cast
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in
from tests.web.test_tasks import DAY, make

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def tasks(cast: Cast) -> Cast:
    make("Call Acme about seats", cast.alice, days=-2, account=cast.acme, why="Seat use 71% → 92%")
    make("A title that is long enough to need a second and perhaps a third line of a card " * 2, cast.alice, days=0.01)
    make("Write to Globex", cast.alice, days=40, account=cast.globex)
    make("Done", cast.alice, days=1, done_at=utc_now() - DAY)
    return cast


def looks_well(page: Page) -> list[object]:
    wrong: list[object] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        wrong += [*complaints(page), *faint_texts(page)]
        wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
    page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


def test_a_card_is_dragged_to_another_day_and_the_move_taken_back(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/board/")
    assert looks_well(page) == []
    overdue, later = page.locator("[data-column=overdue]"), page.locator("[data-column=later]")
    overdue.locator(".tcard").drag_to(later)
    expect(page.locator(".toast")).to_contain_text("is due")
    expect(later.get_by_text("Call Acme about seats")).to_be_visible()
    expect(overdue.get_by_text("Nothing is overdue")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(overdue.get_by_text("Call Acme about seats")).to_be_visible()


def test_the_board_works_without_a_mouse(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/board/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Call Acme about seats")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-column=today]").get_by_text("Call Acme about seats")).to_be_visible()
    page.wait_for_load_state("load")
    go(page, "/tasks/board/")
    page.get_by_role("link", name="Write to Globex").focus()
    page.keyboard.press("d")
    expect(page.locator("[data-column=done]").get_by_text("Write to Globex")).to_be_visible()


def test_ticked_tasks_are_snoozed_with_the_keyboard(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/")
    assert looks_well(page) == []
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_contain_text("Snooze 2 tasks")
    page.get_by_role("dialog").get_by_role("button", name="Snooze").click()
    expect(page.locator(".toast")).to_contain_text("2 tasks out of sight until")
    assert Task.objects.exclude(snoozed_until=None).count() == 2


def test_the_calendar_opens_a_task_and_goes_to_the_next_month(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/calendar/?span=week")
    assert looks_well(page) == []
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile("span=2"))
    page.keyboard.press("t")
    go(page, "/tasks/calendar/")
    assert looks_well(page) == []
    page.locator(".cal-task").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Opened by")


def test_items_are_ticked_off_in_the_dialog(page: Page, cast: Cast) -> None:
    items = [{"text": "Read the history", "done": False}]
    make("Call", cast.alice, checklist=items, talk_track="Ask how it goes.", account=cast.acme)
    sign_in(page, cast.alice)
    go(page, "/tasks/")
    page.get_by_role("link", name="Call").click()
    page.get_by_role("checkbox", name="Read the history").click()
    expect(page.get_by_role("checkbox", name="Read the history")).to_be_checked()
    expect(page.get_by_role("dialog")).to_contain_text("1 of 1")
    assert looks_well(page) == []


def test_the_report_leads_to_its_tasks_and_the_feed_is_made_in_a_dialog(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/report/?by=both")
    assert looks_well(page) == []
    page.get_by_role("link", name="3", exact=True).first.click()
    expect(page).to_have_url(re.compile("opened="))
    go(page, "/tasks/")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("More about tasks").click()
    page.get_by_text("Read them in your calendar").click()
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator("#feed-address")).to_contain_text("/tasks/feed/mc_")
    dialog = page.get_by_role("dialog")
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth"), "nothing is cut off"


def test_on_a_phone_lines_of_the_report_keep_their_names_while_they_are_moved(page: Page, tasks: Cast) -> None:
    sign_in(page, tasks.alice)
    go(page, "/tasks/report/?by=both")
    page.set_viewport_size({"width": 390, "height": 844})
    name, head = page.locator(".promises tbody th").first, page.locator(".promises thead th").first
    expect(name).to_contain_text("Alice")
    before = name.bounding_box()
    moved = page.locator(".scroll").evaluate("(box) => { box.scrollLeft = 10_000; return box.scrollLeft; }")
    assert moved > 100
    after = name.bounding_box()
    assert before is not None
    assert after is not None
    assert (after["x"], after["width"]) == (before["x"], before["width"])
    assert after["width"] < 390 * 0.45
    on_top = (
        "(head) => { const {x, y} = head.getBoundingClientRect(); return document.elementFromPoint(x + 9, y + 9); }"
    )
    assert head.evaluate(f"(head) => ({on_top})(head) === head")


def test_a_task_is_done_from_a_mail_without_signing_in(page: Page, tasks: Cast) -> None:
    task = Task.objects.get(title="Call Acme about seats")
    url = mail_links.urls(task.pk, tasks.alice.pk, now=utc_now())[Act.DONE]
    signed = links.with_signed_acts(url, reader=tasks.alice.email).removeprefix(links.base_url())
    page.goto(signed)
    expect(page.get_by_role("heading", name="Done?")).to_be_visible()
    assert looks_well(page) == []
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("status")).to_contain_text("“Call Acme about seats” is done.")
    task.refresh_from_db()
    assert task.done_by == tasks.alice
