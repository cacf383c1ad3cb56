"""Every mail of a playbook to customers, filled in with sample values: to be looked at, in the look of this company."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mainstay.deliveries.composing import as_seen
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policy import Policy
from mainstay.playbooks import figures
from mainstay.playbooks.context import SAMPLE, UNKNOWN, CompanyFacts, Context, Figure
from mainstay.playbooks.document import Document
from mainstay.playbooks.steps.email import EmailParams
from mainstay.playbooks.templates import render, render_letter
from mainstay.playbooks.tree import Action

_VALUES = {
    "api_call_use": 88, "data_use": 93, "days_to_renewal": 90, "events_28d": 214, "events_trend": 12,
    "feature_coverage": 38, "first_value_reached": 1, "lost_users": 3, "monthly_active_users": 14, "new_users": 1,
    "onboarding_progress": 60, "overdue_amount": 1_200, "overdue_days": 16, "resolution_time": 5.5, "seat_use": 84,
    "seats": 50, "seats_used": 42, "stickiness": 41, "top_user_share": 64, "weekly_active_users": 9,
    "weekly_active_users_change": 25, "workflow_completion": 72,
}  # fmt: skip


@dataclass(frozen=True)
class Specimen:
    """A mail as its reader would see it."""

    playbook: str
    step: str
    subject: str
    text: str
    html: str


class _Values(dict[str, Figure]):
    """Sample values of metrics, each times a factor; any other is unknown."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def __missing__(self, key: str) -> Figure:
        return figures.usual(key, _VALUES[key] * self._factor) if key in _VALUES else UNKNOWN


def specimens(document: Document, policy: Policy) -> Iterator[Specimen]:
    """Its mails to contacts, in the order of its steps."""
    context = sample(document, policy)
    for step in document.all_steps:
        params = step.typed_params if isinstance(step, Action) else None
        if not isinstance(params, EmailParams) or params.to not in ("contact", "contacts"):
            continue
        letter, subject = render_letter(params.text, context), render(params.subject, context)
        # Of nobody: it is never saved, and only what is for contacts has a foot.
        mail = Delivery(contact_id=0, category=params.category, subject=subject, text=letter.text, html=letter.html)
        yield Specimen(document.key, step.id, subject, letter.text, as_seen(mail, policy))


def sample(document: Document, policy: Policy) -> Context:
    """The sample with believable figures; links that are not set yet lead to example.com."""
    links = {name: policy.links.get(name, f"https://example.com/{name}") for name in document.asks.links}
    company = CompanyFacts(policy.company, is_named=True) if policy.company else CompanyFacts()
    return replace(SAMPLE, company=company, metrics=_Values(1), peers=_Values(0.8), links=links)
