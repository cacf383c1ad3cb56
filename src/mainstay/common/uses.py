"""Who names a thing of a lower room: that room knows none of those above, so each of them says how to ask it."""

import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """One thing that names another: `kind` in the words of the glossary (`scorecard`), its key, its name."""

    kind: str
    key: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'"


class Uses:
    """Of one kind of thing: the functions that know who names it. Each room says once, when it starts, which is its."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def register(self, who: str, path: str) -> None:
        """Let the function at the dotted `path` say which things of `who` name one by its key. A repeat replaces.

        It is named by its path because no model can be loaded yet when it is said.
        """
        self._paths[who] = path

    def of(self, key: str) -> tuple[Use, ...]:
        """Everything that names the thing of this key, by the order of the rooms."""
        return tuple(use for path in self._paths.values() for use in pkgutil.resolve_name(path)(key))
