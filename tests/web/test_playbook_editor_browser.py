"""A playbook in a browser: made, tried, published, edited, paused; steps dragged, and moved by nothing but keys."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mainstay.facts.models import EventType
from mainstay.playbooks import drafts
from mainstay.playbooks.jobs import run_trial
from mainstay.playbooks.models import Draft, Playbook, PlaybookVersion, Trial
from tests import builders
from tests.builders import NOW, Cast
from tests.playbooks.plays import play, publish, task, wait
from tests.scores.profiles import write
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZE = {
    "id": "size",
    "type": "branch",
    "branches": [{"when": "tier = 'smb'", "steps": [task("short")]}],
    "else": [task("long")],
}


@pytest.fixture
def set_up(server: str) -> Cast:
    """Three accounts with a profile."""
    cast = builders.cast()
    write({account: {"feature_coverage": 10.0} for account in (cast.acme, cast.globex, cast.initech)})
    return cast


def add(page: Page, where: Locator, name: str) -> None:
    """Press a plus, look for a step by its name, and take it with Enter."""
    where.get_by_role("link", name="Add a step").last.click()
    page.get_by_placeholder("Find a step").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#pe-panel").get_by_role("heading", name=name, exact=True)).to_be_visible()


def make(page: Page) -> None:
    """A mail, a week, and what is done where little is used."""
    go(page, "/playbooks/")
    page.get_by_role("link", name="Playbook", exact=True).click()
    page.get_by_role("button", name="From nothing").click()
    page.get_by_label("Name", exact=True).fill("First week")
    expect(page.get_by_role("heading", name="First week")).to_be_visible()
    page.get_by_role("link", name="Who enters, and when").click()
    page.get_by_label("Starts when").select_option("stage")
    page.get_by_label("Stage", exact=True).fill("onboarding")
    expect(page.locator(".pe-part").first).to_contain_text("it enters the stage “onboarding”")
    flow = page.locator("#pe-canvas")
    add(page, flow, "E-mail")
    page.get_by_label("Subject").fill("Welcome {{ account.name }}")
    page.get_by_label("Text", exact=True).fill("Say hello.")
    expect(page.locator(".pe-seen h3")).to_contain_text("Welcome Acme")
    add(page, flow, "Wait")
    page.locator("#f-days").fill("7")
    expect(page.locator(".pe-wait")).to_contain_text("7 days")
    add(page, flow, "Branch")
    page.get_by_label("This holds for the account").fill("feature_coverage < 20")
    ways = page.locator(".pe-way")
    expect(ways.first).to_contain_text("feature_coverage < 20")
    add(page, ways.first, "Task")
    page.get_by_label("Title").fill("Call {{ account.name }}")
    expect(page.locator(".pe-wrong")).to_contain_text("to do before it can be published")
    page.get_by_label("Why").fill("Hardly used.")
    page.get_by_label("working days").fill("2")
    add(page, ways.last, "Note")
    page.get_by_label("Title").fill("Going well")
    page.get_by_label("Text", exact=True).fill("Nothing to do.")
    expect(page.locator(".pe-wrong")).to_have_count(0)


def try_and_publish(page: Page) -> None:
    """From the draft to a dry run, and on to the page that publishes it."""
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("Waiting for a worker").or_(page.get_by_text("under way")).first).to_be_visible()
    run_trial.call(str(Trial.objects.get().pk))
    go(page, f"/playbooks/drafts/{Draft.objects.get().pk}/")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Why").fill("New customers hear from us.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast")).to_contain_text("Version 1 of “First week” is published.")


def test_a_playbook_is_made_tried_published_edited_and_paused(page: Page, set_up: Cast) -> None:
    sign_in(page, set_up.mary)
    make(page)
    try_and_publish(page)
    document = PlaybookVersion.objects.get().document
    assert [step["type"] for step in document["steps"]] == ["email", "wait", "branch"]
    assert document["key"] == "first_week"
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("link", name=re.compile("^Wait")).click()
    page.locator("#f-days").fill("5")
    expect(page.locator(".pe-wait")).to_contain_text("5 days")
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_text("Step 'wait', days: 7 → 5")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.locator(".toast")).to_contain_text("Version 2")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".toast")).to_contain_text("paused")
    assert not Playbook.objects.get().is_active


@pytest.fixture
def draft(set_up: Cast) -> Draft:
    """A draft with two steps before a branch, and a wait behind it."""
    publish(play(task("first"), task("second"), SIZE, wait()))
    return drafts.begin("play", by=set_up.mary, now=NOW)


def steps(draft: Draft) -> list[str]:
    draft.refresh_from_db()
    return [step["id"] for step in draft.content["steps"]]


def test_steps_are_reordered_with_nothing_but_keys(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/")
    said = page.locator("#editor [role=status]").first
    page.locator("#step-second").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(said).to_have_text("“second” moved to place 1.")
    expect(page.locator("#step-second")).to_be_focused()
    assert steps(draft) == ["second", "first", "size", "pause"]
    page.locator("#step-first").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(said).to_have_text("“first” moved to place 1 of “size”, way 1.")
    page.keyboard.press("Alt+ArrowRight")
    expect(said).to_have_text("“first” moved to place 1 of “size”, otherwise.")
    page.keyboard.press("Alt+ArrowDown")
    expect(said).to_have_text("“first” moved to place 2 of “size”, otherwise.")
    page.keyboard.press("Alt+ArrowDown")
    expect(said).to_have_text("“first” moved to place 3.")
    assert steps(draft) == ["second", "size", "first", "pause"]
    for _ in range(5):
        page.keyboard.press("Control+z")
    expect(page.locator(".pe-history button").first).to_be_disabled()
    assert steps(draft) == ["first", "second", "size", "pause"]


def test_ways_are_reordered_by_buttons_and_by_keys(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/")
    said = page.locator("#editor [role=status]").first
    ways = page.locator(".pe-way")
    ways.first.locator("[data-way]").click()
    expect(page.locator("#wayform-0").get_by_label("This holds for the account")).to_be_focused()
    page.get_by_role("button", name="Add a way").click()
    expect(ways).to_have_count(3)
    page.locator("#wayform-1").get_by_label("This holds for the account").fill("tier = 'starter'")
    expect(ways.nth(1)).to_contain_text("tier = 'starter'")
    page.locator("#wayform-1").get_by_role("button", name="Move this way up").click()
    expect(said).to_have_text("Way 2 of “size” moved to place 1.")
    expect(page.locator("#way_down-0")).to_be_focused()
    expect(ways.first).to_contain_text("tier = 'starter'")
    page.locator("[data-way='size/0'].pe-wayform button").first.press("Alt+ArrowDown")
    expect(ways.nth(1)).to_contain_text("tier = 'starter'")
    pill = page.locator("[id='way-size/1']")
    pill.focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(ways.first).to_contain_text("tier = 'starter'")
    expect(page.locator("[id='way-size/0']")).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Alt+ArrowRight")
    expect(ways.nth(1)).to_contain_text("tier = 'starter'")
    expect(said).to_have_text("Way 1 of “size” moved to place 2.")
    draft.refresh_from_db()
    assert [arm["when"] for arm in draft.content["steps"][2]["branches"]] == ["tier = 'smb'", "tier = 'starter'"]


def test_a_step_is_looked_at_with_an_account_that_is_looked_for(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/?step=first")
    look = page.locator("#pe-preview")
    expect(look.locator("h3")).to_have_text("Call Acme")
    page.locator("#pe-who").click()
    expect(page.get_by_placeholder("Find an account", exact=True)).to_be_focused()
    expect(look.locator(".pe-hit")).to_have_count(3)
    page.keyboard.type("ini")
    expect(look.locator(".pe-hit")).to_have_text(["Initech"])
    page.keyboard.press("ArrowDown")
    expect(look.locator(".pe-hit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pe-who")).to_be_focused()
    expect(page.locator("#pe-panel")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_placeholder("Find an account", exact=True).fill("glo")
    expect(look.locator(".pe-hit")).to_contain_text(["Globex"])
    page.keyboard.press("Enter")
    expect(look.locator("h3")).to_have_text("Call Globex")
    expect(page.locator("#pe-who")).to_be_focused()
    page.get_by_label("Title").fill("Write to {{ account.name }}")
    expect(look.locator("h3")).to_have_text("Write to Globex")


def test_what_is_asked_for_comes_and_goes_with_what_is_chosen(page: Page, set_up: Cast, draft: Draft) -> None:
    seen = {"first_received_at": NOW, "last_received_at": NOW, "first_day": NOW.date(), "last_day": NOW.date()}
    EventType.objects.bulk_create(EventType(name=f"Event {number:02}", **seen) for number in range(20))
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/")
    add(page, page.locator("#pe-canvas"), "E-mail")
    card = page.locator("[data-step=email]")
    expect(card.locator(".need")).to_have_text("Still needed: Subject, Text")
    expect(page.locator("#pe-form .err")).to_have_count(0)
    expect(page.get_by_label("It is about")).to_have_count(0)
    page.get_by_label("To", exact=True).select_option("contacts")
    expect(page.get_by_label("It is about")).to_be_visible()
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.get_by_label("Subject").fill("Hello {{ acount.name }}")
    expect(page.locator("#p-f-subject .err")).to_be_visible()
    expect(card.locator(".pe-card")).to_have_class(re.compile(r"\bbad\b"))
    add(page, page.locator("#pe-canvas"), "In-app message")
    page.get_by_label("What it is").select_option("checklist")
    for number, line in enumerate(["Invite a colleague", "Send a campaign", "Look at the report"]):
        page.locator(f"[name='items.{number}.text']").fill(line)
    expect(page.locator("[name='items.3.text']")).to_have_value("")
    expect(page.locator("[data-step=in_app]")).to_contain_text("A checklist of 3")
    page.locator("#step-pause").click()
    page.locator("#f-days").fill("")
    page.get_by_text("Until something else").click()
    events = page.locator(".pe-picks input")
    events.last.fill("Event 07")
    expect(events).to_have_count(2)
    events.last.fill("Event 09")
    expect(page.locator("[data-step=pause]")).to_contain_text("Until the event “Event 07” or “Event 09” comes")


def drag(page: Page, what: Locator, onto: Locator, *, until: Locator) -> None:
    """Take hold of a grip and hold it over a card, which the flow moves out of the way, until it lies there."""
    start = what.bounding_box()
    assert start is not None
    page.mouse.move(start["x"] + 5, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 15, start["y"] + 30, steps=4)
    expect(page.locator("#editor.is-dragging")).to_be_visible()
    rounds = 0
    for _ in range(100):
        end = onto.bounding_box()
        assert end is not None
        page.mouse.move(end["x"] + 40, end["y"] + end["height"] - 6, steps=12)
        # SortableJS looks where the pointer is by a timer of 50 ms of its own.
        page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 120))")
        rounds = rounds + 1 if until.is_visible() else 0
        if rounds == 2:  # and stays there
            return
    raise AssertionError("it was not taken to where it is held")


def test_a_step_is_dragged_into_a_branch_and_taken_back(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/")
    page.set_viewport_size({"width": 1440, "height": 1400})
    grip, card = page.locator("[data-step=second] > .pe-card [data-grip]"), page.locator("[data-step=long] > .pe-card")
    drag(page, grip, card, until=page.locator("[data-row='size/else'] > [data-step=second]"))
    page.mouse.up()
    expect(page.locator("#editor [role=status]").first).to_have_text("“second” moved.")
    assert steps(draft) == ["first", "size", "pause"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row=''] > [data-step=second]")).to_be_visible()
    assert steps(draft) == ["first", "second", "size", "pause"]


def test_what_is_typed_survives_a_look_at_another_step(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    go(page, f"/playbooks/drafts/{draft.pk}/?step=first")
    page.get_by_label("Title").fill("Write to them")
    page.locator("#step-second").click()
    expect(page.get_by_label("Title")).to_have_value("Call {{ account.name }}")
    expect(page.locator("[data-step=first]")).to_contain_text("Write to them")
    page.get_by_label("Title").fill("Call ")
    page.get_by_text("Variables to put into a text").click()
    page.get_by_role("button", name="contact name", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("Call {{ contact.name }}")
    expect(page.locator("[data-step=second]")).to_contain_text("contact name")
    draft.refresh_from_db()
    titles = [step["with"]["title"] for step in draft.content["steps"][:2]]
    assert titles == [
        "Write to them",
        "Call {{ contact.name }}",
    ]


def test_every_page_fits_and_passes_the_audit_in_both_themes(page: Page, set_up: Cast, draft: Draft) -> None:
    sign_in(page, set_up.mary)
    base = f"/playbooks/drafts/{draft.pk}/"
    shown = ("", "?step=size", "?step=first", "?part=start", "?part=end", "?add=:1", "yaml/", "publish/")
    paths = [*(base + one for one in shown), "/playbooks/new/", "/playbooks/new/risk_outreach/"]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for path in paths:
            go(page, path)
            assert complaints(page) == [], path
            assert faint_texts(page) == [], path
            assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}, path
