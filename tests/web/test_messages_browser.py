"""Messages in a browser: stopped and resumed from the banner; what a person chooses on the page behind her mail."""

import pytest
from playwright.sync_api import Page, expect

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries import links
from mainstay.deliveries.consent import choices_of
from mainstay.deliveries.models import Delivery, State, Stop
from mainstay.deliveries.services import request_delivery
from tests.builders import Cast
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMAIL = "a.person.with.a.long.address@subsidiary.acme.example"


@pytest.fixture
def delivery(cast: Cast) -> Delivery:
    ann = Contact.objects.create(key="ann", name="Ann Lee", email=EMAIL, account=cast.acme)
    id = derived_id("browser")
    request_delivery(
        id, channel="email", to=ann, category="product_news", subject="What is new this month", text="Hello.",
        account=cast.acme, now=utc_now(),
    )  # fmt: skip
    Delivery.objects.update(state=State.REFUSED, note="Ann Lee declined messages about Product news. " * 3)
    return Delivery.objects.get()


def looks_well(page: Page) -> list[object]:
    wrong: list[object] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        wrong += [*complaints(page), *faint_texts(page)]
        wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
    page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


def test_a_person_chooses_without_signing_in(page: Page, delivery: Delivery) -> None:
    page.goto(links.unsubscribe_url(delivery.pk).removeprefix(links.base_url()))
    expect(page.get_by_role("heading", name="Unsubscribe?")).to_be_visible()
    assert looks_well(page) == []
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("status")).to_contain_text("You get nothing any more but what concerns your account")
    assert choices_of({EMAIL})[EMAIL] == {"*": False}
    assert looks_well(page) == []
    page.get_by_label("Surveys").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_label("Surveys")).to_be_checked()
    expect(page.get_by_label("Your account")).to_be_disabled()
    assert "*" not in choices_of({EMAIL})[EMAIL]


def test_a_manager_stops_all_sending_and_resumes_it_from_any_page(page: Page, cast: Cast, delivery: Delivery) -> None:
    sign_in(page, cast.mary)
    go(page, "/messages/")
    page.get_by_role("link", name="Stop all sending").click()
    page.get_by_role("dialog").get_by_label("Why").fill("A wrong link in the welcome mail")
    page.get_by_role("dialog").get_by_role("button", name="Stop all sending").click()
    banner = page.locator(".stopped")
    expect(banner).to_contain_text("Mary stopped it")
    expect(banner).to_contain_text("A wrong link in the welcome mail")
    assert looks_well(page) == []
    go(page, "/tasks/")
    banner.get_by_role("button", name="Resume sending").click()
    expect(page.locator(".stopped")).to_have_count(0)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".stopped")).to_be_visible()
    assert Stop.objects.filter(is_on=True).count() == 1


def test_a_refused_message_says_why_and_shows_the_mail_and_its_reader(
    page: Page, cast: Cast, delivery: Delivery
) -> None:
    sign_in(page, cast.alice)
    go(page, "/messages/?state=refused")
    page.get_by_role("link", name="What is new this month").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Ann Lee declined messages about Product news")
    expect(dialog.frame_locator("iframe").get_by_text("Hello.")).to_be_visible()
    assert complaints(page) == []
    dialog.get_by_role("link", name="Ann Lee").click()
    expect(dialog).to_contain_text("A message now")
    dialog.get_by_role("link", name="Write down what Ann Lee wants").click()
    dialog.get_by_label("Product news").uncheck()
    dialog.get_by_label("How do you know?").fill("She said so on the kickoff call")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What Ann Lee wants is written down.")).to_be_visible()
    assert choices_of({EMAIL})[EMAIL] == {"product_news": False}


@pytest.mark.parametrize("path", ["/messages/rules/", "/messages/suppressed/"])
def test_the_other_pages_fit_and_pass_the_audit(page: Page, cast: Cast, path: str) -> None:
    sign_in(page, cast.mary)
    go(page, path)
    assert looks_well(page) == []
