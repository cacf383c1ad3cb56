"""The pages of Settings, in order."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mainstay.people.models import Role
from mainstay.web.http import user_of


@dataclass(frozen=True)
class Section:
    """A page of Settings: the name of its URL, its label, its icon, what it is for."""

    name: str
    label: str
    icon: str
    text: str
    role: Role = Role.ADMINISTRATOR


SECTIONS = (
    Section("settings-keys", "Keys", "key-round", "Write keys that may send events, API keys that may read."),
    Section("settings-users", "Users", "users", "Who may sign in, and what each role may do."),
    Section("settings-targets", "Targets", "plug", "Where playbooks send events and chat messages."),
    Section("settings-letters", "Dead letters", "inbox", "Events that could not be taken. Mend and replay them."),
    Section(
        "messages", "Messages", "send", "What went out, waits or was refused; suppressed addresses; rules.", Role.VIEWER
    ),
    Section("settings-in-app", "In-app", "message-square", "Messages in your product: sites, secret, script, preview."),
    Section(
        "settings-history", "History", "history", "Which past days are kept, and computing more of them.", Role.MANAGER
    ),
    Section("settings-config", "Config as code", "file-text", "What is declared, as files: export, plan, apply."),
    Section("settings-audit", "Audit log", "scroll-text", "Who changed what, and when."),
)


def page(
    request: HttpRequest, template: str, section: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of Settings with the tabs that are open to the user; `section` is the one that is current."""
    user = user_of(request)
    sections = [one for one in SECTIONS if user.has_role(one.role)]
    title = next((one.label for one in sections if one.name == section), "Settings")
    shown = {"title": title, "sections": sections, "section": section, **context}
    return render(request, f"settings/{template}.html", shown, status=status)
