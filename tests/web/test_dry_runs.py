"""The page of a dry run: asked for, how far it is, what came of it, as files, and who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mainstay.accounts.models import Account, Contact, StageChange
from mainstay.people.models import User
from mainstay.playbooks import drafts, entering, trials
from mainstay.playbooks.models import Run, Trial, TrialState
from mainstay.playbooks.reading import content_of
from tests.builders import Cast, account
from tests.playbooks.plays import play, publish, signal, task, wait
from tests.scores.profiles import keep

type SignIn = Callable[[User], Client]
MAIL: dict[str, Any] = {
    "id": "hello",
    "type": "email",
    "with": {"to": "contact", "category": "success", "subject": "Hello {{ contact.name }}", "text": "Hello"},
}


@pytest.fixture
def scene(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A playbook for contacts that two accounts would enter, one of them without a contact; neither is held out."""
    monkeypatch.setattr(entering, "share", lambda *parts: 99.0)
    publish(play(MAIL, wait(), task(), subject={"contacts": {}}, holdout=10), now=timezone.now())
    Contact.objects.create(key="carol", account=cast.acme, name="Carol", email="carol@acme.example")
    Contact.objects.create(key="dan", account=cast.acme, name="=Dan", email="")
    for one in (cast.acme, cast.globex):
        signal(one)
    return cast


def tried(client: Client, url: str = "/playbooks/play/dry-run/") -> Trial:
    """One that is asked for and carried out."""
    client.post(url)
    trial = Trial.objects.first()
    assert trial is not None
    trials.carry_out(trial.pk, now=timezone.now())
    return trial


def test_it_is_asked_for_waits_and_then_tells(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.alice)
    assert "It was not tried yet" in client.get("/playbooks/play/dry-run/").content.decode()
    answer = client.post("/playbooks/play/dry-run/")
    trial = Trial.objects.get()
    assert answer["Location"] == f"/playbooks/trials/{trial.pk}/"
    waiting = client.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "Waiting for a worker" in waiting
    trials.carry_out(trial.pk, now=timezone.now())
    page = client.get("/playbooks/play/dry-run/", follow=True).content.decode()
    for said in (
        "Nothing was written and nothing was sent.", "Hello Carol", "=Dan has no e-mail address.", "never",
        "there is no contact it is for", "To be expected besides", "this week",
        "the signal “Health turned red” is open",
    ):  # fmt: skip
        assert said in page
    assert "every 1s" not in page
    assert not Run.objects.exists()


def test_everybody_reads_it_and_csms_ask(scene: Cast, as_user: SignIn, visitor: Client) -> None:
    trial = tried(as_user(scene.alice))
    paths = ["", "entries.csv", "messages.csv"]
    for path in paths:
        assert as_user(scene.vera).get(f"/playbooks/trials/{trial.pk}/{path}").status_code == 200
        assert visitor.get(f"/playbooks/trials/{trial.pk}/{path}")["Location"].startswith("/sign-in/")
    assert as_user(scene.vera).post("/playbooks/play/dry-run/").status_code == 403
    assert as_user(scene.vera).post(f"/playbooks/trials/{trial.pk}/cancel/").status_code == 403
    assert "Try again" not in as_user(scene.vera).get(f"/playbooks/trials/{trial.pk}/").content.decode()


def test_entries_and_messages_are_exported_harmlessly(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.alice)
    trial = tried(client)

    def lines(name: str) -> list[str]:
        answer = client.get(f"/playbooks/trials/{trial.pk}/{name}.csv")
        return b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]

    assert len(lines("entries")) == 4
    assert "there is no contact it is for" in lines("entries")[-1]
    messages = lines("messages")[1:]
    assert len(messages) == 2
    assert any(",'=Dan has no e-mail address." in line for line in messages)


def test_a_draft_is_tried_as_it_is_saved(scene: Cast, as_user: SignIn) -> None:
    client, now = as_user(scene.mary), timezone.now()
    draft = drafts.begin_new(content_of(play(task(), key="fresh")), by=scene.mary, now=now)
    page = client.get(
        f"/playbooks/trials/{tried(client, f'/playbooks/drafts/{draft.pk}/dry-run/').pk}/"
    ).content.decode()
    assert 'class="chip y">Draft' in page
    wrong = drafts.begin_new({"key": "wrong"}, by=scene.mary, now=now)
    assert client.post(f"/playbooks/drafts/{wrong.pk}/dry-run/").status_code == 422
    drafts.discard(draft, by=scene.mary)
    assert client.get(f"/playbooks/trials/{Trial.objects.get().pk}/").status_code == 200


def test_one_that_nobody_wants_is_cancelled(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.alice)
    client.post("/playbooks/play/dry-run/")
    trial = Trial.objects.get()
    client.post(f"/playbooks/trials/{trial.pk}/cancel/")
    page = client.get(f"/playbooks/trials/{trial.pk}/").content.decode()
    assert "It was cancelled." in page
    assert client.post(f"/playbooks/trials/{trial.pk}/cancel/").status_code == 422
    assert client.get(f"/playbooks/trials/{trial.pk}/entries.csv").status_code == 422


def test_one_that_broke_off_says_why(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.alice)
    client.post("/playbooks/play/dry-run/")
    trials.note_fault(Trial.objects.get().pk, ValueError("<disk full>"), now=timezone.now())
    page = client.get("/playbooks/play/dry-run/", follow=True).content.decode()
    assert "It broke off: &lt;disk full&gt;." in page


def test_a_step_that_would_stop_is_said_first(scene: Cast, as_user: SignIn) -> None:
    broken = {"to": "owner", "subject": "{% if account.name == 'Globex' %}{{ account.nothing }}{% endif %}Hello"}
    publish(play(MAIL | {"with": MAIL["with"] | broken}), now=timezone.now())
    trial = tried(as_user(scene.alice))
    page = as_user(scene.alice).get(f"/playbooks/trials/{trial.pk}/").content.decode()
    assert "1 run would stop at E-mail “account nothing" in page


def test_nobody_enters_one_that_is_started_by_hand_unless_accounts_are_chosen(scene: Cast, as_user: SignIn) -> None:
    publish(play(key="hand", entry={"by": "hand"}), now=timezone.now())
    client = as_user(scene.alice)
    trial = tried(client, "/playbooks/hand/dry-run/")
    assert "Somebody has to start it: at an account" in client.get(f"/playbooks/trials/{trial.pk}/").content.decode()
    client.post("/playbooks/hand/dry-run/", {"accounts": [scene.acme.pk, "x"]})
    chosen = Trial.objects.exclude(pk=trial.pk).get()
    trials.carry_out(chosen.pk, now=timezone.now())
    assert "1 chosen account" in client.get(f"/playbooks/trials/{chosen.pk}/").content.decode()


def test_the_page_asks_as_many_questions_whatever_came_of_it(
    scene: Cast, as_user: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(40):
        of = account(f"A{number:02}")
        Contact.objects.create(key=f"c{number}", account=of, name=f"C{number}", email=f"c{number}@x.example")
        signal(of)
    client = as_user(scene.alice)
    trial = tried(client)
    assert trial.state == TrialState.WAITING  # as it was read; the page reads it anew
    client.get(f"/playbooks/trials/{trial.pk}/")
    with django_assert_max_num_queries(18):  # type: ignore[attr-defined]
        client.get(f"/playbooks/trials/{trial.pk}/")


def test_a_replay_tells_who_would_have_entered_and_what_became_of_them(scene: Cast, as_user: SignIn) -> None:
    today = timezone.now().date()
    publish(play(key="staged", entry={"by": "stage", "stage": "onboarding"}), now=timezone.now())
    client = as_user(scene.alice)
    assert "It was not replayed yet" in client.get("/playbooks/staged/replay/").content.decode()
    failed = tried(client, "/playbooks/staged/replay/")
    assert "No day of the past year is kept." in client.get(f"/playbooks/trials/{failed.pk}/").content.decode()
    for back in (120, 110, 28, 10):
        keep(today - timedelta(days=back), {one: {"arr": 100.0} for one in (scene.acme, scene.globex)})
    StageChange.objects.create(account=scene.acme, stage="onboarding", since=today - timedelta(days=108))
    Account.objects.filter(pk=scene.acme.pk).update(churned_on=today - timedelta(days=40))
    trial = tried(client, "/playbooks/staged/replay/")
    page = client.get(f"/playbooks/trials/{trial.pk}/").content.decode()
    for said in (
        "1 account would have entered; 1 later churned.", "Not enough data to compare.", "1 of 1", "Nobody was treated",
        "of 107 days between them nothing is",
    ):  # fmt: skip
        assert said in page
    lines = b"".join(client.get(f"/playbooks/trials/{trial.pk}/entered.csv").streaming_content)  # type: ignore[attr-defined]
    assert lines.decode().splitlines()[1].startswith("acme,Acme,")
    assert client.get(f"/playbooks/trials/{trial.pk}/entries.csv").status_code == 422
    draft = drafts.begin_new(content_of(play(task(), key="fresh")), by=scene.mary, now=timezone.now())
    assert client.post(f"/playbooks/drafts/{draft.pk}/replay/").status_code == 302
