"""Static files with their version in the address: `mainstay.css?v=1f2e3d4c`.

Browsers may keep a file for long and still get a new one the moment it changes, without a step that collects files.
"""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedStorage(StaticFilesStorage):
    """Serves what the finders find."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, str] = {}

    def url(self, name: str | None) -> str:
        """The address of a file of this or another package. Remembered: a page asks for it a hundred times."""
        if not name:
            return super().url(name)
        if settings.DEBUG or name not in self._known:
            self._known[name] = self._versioned(name)
        return self._known[name]

    def _versioned(self, name: str) -> str:
        plain = super().url(name)
        path = finders.find(name)
        if not isinstance(path, str):
            return plain
        return f"{plain}?v={hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]}"
