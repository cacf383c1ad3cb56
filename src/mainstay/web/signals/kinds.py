"""What kinds of signals are called on pages."""

from mainstay.signals import registry


def label_of(kind: str) -> str:
    """The label of a kind; a kind that is no longer declared is called by its key."""
    found = registry.kinds().get(kind)
    return found.label if found else kind.replace("_", " ").capitalize()


def labels() -> list[tuple[str, str]]:
    """Every declared kind and its label, by label."""
    return sorted(((key, found.label) for key, found in registry.kinds().items()), key=lambda pair: pair[1])
