"""Kinds of signals: read by everybody, made, tried on the past year and published by managers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.signals import replaying, selectors, services
from mainstay.signals.document import to_yaml
from mainstay.signals.models import Dismissal, ReplayRun, Signal, StoredKind
from mainstay.signals.registry import shipped
from mainstay.web.kinds.forms import key_of
from tests.builders import Cast
from tests.scores.profiles import keep, write
from tests.signals.kinds import document
from tests.web.scene import signal

type AsUser = Callable[[User], Client]

DAY = timedelta(days=1)
FORM = {
    "label": "Busy",
    "description": "Many seats are used.",
    "category": "expansion",
    "severity": "info",
    "condition": "seat_use >= 80",
    "hold_number": "3",
    "hold_unit": "days",
    "closes": "seat_use < 75",
    "pause_days": "14",
    "stake_money": "expansion",
    "stake_percent": "20",
    "summary": "{seat_use.now} of the seats are used.",
    "evidence_1_field": "seat_use",
    "evidence_1_days": "28",
    "enabled": "on",
}


def _text(answer: object) -> str:
    return answer.content.decode()


def _carry_out(run: ReplayRun) -> None:
    replaying.carry_out(run.pk, now=utc_now())


@pytest.fixture
def kept(cast: Cast) -> Cast:
    """Three days of history and the present."""
    today = utc_now().date()
    for back, acme in ((3, 50.0), (2, 85.0), (1, 95.0)):
        keep(today - back * DAY, {cast.acme: {"seat_use": acme, "arr": 1000.0}, cast.globex: {"seat_use": 90.0}})
    write({cast.acme: {"seat_use": 95.0, "arr": 1000.0}, cast.globex: {"seat_use": 90.0}})
    return cast


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    for path in ("", "new/", "promoter/", "promoter/edit/"):
        assert visitor.get(f"/signals/kinds/{path}")["Location"].startswith("/sign-in/")


def test_every_kind_is_listed_with_its_figures_and_everybody_reads_its_page(as_user: AsUser, cast: Cast) -> None:
    for account in (cast.acme, cast.globex):
        signal(account, "promoter", severity="info")
    client = as_user(cast.vera)
    page = client.get("/signals/kinds/").context["page"]
    rows = {row.declared.document.key: row for group in page.groups for row in group.rows}
    assert set(rows) == set(shipped())
    assert (rows["promoter"].figures.open, rows["promoter"].figures.opened_30d) == (2, 2)
    for key in shipped():
        text = _text(client.get(f"/signals/kinds/{key}/"))
        assert shipped()[key].description in text.replace("&#x27;", "'")
        assert "Edit" not in text


def test_those_below_the_manager_change_nothing(as_user: AsUser, cast: Cast) -> None:
    for user in (cast.alice, cast.vera):
        client = as_user(user)
        for path in ("new/", "promoter/edit/", "promoter/remove/"):
            assert client.get(f"/signals/kinds/{path}").status_code == 403
        for path in ("new/", "promoter/edit/", "promoter/remove/", "promoter/switch/", "promoter/replay/"):
            assert client.post(f"/signals/kinds/{path}").status_code == 403
        run = services.ask_replay(document(), by=cast.mary, now=utc_now())
        assert client.post(f"/signals/replays/{run.pk}/publish/").status_code == 403
    assert not StoredKind.objects.exists()


def test_a_kind_is_made_replayed_and_published(as_user: AsUser, kept: Cast) -> None:
    client = as_user(kept.mary)
    answer = client.post("/signals/kinds/new/", FORM | {"hold_number": "", "hold_unit": ""})
    run = ReplayRun.objects.get()
    assert answer["Location"] == f"/signals/replays/{run.pk}/"
    assert "Waiting for a worker" in _text(client.get(answer["Location"]))
    _carry_out(run)
    page = client.get(answer["Location"])
    draft = page.context["page"].draft
    assert (draft.opened, draft.standing, draft.open_now, draft.at_stake_minor) == (1, 1, 2, 20_000)
    text = _text(page)
    assert "2 signals would open" in text
    assert "not enough data" in text
    lines = b"".join(client.get(f"{answer['Location']}replay.csv").streaming_content).decode().splitlines()
    assert len(lines) == 3
    client.post(f"{answer['Location']}publish/", {"reason": "We asked for it."})
    assert selectors.document_of("busy").closes == "seat_use < 75"
    assert selectors.versions("busy").get().reason == "We asked for it."
    assert "may_publish" not in _text(client.get(answer["Location"]))
    services.detect(utc_now())
    assert Signal.objects.filter(kind="busy", closed_at=None).count() == 2


def test_the_form_says_the_whole_document(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    client.post("/signals/kinds/new/", FORM | {"save": "1"})
    made = selectors.document_of("busy")
    assert made == document(
        holds_for={"days": 3},
        closes="seat_use < 75",
        pause_days=14,
        at_stake={"money": "expansion", "percent": 20},
        evidence=[{"field": "seat_use", "days_ago": 28}],
    )
    initial = client.get("/signals/kinds/busy/edit/").context["page"].form.initial
    again = {name: value for name, value in initial.items() if name in FORM and value not in (None, False)}
    client.post("/signals/kinds/busy/edit/", again | {"save": "1", "label": "Very busy"})
    assert selectors.document_of("busy") == made.model_copy(update={"label": "Very busy"})


@pytest.mark.parametrize("key", sorted(shipped()))
def test_every_shipped_kind_survives_the_form_unchanged(as_user: AsUser, cast: Cast, key: str) -> None:
    client = as_user(cast.mary)
    form = client.get(f"/signals/kinds/{key}/edit/").context["page"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value not in (None, False, "")}
    client.post(f"/signals/kinds/{key}/edit/", values | {"save": "1"})
    assert not StoredKind.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"condition": "seat_uses >= 80"}, "condition", "did you mean seat_use"),
        ({"closes": "seat_use <"}, "closes", "missing at the end"),
        ({"hold_number": ""}, "hold_number", "Say either"),
        ({"evidence_1_field": "seat_uses"}, "evidence_1_field", "There is no field"),
        ({"summary": "{arr.now}"}, "summary", "is not evidence"),
        ({"key": "promoter"}, "key", "already"),
        ({"key": "New!"}, "key", ""),
        ({"label": ""}, "label", "required"),
        ({"pause_days": "400"}, "pause_days", "365"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    as_user: AsUser, cast: Cast, changes: dict[str, str], field: str, said: str
) -> None:
    answer = as_user(cast.mary).post("/signals/kinds/new/", FORM | changes)
    assert answer.status_code == 422
    form = answer.context["page"].form
    assert said in " ".join(form.errors[field])
    assert form["summary"].value() == (FORM | changes)["summary"]
    assert not StoredKind.objects.exists()


def test_a_condition_that_is_refused_says_why_at_its_place(as_user: AsUser, cast: Cast) -> None:
    text = _text(as_user(cast.mary).post("/signals/kinds/new/", FORM | {"condition": "seat_uses >= 80"}))
    assert "<mark>seat_uses</mark>" in text
    assert "There is no field" in text


def test_the_same_as_yaml(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    assert to_yaml(shipped()["promoter"]).splitlines()[0] in _text(client.get("/signals/kinds/promoter/edit/?as=yaml"))
    text = to_yaml(document(key="mine", holds_for={"periods": 3}))
    client.post("/signals/kinds/new/?as=yaml", {"yaml": text, "save": "1"})
    assert selectors.document_of("mine").holds_for.periods == 3
    for wrong, said in (
        (text.replace("seat_use >=", "seat_uses >="), "did you mean seat_use"),
        (text.replace("mine", "other"), "cannot change"),
        ("- a", "The text, document"),
        (text + "colour: blue", "colour"),
    ):
        answer = client.post("/signals/kinds/mine/edit/?as=yaml", {"yaml": wrong, "save": "1"})
        assert answer.status_code == 422
        assert said in _text(answer)


def test_a_kind_is_switched_off_and_it_is_undone(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    answer = client.post("/signals/kinds/promoter/switch/", follow=True)
    assert "“Promoter” is switched off." in _text(answer)
    assert not selectors.document_of("promoter").enabled
    client.post("/undo/" + _text(answer).partition('action="/undo/')[2].partition('"')[0])
    assert selectors.document_of("promoter").enabled
    assert not StoredKind.objects.exists()


def test_a_changed_kind_is_restored_and_an_own_one_removed(as_user: AsUser, cast: Cast) -> None:
    client, now = as_user(cast.mary), utc_now()
    services.save_kind(shipped()["promoter"].model_copy(update={"severity": "warning"}), by=cast.mary, now=now)
    services.save_kind(document(), by=cast.mary, now=now)
    assert "Restore “Promoter”?" in _text(client.get("/signals/kinds/promoter/remove/"))
    client.post("/signals/kinds/promoter/remove/", {"reason": "Too loud."})
    client.post("/signals/kinds/busy/remove/", {"reason": ""})
    assert selectors.document_of("promoter") == shipped()["promoter"]
    assert client.get("/signals/kinds/busy/").status_code == 404


def test_versions_tell_what_changed_and_lead_back(as_user: AsUser, cast: Cast) -> None:
    client, now = as_user(cast.mary), utc_now()
    services.save_kind(document(), by=cast.mary, now=now)
    services.save_kind(document(condition="seat_use >= 90", pause_days=7), by=cast.ada, now=now, reason="Too many.")
    text = _text(client.get("/signals/kinds/busy/")).replace("&gt;", ">")
    assert "Opens when: seat_use >= 80 → seat_use >= 90" in text
    assert "Pause after closing: none → 7 days" in text
    assert "Too many." in text
    client.post("/signals/kinds/busy/versions/1/")
    assert selectors.document_of("busy") == document()
    assert selectors.versions("busy").count() == 3


def test_what_people_said_stands_on_the_page(as_user: AsUser, cast: Cast) -> None:
    one = signal(cast.acme, "promoter")
    services.dismiss(one, "false_alarm", note="They meant another product.", by=cast.alice, now=utc_now())
    page = as_user(cast.vera).get("/signals/kinds/promoter/")
    assert "They meant another product." in _text(page)
    assert page.context["page"].figures.useful.cases == 1
    Dismissal.objects.update(taken_back_at=utc_now())
    assert "They meant another product." not in _text(as_user(cast.vera).get("/signals/kinds/promoter/"))


def test_a_kind_that_cannot_be_read_says_why(as_user: AsUser, cast: Cast) -> None:
    content = document().as_dict() | {"condition": "forgotten_metric > 1"}
    StoredKind.objects.create(key="busy", document=content, version=1)
    client = as_user(cast.mary)
    assert "cannot be read" in _text(client.get("/signals/kinds/"))
    assert "forgotten_metric" in _text(client.get("/signals/kinds/busy/"))
    assert client.get("/signals/kinds/busy/edit/").status_code == 200


def test_without_history_the_replay_says_so_and_can_be_published(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    answer = client.post("/signals/kinds/new/", FORM)
    _carry_out(ReplayRun.objects.get())
    text = _text(client.get(answer["Location"]))
    assert "There is no history yet" in text
    assert "Publish" in text


def test_a_draft_is_taken_back_to_the_editor(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    client.post("/signals/kinds/new/", FORM | {"label": "Draft"})
    run = ReplayRun.objects.get()
    assert client.get(f"/signals/kinds/new/?draft={run.pk}").context["page"].form["label"].value() == "Draft"
    assert client.get("/signals/kinds/new/?draft=x").context["page"].form["label"].value() is None


@pytest.mark.parametrize(
    ("label", "key"), [("Seats are full!", "seats_are_full"), ("90 days", "kind_90_days"), ("Ü", "kind_")]
)
def test_keys_are_made_of_names(label: str, key: str) -> None:
    assert key_of(label) == key
