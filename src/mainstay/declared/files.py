"""Directories of declared things: a folder a kind, a YAML file a thing. Comments survive what is written over them."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from mainstay.common import yaml_text
from mainstay.common.errors import MainstayError
from mainstay.declared.errors import BadFile
from mainstay.declared.kind import Kind, key_of

SCHEMAS = "schemas"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NAMES = ("key", "id", "metric", "field", "name")


@dataclass(frozen=True)
class Declared:
    """One file: where it is below the directory, and what it declares."""

    path: str
    kind: Kind
    document: BaseModel

    @property
    def identity(self) -> tuple[str, str]:
        """The name of its kind and its key."""
        return (self.kind.name, key_of(self.document))


def texts_of(directory: Path, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """The YAML files of the folders of all kinds, by their path below the directory. Raises BadFile."""
    if not directory.is_dir():
        raise BadFile(f"There is no directory {directory}. `mainstay config export {directory}` makes one.")
    found = {}
    for name in kinds:
        for path in _files_of(directory / name):
            try:
                found[path.relative_to(directory).as_posix()] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise BadFile(f"{path}: this is no UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    return found


def parse(texts: Mapping[str, str], kinds: Mapping[str, Kind]) -> list[Declared]:
    """What the files declare. Raises BadFile with every problem of every file, not only the first."""
    found: list[Declared] = []
    problems: list[str] = []
    with ExitStack() as supposed:
        for folder in [*kinds, *sorted({_folder(path) for path in texts} - kinds.keys())]:
            own: list[Declared] = []
            for path in (path for path in texts if _folder(path) == folder):
                try:
                    own.append(_parse(path, texts[path], kinds))
                except MainstayError as error:
                    problems.append(error.message)
            if own:
                supposed.enter_context(kinds[folder].supposing([one.document for one in own]))
            found += own
    problems += _told_twice(found)
    if problems:
        more = f"{len(problems)} files cannot be taken. " if len(problems) > 1 else ""
        raise BadFile(more + " ".join(problems), details={"problems": problems})
    return found


def _told_twice(found: Iterable[Declared]) -> Iterator[str]:
    by_identity: dict[tuple[str, str], str] = {}
    for one in found:
        other = by_identity.setdefault(one.identity, one.path)
        if other != one.path:
            yield f"{one.path}: the key '{one.identity[1]}' stands in {other} too; each stands once."


def _folder(path: str) -> str:
    return path.partition("/")[0]


def _parse(path: str, text: str, kinds: Mapping[str, Kind]) -> Declared:
    kind = kinds.get(_folder(path))
    if kind is None:
        raise BadFile(f"{path}: there is no folder '{_folder(path)}'; use {', '.join(kinds)}.")
    yaml_text.read(text, origin=path)  # says where a mistake is
    try:
        content = YAML(typ="safe").load(text)
    except (YAMLError, *yaml_text.MISREAD) as error:
        raise BadFile(f"{path} is not YAML: {' '.join(str(error).split())}. Check quotes and indents.") from error
    document = kind.check(content, path)
    if Path(path).stem != key_of(document):
        raise BadFile(f"{path} declares the key '{key_of(document)}'; call the file {key_of(document)}.yaml.")
    return Declared(path, kind, document)


def written(kind: Kind, document: BaseModel, *, over: str = "") -> str:
    """The YAML of a document. `over`: what the file says now; its comments, order and quotes stay where they can."""
    content = kind.content(document)
    yaml = _round_trip()
    present = yaml.load(over) if over.strip() else None
    if not isinstance(present, CommentedMap):
        return f"# yaml-language-server: $schema=../{SCHEMAS}/{kind.name}.json\n{_dumped(content)}"
    if YAML(typ="safe").load(over) == content:
        return over
    _update(present, content)
    return _dumped(present)


def write(directory: Path, kind: Kind, documents: Mapping[str, BaseModel]) -> Iterator[tuple[str, str]]:
    """Make the folder of a kind hold these documents; yields what was done (wrote, removed) to which path."""
    folder = directory / kind.name
    folder.mkdir(parents=True, exist_ok=True)
    present = {path.stem: path for path in _files_of(folder)}
    for key, document in documents.items():
        if not _KEY.fullmatch(key):
            raise BadFile(f"The {kind.label.lower()} '{key}' has a key that is no file name.")
        path = present.get(key, folder / f"{key}.yaml")
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        text = written(kind, document, over=before)
        if text != before:
            path.write_text(text, encoding="utf-8")
            yield "wrote", path.relative_to(directory).as_posix()
    for path in _files_of(folder):
        if path.stem not in documents:
            path.unlink()
            yield "removed", path.relative_to(directory).as_posix()


def _files_of(folder: Path) -> list[Path]:
    """Its YAML files, whichever way their names end."""
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _update(present: CommentedMap, content: Mapping[str, Any]) -> None:
    """Make `present` say what `content` says, touching only what differs."""
    for name in [name for name in present if name not in content]:
        del present[name]
    for name, value in content.items():
        before = present.get(name)
        if isinstance(before, CommentedMap) and isinstance(value, Mapping):
            _update(before, value)
        elif isinstance(before, CommentedSeq) and isinstance(value, list):
            _update_items(before, value)
        elif before != value:
            present[name] = value


def _update_items(present: CommentedSeq, content: list[Any]) -> None:
    if list(present) == content:
        return
    kept = {_name(item): item for item in present if _name(item) is not None}
    items = []
    for value in content:
        before = kept.get(_name(value))
        if isinstance(before, CommentedMap) and isinstance(value, Mapping):
            _update(before, value)
            items.append(before)
        else:
            items.append(value)
    present[:] = items


def _name(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((f"{name} {item[name]}" for name in _NAMES if item.get(name) is not None), None)


def _round_trip() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(content: Any) -> str:
    text = io.StringIO()
    _round_trip().dump(content, text)
    return text.getvalue()
