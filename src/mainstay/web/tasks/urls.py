"""URLs of this area."""

from django.urls import path

from mainstay.web.tasks import actions, views

urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("tasks.csv", views.export, name="tasks-export"),
    path("new/", actions.new, name="task-new"),
    path("complete/", actions.complete_ticked, name="tasks-complete"),
    path("dismiss/", actions.dismiss_ticked, name="tasks-dismiss"),
    path("<uuid:pk>/", views.task, name="task"),
    path("<uuid:pk>/complete/", actions.complete, name="task-complete"),
    path("<uuid:pk>/reopen/", actions.reopen, name="task-reopen"),
    path("<uuid:pk>/dismiss/", actions.dismiss, name="task-dismiss"),
    path("<uuid:pk>/postpone/", actions.postpone, name="task-postpone"),
    path("<uuid:pk>/reassign/", actions.reassign, name="task-reassign"),
]
