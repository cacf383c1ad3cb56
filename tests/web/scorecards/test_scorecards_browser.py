"""The life of a scorecard in a browser: drafted, previewed, run as a shadow, published, rolled back."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from mainstay.common.time import utc_now
from mainstay.scores import drafts, publishing
from mainstay.scores.models import Draft, Shadow
from mainstay.scores.services import score_all
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in
from tests.web.scene import Scene, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def set_up(server: str) -> Scene:
    return scene()


def test_every_page_fits_and_passes_the_audit_in_both_themes(page: Page, set_up: Scene) -> None:
    cast = set_up.cast
    draft = drafts.begin("standard", by=cast.mary, now=utc_now())
    content = {**draft.content, "green": 65, "gates": [
        {"key": "p1", "condition": "open_urgent_tickets > 0", "label": "Urgent open", "at_most": "yellow"}
    ]}  # fmt: skip
    draft = drafts.save(draft, content, revision=1, by=cast.mary, now=utc_now())
    publishing.publish(
        drafts.document_of(draft).model_copy(update={"green": 70}), by=cast.ada, reason="A try", now=utc_now()
    )
    sign_in(page, cast.mary)
    found = {}
    for path in ("", "standard/", "standard/versions/", "standard/versions/1/", "standard/shadow/", "new-scorecard/",
                 f"draft-{draft.pk}/", f"draft-{draft.pk}/moves/", f"draft-{draft.pk}/yaml/"):  # fmt: skip
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": 1440, "height": 900})
            go(page, f"/scorecards/{path}")
            page.wait_for_load_state("networkidle")
            wrong = [*complaints(page), *faint_texts(page)]
            wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
            if wrong:
                found[path, theme] = wrong
    assert found == {}


def test_what_is_typed_last_takes_no_word_from_the_page_to_come(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Healthy from").fill("65")
    expect(page.locator("#preview")).to_contain_text("changes colour")

    def late(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    # The page to come is slow, and the one that is left goes on changing.
    page.route("**/scorecards/standard/shadow/", late)
    page.evaluate("""setInterval(() =>
        document.getElementById("editor")?.dispatchEvent(new Event("change", { bubbles: true })), 40)""")
    page.get_by_role("button", name="Run as shadow").click()
    expect(page.locator(".toast")).to_contain_text("runs as a shadow")


def test_a_scorecard_is_drafted_previewed_run_as_a_shadow_published_and_rolled_back(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    expect(page.locator("#preview")).to_contain_text("Publishing would change no score")
    page.get_by_label("Healthy from").fill("65")
    expect(page.locator("#preview")).to_contain_text("1 account of 2 changes colour.")
    expect(page.locator("#preview .sc-movers")).to_contain_text("TechCorp")
    expect(page.locator("#preview .sc-movers")).to_contain_text("Healthy from 65, was 80")
    page.get_by_role("button", name="Run as shadow").click()
    expect(page.locator(".toast")).to_contain_text("runs as a shadow")
    score_all(utc_now())
    page.reload()
    expect(page.get_by_role("region", name="Live against shadow")).to_contain_text("1 of 2 accounts have the same band")
    expect(page.get_by_role("region", name="Who differs")).to_contain_text("TechCorp")
    page.get_by_role("link", name="Publish it").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Healthy from 80 → 65")
    dialog.get_by_label("Reason").fill("Two thirds is healthy enough")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast")).to_contain_text("“Standard” version 2 is in force.")
    assert Shadow.objects.get().outcome == "published"
    page.get_by_role("link", name=re.compile("Versions")).click()
    expect(page.locator(".sc-versions")).to_contain_text("Mary: Two thirds is healthy enough")
    page.get_by_role("link", name="Back to this").click()
    dialog.get_by_label("Reason").fill("Not after all")
    dialog.get_by_role("button", name="Publish version 1 again").click()
    expect(page.locator(".sc-versions")).to_contain_text("as version 1")
    assert publishing.document_of(publishing.get("standard")).green == 80


def test_what_is_typed_is_kept_and_what_is_wrong_is_told_beside_it(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    usage = page.get_by_role("group", name="Dimension 1: Product usage")
    usage.get_by_label("Weight").fill("35")
    expect(page.locator("#sum")).to_have_text("95 of 100 points")
    expect(page.locator("#saved")).to_contain_text("1 thing to mend")
    expect(page.locator("#preview")).to_contain_text("It follows when what is marked is mended.")
    page.get_by_label("Weight").nth(4).fill("10")
    expect(page.locator("#sum")).to_have_text("100 of 100 points")
    rate = page.get_by_role("group", name="Daily active rate")
    rate.get_by_label("Green line", exact=True).fill("7o")
    expect(rate).to_contain_text("This is not a number")
    expect(rate.get_by_label("Green line", exact=True)).to_have_attribute("aria-invalid", "")
    page.reload()
    expect(page.get_by_role("group", name="Daily active rate").get_by_label("Green line", exact=True)).to_have_value(
        "7o"
    )
    expect(page.get_by_label("Weight").first).to_have_value("35")


def test_a_line_is_moved_by_its_slider_with_the_keyboard(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    rate = page.get_by_role("group", name="Daily active rate")
    expect(rate.locator(".sc-shares")).to_contain_text("Moderate50%")
    page.get_by_label("Slider of the green line, Daily active rate").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(rate.get_by_label("Green line", exact=True)).to_have_value("65")
    expect(rate.locator(".sc-shares")).to_contain_text("Healthy50%")
    expect(page.locator("#preview")).not_to_contain_text("would change no score")


def test_parts_are_added_moved_removed_and_put_back(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Move dimension down").first.click()
    expect(page.get_by_role("group", name="Dimension 1: Engagement")).to_be_visible()
    page.get_by_role("group", name="Dimension 5: Financial").get_by_role("button", name="Remove dimension").click()
    expect(page.locator("#sum")).to_have_text("95 of 100 points")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#sum")).to_have_text("100 of 100 points")
    page.get_by_role("group", name="Dimension 5: Financial").get_by_role("button", name="Measure", exact=True).click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_placeholder("Find a metric").fill("seat use")
    expect(dialog.locator("button[value=trainings_completed]")).to_have_count(0)
    dialog.locator("button[value=seat_use]").click()
    expect(page.get_by_role("group", name="Seat use")).to_be_visible()
    content = Draft.objects.get().content
    assert [one["key"] for one in content["dimensions"]][:2] == ["engagement", "product_usage"]
    assert content["dimensions"][4]["measures"][-1]["metric"] == "seat_use"


def test_a_dimension_is_dragged_to_its_place(page: Page, set_up: Scene) -> None:
    sign_in(page, set_up.cast.mary)
    go(page, "/scorecards/standard/")
    page.get_by_role("button", name="Edit").click()
    page.set_viewport_size({"width": 1440, "height": 3000})
    grip = page.get_by_role("group", name="Dimension 2: Engagement").locator(".sc-dim-head [data-grip]")
    box = page.get_by_role("group", name="Dimension 1: Product usage").bounding_box()
    assert box is not None
    grip.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 60, steps=8)
    page.mouse.move(box["x"] + 40, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.get_by_role("group", name="Dimension 1: Engagement")).to_be_visible()
    assert Draft.objects.get().content["dimensions"][0]["key"] == "engagement"
