"""What the owner of a task does from a mail, without signing in. A GET changes nothing: scanners follow every link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.playbooks import mail_links
from mainstay.playbooks.mail_links import Act
from mainstay.web.messages.public import public


@public
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, token: str) -> HttpResponse:
    """Asks (GET), or does it (POST), once."""
    link, now = mail_links.read(token), utc_now()
    if link is None:
        problem = "This link is not known: it was copied in part, or it is not one of ours."
        return _page(request, {"problem": problem}, status=404)
    if request.method == "GET":
        found = mail_links.standing(link, now=now)
        return _page(request, _shown(found), status=410 if found.problem else 200)
    try:
        return _page(request, {**_shown(mail_links.use(link, now=now)), "is_done": True})
    except MainstayError as error:
        return _page(request, {"problem": error.message}, status=error.status)


def _shown(found: mail_links.Standing) -> dict[str, object]:
    return {"task": found.title, "problem": found.problem, "is_snooze": found.link.act is Act.SNOOZE}


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    return render(request, "tasks/by-mail.html", context, status=status)
