"""Which playbooks name a metric."""

from collections.abc import Iterator

from mainstay.conditions import ConditionError
from mainstay.metrics.uses import Use
from mainstay.playbooks.document import parse_document
from mainstay.playbooks.selectors import current_versions
from mainstay.segments.selectors import condition


def uses_of_metric(metric: str) -> Iterator[Use]:
    """The active playbooks whose trigger has a condition that names this metric."""
    for version in current_versions():
        document = parse_document(version.document, name=version.playbook.key)
        try:
            is_named = bool(document.starts_on.where) and metric in condition(document.starts_on.where).fields
        except ConditionError:
            continue
        if is_named:
            yield Use("playbook", document.key, document.name)
