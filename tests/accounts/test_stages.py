"""Since when an account is in which stage, and the steps of its onboarding."""

from datetime import date

import pytest

from mainstay.accounts import services, stages
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.milestones import MilestoneRow, upsert_milestones
from mainstay.accounts.models import Account, Milestone, StageChange
from mainstay.accounts.services import AccountRow
from mainstay.accounts.stages import StageRow
from tests.builders import NOW, Cast

DAY = date(2026, 11, 1)
LATER = date(2026, 11, 9)


def history(account: Account) -> list[tuple[str, date]]:
    return list(StageChange.objects.filter(account=account).order_by("since").values_list("stage", "since"))


def test_a_change_of_stage_is_dated_and_the_same_stage_is_no_change(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="acme", stage="adoption"), AccountRow(key="globex")], on=DAY)
    assert history(cast.acme) == [], "it was in that stage before: nobody knows since when"
    services.upsert_accounts([AccountRow(key="acme", stage="renewal")], on=DAY)
    services.upsert_accounts([AccountRow(key="acme", stage="renewal")], on=LATER)
    assert history(cast.acme) == [("renewal", DAY)]
    services.upsert_accounts([AccountRow(key="acme", stage="")], on=LATER)
    assert history(cast.acme) == [("renewal", DAY), ("", LATER)]


def test_of_an_account_that_comes_with_a_stage_nobody_knows_since_when(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="hooli", stage="adoption")], on=DAY)
    assert history(Account.objects.get(key="hooli")) == []


def test_a_stage_that_was_told_late_is_entered_once(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="acme", stage="renewal")], on=DAY)
    row = StageRow(key="1", account_key="acme", stage="renewal", since=date(2026, 10, 1))
    stages.upsert_stages([row], on=LATER)
    assert history(cast.acme) == [("renewal", date(2026, 10, 1))]


def test_a_row_may_say_since_when_and_corrects_it(cast: Cast) -> None:
    services.upsert_accounts([AccountRow(key="acme", stage="adoption", stage_on=date(2026, 3, 1))], on=DAY)
    assert history(cast.acme) == [("adoption", date(2026, 3, 1))]
    services.upsert_accounts([AccountRow(key="acme", stage="adoption", stage_on=date(2026, 2, 1))], on=DAY)
    assert history(cast.acme) == [("adoption", date(2026, 2, 1))]


def test_a_person_who_moves_an_account_to_a_stage_dates_it(cast: Cast) -> None:
    services.set_stage(cast.acme, "renewal", by=cast.alice, now=NOW)
    services.set_stage(cast.acme, "churned", by=cast.alice, now=NOW)
    assert history(cast.acme) == [("churned", NOW.date())], "one stage a day: the last"


def test_a_history_is_imported_and_its_latest_stage_becomes_the_present_one(cast: Cast) -> None:
    rows = [
        StageRow(key="1", account_key="acme", stage="onboarding", since=date(2025, 1, 1)),
        StageRow(key="2", account_key="acme", stage="renewal", since=DAY),
        StageRow(key="3", account_key="acme", stage="churned", since=date(2027, 1, 1)),
    ]
    assert stages.upsert_stages(rows, on=LATER).created == 3
    cast.acme.refresh_from_db()
    assert cast.acme.stage == "renewal", "what is still to come has not happened"
    assert stages.upsert_stages(rows, on=LATER).unchanged == 3
    changed = [StageRow(key="2", account_key="acme", stage="adoption", since=DAY)]
    assert stages.upsert_stages(changed, on=LATER).changed == 1
    cast.acme.refresh_from_db()
    assert cast.acme.stage == "adoption"


def test_a_history_of_an_unknown_account_is_refused_whole(cast: Cast) -> None:
    rows = [StageRow(key=key, account_key=key, stage="adoption", since=DAY) for key in ("acme", "hooli")]
    with pytest.raises(UnknownAccounts, match="hooli"):
        stages.upsert_stages(rows, on=DAY)
    assert history(cast.acme) == []


def test_milestones_are_agreed_when_they_are_told_unless_they_say_so(cast: Cast) -> None:
    rows = [
        MilestoneRow(key="m1", account_key="acme", name="Data imported", due_on=LATER),
        MilestoneRow(key="m2", account_key="acme", name="SSO", agreed_on=date(2026, 1, 1), reached_on=DAY),
    ]
    assert upsert_milestones(rows, on=DAY).created == 2
    assert upsert_milestones(rows, on=LATER).unchanged == 2
    found = {one.key: (one.agreed_on, one.due_on, one.reached_on) for one in Milestone.objects.all()}
    assert found == {"m1": (DAY, LATER, None), "m2": (date(2026, 1, 1), None, DAY)}
    with pytest.raises(UnknownAccounts, match="hooli"):
        upsert_milestones([MilestoneRow(key="m3", account_key="hooli", name="SSO")], on=DAY)
