"""Who a message is from. A user writes from her own address only where its domain is one we may send from."""

from email.utils import formataddr, parseaddr
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from mainstay.deliveries.policy import Policy
from mainstay.deliveries.reply_addresses import reply_address
from mainstay.people.models import User


@lru_cache(maxsize=1_000)
def domain_of(address: str) -> str:
    """`example.com` of `Maya <maya@example.com>`; empty where there is none."""
    return parseaddr(address)[1].rpartition("@")[2].lower()


def allowed_domains(policy: Policy) -> tuple[str, ...]:
    """The domains we may send from: those of the policy, else that of the installation's own address."""
    return policy.sending_domains or (domain_of(settings.DEFAULT_FROM_EMAIL),)


def from_header(sender: User | None, policy: Policy) -> str:
    """`Maya <maya@example.com>`: her own address, or her name before ours where her domain is none of ours."""
    if sender is None:
        return str(settings.DEFAULT_FROM_EMAIL)
    own = domain_of(sender.email) in allowed_domains(policy)
    return formataddr((str(sender), sender.email if own else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def sender_domain(sender: User | None, policy: Policy) -> str:
    """The domain a message of theirs is sent from."""
    return domain_of(from_header(sender, policy))


def reply_to(sender: User | None, policy: Policy, delivery: UUID) -> str:
    """Where answers go when that is not where the message is from; else empty.

    Where the installation takes answers, they go to its signed address too, beside the person who wrote.
    """
    signed = reply_address(delivery)
    if sender is None:
        return signed
    is_her_own = parseaddr(from_header(sender, policy))[1] == sender.email
    if is_her_own and not signed:
        return ""
    return ", ".join(part for part in (formataddr((str(sender), sender.email)), signed) if part)


def message_id(delivery: UUID) -> str:
    """The Message-ID of a delivery: the same at every attempt, so that a repeat and an answer can be told."""
    return f"<{delivery}@{domain_of(settings.DEFAULT_FROM_EMAIL) or 'localhost'}>"
