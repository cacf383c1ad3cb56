"""What things are called that documents name by key. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from mainstay.playbooks.phrases import in_words


class Later(Mapping[str, str]):
    """Names by key that are read when the first is asked for."""

    def __init__(self, read: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._read = read

    @cached_property
    def _found(self) -> Mapping[str, str]:
        return dict(self._read())

    def __getitem__(self, key: str) -> str:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Names:
    """Names by key, of each kind of thing (people by e-mail). What is not known is called by its key."""

    signals: Mapping[str, str] = _NONE
    segments: Mapping[str, str] = _NONE
    playbooks: Mapping[str, str] = _NONE
    people: Mapping[str, str] = _NONE
    targets: Mapping[str, str] = _NONE
    categories: Mapping[str, str] = _NONE
    metrics: Mapping[str, str] = _NONE
    links: Mapping[str, str] = _NONE

    def signal(self, key: str) -> str:
        """Of a kind of signal."""
        return self.signals.get(key, key)

    def segment(self, key: str) -> str:
        """Of a shared segment."""
        return self.segments.get(key, key)

    def playbook(self, key: str) -> str:
        """Of a playbook."""
        return self.playbooks.get(key, key)

    def person(self, email: str) -> str:
        """Of a user."""
        return self.people.get(email, email)

    def target(self, key: str) -> str:
        """Of a target."""
        return self.targets.get(key, key)

    def category(self, key: str) -> str:
        """Of a category of messages."""
        return self.categories.get(key, key)

    def metric(self, key: str) -> str:
        """Of a metric; in words where nobody knows it any more."""
        return self.metrics.get(key) or in_words(key)


NO_NAMES = Names()
"""Everything is called by its key."""
