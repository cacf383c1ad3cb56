"""Shadows: scored beside the live scorecards, kept per day, acted on by nobody."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.common.errors import NotAllowed
from mainstay.scores import drafts, publishing, shadow_figures, shadows
from mainstay.scores.document import Document
from mainstay.scores.models import Draft, Health, Shadow, ShadowScore
from mainstay.scores.preview import preview
from mainstay.scores.services import score_all
from mainstay.signals.models import Signal
from mainstay.signals.services import detect
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
DAY = timedelta(days=1)


@pytest.fixture
def company(cast: Cast) -> Cast:
    """Acme is served by Enterprise, Globex and TechCorp by Standard."""
    publishing.ensure_scorecards(NOW)
    write({cast.acme: HEALTHY, cast.globex: SICK, account("TechCorp"): TECHCORP})
    score_all(NOW)
    return cast


def draft(cast: Cast, **fields: object) -> Draft:
    made = drafts.begin("standard", by=cast.mary, now=NOW)
    return drafts.save(made, made.content | fields, revision=made.revision, by=cast.mary, now=NOW)


def shown(shadow: Shadow) -> dict[str, tuple[int | None, str]]:
    rows = shadow.scores.select_related("account")
    return {row.account.key: (row.score, row.band) for row in rows}


def test_it_scores_those_whom_it_would_treat_otherwise_as_publishing_would(company: Cast) -> None:
    begun = draft(company, green=65, condition="tier is null or tier <> 'none'")
    said = preview(drafts.document_of(begun), now=LATER)
    shadow = shadows.start(begun, by=company.mary, now=LATER)
    score_all(LATER)
    assert shown(shadow) == {"globex": (0, "red"), "techcorp": (69, "green")}
    assert Health.objects.get(account__key="techcorp").band == "yellow"
    assert [(m.account_id, m.band_after) for m in said.moves] == [(Account.objects.get(key="techcorp").pk, "green")]
    shadows.promote(shadow, by=company.mary, reason="It fits", now=LATER)
    score_all(LATER)
    assert Health.objects.get(account__key="techcorp").band == "green"


def test_an_account_that_no_scorecard_would_serve_has_none(company: Cast) -> None:
    shadow = shadows.start(draft(company, condition="key = 'globex'"), by=company.mary, now=NOW)
    score_all(LATER)
    assert shown(shadow) == {"globex": (0, "red"), "techcorp": (None, "none")}
    assert shadow_figures.agreement(shadow).cells == {("red", "red"): 1, ("yellow", "none"): 1}


def test_only_what_changed_is_written_again(company: Cast) -> None:
    shadow = shadows.start(draft(company, green=65), by=company.mary, now=NOW)
    sources: dict = {}
    assert shadows.refresh(LATER, sources) == 2
    assert shadows.refresh(LATER, sources) == 0
    techcorp = Account.objects.get(key="techcorp")
    write(
        {
            company.acme: HEALTHY,
            company.globex: SICK,
            techcorp: TECHCORP | {"nps_latest": 9.0, "executive_sponsor_present": 1.0},
        }
    )
    assert shadows.refresh(LATER, sources) == 1
    assert shown(shadow)["techcorp"] == (77, "green")
    Account.objects.filter(key="techcorp").update(tier="enterprise")
    assert shadows.refresh(LATER, sources) == 1
    assert list(shown(shadow)) == ["globex"]


def test_writing_on_the_draft_does_not_change_what_runs(company: Cast) -> None:
    begun = draft(company, green=65)
    shadow = shadows.start(begun, by=company.mary, now=NOW)
    draft(company, green=90)
    score_all(LATER)
    assert shown(shadow)["techcorp"] == (69, "green")
    another = shadows.start(drafts.get(begun.pk), by=company.mary, now=LATER)
    shadow.refresh_from_db()
    assert (shadow.outcome, another.is_running) == ("replaced", True)


def test_its_days_are_kept_and_compared(company: Cast) -> None:
    techcorp = Account.objects.get(key="techcorp")
    shadow = shadows.start(draft(company, green=65), by=company.mary, now=NOW)
    keep(date(2026, 11, 22), {company.globex: SICK, techcorp: TECHCORP})
    keep(date(2026, 11, 23), {company.globex: SICK, techcorp: SICK})
    score_all(NOW + DAY)
    score_all(NOW + 2 * DAY)
    found = shadow_figures.over_time(shadow)
    assert [(day.day, day.agreement.cells) for day in found] == [
        (date(2026, 11, 22), {("red", "red"): 1, ("yellow", "green"): 1}),
        (date(2026, 11, 23), {("red", "red"): 2}),
    ]
    assert [day.agreement.share for day in found] == [0.5, 1.0]
    days = {"start": date(2026, 11, 1), "end": date(2026, 12, 1)}
    assert shadow_figures.history_of_account(shadow, techcorp.pk, **days) == [
        (date(2026, 11, 22), 69), (date(2026, 11, 23), 0),
    ]  # fmt: skip


def test_it_is_shown_beside_the_account(company: Cast) -> None:
    techcorp = Account.objects.get(key="techcorp")
    shadow = shadows.start(draft(company, green=65), by=company.mary, now=NOW)
    score_all(LATER)
    assert shadow_figures.of_account(techcorp.pk) == [(shadow, 69, "green")]
    assert shadow_figures.differing(shadow) == [(techcorp.pk, 69, 69, "yellow", "green")]
    shadows.stop(shadow, by=company.mary, now=LATER)
    assert shadow_figures.of_account(techcorp.pk) == []


def test_it_opens_no_signal(company: Cast) -> None:
    begun = draft(company, yellow=75, green=95)
    assert preview(drafts.document_of(begun), now=LATER).after.bands["red"].accounts == 2
    detect(NOW)
    opened = set(Signal.objects.values_list("account__key", "kind"))
    shadows.start(begun, by=company.mary, now=NOW)
    score_all(LATER)
    detect(LATER)
    assert set(Signal.objects.values_list("account__key", "kind")) == opened
    assert ("techcorp", "health_red") not in opened


def test_publishing_what_runs_ends_it(company: Cast) -> None:
    begun = draft(company, green=65)
    shadow = shadows.start(begun, by=company.mary, now=NOW)
    drafts.publish(begun, by=company.ada, reason="It fits", now=LATER)
    shadow.refresh_from_db()
    assert (shadow.outcome, shadow.ended_by) == ("published", company.ada)


def test_promoting_ends_the_draft_that_says_the_same_and_no_other(company: Cast) -> None:
    begun = draft(company, green=65)
    shadow = shadows.start(begun, by=company.mary, now=NOW)
    draft(company, green=90)
    shadows.promote(shadows.get(shadow.pk), by=company.mary, reason="It fits", now=LATER, over=1)
    assert Draft.objects.get().content["green"] == 90
    assert publishing.document_of(publishing.get("standard")).green == 65


def test_a_stop_can_be_taken_back(company: Cast) -> None:
    shadow = shadows.start(draft(company, green=65), by=company.mary, now=NOW)
    shadows.stop(shadow, by=company.mary, now=LATER)
    shadows.resume(shadow, by=company.mary)
    assert shadows.running("standard") == shadow


def test_only_managers_run_shadows(company: Cast) -> None:
    with pytest.raises(NotAllowed):
        shadows.start(draft(company, green=65), by=company.alice, now=NOW)


def test_a_shadow_of_a_new_scorecard_runs_too(company: Cast) -> None:
    content = publishing.document_of(publishing.get("standard")).model_dump(mode="json")
    begun = drafts.begin_new(
        content | {"name": "Small", "position": 5, "condition": "key = 'techcorp'", "green": 60},
        by=company.mary,
        now=NOW,
    )
    shadow = shadows.start(begun, by=company.mary, now=NOW)
    score_all(LATER)
    assert (shadow.key, shown(shadow)) == ("small", {"techcorp": (69, "green")})


def test_a_shadow_that_cannot_be_taken_any_more_stands_still(company: Cast) -> None:
    shadow = shadows.start(draft(company, green=65), by=company.mary, now=NOW)
    score_all(LATER)
    gone = Document.model_validate(shadow.document).model_dump(mode="json")
    gone["dimensions"][0]["measures"][0]["metric"] = "gone"
    Shadow.objects.update(document=gone)
    score_all(LATER + DAY)
    assert ShadowScore.objects.count() == 2
