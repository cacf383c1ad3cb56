"""What the list, the board and the calendar have in common: whose tasks, narrowed to what, the way between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import urlencode

from mainstay.accounts.models import Account
from mainstay.people.models import Role, User
from mainstay.playbooks.models import Playbook
from mainstay.web.http import user_of
from mainstay.web.moment import moment_of
from mainstay.web.tasks.filters import BY_HAND, NOBODY, SCOPES, TaskFilter

VIEWS = {"tasks": ("List", "rows-3"), "tasks-board": ("Board", "columns-3"), "tasks-calendar": ("Calendar", "calendar")}


@dataclass(frozen=True)
class Link:
    """A tab, a switch, a choice."""

    label: str
    url: str
    is_current: bool
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class Menu:
    """A filter with its choices."""

    label: str
    chosen: str
    choices: Sequence[Link]
    is_narrowed: bool


@dataclass(frozen=True)
class Head:
    """The top of a page of tasks. `name`: of its URL; `account`: the one it is narrowed to."""

    name: str
    chosen: TaskFilter
    scopes: Sequence[Link]
    views: Sequence[Link]
    menus: Sequence[Menu]
    clear_url: str
    is_narrowed: bool
    account: Account | None
    may_edit: bool
    is_past: bool
    url: str

    @property
    def hidden(self) -> dict[str, str]:
        """What the search form keeps."""
        return {name: value for name, value in self.chosen.values.items() if name != "q"}

    @property
    def back(self) -> str:
        """For forms that are pages of their own: come back here."""
        return urlencode({"next": self.url})


def head_of(request: HttpRequest, chosen: TaskFilter, name: str, **more: str) -> Head:
    """The top of the page `name`; `more` stays in its own addresses (the month of a calendar)."""
    user, moment = user_of(request), moment_of(request)

    def url(changed: TaskFilter) -> str:
        return changed.url(name, **more)

    return Head(
        name=name,
        chosen=chosen,
        scopes=[Link(label, url(chosen.with_(scope=key)), key == chosen.scope) for key, label in SCOPES.items()],
        views=[Link(label, chosen.url(key), key == name, icon=icon) for key, (label, icon) in VIEWS.items()],
        menus=[_people(chosen, user, url), _playbooks(chosen, url)],
        clear_url=url(chosen.everything),
        is_narrowed=chosen != chosen.everything,
        account=Account.objects.filter(key=chosen.account).first() if chosen.account else None,
        may_edit=user.has_role(Role.CSM),
        is_past=moment.is_past,
        url=url(chosen),
    )


def _people(chosen: TaskFilter, user: User, url: Callable[[TaskFilter], str]) -> Menu:
    found = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name", "pk")
    options = [(NOBODY, "Nobody"), *((str(pk), name) for pk, name in found.values_list("pk", "name") if pk != user.pk)]
    choices = [Link(label, url(chosen.with_(scope=key)), key == chosen.scope) for key, label in options]
    named = next((one.label for one in choices if one.is_current), "")
    return Menu("For", named or SCOPES.get(chosen.scope, "Somebody"), choices, bool(named))


def _playbooks(chosen: TaskFilter, url: Callable[[TaskFilter], str]) -> Menu:
    options = [
        ("", "Any"),
        (BY_HAND, "Made by hand"),
        *Playbook.objects.filter(removed_at=None).values_list("key", "name"),
    ]
    choices = [Link(label, url(chosen.with_(playbook=key)), key == chosen.playbook) for key, label in options]
    named = next((one.label for one in choices if one.is_current), chosen.playbook)
    return Menu("Playbook", named, choices, bool(chosen.playbook))
