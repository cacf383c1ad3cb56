"""The page of one task: why, for whom, until when, and what can be done with it."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks, tasks_as_they_stood
from mainstay.web.because import Because, because_of
from mainstay.web.http import user_of
from mainstay.web.moment import moment_of, shows_the_past
from mainstay.web.tasks.forms import OwnerForm
from mainstay.web.tasks.rows import Row, with_health


@dataclass(frozen=True)
class TaskDetail:
    """The context of one task."""

    title: str
    task: Task
    row: Row
    owner_form: OwnerForm
    may_edit: bool
    may_reassign: bool
    next: str
    because: Because | None

    @property
    def back(self) -> str:
        """For forms that come back here, and then to where this was opened."""
        return urlencode({"next": self.next}) if self.next else ""

    @property
    def was_moved(self) -> bool:
        """Whether it is due at another time than was promised."""
        return self.task.promised_at is not None and self.task.promised_at != self.task.due_at


@require_GET
@shows_the_past
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """In the dialog, or on a page of its own."""
    user, moment = user_of(request), moment_of(request)
    found = get_object_or_404(all_tasks(), pk=pk, created_at__lte=moment.at)
    if moment.is_past:
        tasks_as_they_stood([found], moment.at)
    detail = TaskDetail(
        title=found.title,
        task=found,
        row=with_health([found], moment)[0],
        owner_form=OwnerForm(initial={"owner": found.owner_id}, auto_id="task-%s"),
        may_edit=user.has_role(Role.CSM),
        may_reassign=user.has_role(Role.MANAGER) or (not moment.is_past and found.owner_id in (None, user.pk)),
        next=request.GET.get("next", ""),
        because=because_of(found.run, found.step),
    )
    return render(request, "tasks/task.html", {"detail": detail, "title": detail.title})
