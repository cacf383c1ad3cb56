"""A CSM tries a playbook in a browser: the page waits, then tells by itself, and can be read by everybody."""

import pytest
from playwright.sync_api import Page, expect

from mainstay.accounts.models import Contact
from mainstay.common.time import utc_now
from mainstay.playbooks import trials
from mainstay.playbooks.models import Run, Trial
from tests import builders
from tests.builders import Cast
from tests.playbooks.plays import play, publish, signal, task, wait
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAIL = {
    "id": "hello",
    "type": "email",
    "with": {"to": "contact", "category": "success", "subject": "Hello {{ contact.name }}", "text": "Hello"},
}


@pytest.fixture
def set_up(server: str) -> Cast:
    """A playbook that one contact of one account would enter."""
    cast = builders.cast()
    publish(play(MAIL, wait(), task(), subject={"contacts": {}}), now=utc_now())
    Contact.objects.create(key="carol", account=cast.acme, name="Carol", email="carol@acme.example")
    signal(cast.acme)
    return cast


def test_a_dry_run_is_asked_for_and_told_and_nothing_begins(page: Page, set_up: Cast) -> None:
    sign_in(page, set_up.alice)
    go(page, "/playbooks/play/")
    expect(page.locator("#helps")).to_contain_text("Nobody is held out")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    trials.carry_out(Trial.objects.get().pk, now=utc_now())
    expect(page.get_by_role("heading", name="Day by day")).to_be_visible()
    expect(page.get_by_role("cell", name="Hello Carol")).to_be_visible()
    page.get_by_text("Show as table").click()
    assert not Run.objects.exists()
    assert complaints(page) == []
    assert faint_texts(page) == []
    assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}
