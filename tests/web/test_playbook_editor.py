"""The editor of a playbook: its flow, its forms, what is wrong at its place, YAML, publishing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mainstay.facts.models import EventType
from mainstay.people.models import User
from mainstay.playbooks import drafts
from mainstay.playbooks.models import Draft, Playbook, PlaybookVersion
from mainstay.playbooks.reading import to_yaml
from mainstay.segments.models import Segment
from tests.builders import NOW, Cast
from tests.playbooks.plays import play, publish, task, wait

type SignIn = Callable[[User], Client]
BRANCH = {
    "id": "size",
    "type": "branch",
    "branches": [{"when": "tier = 'smb'", "steps": [task("short")]}],
    "else": [task("long")],
}


@pytest.fixture
def draft(cast: Cast) -> Draft:
    """A draft of a published playbook: a, a branch, a wait."""
    publish(play(task("hello"), BRANCH, wait()))
    return drafts.begin("play", by=cast.mary, now=NOW)


def do(client: Client, draft: Draft, verb: str, *, htmx: bool = False, **values: Any) -> Any:
    """Ask for a change, as a window that has seen what there is."""
    draft.refresh_from_db()
    values = {"revision": draft.revision, "window": "w", "do": verb, **values}
    return client.post(f"/playbooks/drafts/{draft.pk}/do/", values, headers={"HX-Request": "true"} if htmx else {})


def tell(client: Client, draft: Draft, place: str, *, auto: bool = False, **values: Any) -> Any:
    draft.refresh_from_db()
    values = {"revision": draft.revision, "window": "w", **values}
    url = f"/playbooks/drafts/{draft.pk}/{place}/{'?auto' if auto else ''}"
    answer = client.post(url, values, headers={"HX-Request": "true"})
    draft.refresh_from_db()
    return answer


def ids(draft: Draft) -> list[str]:
    draft.refresh_from_db()
    return [step["id"] for step in draft.content["steps"]]


def test_everybody_reads_a_draft_and_managers_change_it(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    page = as_user(cast.vera).get(f"/playbooks/drafts/{draft.pk}/").content.decode()
    assert "tier = &#x27;smb&#x27;" in page
    assert "data-grip" not in page
    assert "Add a step" not in page
    assert "Add a step before “hello”" in as_user(cast.mary).get(f"/playbooks/drafts/{draft.pk}/").content.decode()
    assert "Discard the draft" in as_user(cast.mary).get(f"/playbooks/drafts/{draft.pk}/?part=name").content.decode()
    for user in (cast.vera, cast.alice):
        assert do(as_user(user), draft, "remove", step="hello").status_code == 403
        for path in ("publish", "yaml"):
            assert as_user(user).get(f"/playbooks/drafts/{draft.pk}/{path}/").status_code == 403
        for path in (f"drafts/{draft.pk}/discard", "new/empty", "play/edit"):
            assert as_user(user).post(f"/playbooks/{path}/").status_code == 403


@pytest.mark.parametrize("path", ["", "yaml/", "publish/"])
def test_a_visitor_sees_only_sign_in(draft: Draft, visitor: Client, path: str) -> None:
    assert visitor.get(f"/playbooks/drafts/{draft.pk}/{path}")["Location"].startswith("/sign-in/")


def test_steps_are_added_copied_moved_and_taken_out_and_all_is_taken_back(
    draft: Draft, cast: Cast, as_user: SignIn
) -> None:
    client, before = as_user(cast.mary), ids(draft)
    do(client, draft, "insert", kind="email", row="", at="1")
    assert ids(draft) == ["hello", "email", "size", "pause"]
    do(client, draft, "duplicate", step="size")
    do(client, draft, "move", step="pause", row="size/else", at="0")
    assert ids(draft) == ["hello", "email", "size", "size_2"]
    answer = do(client, draft, "up", step="email", htmx=True)
    assert "“email” moved to place 1." in answer.content.decode()
    do(client, draft, "remove", step="size")
    assert ids(draft) == ["email", "hello", "size_2"]
    for _ in range(5):
        do(client, draft, "undo")
    assert ids(draft) == before
    do(client, draft, "redo")
    assert ids(draft) == ["hello", "email", "size", "pause"]


def test_what_cannot_be_done_is_told_and_changes_nothing(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client, before = as_user(cast.mary), ids(draft)
    for verb, values in [
        ("move", {"step": "size", "row": "size/0", "at": "0"}),
        ("up", {"step": "hello"}),
        ("insert", {"kind": "fax"}),
        ("dance", {}),
        ("remove", {"step": "gone"}),
    ]:
        assert do(client, draft, verb, htmx=True, **values).status_code == 422
    assert ids(draft) == before


def test_every_kind_of_step_can_be_added_and_has_its_form(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"add": "size/0:1"})
    kinds = [kind.kind for _, found in page.context["page"].panel.groups for kind in found]
    assert {"task", "email", "wait", "branch", "split"} <= set(kinds)
    for kind in kinds:
        answer = do(client, draft, "insert", kind=kind, row="size/0", at="1", htmx=True)
        panel = answer.context["page"].panel
        assert (answer.status_code, panel.step, bool(panel.fields)) == (200, kind, True)
    assert len(draft_steps := client.get(f"/playbooks/drafts/{draft.pk}/").context["page"].canvas.cards) == 3
    assert len(draft_steps[1].ways[0].cards) == 1 + len(kinds)


def test_what_is_typed_is_kept_at_once_right_or_wrong(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    values = {
        "title": "Call {{ acount.name }}",
        "why": "",
        "due_in.days": "2",
        "due_in.hours": "soon",
        "assign": "nobody",
    }
    answer = tell(client, draft, "steps/hello", auto=True, **values)
    assert draft.content["steps"][0]["with"] == {
        "title": "Call {{ acount.name }}",
        "due_in": {"days": 2, "hours": "soon"},
        "assign": "nobody",
    }
    said = answer.content.decode()
    assert "3 things to do before it can be published" in said
    assert 'id="p-f-title"' in said
    assert "acount" in said
    assert '<form id="pe-form"' not in said
    assert client.get(f"/playbooks/drafts/{draft.pk}/publish/").content.decode().count("3 things to do") == 1
    assert client.post(f"/playbooks/drafts/{draft.pk}/publish/").status_code == 422


NEEDS = [
    ("task", {}, ["Title", "Why", "Due in"]),
    ("task", {"title": "a", "why": "b", "due_in.days": "1", "assign": "person"},
     ["a person"]),
    ("email", {"subject": "a", "text": "b", "to": "contacts"},
     ["at least one persona or buying role to choose contacts by"]),
    ("in_app", {}, ["What it is", "Title"]),
    ("branch", {}, ["a condition, or what an earlier step came to"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "needs"), NEEDS)
def test_what_is_not_said_yet_is_told_calmly_until_somebody_tries_to_publish(
    draft: Draft, cast: Cast, as_user: SignIn, kind: str, typed: dict[str, str], needs: list[str]
) -> None:
    client = as_user(cast.mary)
    do(client, draft, "insert", kind=kind, row="", at="0")
    if typed:
        tell(client, draft, f"steps/{kind}", **typed)
    url = f"/playbooks/drafts/{draft.pk}/"
    page = client.get(url, {"step": kind})
    card = page.context["page"].canvas.cards[0]
    assert (list(card.needs), list(card.problems), page.context["page"].has_faults) == (needs, [], False)
    assert 'class="err"' not in page.content.decode()
    assert "Still needed" in page.content.decode()
    publish_page = client.get(f"{url}publish/").content.decode()
    assert f"?step={kind}" in publish_page
    page = client.get(url, {"step": kind})
    assert page.context["page"].has_faults
    assert 'class="err"' in page.content.decode()


def test_what_is_wrong_is_told_as_such_at_once_and_beside_what_is_missing(
    draft: Draft, cast: Cast, as_user: SignIn
) -> None:
    answer = tell(as_user(cast.mary), draft, "steps/hello", title="Call {{ acount.name }}")
    page = answer.context["page"]
    assert list(page.canvas.cards[0].needs) == ["Why"]
    assert "Title: " in page.canvas.cards[0].problems[0]
    assert page.has_faults
    assert [one.reason for one in page.wrong if "still" in one.reason] == ["still needs Why"]


def test_a_form_asks_only_for_what_goes_with_what_is_chosen(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "insert", kind="email", row="", at="0")

    def asked() -> set[str]:
        page = client.get(f"/playbooks/drafts/{draft.pk}/", {"step": "email"}).context["page"]
        return {field.name for field in page.panel.fields}

    assert asked() == {"to", "subject", "text"}
    tell(client, draft, "steps/email", to="contacts", subject="a", text="b", persona="executive", sender="owner")
    assert asked() == {"to", "subject", "text", "persona", "role", "most", "category", "sender"}
    tell(client, draft, "steps/email", to="owner", subject="a", text="b", persona="executive", sender="owner")
    assert draft.content["steps"][0]["with"] == {"subject": "a", "text": "b"}
    drafts.save(
        draft,
        {**draft.content, "steps": [{"id": "email", "type": "email", "with": {"persona": ["executive"]}}]},
        revision=draft.revision,
        by=cast.mary,
        now=NOW,
    )
    assert "persona" in asked()  # written as YAML, and wrong: it can be seen and taken out


def test_events_are_looked_for_where_many_are_known(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    seen = {"first_received_at": NOW, "last_received_at": NOW, "first_day": NOW.date(), "last_day": NOW.date()}
    EventType.objects.bulk_create(EventType(name=f"Event {number:02}", **seen) for number in range(20))
    client = as_user(cast.mary)
    tell(client, draft, "steps/pause", event=["Event 03", "Event 07", ""])
    assert draft.content["steps"][2]["with"]["event"] == ["Event 03", "Event 07"]
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"step": "pause"})
    field = next(one for one in page.context["page"].panel.fields if one.name == "event")
    assert [option.value for option in field.options] == ["Event 03", "Event 07", ""]
    assert ("Event 12", "Event 12") in field.suggestions
    assert '<option value="Event 12">' in page.content.decode()


def test_texts_under_names_of_ones_own_are_asked_for_in_rows(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "insert", kind="webhook", row="", at="0")
    rows = {"data.0.row": "1", "data.0.key": "note", "data.0.text": "Hello {{ acount.name }}", "data.1.row": "1"}
    answer = tell(client, draft, "steps/webhook", event="account.at_risk", **rows)
    assert draft.content["steps"][0]["with"]["data"] == {"note": "Hello {{ acount.name }}"}
    shown = {field.name: field for field in answer.context["page"].panel.fields}
    assert (shown["data.0.key"].value, shown["data.1.key"].value) == ("note", "")
    assert "acount" in shown["data.0.text"].problems[0]
    written = {**draft.content, "entry": {"by": "event", "events": ["Exported"], "properties": {"size": "number"}}}
    drafts.save(draft, written, revision=draft.revision, by=cast.mary, now=NOW)
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"part": "start"}).context["page"]
    shown = {field.name: field for field in page.panel.fields}
    assert shown["entry.event.properties.0.type"].value == "number"  # written in short as YAML


def test_names_of_shares_and_steps_may_be_typed_as_words(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "insert", kind="split", row="", at="0")
    shares = {"ways.0.name": "Short mail", "ways.0.share": "60", "ways.1.name": "2 mails", "ways.1.share": "40"}
    tell(client, draft, "steps/split", id="Which mail?", **shares)
    assert [part["name"] for part in draft.content["steps"][0]["parts"]] == ["short_mail", "way_2_mails"]
    assert draft.content["steps"][0]["id"] == "which_mail"
    assert "60 %: short mail" in client.get(f"/playbooks/drafts/{draft.pk}/").content.decode()


def test_a_step_is_told_and_renamed(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    tell(as_user(cast.mary), draft, "steps/pause", id="first_week", working_days="5", days="", on_time_out="go_on")
    assert draft.content["steps"][2] == {"id": "first_week", "type": "wait", "with": {"working_days": 5}}
    assert drafts.problems(draft) == []


def test_ways_are_told_added_and_taken_out(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "add_way", step="size", **{"ways.0.when": "tier = 'starter'"})
    tell(client, draft, "steps/size", **{"ways.0.when": "tier = 'starter'", "ways.1.when": "arr >"})
    branch = draft.content["steps"][1]
    assert [arm["when"] for arm in branch["branches"]] == ["tier = 'starter'", "arr >"]
    assert branch["branches"][0]["steps"] == [task("short")]
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"step": "size"}).context["page"]
    assert page.panel.ways[1].fields[0].problems
    client.post(
        f"/playbooks/drafts/{draft.pk}/do/?number=1",
        {"do": "remove_way", "step": "size", "revision": draft.revision, "window": "w"},
    )
    draft.refresh_from_db()
    assert len(draft.content["steps"][1]["branches"]) == 1
    assert drafts.problems(draft) == []


def test_ways_are_moved_by_their_form_and_by_key_with_what_was_typed(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "add_way", step="size")
    url = f"/playbooks/drafts/{draft.pk}/do/?number=1"
    draft.refresh_from_db()
    typed = {"ways.0.when": "arr > 1", "ways.1.when": "arr > 2", "step": "size", "do": "way_up"}
    answer = client.post(url, {**typed, "revision": draft.revision, "window": "w"}, headers={"HX-Request": "true"})
    draft.refresh_from_db()
    assert [arm["when"] for arm in draft.content["steps"][1]["branches"]] == ["arr > 2", "arr > 1"]
    assert draft.content["steps"][1]["branches"][1]["steps"] == [task("short")]
    said = answer.content.decode()
    assert "Way 2 of “size” moved to place 1." in said
    assert 'data-focus="way_up-0"' in said
    answer = do(client, draft, "way_down", step="size", row="size/0", htmx=True)
    assert 'data-focus="way-size/1"' in answer.content.decode()
    draft.refresh_from_db()
    assert [arm["when"] for arm in draft.content["steps"][1]["branches"]] == ["arr > 1", "arr > 2"]
    assert do(client, draft, "way_down", step="size", row="size/1", htmx=True).status_code == 422


def test_a_branch_asks_for_what_an_earlier_step_came_to(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    do(client, draft, "insert", kind="wait", row="", at="0")
    tell(client, draft, "steps/wait", condition="arr > 5")
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"step": "size"}).context["page"]
    assert "wait/timed_out" in [option.value for option in page.panel.ways[0].fields[1].options]
    tell(client, draft, "steps/size", **{"ways.0.when": "", "ways.0.after": "wait/timed_out"})
    assert draft.content["steps"][2]["branches"][0]["after"] == {"step": "wait", "outcome": "timed_out"}
    assert drafts.problems(draft) == []


def test_cards_ways_and_choices_are_told_in_words(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    Segment.objects.create(key="enterprise_eu", name="Enterprise, Europe", condition="arr > 5", is_shared=True)
    ask = {"title": "A discount for {{ account.name }}?", "why": "x", "time_out": {"days": 3}}
    heard = {"after": {"step": "ask", "outcome": "done"}, "steps": []}
    content = {
        **draft.content,
        "entry": {"by": "segment", "segment": "enterprise_eu"},
        "for": {"segment": "enterprise_eu", "where": "arr > 9"},
        "steps": [{"id": "ask", "type": "approve", "with": ask}, {"id": "said", "type": "branch", "branches": [heard]}],
    }
    drafts.save(draft, content, revision=draft.revision, by=cast.mary, now=NOW)
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"step": "said"}).content.decode()
    for said in (
        "it enters the segment “Enterprise, Europe”",
        "accounts in the segment “Enterprise, Europe”",
        "Asks the owner of the account, and goes on without an answer after 3 days.",
        "When approved (Approval “A discount for account name?”)",
        "Approval “A discount for account name?”: no answer in time</option>",
    ):
        assert said in page
    assert "enterprise_eu" not in page
    draft.refresh_from_db()
    assert drafts.problems(draft) == []
    said = client.get(f"/playbooks/drafts/{draft.pk}/publish/").content.decode()
    assert "→ it enters the segment “Enterprise, Europe”" in said
    client.post(f"/playbooks/drafts/{draft.pk}/publish/", {"reason": "x"})
    shown = client.get("/playbooks/play/").context["page"].told
    assert (shown.starts, shown.whom) == (
        "it enters the segment “Enterprise, Europe”",
        "accounts in the segment “Enterprise, Europe”",
    )
    assert "it enters the segment “Enterprise, Europe”" in client.get("/playbooks/").content.decode()
    why = client.get("/playbooks/accounts/acme/why/play/").content.decode()
    assert "It is for accounts in the segment “Enterprise, Europe”, where arr &gt; 9" in why


ENTRIES = [
    ({"entry": "signal", "entry.signal.kind": "health_red"}, {"by": "signal", "kind": "health_red"}),
    ({"entry": "date", "entry.date.of": "renewal", "entry.date.days_before": "90"},
     {"by": "date", "of": "renewal", "days_before": 90}),
    ({"entry": "event", "entry.event.events": "Export failed\nExported", "entry.event.where": "size > 5",
      "entry.event.properties.0.row": "1", "entry.event.properties.0.key": "size",
      "entry.event.properties.0.type": "number", "entry.event.properties.1.row": "1"},
     {"by": "event", "events": ["Export failed", "Exported"], "where": "size > 5",
      "properties": {"size": {"type": "number"}}}),
    ({"entry": "answer", "entry.answer.survey": "nps", "entry.answer.at_least": "9"},
     {"by": "answer", "survey": "nps", "at_least": 9}),
    ({"entry": "hand"}, {"by": "hand"}),
]  # fmt: skip


@pytest.mark.parametrize(("posted", "expected"), ENTRIES)
def test_every_way_in_has_its_form(
    draft: Draft, cast: Cast, as_user: SignIn, posted: dict[str, str], expected: dict[str, Any]
) -> None:
    client = as_user(cast.mary)
    answer = tell(client, draft, "parts/start", **posted)
    assert draft.content["entry"] == expected
    assert drafts.problems(draft) == []
    shown = {field.name: field.value for field in answer.context["page"].panel.fields}
    typed = {name: value for name, value in posted.items() if name != "entry" and not name.endswith(".row")}
    assert {name: shown[name] for name in typed} == typed


def test_who_enters_and_what_ends_it_is_told_by_forms(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    start = {
        "entry": "hand", "for.where": "arr > 5", "subject": "Subject",
        "subject.Subject.contacts.persona": "administrator",
        "subject.Subject.contacts.most": "3", "reentry": "AfterDays", "reentry.AfterDays.after_days": "30",
    }  # fmt: skip
    tell(client, draft, "parts/start", **start)
    assert draft.content["for"] == {"where": "arr > 5"}
    assert draft.content["subject"] == {"contacts": {"persona": ["administrator"], "most": 3}}
    assert draft.content["reentry"] == {"after_days": 30}
    end = {
        "goal.where": "arr > 9", "goal.within_days": "", "holdout": "10", "caps.starts_a_day": "20",
        "exit.0.row": "1", "exit.0.when": "condition", "exit.0.where": "arr > 7", "exit.0.tasks": "dismiss",
        "exit.1.row": "1", "exit.1.when": "churned", "exit.1.tasks": "stay", "exit.2.row": "1", "exit.2.when": "",
    }  # fmt: skip
    tell(client, draft, "parts/end", **end)
    assert draft.content["goal"] == {"where": "arr > 9"}
    assert draft.content["exit"] == [
        {"when": "condition", "where": "arr > 7", "tasks": "dismiss"},
        {"when": "churned"},
    ]
    assert (draft.content["holdout"], draft.content["caps"]) == (10, {"starts_a_day": 20})
    assert drafts.problems(draft) == []
    page = client.get(f"/playbooks/drafts/{draft.pk}/", {"part": "end"}).content.decode()
    assert "arr &gt; 9 within 90 days" in page
    tell(client, draft, "parts/end", **{"exit.0.row": "1", "exit.0.when": ""})
    assert not {"goal", "exit", "holdout", "caps"} & set(draft.content)


def test_the_key_of_a_new_playbook_follows_its_name(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    assert "part=name" in client.post("/playbooks/new/empty/")["Location"]
    draft = Draft.objects.get()
    tell(client, draft, "parts/name", name="Hello, world", key="")
    assert draft.content["key"] == "hello_world"
    tell(client, draft, "parts/name", name="Hello again", key="hello_world")
    assert draft.content["key"] == "hello_again"
    tell(client, draft, "parts/name", name="Another", key="hi")
    assert draft.content["key"] == "hi"
    assert "Another" in client.get("/playbooks/").content.decode()


def test_a_draft_is_published_with_a_reason_after_a_look_at_what_changes(
    draft: Draft, cast: Cast, as_user: SignIn
) -> None:
    client = as_user(cast.mary)
    do(client, draft, "remove", step="size")
    page = client.get(f"/playbooks/drafts/{draft.pk}/publish/").content.decode()
    assert "Step &#x27;size&#x27; (branch): taken out" in page
    assert "0 runs</b> would begin" in page
    client.post(f"/playbooks/drafts/{draft.pk}/publish/", {"reason": "Shorter"})
    version = PlaybookVersion.objects.get(version=2)
    assert (version.reason, version.by, Draft.objects.count()) == ("Shorter", cast.mary, 0)
    assert client.get(f"/playbooks/drafts/{draft.pk}/").status_code == 404


def test_publishing_over_a_version_nobody_looked_at_is_refused(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    publish(play(task(title="Meanwhile")))
    client = as_user(cast.mary)
    assert "Version 2 was published since" in client.get(f"/playbooks/drafts/{draft.pk}/publish/").content.decode()
    assert client.post(f"/playbooks/drafts/{draft.pk}/publish/", {"over": "1"}).status_code == 409
    client.post(f"/playbooks/drafts/{draft.pk}/publish/", {"over": "2"})
    assert PlaybookVersion.objects.count() == 3


def test_the_flow_and_the_yaml_are_one_document(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    text = to_yaml(play(task(title="Write"), wait(until="2026-09-01"), description="Another."))
    url = f"/playbooks/drafts/{draft.pk}/yaml/"
    answer = client.post(url, {"yaml": text, "revision": draft.revision, "flow": "1"}, follow=True)
    assert "Write" in answer.content.decode()
    do(client, draft, "undo")
    assert ids(draft) == ["hello", "size", "pause"]
    assert "tier = 'smb'" in client.get(url).context["page"].form["yaml"].value()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key: [", "This is not YAML"),
        ("key: play\nname: P\nentry: {by: hand}\nsteps: []\n", "steps"),
        ("key: play\nname: P\nentry: {by: hand}\nsteps:\n  - {id: a, type: fax}\n", "line 5"),
        ("- a", "is a mapping"),
    ],
)
def test_yaml_that_is_wrong_says_so_and_nothing_typed_is_lost(
    draft: Draft, cast: Cast, as_user: SignIn, text: str, said: str
) -> None:
    page = as_user(cast.mary).post(f"/playbooks/drafts/{draft.pk}/yaml/", {"yaml": text, "revision": draft.revision})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert page.context["page"].form["yaml"].value() == text


def test_what_cannot_be_drawn_is_left_to_the_yaml(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    drafts.save(draft, {"key": "play", "steps": "call"}, revision=draft.revision, by=cast.mary, now=NOW)
    page = as_user(cast.mary).get(f"/playbooks/drafts/{draft.pk}/").content.decode()
    assert "the playbook is no list of steps." in page


def test_a_draft_somebody_saved_meanwhile_is_not_written_over(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    seen = {"revision": draft.revision, "do": "remove", "step": "pause"}
    do(client, draft, "remove", step="hello")
    answer = client.post(
        f"/playbooks/drafts/{draft.pk}/do/", {**seen, "window": "another"}, headers={"HX-Request": "1"}
    )
    assert answer.status_code == 409
    assert ids(draft) == ["size", "pause"]
    client.post(f"/playbooks/drafts/{draft.pk}/discard/")
    assert not Draft.objects.exists()


def test_edit_begins_a_draft_once(cast: Cast, as_user: SignIn) -> None:
    publish(play())
    client = as_user(cast.mary)
    assert client.get("/playbooks/play/edit/")["Location"] == "/playbooks/play/"
    first = client.post("/playbooks/play/edit/")["Location"]
    assert client.post("/playbooks/play/edit/")["Location"] == client.get("/playbooks/play/edit/")["Location"] == first
    assert Playbook.objects.get().drafts.count() == 1
