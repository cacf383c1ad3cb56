"""Brings the demo company in through the public doors: users as `mainstay user create` makes them, files as
`mainstay import` takes them, what it declares as `mainstay config apply` reads it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.crypto import get_random_string

from mainstay.accounts.models import Account
from mainstay.common.errors import Invalid
from mainstay.common.time import DAY, midnight
from mainstay.declared import files as declared_files
from mainstay.declared import services as declared
from mainstay.declared.kinds import kinds
from mainstay.deliveries.policies import save_policy
from mainstay.deliveries.policy import SHIPPED
from mainstay.demo import files, techcorp
from mainstay.demo.cast import MANAGER, OWNERS, PULSES, customers
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.importer import import_file
from mainstay.ingest.files.kinds import kind_of
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.sources import declare_holidays
from mainstay.interactions.services import give_pulse
from mainstay.people.models import Role, User
from mainstay.people.services import create_user
from mainstay.playbooks.backlog import let_in_all
from mainstay.playbooks.publishing import RUN_AT_ONCE, ensure_playbooks, publish, shipped
from mainstay.playbooks.selectors import open_tasks
from mainstay.playbooks.tasks import complete_task

type Progress = Callable[[str, float], None]

CONFIG = Path(__file__).parent / "config"

_SAMPLE_ROWS = 200
# The past that is lived through again, so that signals and tasks carry the dates they would have had.
_REPLAYED_WEEKS = 4
_REPLAYED_DAYS = 8
# Plays of the gallery that the company runs, and how many percent of its accounts it leaves alone.
_PLAYS = {"tech_touch_onboarding": 20, "seat_limit_self_service": 25, "payment_overdue": 0}
_LINKS = ("app", "billing", "book", "help", "survey", "training", "upgrade", "webinar")


@dataclass(frozen=True)
class Loaded:
    """Who can sign in, and with which password; it is shown once."""

    users: tuple[User, ...]
    password: str


def directory() -> Path:
    """Where the exports of the demo company lie."""
    return Path(settings.MAINSTAY_HOME) / "demo"


def load(now: datetime, *, progress: Progress) -> Loaded:
    """Make the company as of `now`. Refused when there are accounts already: it is not mixed with real customers."""
    if Account.objects.exists():
        raise Invalid("There are accounts already; the demo company needs an empty MAINSTAY_HOME of its own.")
    folder = directory()
    folder.mkdir(mode=0o700, exist_ok=True)
    loaded = _people()
    _declare(now)
    # Most of its customers rest on these days: a quiet 4 July is no reason to miss anything.
    declare_holidays("product", "US")
    for kind, path in files.write_records(folder, now.date()).items():
        _import(kind, path, now=now, progress=progress)
    give_pulses(now)
    _bring_events(now.date(), start=files.first_day(now.date()), now=now, progress=progress)
    return loaded


def _declare(now: datetime) -> None:
    """What the company declared: the directory `config` beside this file, as `mainstay config apply` takes it."""
    manager = User.objects.filter(role=Role.MANAGER).order_by("pk")[0]
    texts = declared_files.texts_of(CONFIG, kinds())
    declared.apply(texts, by=manager, reason="How we measure our product.", now=now)
    _start_plays(manager, now=now)


def _start_plays(manager: User, *, now: datetime) -> None:
    """The company names itself and its links, and started some plays of the gallery when the replay begins.

    Some accounts are held out of two of them, so that their pages have something to compare.
    """
    links = {name: f"https://app.orchard.example/{name}" for name in _LINKS}
    save_policy(SHIPPED.model_copy(update={"company": "Orchard", "links": links}), by=manager, now=now)
    since, plays = moments_to_replay(now)[0] - DAY, shipped()
    for key, holdout in _PLAYS.items():
        document = plays[key].model_copy(update={"holdout": holdout})
        publish(document, by=manager, reason="We want to know whether it helps.", now=since)


def begin_with_what_stands(moment: datetime) -> None:
    """The manager lets the playbooks begin for what stands at the first moment that is replayed."""
    manager = User.objects.filter(role=Role.MANAGER).order_by("pk")[0]
    ensure_playbooks(moment)
    for key in sorted(RUN_AT_ONCE | _PLAYS.keys()):
        let_in_all(key, by=manager, now=moment)


def give_pulses(now: datetime) -> int:
    """What the CSMs think of every third of their larger accounts, said in the last four weeks; how many said it.

    TechCorp's is left to whoever looks at the demo.
    """
    known = {one.key: one for one in Account.objects.select_related("owner").exclude(owner=None)}
    given = 0
    for number, one in enumerate(customers(now.date())):
        account = known.get(one.key)
        if one.tier == "smb" or number % 3 or one.story.name not in PULSES or account is None or account.owner is None:
            continue
        score, reason = PULSES[one.story.name]
        at = now - timedelta(days=1 + number % 27)
        expires_on = at.date() + timedelta(days=60)
        give_pulse(account, score=score, reason=reason, expires_on=expires_on, by=account.owner, now=at)
        given += 1
    return given


def carry_on(now: datetime, *, progress: Progress) -> bool:
    """Bring in the telemetry since it was last brought in; False where there is no demo or nothing is missing."""
    state = directory() / "state.json"
    if not state.exists():
        return False
    known = json.loads(state.read_text())
    until = datetime.fromisoformat(known["until"])
    if now - until < timedelta(hours=1):
        return False
    _bring_events(date.fromisoformat(known["began"]), start=until.date(), now=now, progress=progress)
    return True


def moments_to_replay(now: datetime) -> list[datetime]:
    """The past instants at which the company would have refreshed: weekly, then daily, up to yesterday."""
    weeks = [now - timedelta(weeks=number) for number in range(_REPLAYED_WEEKS + 1, 1, -1)]
    days = [now - timedelta(days=number) for number in range(_REPLAYED_DAYS, 0, -1)]
    return [moment for moment in weeks if moment < days[0]] + days


def morning_after(moment: datetime, now: datetime) -> datetime:
    """When mails that a night held back leave: at ten the next day, or now where that is still to come."""
    return min((moment + DAY).replace(hour=10, minute=0, second=0, microsecond=0), now)


def history_days(now: datetime) -> Iterator[date]:
    """Days of all the demo's months for the charts: one a week of the last quarter, one in three weeks before."""
    day, first = now.date() - DAY, files.first_day(now.date()) + timedelta(weeks=5)
    while day > first:
        yield day
        day -= timedelta(weeks=1 if day > now.date() - timedelta(weeks=13) else 3)


def work_on_tasks(now: datetime) -> int:
    """The CSMs finish what was due yesterday, in time; every fourth task takes them five days more. How many.

    TechCorp's task is left to whoever looks at the demo.
    """
    done = 0
    for task in open_tasks().filter(due_at__lt=now - DAY).exclude(account__key=techcorp.KEY):
        is_hard = task.id.int % 4 == 0
        if task.owner is not None and task.due_at and (not is_hard or task.due_at < now - 6 * DAY):
            early = task.due_at - timedelta(hours=1 + task.id.int % 29)
            complete_task(task, by=task.owner, now=now if is_hard else max(task.created_at, early))
            done += 1
    return done


def _people() -> Loaded:
    password = get_random_string(12)
    users = [create_user(email, name=name, role=Role.CSM, password=password)[0] for email, name in OWNERS]
    users.append(create_user(MANAGER[0], name=MANAGER[1], role=Role.MANAGER, password=password)[0])
    return Loaded(tuple(users), password)


def _bring_events(began: date, *, start: date, now: datetime, progress: Progress) -> None:
    path = files.write_events(
        directory() / "events.parquet", today=began, start=start, until=now,
        progress=lambda share: progress("Inventing fourteen months of telemetry", share),
    )  # fmt: skip
    if path:
        _import("events", path, now=max(now, midnight(began)), progress=progress)
    state = {"began": str(began), "until": now.isoformat()}
    (directory() / "state.json").write_text(json.dumps(state))


def _import(kind: str, path: Path, *, now: datetime, progress: Progress) -> None:
    def tell(done: int, total: int | None) -> None:
        progress(f"Importing {kind}", done / total if total else 0.0)

    table = open_table(path)
    chunk = next(table.chunks(_SAMPLE_ROWS))
    report = import_file(path, guess(kind_of(kind), chunk.columns), now=now, progress=tell)
    if report.failed:
        raise Invalid(f"{report.failed} rows of {path} were refused, the first because {report.examples[0][1]}.")
