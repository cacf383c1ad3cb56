"""What every shipped playbook promises."""

from pathlib import Path

import pytest

from mainstay.playbooks.document import load_document
from mainstay.playbooks.services import GALLERY
from mainstay.signals import registry

PATHS = sorted(GALLERY.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_a_shipped_playbook_starts_on_a_signal_that_exists(path: Path) -> None:
    shipped = load_document(path.read_text(), name=path.name)
    assert shipped.starts_on.signal in registry.shipped()
    assert shipped.key == path.stem
    assert shipped.description
