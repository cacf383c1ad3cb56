"""One message: its attempts, what it looks like, a test to oneself, sending it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.deliveries.composing import as_seen
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.drafts import send_test_of
from mainstay.deliveries.inapp.taking_down import is_up
from mainstay.deliveries.models import Attempt, Delivery, Receipt, State
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.services import send_again
from mainstay.people.models import Role, User
from mainstay.playbooks.reasons import run_behind
from mainstay.web.because import Because, because_of
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.messages.listing import mark_of, reason_of, seen_by

STUCK = (State.FAILED, State.UNSURE, State.REFUSED)
# A mail is somebody else's HTML: no script, nothing from anywhere, styles as mail programs take them.
OF_A_MAIL: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "https:"],
    "frame-ancestors": [CSP.SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@dataclass(frozen=True)
class MessagePage:
    """The context of one message."""

    title: str
    delivery: Delivery
    category: str
    mark: str
    reason: str
    attempts: Sequence[Attempt]
    receipts: Sequence[Receipt]
    may_repeat: bool
    has_html: bool
    is_in_app: bool
    may_take_down: bool
    because: Because | None


def _found(user: User, pk: UUID) -> Delivery:
    related = Delivery.objects.select_related("account", "contact__account", "sender")
    return get_object_or_404(seen_by(user, related), pk=pk)


@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One message with its attempts. An administrator may send one again that failed, was refused or is unsure."""
    user = user_of(request)
    found = _found(user, pk)
    if request.method == "POST":
        send_again(found, by=user, now=utc_now())
        in_app = "It is shown when its reader is in the app, if it may be."
        toast(request, in_app if found.channel == IN_APP else "It is sent within seconds, if it may go now.")
        return done(request, reverse("messages"))
    category = policy_in_force().category(found.category)
    attempts = list(found.attempts.order_by("number"))
    found.last_message = attempts[-1].message if attempts else ""  # type: ignore[attr-defined]  # as lists annotate it
    page = MessagePage(
        title=found.subject or "Message",
        delivery=found,
        category=category.name if category else found.category,
        mark=mark_of(found),
        reason=reason_of(found),
        attempts=attempts,
        receipts=list(found.receipts.all()),
        may_repeat=found.state in STUCK and user.has_role(Role.ADMINISTRATOR),
        has_html=found.channel == "email" and bool(found.html or found.contact_id),
        because=because_of(run_behind(found), found.origin_step),
        is_in_app=found.channel == IN_APP,
        may_take_down=user.has_role(Role.MANAGER) and is_up(found, now=utc_now()),
    )
    return render(request, "messages/message.html", {"title": page.title, "page": page, "cancel": reverse("messages")})


@require_GET
@xframe_options_sameorigin
@csp_override(OF_A_MAIL)
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The mail as its recipient sees it, for a frame: without what counts her."""
    return HttpResponse(as_seen(_found(user_of(request), pk), policy_in_force()))


@require_POST
@needs_role(Role.CSM)
def send_test(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send it to oneself, as its recipient would see it."""
    user, found = user_of(request), _found(user_of(request), pk)
    send_test_of(found, to=user, now=utc_now())
    toast(request, f"A test is on its way to {user.email}.")
    return done(request, reverse("messages"))
