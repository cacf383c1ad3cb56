"""What kinds of signals are called on pages."""

from collections.abc import Mapping

from mainstay.signals.selectors import Declared


def label_of(kind: str, labels: Mapping[str, str]) -> str:
    """The label of a kind, of `selectors.labels()`; a kind that is no longer declared is called by its key."""
    return labels.get(kind) or kind.replace("_", " ").capitalize()


def names_of(kinds: Mapping[str, Declared]) -> dict[str, str]:
    """The label of each kind."""
    return {key: one.document.label for key, one in kinds.items()}


def severities_of(kinds: Mapping[str, Declared]) -> dict[str, str]:
    """The severity of each kind."""
    return {key: one.document.severity for key, one in kinds.items()}
