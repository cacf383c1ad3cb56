"""The kinds of signals that come with Mainstay, each a YAML file in `definitions/`, found by itself."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from mainstay.signals.document import Document, read
from mainstay.signals.errors import BadDefinition

SHIPPED = Path(__file__).parent / "definitions"


@cache
def shipped() -> Mapping[str, Document]:
    """Every shipped kind by its key, in the order of their files."""
    return load(SHIPPED)


def load(folder: Path) -> Mapping[str, Document]:
    """The kinds of a folder. Raises BadDefinition."""
    found: dict[str, Document] = {}
    for path in sorted(folder.glob("*.yaml")):
        document = read(path.read_text(encoding="utf-8"), origin=path.name)
        if document.key in found:
            raise BadDefinition(f"{path.name}: the key '{document.key}' is taken by another file; choose another one.")
        found[document.key] = document
    return MappingProxyType(found)
