"""YAML that people wrote, with the place of everything in it, so that an error can say where."""

from dataclasses import dataclass
from typing import Any

import yaml

from mainstay.common.errors import Invalid

# The one in C is ten times as quick; a PyYAML that was built without it has only the other.
_Quick: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

type Path = tuple[int | str, ...]


class NotYaml(Invalid):
    """The text is not YAML."""

    code = "not_yaml"


@dataclass(frozen=True)
class YamlText:
    """What a text says, and where: lines and columns from 1."""

    content: Any
    places: dict[Path, tuple[int, int]]

    def place(self, path: Path) -> tuple[int, int]:
        """Where the thing at `path` stands; of something that is not there, where it would belong."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def read(text: str, *, origin: str) -> YamlText:
    """Read one YAML document; `origin` names it in errors. Raises NotYaml."""
    try:
        return _read(text, _Quick)
    except yaml.YAMLError:
        try:  # the other one knows better where a mistake is
            return _read(text, yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise NotYaml(f"{origin}{_where(error)} is not YAML: {_said(error)}. Check quotes and indents.") from error


def _read(text: str, loader: type[yaml.SafeLoader]) -> YamlText:
    reading = loader(text)
    node = reading.get_single_node()
    if node is None:
        return YamlText(None, {})
    places: dict[Path, tuple[int, int]] = {}
    _walk(node, (), places, node.start_mark)
    return YamlText(reading.construct_document(node), places)


def _walk(node: yaml.Node, path: Path, places: dict[Path, tuple[int, int]], mark: Any) -> None:
    """The place of a value is that of its key, where it has one: that is what the reader looks for."""
    places[path] = (mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _walk(value, (*path, str(key.value)), places, key.start_mark)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), places, value.start_mark)


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}, column {mark.column + 1}," if mark is not None else ""


def _said(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or " ".join(str(error).split()))
