"""Who uses a metric. What is used cannot be removed, and its page says by whom.

The rooms that name metrics (scorecards, segments, signals…) are above this one, which knows none of them. Each says
once, when Django starts, which of its functions answers (`register`, in `ready()` of its `apps.py`):

    uses.register("scorecards", "mainstay.scores.uses.uses_of_metric")

The function takes the key of a metric and gives a `Use` for each of its things that names it. It is named by its path
because no model can be loaded yet at that time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.module_loading import import_string

Finder = Callable[[str], Iterable["Use"]]


@dataclass(frozen=True)
class Use:
    """One thing that names a metric: `kind` in the words of the glossary (`scorecard`), its key, its name."""

    kind: str
    key: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'"


_finders: dict[str, str] = {}


def register(who: str, path: str) -> None:
    """Let the function at the dotted `path` say which things of `who` use a metric. A repeat replaces."""
    _finders[who] = path


def of(metric: str) -> tuple[Use, ...]:
    """Everything that names the metric of this key, by the order of the rooms."""
    found: list[Use] = []
    for path in _finders.values():
        finder: Finder = import_string(path)
        found += finder(metric)
    return tuple(found)
