"""What every shipped playbook promises, and that its reference is kept."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mainstay.config.cli.playbooks import labels, playbooks
from mainstay.playbooks import reference
from mainstay.playbooks.entries import OnSignal
from mainstay.playbooks.publishing import RUN_AT_ONCE, shipped
from mainstay.playbooks.reading import read
from mainstay.playbooks.services import GALLERY
from mainstay.signals import registry
from tests.harness import ROOT

PATHS = sorted(GALLERY.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_a_shipped_playbook_says_what_it_is_and_what_it_expects(path: Path) -> None:
    shipped = read(path.read_text(), origin=path.name)
    if isinstance(shipped.entry, OnSignal):
        assert shipped.entry.kind in registry.shipped()
    assert shipped.key == path.stem
    assert shipped.description
    assert shipped.purpose
    assert shipped.expects


def test_the_reference_of_the_gallery_is_what_the_playbooks_say() -> None:
    """When it is not: `mainstay playbooks docs`."""
    page = reference.page(shipped(), labels=labels(), at_once=RUN_AT_ONCE)
    assert (ROOT / "docs" / "reference" / "gallery.md").read_text() == page
    assert all(f"### {document.name}\n" in page for document in shipped().values())


@pytest.mark.django_db
def test_every_mail_is_written_as_it_would_look(tmp_path: Path) -> None:
    said = CliRunner().invoke(playbooks, ["mails", str(tmp_path)])
    assert said.exit_code == 0, said.output
    pages = {path.stem: path.read_text() for path in tmp_path.glob("*.html")}
    assert f"Wrote {len(pages)} mails" in said.output
    assert "42 of your 50 seats are in use" in pages["seat_limit_self_service-approaching"]
    assert len(list(tmp_path.glob("*.txt"))) == len(pages) > 30
