"""Settings in a browser: every page fits and passes the audit; a key's secret is shown once."""

import pytest
from playwright.sync_api import Page, expect

from mainstay.deliveries.models import Delivery
from mainstay.ingest.models import DeadLetter
from mainstay.people.services import create_write_key
from mainstay.web.settings.sections import SECTIONS
from tests.builders import NOW, Cast
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = {
    "settings-keys": "keys",
    "settings-users": "users",
    "settings-targets": "targets",
    "settings-in-app": "in-app",
    "settings-letters": "dead-letters",
    "messages": "../messages",
    "settings-history": "history",
    "settings-config": "config",
    "settings-audit": "audit",
}


def test_every_page_fits_and_passes_the_audit_in_both_themes(page: Page, cast: Cast) -> None:
    create_write_key("the web application of the company")
    DeadLetter.objects.create(
        received_at=NOW, kind="track", code="no_event", reason="The call has no event.", body='{"userId": "u1"}' * 20
    )
    Delivery.objects.create(
        id="6d0f2f5e-3c0a-4b51-9d0e-1b6f0a7c1f42",
        channel="email",
        recipient="somebody.with.a.long.name@orchard.example",
        subject="Acme turned red",
        text="x",
        state="failed",
        created_at=NOW,
    )
    assert set(PATHS) == {section.name for section in SECTIONS}
    sign_in(page, cast.ada)
    found = {}
    for path in ("", *(f"{part}/" for part in PATHS.values()), "kit/"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": 1440, "height": 900})
            go(page, f"/settings/{path}")
            wrong = [*complaints(page), *faint_texts(page)]
            wrong += [f"does not fit {width}" for width, fits in fits_at_every_width(page).items() if not fits]
            wrong += page.evaluate(_OUTSIDE)
            if wrong:
                found[path, theme] = wrong
    assert found == {}


# What stands outside of its card at the narrowest width, which the width of the page alone does not tell.
_OUTSIDE = """() => [...document.querySelectorAll(".card")].flatMap((card) => {
  const edge = card.getBoundingClientRect().right;
  return [...card.querySelectorAll("td, th, .btn, input, p, dd, code")]
    .filter((e) => e.checkVisibility() && !e.closest(".scroll, .vh") && e.getBoundingClientRect().right > edge + 1)
    .map((e) => `outside of its card: ${e.outerHTML.slice(0, 90)}`);
})"""


def test_a_write_key_is_made_in_the_dialog_and_its_secret_copied(page: Page, cast: Cast) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, cast.ada)
    go(page, "/settings/keys/")
    page.get_by_role("link", name="Write key", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("web app")
    dialog.get_by_role("button", name="Make key").click()
    expect(dialog).to_contain_text("It is shown once")
    secret = dialog.locator("#secret").inner_text()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.locator(".copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert complaints(page) == []
    dialog.get_by_role("link", name="I have copied it").click()
    expect(page.locator("main")).to_contain_text("web app")


def test_the_sign_in_form_leads_in_and_out(page: Page, cast: Cast) -> None:
    page.goto("/accounts/")
    assert complaints(page) == []
    page.get_by_label("E-mail").fill("alice@orchard.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Portfolio")).to_be_visible()
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
