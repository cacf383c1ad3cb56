"""YAML that people wrote, with the place of everything in it, so that an error can say where."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from mainstay.common.errors import Invalid

# The one in C is ten times as quick; a PyYAML that was built without it has only the other.
_Quick: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Beside its own errors the library lets through those of Python that values like 2026-13-45 come to.
MISREAD = (yaml.YAMLError, ValueError, OverflowError, AttributeError, LookupError, TypeError, RecursionError)
# Neither letters nor characters: databases refuse them, and so does UTF-8.
_NO_LETTERS = re.compile("[\0\ud800-\udfff]")
# Aliases of aliases say a billion things in ten lines.
_MOST = 100_000

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
    except MISREAD:
        try:  # the other one knows better where a mistake is
            return _read(text, yaml.SafeLoader)
        except MISREAD as error:
            raise NotYaml(f"{origin}{_where(error)} is not YAML: {_said(error)}. Check quotes and indents.") from error


def load(text: str, *, origin: str) -> Any:
    """What `read` finds the text to say."""
    return read(text, origin=origin).content


def _read(text: str, loader: type[yaml.SafeLoader]) -> YamlText:
    reading = loader(text)
    node = reading.get_single_node()
    if node is None:
        return YamlText(None, {})
    places: dict[Path, tuple[int, int]] = {}
    _walk(reading, node, (), places, node.start_mark)
    return YamlText(reading.construct_document(node), places)


def _walk(
    reading: yaml.SafeLoader, node: yaml.Node, path: Path, places: dict[Path, tuple[int, int]], mark: Any
) -> None:
    """The place of a value is that of its key, where it has one: that is what the reader looks for."""
    if len(places) == _MOST:
        raise yaml.MarkedYAMLError(problem=f"it says more than {_MOST:,} things", problem_mark=mark)
    places[path] = (mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _check_letters(key)
            _walk(reading, value, (*path, str(key.value)), places, key.start_mark)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(reading, value, (*path, index), places, value.start_mark)
    else:
        _check_letters(node)
        _check_value(reading, node)


def _check_letters(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and _NO_LETTERS.search(node.value):
        raise yaml.MarkedYAMLError(problem="it holds a letter that no text has", problem_mark=node.start_mark)


def _check_value(reading: yaml.SafeLoader, node: yaml.Node) -> None:
    """It is made here, where its place is known, and used when all is made."""
    try:
        reading.construct_object(node)
    except yaml.YAMLError:
        raise
    except MISREAD as error:
        kind = node.tag.rpartition(":")[2]
        problem = f"'{node.value[:60]}' is no {kind}"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from error


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}, column {mark.column + 1}," if mark is not None else ""


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it goes too deep"
    return str(getattr(error, "problem", None) or " ".join(str(error).split()))
