"""What every shipped playbook promises."""

from pathlib import Path

import pytest

from mainstay.playbooks.entries import OnSignal
from mainstay.playbooks.reading import read
from mainstay.playbooks.services import GALLERY
from mainstay.signals import registry

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
