"""A rule change is never read as news of a customer: wherever scores of several days stand, it is marked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from mainstay.people.models import User
from mainstay.scores import drafts, publishing, shadows
from mainstay.scores.services import backfill, score_all
from tests.scores.cards import TECHCORP
from tests.scores.profiles import keep
from tests.web.scene import DAY, Scene, scene

type AsUser = Callable[[User], Client]

pytestmark = pytest.mark.slow


@pytest.fixture
def changed(db: None) -> Scene:
    """TechCorp, 69 by Standard; Standard became easier four days ago."""
    made = scene()
    read = publishing.document_of(publishing.get("standard"))
    publishing.publish(
        read.model_copy(update={"green": 65}), by=made.cast.mary, reason="Two thirds are enough", now=made.now - 4 * DAY
    )
    keep(made.now.date() - 3 * DAY, {made.techcorp: TECHCORP})
    backfill([made.now.date() - back * DAY for back in (3, 2, 1)], again=True)
    score_all(made.now)
    return made


def test_the_history_of_an_account_says_who_changed_the_rule_and_why(as_user: AsUser, changed: Scene) -> None:
    page = as_user(changed.cast.alice).get("/accounts/techcorp/", {"history": "chart"}).content.decode()
    assert "Standard v2" in page
    assert "Mary: Two thirds are enough" in page
    assert "ms-version" in page


def test_small_trends_are_marked_too(as_user: AsUser, changed: Scene) -> None:
    client = as_user(changed.cast.alice)
    assert "The scorecard changed" in client.get("/accounts/").content.decode()
    assert "The scorecard changed" in client.get("/").content.decode()


def test_today_does_not_take_a_new_rule_for_a_move(as_user: AsUser, changed: Scene) -> None:
    content = publishing.document_of(publishing.get("standard")).model_dump(mode="json")
    content["dimensions"][0]["weight"], content["dimensions"][1]["weight"] = 60, 5
    publishing.publish(
        publishing.document.Document.model_validate(content), by=changed.cast.mary, reason="Usage", now=changed.now
    )
    score_all(changed.now)
    page = as_user(changed.cast.alice).get("/").content.decode()
    assert "The rule changed, not the account: Standard v3" in page


def test_a_shadow_stands_beside_the_score_and_its_history(as_user: AsUser, changed: Scene) -> None:
    draft = drafts.begin("standard", by=changed.cast.mary, now=changed.now)
    draft = drafts.save(draft, {**draft.content, "green": 90}, revision=1, by=changed.cast.mary, now=changed.now)
    shadows.start(draft, by=changed.cast.mary, now=changed.now - 2 * DAY + timedelta(minutes=1))
    score_all(changed.now)
    page = as_user(changed.cast.alice).get("/accounts/techcorp/", {"history": "chart"}).content.decode()
    assert "would give it 69, Moderate" in page
    assert "Standard: shadow started" in page
    assert "Dashed: what the shadow of Standard would have given." in page
    assert "ms-beside" in page
    past = as_user(changed.cast.alice).get("/accounts/techcorp/", {"as_of": changed.now.date().isoformat()})
    assert "would give it" not in past.content.decode()
