"""Where the files of the lake lie. A small interface, so that object storage can follow the local directory."""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

_TEMPORARY = ".part"


@dataclass(frozen=True)
class StoredFile:
    """A file that exists, whether a catalogue knows it or not. `modified_at` is in UTC."""

    name: str
    modified_at: datetime


class Storage(Protocol):
    """Names are relative, with slashes. A file is never changed once it has its name."""

    def location(self, name: str) -> Path:
        """What an engine is told to read."""

    def create(self, name: str) -> AbstractContextManager[Path]:
        """Write to the path it gives; the file gets its name, complete, when the block ends without an error."""

    def settle(self, names: Iterable[str]) -> None:
        """Make sure that these files survive a power cut. Called once before a commit."""

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""

    def stored(self) -> Iterator[StoredFile]:
        """Every file, half-written ones included."""


class LocalStorage:
    """A directory of this machine, or one that several machines mount."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def location(self, name: str) -> Path:
        return self.root / name

    @contextmanager
    def create(self, name: str) -> Iterator[Path]:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + _TEMPORARY)
        try:
            yield temporary
            _sync(temporary)
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def settle(self, names: Iterable[str]) -> None:
        folders: set[Path] = set()
        for name in names:
            # A new folder is only safe when its parent is, up to the root.
            for folder in (self.root / name).parents:
                folders.add(folder)
                if folder == self.root:
                    break
        for folder in sorted(folders, reverse=True):
            _sync(folder)

    def delete(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def stored(self) -> Iterator[StoredFile]:
        for folder, _, files in os.walk(self.root):
            for file in files:
                path = Path(folder, file)
                try:
                    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                except FileNotFoundError:
                    continue
                yield StoredFile(path.relative_to(self.root).as_posix(), modified)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
