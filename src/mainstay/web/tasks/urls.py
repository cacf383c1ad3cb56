"""URLs of this area."""

from django.urls import path

from mainstay.web.tasks import actions, board, by_mail, calendar, detail, feed, many, report, views

urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("board/", board.board, name="tasks-board"),
    path("calendar/", calendar.calendar, name="tasks-calendar"),
    path("report/", report.report, name="tasks-report"),
    path("report/promises.csv", report.export, name="tasks-report-export"),
    path("tasks.csv", views.export, name="tasks-export"),
    path("new/", actions.new, name="task-new"),
    path("feed/", feed.feed, name="task-feed"),
    path("feed/make/", feed.make, name="task-feed-make"),
    path("feed/revoke/", feed.revoke, name="task-feed-revoke"),
    path("feed/<str:secret>.ics", feed.read, name="task-feed-read"),
    path("by-mail/<str:token>/", by_mail.act, name="task-by-mail"),
    path("complete/", many.complete, name="tasks-complete"),
    path("dismiss/", many.dismiss, name="tasks-dismiss"),
    path("snooze/", many.snooze, name="tasks-snooze"),
    path("reassign/", many.reassign, name="tasks-reassign"),
    path("<uuid:pk>/", detail.task, name="task"),
    path("<uuid:pk>/complete/", actions.complete, name="task-complete"),
    path("<uuid:pk>/reopen/", actions.reopen, name="task-reopen"),
    path("<uuid:pk>/dismiss/", actions.dismiss, name="task-dismiss"),
    path("<uuid:pk>/postpone/", actions.postpone, name="task-postpone"),
    path("<uuid:pk>/move/", actions.move, name="task-move"),
    path("<uuid:pk>/snooze/", actions.snooze, name="task-snooze"),
    path("<uuid:pk>/wake/", actions.wake, name="task-wake"),
    path("<uuid:pk>/reassign/", actions.reassign, name="task-reassign"),
    path("<uuid:pk>/tick/<int:number>/", actions.tick, name="task-tick"),
]
