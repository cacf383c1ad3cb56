"""What names a segment in its condition: other segments, kinds of signals, playbooks."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from mainstay.common.errors import MainstayError
from mainstay.playbooks.entries import OnSegment
from mainstay.playbooks.selectors import document_of, newest_versions
from mainstay.segments.selectors import names_segment, naming
from mainstay.signals.selectors import declared


@dataclass(frozen=True)
class Use:
    """A thing that names the segment; `url` is empty where it has no page."""

    kind: str
    name: str
    url: str = ""


def uses_of(key: str) -> list[Use]:
    """Everything that names the segment of this key."""
    return [*_segments(key), *_signals(key), *_playbooks(key)]


def _segments(key: str) -> Iterator[Use]:
    for segment in naming(key):
        yield Use("Segment", segment.name, reverse("segment", args=[segment.key]))


def _signals(key: str) -> Iterator[Use]:
    for found in declared().values():
        conditions = [found.kind.opens, found.kind.closes] if found.kind else []
        if any(condition is not None and key in condition.segments for condition in conditions):
            yield Use("Signal", found.document.label, reverse("signal-kind", args=[found.document.key]))


def _playbooks(key: str) -> Iterator[Use]:
    for version in newest_versions():
        try:
            document = document_of(version)
        except MainstayError:
            continue
        is_entry = isinstance(document.entry, OnSegment) and document.entry.segment == key
        texts = [document.audience.condition, *(text for _, text in document.conditions())]
        if is_entry or any(names_segment(text, key) for text in texts):
            yield Use("Playbook", document.name)
