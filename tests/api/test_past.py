"""The API of the past: one account as known then and now, and lists of a day that is over."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.test import Client

from mainstay.accounts.models import Account
from mainstay.config.cli import cli
from mainstay.lake.days import NOTES, Corrected
from mainstay.metrics import past
from mainstay.people.services import create_api_key
from mainstay.playbooks.tasks import complete_task, create_task
from mainstay.scores.services import backfill, score_all
from mainstay.signals.services import dismiss, take_back_dismissal
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import keep, table, write
from tests.web.scene import signal

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = datetime(2026, 8, 30, tzinfo=UTC).date()
LATE = datetime(2026, 9, 3, 8, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def bearer(cast: Cast) -> dict[str, str]:
    """Acme was healthy on 30 August until 214 late events showed otherwise; now all are healthy."""
    keep(DAY, {cast.acme: HEALTHY | {"arr": 900.0}, cast.globex: HEALTHY})
    backfill([DAY])
    note = pa_note(cast.acme.pk)
    past.KEPT.correct([Corrected(DAY, table({cast.acme: SICK | {"arr": 900.0}}), note)], at=LATE)
    backfill([DAY], at=LATE, again=True)
    write({cast.acme: HEALTHY, cast.globex: HEALTHY})
    score_all(NOW)
    _, secret = create_api_key(cast.vera, name="warehouse sync")
    return {"Authorization": f"Bearer {secret}"}


def pa_note(account_id: int):  # type: ignore[no-untyped-def]
    row = {"account_id": account_id, "reason": "late", "source": "product", "late_rows": 214, "late_from": DAY,
           "late_until": DAY, "received_at": LATE.replace(tzinfo=None)}  # fmt: skip
    return NOTES.empty_table().from_pylist([row], schema=NOTES)


def get(bearer: dict[str, str], path: str) -> dict:
    answer = Client().get(f"/api/v1/accounts{path}", headers=bearer)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_signals_and_tasks_of_the_past_are_those_that_were_open(bearer: dict[str, str]) -> None:
    account = Account.objects.get(key="acme")
    task = create_task(account=account, owner=account.owner, title="Call", by=account.owner, now=LATE)  # type: ignore[arg-type]
    complete_task(task, by=account.owner, now=NOW)  # type: ignore[arg-type]
    opened = signal(account, opened_at=LATE)
    dismiss(opened, "false_alarm", by=account.owner, now=LATE + WEEK)  # type: ignore[arg-type]
    take_back_dismissal(opened, by=account.owner, now=LATE + 3 * WEEK)  # type: ignore[arg-type]

    def told(day: str) -> tuple[int, int]:
        found = get(bearer, f"/acme?as_of={day}")
        return len(found["signals"]), len(found["tasks"])

    assert [told(day) for day in ("2026-09-01", "2026-09-05", "2026-09-20", "2026-10-20")] == [
        (0, 0), (1, 1), (0, 1), (1, 1),
    ]  # fmt: skip
    assert [len(get(bearer, "/acme")[name]) for name in ("signals", "tasks")] == [1, 0]


def test_a_corrected_day_has_two_answers_and_says_why(bearer: dict[str, str]) -> None:
    now, then = (get(bearer, f"/acme?as_of=2026-08-31&known={known}") for known in ("now", "then"))
    assert (now["health"]["band"], then["health"]["band"]) == ("red", "green")
    assert now["metrics"]["daily_active_rate"] != then["metrics"]["daily_active_rate"]
    corrected = {one["field"]: one for one in now["corrections"]}
    assert (corrected["score"]["then"], corrected["score"]["now"]) == (100, 0)
    rate = corrected["daily_active_rate"]
    assert (rate["reason"], rate["source"], rate["rows"], rate["first_day"]) == ("late", "product", 214, "2026-08-30")
    assert "arr" not in corrected, "it is what it was"
    assert get(bearer, "/acme")["corrections"] == []
    assert get(bearer, "/globex?as_of=2026-08-31")["corrections"] == []


def test_the_command_line_tells_both(bearer: dict[str, str]) -> None:
    ask = ["account", "acme", "--as-of", "2026-08-31"]
    said = CliRunner().invoke(cli, ask, catch_exceptions=False).output
    assert "The score was 100 when the day ended; corrected on 03 Sep 2026." in said
    then = CliRunner().invoke(cli, [*ask, "--known", "then", "--json"], catch_exceptions=False).output
    assert json.loads(then) == get(bearer, "/acme?as_of=2026-08-31&known=then")


def test_a_list_has_the_accounts_of_a_condition_with_the_fields_asked_for(bearer: dict[str, str]) -> None:
    told = get(bearer, "?condition=band = 'green'&fields=key,score,champion_present,signed_on,arr")
    assert told["accounts"] == [
        {"key": "acme", "score": 100, "champion_present": True, "signed_on": None, "arr": None},
        {"key": "globex", "score": 100, "champion_present": True, "signed_on": None, "arr": None},
    ]
    assert (told["next"], told["assumed"]) == (None, [])
    assert datetime.fromisoformat(told["as_of"]) == NOW


def test_a_list_of_the_past(bearer: dict[str, str]) -> None:
    ask = "?as_of=2026-08-31&fields=key,score,champion_present,arr,tier"
    assert [row["score"] for row in get(bearer, ask)["accounts"]] == [0, 100]
    red = get(bearer, f"{ask}&condition=band = 'red'")
    assert red["accounts"] == [{"key": "acme", "score": 0, "champion_present": True, "arr": 900, "tier": "enterprise"}]
    assert (red["as_of"], red["assumed"]) == ("2026-08-31T00:00:00Z", ["tier"])
    assert get(bearer, f"{ask}&condition=band = 'red'&known=then")["accounts"] == []


@pytest.mark.parametrize("when", ["", "&as_of=2026-08-31"])
def test_lists_are_paged(bearer: dict[str, str], when: str) -> None:
    first = get(bearer, f"?fields=key&limit=1&condition=score is not null{when}")
    second = get(bearer, f"?fields=key&limit=1&condition=score is not null&after={first['next']}{when}")
    assert [page["accounts"][0]["key"] for page in (first, second)] == ["acme", "globex"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("?fields=nothing", 422, "nothing"),
        ("?condition=arr >>", 422, ""),
        ("?as_of=2026-07-01", 404, "mainstay backfill"),
        ("?as_of=2999-01-01", 422, "still to come"),
        ("?as_of=yesterday", 422, "as_of"),
        ("?limit=0", 422, "limit"),
        ("?known=never", 422, "known"),
    ],
)
def test_what_cannot_be_told_is_an_error_in_words(bearer: dict[str, str], query: str, status: int, said: str) -> None:
    answer = Client().get(f"/api/v1/accounts{query}", headers=bearer)
    assert answer.status_code == status
    assert said in answer.json()["message"]


def test_charlie_may_not_read(db: None) -> None:
    assert Client().get("/api/v1/accounts").status_code == 401
