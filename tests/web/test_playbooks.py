"""The pages of playbooks: their list, one of them, its runs, the YAML editor, and what stands for an account."""

from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries.models import Delivery, State
from mainstay.deliveries.services import request_delivery
from mainstay.people.models import User
from mainstay.playbooks import entering, services
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, Task
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

type SignIn = Callable[[User], Client]
BRANCH = {
    "id": "size",
    "type": "branch",
    "branches": [{"when": "tier = 'smb'", "steps": [task("short")]}],
    "else": [task("long")],
}
PAGES = [
    "/playbooks/",
    "/playbooks/play/",
    "/playbooks/play/helps/",
    "/playbooks/accounts/acme/",
    "/playbooks/accounts/acme/why/play/",
]


@pytest.fixture
def scene(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A playbook with a branch, under way on two accounts, neither of them held out."""
    monkeypatch.setattr(entering, "share", lambda *parts: 99.0)
    publish(play(BRANCH, wait(), task(), goal={"where": "arr > 5"}, holdout=10, description="Gets them going."))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    return cast


@pytest.mark.parametrize("path", [*PAGES, "/playbooks/play/edit/", "/playbooks/play/runs.csv"])
def test_a_visitor_sees_only_sign_in(scene: Cast, visitor: Client, path: str) -> None:
    assert visitor.get(path)["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", [*PAGES, "/playbooks/play/runs.csv"])
def test_everybody_reads(scene: Cast, as_user: SignIn, path: str) -> None:
    assert as_user(scene.vera).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/playbooks/play/stop/"])
def test_only_managers_change_them(scene: Cast, as_user: SignIn, path: str) -> None:
    assert as_user(scene.alice).get(path).status_code == 403
    assert as_user(scene.mary).get(path).status_code == 200


def test_the_list_tells_what_starts_each_and_how_many_runs_are_under_way(scene: Cast, as_user: SignIn) -> None:
    page = as_user(scene.mary).get("/playbooks/").content.decode()
    assert "Starts when the signal “Health turned red” is open." in page
    assert Run.objects.filter(state=RunState.ACTIVE).count() == 2


def test_plays_of_the_gallery_are_listed_once_somebody_starts_them(cast: Cast, as_user: SignIn) -> None:
    services.ensure_playbooks(NOW)
    client = as_user(cast.mary)
    page = client.get("/playbooks/").content.decode()
    assert "Risk outreach" in page
    assert "Executive escalation" not in page
    assert "playbooks of the gallery</a> were never started." in page
    services.resume("executive_escalation", by=cast.mary, now=NOW)
    assert "Executive escalation" in client.get("/playbooks/").content.decode()
    services.pause("executive_escalation", by=cast.mary, now=NOW)
    assert "Executive escalation" not in client.get("/playbooks/").content.decode(), "and nothing began"


def test_the_page_shows_the_flow_with_figures_at_every_step(scene: Cast, as_user: SignIn) -> None:
    page = as_user(scene.mary).get("/playbooks/play/").content.decode()
    for said in ("Gets them going.", "tier = &#x27;smb&#x27;", "Otherwise", "Version 1", "Acme", "<dt>here</dt>"):
        assert said in page


def test_the_page_asks_as_many_questions_with_many_runs(
    scene: Cast, as_user: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(30):
        signal(account(f"A{number:02}"))
    refresh()
    client = as_user(scene.mary)
    client.get("/playbooks/play/")
    with django_assert_max_num_queries(26):  # type: ignore[attr-defined]
        client.get("/playbooks/play/")


def test_messages_that_did_not_go_stand_there_and_lead_to_themselves(scene: Cast, as_user: SignIn) -> None:
    ann = Contact.objects.create(key="ann", name="Ann", account=scene.acme)
    asked = {"channel": "email", "to": ann, "category": "success", "text": "Hello", "origin": "playbook:play"}
    for number in (1, 2):
        request_delivery(derived_id("page", number), subject="To Ann", origin_step="call", now=utc_now(), **asked)
    request_delivery(derived_id("page", 3), subject="Another one", now=utc_now(), **asked | {"origin": ""})
    Delivery.objects.update(state=State.REFUSED, note="Ann has no e-mail address.")
    client = as_user(scene.vera)
    page = client.get("/playbooks/play/").content.decode()
    assert "Messages that did not go" in page
    assert "Ann has no e-mail address." in page
    assert "2 messages of Task “Call account name”" in page
    url = "/messages/?origin=playbook:play&amp;step=call&amp;state=refused"
    assert url in page
    found = client.get(url.replace("&amp;", "&")).content.decode()
    assert "To Ann" in found
    assert "Another one" not in found
    assert "Play, Task “Call account name”" in found


def test_runs_are_filtered_paged_and_exported(scene: Cast, as_user: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.web.playbooks.runs.PAGE", 1)
    client = as_user(scene.vera)
    first = client.get("/playbooks/play/").context["runs"]
    second = client.get(first.pages.next_url).context["runs"]
    assert {first.rows[0].run.account, second.rows[0].run.account} == {scene.acme, scene.globex}
    assert second.pages.next_url == ""
    assert client.get("/playbooks/play/?state=failed").context["runs"].rows == []
    lines = b"".join(client.get("/playbooks/play/runs.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3


def test_a_run_tells_why_it_began_and_what_it_did(scene: Cast, as_user: SignIn) -> None:
    run = Run.objects.get(account=scene.globex)
    page = as_user(scene.vera).get(f"/playbooks/runs/{run.pk}/").content.decode()
    assert "Health turned red: The score fell from 71 to 42." in page
    assert "<td>otherwise</td>" in page or "<td>way 1</td>" in page
    assert "Pause" not in page


def test_a_run_that_lets_time_pass_says_until_when_and_what_comes_then(scene: Cast, as_user: SignIn) -> None:
    until = utc_now() + 7 * DAY
    Run.objects.update(state=RunState.ACTIVE, position="call", awaits="", wake_at=until, ended_at=None)
    client, run = as_user(scene.alice), Run.objects.get(account=scene.acme)
    assert (
        f"waits until {until:%-d %b}, then Task “Call account name”" in client.get("/playbooks/play/").content.decode()
    )
    dialog = client.get(f"/playbooks/runs/{run.pk}/").content.decode()
    assert f"until {until:%-d %b %Y, %H:%M}, then comes Task “Call account name”" in dialog
    assert dialog.count("<td>waits</td>") == 1
    assert (
        f"(waits until {until:%-d %B}, then Task “Call account name”)"
        in client.get("/playbooks/accounts/acme/").content.decode()
    )


def test_a_run_begun_by_hand_has_no_evidence_and_no_empty_heading_for_it(scene: Cast, as_user: SignIn) -> None:
    publish(play(key="hand", entry={"by": "hand"}))
    services.start_by_hand("hand", [scene.acme], token="first", by=scene.alice, now=NOW)
    page = as_user(scene.vera).get(f"/playbooks/runs/{Run.objects.get(playbook__key='hand').pk}/").content.decode()
    assert "h-because" not in page
    with_signal = Run.objects.get(playbook__key="play", account=scene.acme)
    assert "h-because" in as_user(scene.vera).get(f"/playbooks/runs/{with_signal.pk}/").content.decode()


@pytest.mark.parametrize(
    ("verb", "state"), [("pause", RunState.PAUSED), ("stop", RunState.STOPPED), ("retry", RunState.ACTIVE)]
)
def test_a_csm_pauses_and_stops_a_run(scene: Cast, as_user: SignIn, verb: str, state: RunState) -> None:
    run = Run.objects.filter(state=RunState.ACTIVE).latest("pk")
    as_user(scene.alice).post(f"/playbooks/runs/{run.pk}/{verb}/")
    run.refresh_from_db()
    assert run.state == state
    assert as_user(scene.vera).post(f"/playbooks/runs/{run.pk}/{verb}/").status_code == 403


def test_failed_runs_are_told_with_their_step_and_tried_again(scene: Cast, as_user: SignIn) -> None:
    Run.objects.update(state=RunState.FAILED, position="call", error="The text cannot be filled in.", ended_at=NOW)
    client = as_user(scene.alice)
    assert "The text cannot be filled in." in client.get("/playbooks/play/").content.decode()
    client.post("/playbooks/play/retry/", {"step": "call"})
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.ACTIVE}


def test_a_manager_pauses_undoes_stops_and_removes(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.mary)
    page = client.post("/playbooks/play/switch/", follow=True)
    assert not Playbook.objects.get().is_active
    undo = next(message.extra_tags for message in page.context["messages"]).removeprefix("undo:")
    client.post(undo)
    assert Playbook.objects.get().is_active
    assert "end for good" in client.get("/playbooks/play/stop/").content.decode()
    client.post("/playbooks/play/stop/")
    assert not Run.objects.filter(state=RunState.ACTIVE).exists()
    client.post("/playbooks/play/remove/")
    assert client.get("/playbooks/play/").status_code == 404


def test_going_back_publishes_what_an_earlier_version_said(scene: Cast, as_user: SignIn) -> None:
    publish(play(task(title="Write"), description="Another."))
    client = as_user(scene.mary)
    client.post("/playbooks/play/versions/1/", {"reason": "Worse"})
    assert PlaybookVersion.objects.get(version=3).reason == "Back to version 1. Worse"
    assert "Step &#x27;size&#x27; (branch): taken out" in client.get("/playbooks/play/").content.decode()


def test_an_account_says_why_it_is_in_a_playbook_or_why_not(scene: Cast, as_user: SignIn) -> None:
    publish(play(key="small", entry={"by": "hand"}, **{"for": {"where": "tier = 'smb'"}}))
    client = as_user(scene.alice)
    run = Run.objects.get(account=scene.acme)
    page = client.get("/playbooks/accounts/acme/").content.decode()
    assert ("Held out since" if run.state == RunState.HELD_OUT else "Under way at") in page
    assert "The condition does not hold: tier = &#x27;smb&#x27;" in page
    assert "paused or never started" not in page
    services.pause("small", by=scene.mary, now=NOW)
    page = client.get("/playbooks/accounts/acme/").content.decode()
    assert "1 playbook paused or never started" in page
    page = client.get("/playbooks/accounts/initech/why/play/").content.decode()
    assert "Nothing lets it in: it would when the signal “Health turned red” is open." in page


def test_a_csm_starts_a_playbook_on_an_account_once(scene: Cast, as_user: SignIn) -> None:
    publish(play(key="hand", entry={"by": "hand"}))
    client = as_user(scene.alice)
    for _ in range(2):
        client.post("/playbooks/accounts/initech/start/hand/", {"token": "t"})
    assert Run.objects.filter(playbook__key="hand", started_by=scene.alice).count() == 1
    assert as_user(scene.vera).post("/playbooks/accounts/initech/start/hand/").status_code == 403


@pytest.fixture
def held_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A playbook that 120 accounts entered nine days ago, every second of them held out."""
    monkeypatch.setattr(entering, "share", lambda *parts: 10.0 if parts[-1] % 2 else 90.0)
    publish(play(goal={"where": "tier = 'enterprise'", "within_days": 1}, holdout=50), now=NOW - 10 * DAY)
    for number in range(120):
        signal(account(f"A{number:03}", tier="smb"))
    services.start_runs(NOW - 9 * DAY)
    treated = Run.objects.filter(is_held_out=False).values_list("pk", flat=True)[:50]
    Run.objects.filter(pk__in=list(treated)).update(goal_at=NOW - 9 * DAY)
    return cast


def test_the_comparison_tells_the_difference_with_its_interval(held_out: Cast, as_user: SignIn) -> None:
    page = as_user(held_out.vera).get("/playbooks/play/helps/").content.decode()
    for said in ("More reached the goal with the playbook than chance explains.", "95 % interval", "What was compared"):
        assert said in page
    assert "2 days" not in page
    assert "All are the same on both sides." not in page
    assert "120 accounts: have no health score" in page


def test_the_comparison_says_how_many_are_missing(held_out: Cast, as_user: SignIn) -> None:
    early = NOW - 60 * DAY
    Run.objects.update(started_at=early)
    late = Run.objects.filter(is_held_out=True).values_list("pk", flat=True)[5:]
    Run.objects.filter(pk__in=list(late)).update(started_at=utc_now())
    page = as_user(held_out.vera).get("/playbooks/play/helps/").content.decode()
    assert "Not enough data yet: 25 more held out." in page
    assert "than chance explains" not in page


def test_sides_out_of_proportion_allow_no_conclusion(held_out: Cast, as_user: SignIn) -> None:
    Run.objects.filter(pk__in=list(Run.objects.filter(is_held_out=True).values_list("pk", flat=True)[:40])).delete()
    page = as_user(held_out.vera).get("/playbooks/play/helps/").content.decode()
    assert "Do not conclude anything from these figures." in page
    assert "No conclusion" in page
    assert "than chance explains" not in page


def test_the_page_of_a_playbook_asks_for_its_comparison(held_out: Cast, as_user: SignIn) -> None:
    client = as_user(held_out.vera)
    assert 'hx-get="/playbooks/play/helps/"' in client.get("/playbooks/play/").content.decode()
    card = client.get("/playbooks/play/helps/", headers={"HX-Request": "true"}).content.decode()
    assert card.strip().startswith('<section class="card" id="helps"')
    Run.objects.filter(is_held_out=True).delete()
    assert "Nobody was held out yet" in client.get("/playbooks/play/helps/").content.decode()


def test_a_task_and_a_message_tell_why_down_to_the_signal(scene: Cast, as_user: SignIn) -> None:
    told = {"to": "owner", "subject": "Look", "text": "Look"}
    publish(play({"id": "alert", "type": "email", "with": told}, key="mailing"), now=NOW)
    refresh()
    run = Run.objects.get(playbook__key="play", account=scene.globex)
    made = Task.objects.get(run=run)
    client = as_user(scene.ada)
    task_page = client.get(f"/tasks/{made.pk}/").content.decode()
    for said in (f"/playbooks/runs/{run.pk}/", f"/signals/{run.signal_id}/", "version 1, Task “Call account name”"):
        assert said in task_page
    message = Delivery.objects.filter(origin="playbook:mailing", account=scene.globex).get()
    behind = Run.objects.get(playbook__key="mailing", account=scene.globex)
    message_page = client.get(f"/messages/{message.pk}/").content.decode()
    for said in (f"/playbooks/runs/{behind.pk}/", f"/signals/{behind.signal_id}/", "E-mail “Look”"):
        assert said in message_page
    assert f"/signals/{run.signal_id}/" in client.get(f"/playbooks/runs/{run.pk}/").content.decode()


def test_why_not_tells_the_values_of_a_condition_that_does_not_hold(scene: Cast, as_user: SignIn) -> None:
    publish(play(**{"for": {"where": "tier = 'smb' and arr > 5"}}, key="small"))
    page = as_user(scene.vera).get("/playbooks/accounts/acme/why/small/").content.decode()
    assert "Here arr is unknown, tier is enterprise." in page


def test_runs_faults_and_steps_are_told_by_what_the_step_is_called(scene: Cast, as_user: SignIn) -> None:
    client = as_user(scene.alice)
    page = client.get("/playbooks/play/").content.decode()
    runs = page.split('id="h-runs"')[1]
    assert "Task “Call account name”" in runs
    assert "“call”" not in runs
    assert "“short”" not in runs
    run = Run.objects.filter(state=RunState.ACTIVE).first()
    assert run is not None
    dialog = client.get(f"/playbooks/runs/{run.pk}/").content.decode()
    assert '<th scope="row">Branch</th>' in dialog
    assert '<th scope="row">Task “Call account name”</th>' in dialog
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error="No one is there.", ended_at=NOW)
    page = client.get("/playbooks/play/?step=call").content.decode()
    assert "1 run at Task “Call account name”</a>" in page
    assert '<span class="chip">at Task “Call account name”' in page
