"""The policy in force: which it is, and how it changes."""

from datetime import datetime

from mainstay.deliveries.models import StoredPolicy
from mainstay.deliveries.policy import SHIPPED, Policy, check
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

_ONLY = 1


def policy_in_force() -> Policy:
    """What holds now: what was saved, else what Mainstay comes with."""
    stored = StoredPolicy.objects.filter(pk=_ONLY).first()
    return SHIPPED if stored is None else document_of(stored)


def document_of(stored: StoredPolicy) -> Policy:
    """The checked document of what is stored."""
    return check(stored.document, origin="The policy of messages")


def save_policy(policy: Policy, *, by: User, now: datetime) -> None:
    """Put it in force: it holds for everything that has not left yet. Managers and above."""
    require_role(by, Role.MANAGER)
    document = policy.model_dump(mode="json")
    StoredPolicy.objects.update_or_create(pk=_ONLY, defaults={"document": document, "saved_at": now})
    record_audit(by, "deliveries.policy_saved", "messages:policy", **document)


def remove_policy(*, by: User) -> None:
    """Go back to what Mainstay comes with. Managers and above."""
    require_role(by, Role.MANAGER)
    if StoredPolicy.objects.filter(pk=_ONLY).delete()[0]:
        record_audit(by, "deliveries.policy_removed", "messages:policy")
