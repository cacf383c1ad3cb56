"""Which playbooks name a metric or a segment, or send to a target."""

from collections.abc import Iterator

from mainstay.common.errors import MainstayError
from mainstay.conditions import ConditionError
from mainstay.conditions.words import IN_SEGMENT
from mainstay.metrics.uses import Use
from mainstay.playbooks.entries import OnSegment
from mainstay.playbooks.selectors import document_of, newest_versions
from mainstay.playbooks.tree import Action
from mainstay.segments.selectors import condition, names_segment


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The playbooks a condition or a text of which names this metric."""
    for version in newest_versions():
        try:
            document = document_of(version)
        except MainstayError:
            continue
        is_told = metric in document.asks.metrics | document.asks.peers
        if is_told or any(_names(text, metric) for _, text in document.conditions()):
            yield Use("playbook", document.key, document.name)


def uses_of_segment(key: str) -> Iterator[Use]:
    """The playbooks that accounts of this segment enter, or a condition of which names it."""
    for version in newest_versions():
        try:
            document = document_of(version)
        except MainstayError:
            continue
        is_entry = isinstance(document.entry, OnSegment) and document.entry.segment == key
        texts = [document.audience.condition, *(text for _, text in document.conditions())]
        if is_entry or any(names_segment(text, key) for text in texts):
            yield Use("playbook", document.key, document.name)


def playbooks_to_target(key: str) -> Iterator[Use]:
    """The playbooks a step of which sends to this target."""
    for version in newest_versions():
        try:
            document = document_of(version)
        except MainstayError:
            continue
        actions = (step for step in document.all_steps if isinstance(step, Action))
        if any(getattr(step.typed_params, name) == key for step in actions for name in step.typed_params.targets):
            yield Use("playbook", document.key, document.name)


def _names(text: str, metric: str) -> bool:
    said = text.casefold()
    if metric not in said and IN_SEGMENT not in said:
        return False  # parsing a hundred conditions for each of a hundred metrics took the page of metrics a second
    try:
        return metric in condition(text).fields
    except ConditionError:
        return False
