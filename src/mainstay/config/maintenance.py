"""Housekeeping by the clock, carried out as jobs by whichever worker is free."""

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.tasks import task

from mainstay.common.time import DAY, utc_now
from mainstay.connectors.imap import polling
from mainstay.facts import services as facts
from mainstay.facts.watch import observation, problems
from mainstay.ingest.files import services as imports
from mainstay.jobs import cron
from mainstay.jobs import services as jobs
from mainstay.playbooks import mail_links, trials
from mainstay.signals import replaying

HOUR = timedelta(hours=1)


@task
def keep_up_facts() -> None:
    """Merge small files, erase what was asked for, vacuum, end the raw log."""
    facts.keep_up(utc_now())


@task
def watch_data() -> None:
    """Look at what arrived: names, properties, volumes, lateness."""
    problems.watch(utc_now())


@task
def note_first_events() -> None:
    """Names of the events of a new installation."""
    observation.observe_beginning(utc_now())


@task
def read_replies() -> None:
    """Take in what contacts answered."""
    polling.read_mailbox(utc_now())


@task
def tidy() -> None:
    """Forget jobs of a week ago, uploads of a month ago, replays and dry runs of a quarter ago, old sessions."""
    jobs.prune(utc_now())
    imports.prune(utc_now())
    replaying.prune(utc_now())
    mail_links.prune(utc_now())
    trials.prune(utc_now())
    call_command("clearsessions")


def schedule() -> None:
    """Declare the schedules in this process."""
    cron.schedule("keep-up-facts", cron.Every(HOUR, offset=timedelta(minutes=17)), keep_up_facts)
    cron.schedule("watch-data", cron.Every(timedelta(minutes=15), offset=timedelta(minutes=4)), watch_data)
    cron.schedule(
        "note-first-events", cron.Every(timedelta(minutes=1), offset=timedelta(seconds=30)), note_first_events
    )
    if settings.IMAP_HOST:
        cron.schedule("read-replies", cron.Every(timedelta(minutes=1)), read_replies)
    cron.schedule("tidy", cron.Every(DAY, offset=timedelta(hours=3, minutes=40)), tidy)
