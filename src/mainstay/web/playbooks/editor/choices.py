"""What a field may refer to, by the name a hint gives it (`choices="segments"`): segments, playbooks, kinds of signals…

A new kind of thing to refer to is one more function here.
"""

from collections.abc import Callable, Iterable, Mapping

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.deliveries.models import Dialect
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.targets import present_targets
from mainstay.facts.models import EventType
from mainstay.people.models import User
from mainstay.playbooks.models import Playbook
from mainstay.segments.models import Segment
from mainstay.signals.selectors import labels

MOST = 500

type Choices = Iterable[tuple[str, str]]
"""Value and label."""


def choices_of(kind: str) -> list[tuple[str, str]]:
    """All there are, in order of their labels; none for a kind that nobody knows."""
    source = SOURCES.get(kind)
    return sorted(source(), key=lambda one: one[1].lower()) if source else []


def _same(values: Iterable[str]) -> Choices:
    return ((value, value) for value in values if value)


def _in_words(values: Iterable[str]) -> Choices:
    """`economic_buyer` is read as `Economic buyer`."""
    return ((value, value.replace("_", " ").capitalize()) for value in values if value)


def _playbooks() -> Choices:
    return Playbook.objects.filter(removed_at=None).values_list("key", "name")


def _segments() -> Choices:
    return Segment.objects.filter(is_shared=True).values_list("key", "name")


def _users() -> Choices:
    return User.objects.filter(is_active=True).values_list("email", "name")[:MOST]


def _stages() -> Choices:
    return _same(Account.objects.order_by().values_list("stage", flat=True).distinct()[:MOST])


def _events() -> Choices:
    return _same(EventType.objects.order_by("name").values_list("name", flat=True)[:MOST])


def _personas() -> Choices:
    return _in_words(Contact.objects.order_by().values_list("persona", flat=True).distinct()[:MOST])


def _buying_roles() -> Choices:
    return _in_words(ContactRole.objects.order_by().values_list("role", flat=True).distinct()[:MOST])


def _categories() -> Choices:
    return [(one.key, one.name) for one in policy_in_force().categories]


def _webhooks() -> Choices:
    return present_targets().filter(dialect=Dialect.STANDARD).values_list("key", "name")


def _chats() -> Choices:
    return present_targets().exclude(dialect=Dialect.STANDARD).values_list("key", "name")


def _changeable() -> Choices:
    return _same(["stage", "tier"])


SOURCES: Mapping[str, Callable[[], Choices]] = {
    "playbooks": _playbooks,
    "segments": _segments,
    "signal_kinds": lambda: labels().items(),
    "users": _users,
    "stages": _stages,
    "events": _events,
    "personas": _personas,
    "buying_roles": _buying_roles,
    "categories": _categories,
    "changeable": _changeable,
    "webhooks": _webhooks,
    "chats": _chats,
}
