"""The editor, the preview and shadows through their pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.scores import drafts, publishing, shadows
from mainstay.scores.models import Draft, Shadow
from mainstay.scores.services import score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import write
from tests.web.scorecards.test_rows import posted

type AsUser = Callable[[User], Client]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(cast: Cast) -> Cast:
    publishing.ensure_scorecards(utc_now())
    write({
        cast.acme: HEALTHY | {"arr": 50_000.0}, cast.globex: SICK, account("TechCorp"): TECHCORP | {"arr": 148_000.0},
    })  # fmt: skip
    score_all(utc_now())
    return cast


@pytest.fixture
def draft(company: Cast) -> Draft:
    return drafts.begin("standard", by=company.mary, now=utc_now())


def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


def fields(draft: Draft, *, window: str = "w1", **changes: str) -> dict[str, str]:
    """The whole form as a browser sends it."""
    return dict(posted(draft.content, **changes)) | {
        "window": window,
        "revision": str(draft.revision),
        "after": "enterprise",
    }


def saved() -> Draft:
    return Draft.objects.get()


CHANGING = ["scorecard-draft", "scorecard-draft-discard", "scorecard-draft-yaml", "scorecard-draft-publish",
            "scorecard-draft-shadow", "scorecard-autosave"]  # fmt: skip


@pytest.mark.parametrize("name", CHANGING)
def test_only_managers_write(name: str, as_user: AsUser, company: Cast, draft: Draft) -> None:
    for user in (company.vera, company.alice):
        assert as_user(user).post(url(name, draft.pk)).status_code == 403
    assert as_user(company.alice).post(url("scorecard-edit", "standard")).status_code == 403
    assert as_user(company.alice).post(url("scorecard-new")).status_code == 403
    assert as_user(company.alice).get(url("scorecard-draft-measure", draft.pk, 0)).status_code == 403
    assert Draft.objects.count() == 1


def test_everybody_may_look_at_a_preview(as_user: AsUser, company: Cast, draft: Draft) -> None:
    assert as_user(company.vera).get(url("scorecard-draft-preview", draft.pk)).status_code == 200
    assert as_user(company.vera).get(url("scorecard-draft-moves", draft.pk)).status_code == 200


def test_a_visitor_is_sent_to_sign_in(visitor: Client, draft: Draft) -> None:
    for name in (*CHANGING, "scorecard-draft-preview", "scorecard-draft-moves"):
        assert visitor.get(url(name, draft.pk))["Location"].startswith("/sign-in/")


def test_editing_opens_ones_draft(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    first = client.post(url("scorecard-edit", "standard"))
    assert client.post(url("scorecard-edit", "standard"))["Location"] == first["Location"]
    shown = client.get(first["Location"]).content.decode()
    assert "Draft of Standard" in shown
    assert 'value="Product usage"' in shown
    listed = as_user(company.vera).get(url("scorecards")).content.decode()
    assert "draft by Mary" in listed


def test_a_form_that_nobody_touched_changes_nothing(as_user: AsUser, company: Cast, draft: Draft) -> None:
    as_user(company.mary).post(url("scorecard-autosave", draft.pk), fields(draft))
    assert (saved().revision, saved().content) == (1, draft.content)


def test_autosave_keeps_and_tells(as_user: AsUser, company: Cast, draft: Draft) -> None:
    answer = as_user(company.mary).post(
        url("scorecard-autosave", draft.pk), fields(draft, dimensions__0__weight="45", green="85"), headers=HTMX
    )
    said = answer.content.decode()
    assert answer["HX-Trigger"] == "draft-saved"
    assert "105 of 100 points" in said
    assert "The weights of the dimensions add up to 105" in said
    assert "sc-spread" not in said, "no line moved, so no chart is sent"
    assert saved().content["green"] == "85", "as it was typed while something is wrong"


def test_a_moved_line_sends_its_chart(as_user: AsUser, company: Cast, draft: Draft) -> None:
    changed = fields(draft, dimensions__0__measures__0__green="60")
    said = as_user(company.mary).post(url("scorecard-autosave", draft.pk), changed, headers=HTMX).content.decode()
    assert said.count("sc-spread") == 1
    assert "1 accounts green" in said


def test_another_window_is_told_and_overwrites_nothing(as_user: AsUser, company: Cast, draft: Draft) -> None:
    as_user(company.ada).post(url("scorecard-autosave", draft.pk), fields(draft, green="85", window="hers"))
    answer = as_user(company.mary).post(url("scorecard-autosave", draft.pk), fields(draft, green="90", window="mine"))
    assert answer.status_code == 409
    assert "Ada saved this draft" in answer.content.decode()
    assert saved().content["green"] == 85


def test_without_script_buttons_save_and_do(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    shown = client.post(
        url("scorecard-draft", draft.pk), fields(draft, green="85") | {"do": "remove dimensions.4"}, follow=True
    ).content.decode()
    assert "Dimension “Financial” removed." in shown
    assert "95 of 100 points" in shown
    assert (saved().content["green"], len(saved().content["dimensions"])) == (85, 4)
    undo = shown.split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert len(saved().content["dimensions"]) == 5


def test_the_order_is_chosen_by_neighbour(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    shown = client.post(url("scorecard-draft", draft.pk), fields(draft) | {"after": ""}, follow=True).content.decode()
    assert saved().content["position"] == 0
    assert "Without a condition it serves everybody: Enterprise would serve nobody." in shown


def test_a_metric_is_found_by_its_meaning_and_taken_with_lines_that_part_the_accounts(
    as_user: AsUser, company: Cast, draft: Draft
) -> None:
    client = as_user(company.mary)
    shown = client.get(url("scorecard-draft-measure", draft.pk, 4), {"q": "licensed seats"}).content.decode()
    assert 'value="seat_use"' in shown
    assert 'value="daily_active_rate"' not in shown, "it is measured already"
    client.post(url("scorecard-draft-measure", draft.pk, 4), {"metric": "seat_use"})
    measure = saved().content["dimensions"][4]["measures"][-1]
    assert (measure["metric"], measure["green"] > measure["yellow"]) == ("seat_use", True)
    assert client.post(url("scorecard-draft-measure", draft.pk, 4), {"metric": "nothing"}).status_code == 404


def test_the_preview_names_who_moves_and_why(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    client.post(url("scorecard-autosave", draft.pk), fields(draft, green="65"))
    part = client.get(url("scorecard-draft-preview", draft.pk), headers=HTMX).content.decode()
    assert "1 account of 2 changes colour." in part
    assert "Healthy from 65, was 80" in part
    page = client.get(url("scorecard-draft-moves", draft.pk), {"change": "yellow-green"}).content.decode()
    assert "Moderate → Healthy 1" in page
    assert "$148k" in page
    rows = client.get(url("scorecard-draft-moves", draft.pk), {"format": "csv"})
    text = b"".join(rows.streaming_content).decode()
    assert text.splitlines()[1] == 'techcorp,TechCorp,69,69,yellow,green,148000.0,"Healthy from 65, was 80"'


def test_a_draft_that_is_wrong_is_not_previewed(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    client.post(url("scorecard-autosave", draft.pk), fields(draft, green="x"))
    part = client.get(url("scorecard-draft-preview", draft.pk), headers=HTMX)
    assert "It follows when what is marked is mended." in part.content.decode()
    assert client.get(url("scorecard-draft-moves", draft.pk)).status_code == 422
    assert client.post(url("scorecard-draft-publish", draft.pk)).status_code == 422


def test_publishing_saves_first_and_needs_a_reason(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    asked = client.post(url("scorecard-draft-publish", draft.pk), fields(draft, green="65")).content.decode()
    assert "Healthy from 80 → 65" in asked
    assert '<input type="hidden" name="over" value="1">' in asked
    assert client.post(url("scorecard-draft-publish", draft.pk), {"reason": "", "over": "1"}).status_code == 422
    done = client.post(url("scorecard-draft-publish", draft.pk), {"reason": "Fits", "over": "1"}, follow=True)
    assert "“Standard” version 2 is in force." in done.content.decode()
    assert not Draft.objects.exists()
    undo = done.content.decode().split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert publishing.document_of(publishing.get("standard")).green == 80


def test_a_draft_that_was_overtaken_says_so(as_user: AsUser, company: Cast, draft: Draft) -> None:
    other = publishing.document_of(publishing.get("standard")).model_copy(update={"green": 90})
    client = as_user(company.mary)
    client.post(url("scorecard-autosave", draft.pk), fields(draft, green="65"))
    asked = client.get(url("scorecard-draft-publish", draft.pk)).content.decode()
    assert 'name="over" value="1"' in asked
    publishing.publish(other, by=company.ada, reason="Mine", now=utc_now())
    refused = client.post(url("scorecard-draft-publish", draft.pk), {"reason": "Fits", "over": "1"})
    assert refused.status_code == 422
    assert "was published meanwhile by Ada" in refused.content.decode()
    assert "Version 2 was published by Ada since this draft began" in client.get(
        url("scorecard-draft", draft.pk)
    ).content.decode()  # fmt: skip
    client.post(url("scorecard-draft-publish", draft.pk), {"reason": "Fits", "over": "2"})
    assert publishing.document_of(publishing.get("standard")).green == 65


def test_a_draft_is_discarded_and_brought_back(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    done = client.post(url("scorecard-draft-discard", draft.pk), follow=True).content.decode()
    assert not Draft.objects.exists()
    assert client.get(url("scorecard-draft", draft.pk)).status_code == 404
    client.post(f"/undo/{done.split('action="/undo/')[1].split('"')[0]}")
    assert Draft.objects.count() == 1


def test_a_new_scorecard_begins_as_a_copy_for_a_segment(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    begun = client.post(url("scorecard-new"), {"name": "Self-serve", "begin": "standard"})
    draft = saved()
    assert begun["Location"] == url("scorecard-draft", draft.pk)
    changed = fields(draft, condition="key = 'techcorp'", green="60") | {"after": ""}
    client.post(url("scorecard-draft", draft.pk), changed)
    client.post(url("scorecard-draft-publish", draft.pk), {"reason": "They look after themselves", "over": "0"})
    assert [card.scorecard.key for card in publishing.published.in_force()] == ["self_serve", "enterprise", "standard"]
    empty = client.post(url("scorecard-new"), {"name": "Empty", "begin": ""}, follow=True).content.decode()
    assert "0 of 100 points" in empty


def test_a_draft_can_be_written_as_yaml(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    shown = client.get(url("scorecard-draft-yaml", draft.pk)).content.decode()
    assert "name: Standard" in shown
    text = "name: Standard\ngreen: 70\ndimensions:\n- key: use\n  label: Use\n  weight: 90\n  measures: []\n"
    client.post(url("scorecard-draft-yaml", draft.pk), {"text": text})
    assert saved().content["green"] == 70
    refused = client.post(url("scorecard-draft-yaml", draft.pk), {"text": "name: ["})
    assert refused.status_code == 422
    assert "This is not YAML" in refused.content.decode()
    assert "A scorecard is a mapping" in client.post(
        url("scorecard-draft-yaml", draft.pk), {"text": "- a"}
    ).content.decode()  # fmt: skip


def test_a_shadow_is_shown_stopped_and_published(as_user: AsUser, company: Cast, draft: Draft) -> None:
    client = as_user(company.mary)
    client.post(url("scorecard-draft-shadow", draft.pk), fields(draft, green="65"))
    score_all(utc_now())
    shown = as_user(company.vera).get(url("scorecard-shadow", "standard")).content.decode()
    assert "Healthy from 80 → 65" in shown
    assert "1 of 2 accounts have the same band" in shown
    assert "Publish it" not in shown
    rows = as_user(company.vera).get(url("scorecard-shadow", "standard"), {"format": "csv"})
    assert b"techcorp,TechCorp,69,69,yellow,green" in b"".join(rows.streaming_content)
    shadow = Shadow.objects.get()
    assert "shadow runs" in client.get(url("scorecards")).content.decode()
    done = client.post(url("scorecard-shadow-stop", shadow.pk), follow=True).content.decode()
    assert "The shadow is stopped." in done
    client.post(f"/undo/{done.split('action="/undo/')[1].split('"')[0]}")
    assert shadows.running("standard") == shadow
    client.post(url("scorecard-shadow-promote", shadow.pk), {"reason": "It fits", "over": "1"})
    assert publishing.document_of(publishing.get("standard")).green == 65
    assert Shadow.objects.get().outcome == "published"
    assert as_user(company.alice).post(url("scorecard-shadow-stop", shadow.pk)).status_code == 403
    assert as_user(company.alice).post(url("scorecard-shadow-promote", shadow.pk)).status_code == 403


def test_a_shadow_of_a_scorecard_that_does_not_exist_yet_has_a_page(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    client.post(url("scorecard-new"), {"name": "Small", "begin": "standard"})
    client.post(url("scorecard-draft", saved().pk), fields(saved(), condition="key = 'techcorp'") | {"after": ""})
    client.post(url("scorecard-draft-shadow", saved().pk))
    shown = client.get(url("scorecard-shadow", "small")).content.decode()
    assert "not published yet" in shown
    assert client.get(url("scorecard-shadow", "nothing")).status_code == 404
    assert "No shadow has run" in client.get(url("scorecard-shadow", "enterprise")).content.decode()


def test_a_new_scorecard_begins_with_a_template(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    page = client.get(url("scorecard-new")).content.decode()
    assert "Customer health index: Usage, feedback, sentiment and support in four parts" in page
    client.post(url("scorecard-new"), {"name": "Index", "begin": "template:customer_health_index"})
    draft = Draft.objects.get(content__name="Index")
    assert [part["weight"] for part in draft.content["dimensions"]] == [40, 20, 20, 20]
    refused = client.post(url("scorecard-new"), {"name": "Index", "begin": "template:nothing"})
    assert refused.status_code == 422
