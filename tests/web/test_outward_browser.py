"""Other systems and hand-overs in a browser: a target is added, tested and switched off; an opportunity is decided."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.ids import derived_id
from mainstay.common.money import Money
from mainstay.common.time import utc_now
from mainstay.connectors.registry import channels
from mainstay.deliveries import services, targets
from mainstay.deliveries.models import Dialect, Target
from mainstay.opportunities import services as opportunities
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import Kind
from tests.builders import Cast
from tests.connectors.http_server import Reply, Server, serving
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


def looks_well(page: Page) -> list[object]:
    wrong: list[object] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        wrong += [*complaints(page), *faint_texts(page)]
        wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
    page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


def test_a_target_is_added_tested_and_switched_off(page: Page, cast: Cast, receiver: Server) -> None:
    sign_in(page, cast.ada)
    go(page, "/settings/targets/")
    page.get_by_role("link", name="Target", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("CRM")
    dialog.get_by_label("URL").fill("ftp://crm.example/")
    dialog.get_by_role("button", name="Add target").click()
    expect(dialog.get_by_text("The address must be like https://host/path.")).to_be_visible()
    dialog.get_by_label("URL").fill(f"http://127.0.0.1:{receiver.server_port}/hidden-path")
    dialog.get_by_role("button", name="Add target").click()
    expect(dialog.locator("#secret")).to_contain_text("whsec_")
    assert dialog.locator("#secret").text_content() == Target.objects.get().secret
    dialog.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("heading", name="CRM")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(dialog.get_by_role("status")).to_contain_text("Taken with status 200")
    assert len(receiver.taken) == 1
    dialog.get_by_role("link", name="Done").click()
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("“CRM” is off")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("“CRM” is on again")
    assert Target.objects.get().is_active


def test_the_page_of_a_target_in_trouble_looks_well(page: Page, cast: Cast, receiver: Server) -> None:
    receiver.replies = [Reply(503, {"Retry-After": "3600"}, text="a.long.answer." * 30)]
    now, url = utc_now(), f"http://127.0.0.1:{receiver.server_port}/"
    made, _ = targets.add_target("The system of a long name", url, dialect=Dialect.STANDARD, by=cast.ada, now=now)
    services.request_delivery(
        derived_id("browser"), channel="webhook", to=made, subject="account.at_risk", text="{}", account=cast.acme,
        now=now,
    )  # fmt: skip
    services.send_due(now, channels=channels())
    sign_in(page, cast.ada)
    go(page, f"/settings/targets/{made.key}/")
    expect(page.get_by_text("The last attempt failed.")).to_be_visible()
    assert looks_well(page) == []


def test_an_opportunity_is_decided_and_the_decision_taken_back(page: Page, cast: Cast) -> None:
    opportunities.create_opportunity(
        account=cast.acme, kind=Kind.HANDOVER, title="Twenty more seats for the warehouse team", why="They asked.",
        owner=cast.alice, amount=Money(1_250_000_00, "EUR"), by=cast.alice, now=utc_now(),
    )  # fmt: skip
    sign_in(page, cast.alice)
    go(page, "/opportunities/")
    assert looks_well(page) == []
    page.get_by_role("link", name="Twenty more seats").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How it was decided").fill("Sales takes over")
    dialog.get_by_role("button", name="Accepted").click()
    expect(page.get_by_role("status")).to_contain_text("is accepted")
    assert (Opportunity.objects.get().state, Opportunity.objects.get().note) == ("accepted", "Sales takes over")
    expect(page.get_by_text("Nothing is open")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Twenty more seats")).to_be_visible()
    go(page, f"/accounts/{cast.acme.key}/")
    expect(page.get_by_role("link", name="Twenty more seats")).to_be_visible()
