"""Importing in a browser, from the upload to the file of failures."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mainstay.common.time import utc_now
from mainstay.ingest.files import services
from mainstay.ingest.models import FileImport
from mainstay.interactions.models import Ticket
from tests.builders import Cast
from tests.web.audit import complaints, faint_texts
from tests.web.conftest import fits_at_every_width, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = "ticket id,account,opened,subject,note\n" + "".join(
    f"{number},{'acme' if number % 5 else 'hooli'},0{number % 9 + 1}/04/21,Ticket {number} of a customer,x\n"
    for number in range(1, 30)
)


def looks_right(page: Page) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert fits_at_every_width(page) == {390: True, 768: True, 1440: True}
        assert complaints(page) == []
        assert faint_texts(page) == []


def test_a_file_is_uploaded_questioned_previewed_and_imported(page: Page, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(ROWS)
    sign_in(page, cast.mary)
    go(page, "/import/")
    looks_right(page)
    page.get_by_label("What its rows are").select_option("tickets")
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "tickets.csv")
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("heading", name="Which column is what")).to_be_visible()
    expect(page.get_by_text("can be 2 April 2021 or 4 February 2021")).to_be_visible()
    looks_right(page)
    page.get_by_label("How the dates of opened are written").select_option("day first")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_role("cell", name="02 Apr 2021")).to_have_count(3)
    expect(page.get_by_text("no account has the key 'hooli'").first).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    looks_right(page)
    made = FileImport.objects.get()
    services.run(made.pk, now=utc_now())
    # Nobody reloads: the page asks for itself.
    expect(page.get_by_role("heading", name="Rows that failed")).to_be_visible()
    looks_right(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    assert download.value.suggested_filename == "tickets-failed.csv"
    assert Ticket.objects.count() == 24

    go(page, "/import/")
    expect(page.get_by_role("link", name="tickets.csv")).to_be_visible()
    looks_right(page)
