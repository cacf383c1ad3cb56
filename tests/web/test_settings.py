"""Settings: administrators only; secrets once; what is late, failed or dead."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.services import reassign
from mainstay.deliveries.models import Delivery
from mainstay.ingest.models import DeadLetter
from mainstay.people.models import ApiKey, AuditEntry, Role, User, WriteKey
from mainstay.people.services import create_write_key, record_audit
from mainstay.playbooks.tasks import create_task
from mainstay.web.settings.sections import SECTIONS
from tests.builders import NOW, PASSWORD, Cast

type AsUser = Callable[[User], Client]

# What others may see too has tests of its own.
SECTION_NAMES = [section.name for section in SECTIONS if section.role == Role.ADMINISTRATOR]
PAGES = ["settings", "kit", "write-key-new", "api-key-new", "user-new", *SECTION_NAMES]


@pytest.mark.parametrize("name", PAGES)
def test_an_administrator_sees_it(name: str, as_user: AsUser, cast: Cast) -> None:
    assert as_user(cast.ada).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_nobody_else_does(name: str, as_user: AsUser, cast: Cast) -> None:
    for user in (cast.mary, cast.alice, cast.vera):
        assert as_user(user).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_a_visitor_is_sent_to_sign_in(name: str, visitor: Client) -> None:
    answer = visitor.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_navigation_leads_only_administrators_there(as_user: AsUser, cast: Cast) -> None:
    assert b"/settings/" in as_user(cast.ada).get(reverse("portfolio")).content
    assert b"/settings/" not in as_user(cast.mary).get(reverse("portfolio")).content


def test_a_write_key_is_shown_once_and_kept_as_a_hash(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    shown = client.post(reverse("write-key-new"), {"name": "web app"}).content.decode()
    key = WriteKey.objects.get()
    assert f'<code id="secret">{key.hint}' in shown
    listed = client.get(reverse("settings-keys")).content.decode()
    assert key.hint in listed
    secret = shown.split('<code id="secret">')[1].split("<")[0]
    assert secret not in listed


def test_a_name_that_is_taken_is_refused_beside_its_field(as_user: AsUser, cast: Cast) -> None:
    create_write_key("web app")
    answer = as_user(cast.ada).post(reverse("write-key-new"), {"name": "web app"})
    assert answer.status_code == 422
    assert "There is a write key named &#x27;web app&#x27; already" in answer.content.decode()


def test_revoking_asks_first(as_user: AsUser, cast: Cast) -> None:
    key, _ = create_write_key("web app")
    client = as_user(cast.ada)
    assert "cannot be undone" in client.get(reverse("write-key-revoke", args=[key.pk])).content.decode()
    assert WriteKey.objects.get().revoked_at is None
    client.post(reverse("write-key-revoke", args=[key.pk]))
    assert WriteKey.objects.get().revoked_at is not None


def test_an_api_key_acts_for_a_user(as_user: AsUser, cast: Cast) -> None:
    as_user(cast.ada).post(reverse("api-key-new"), {"name": "reporting", "user": cast.vera.pk})
    assert ApiKey.objects.get().user == cast.vera


def test_a_new_user_gets_a_password_that_works(as_user: AsUser, cast: Cast) -> None:
    values = {"email": "zoe@orchard.example", "name": "Zoe", "role": "csm"}
    shown = as_user(cast.ada).post(reverse("user-new"), values).content.decode()
    password = shown.split('<code id="secret">')[1].split("<")[0]
    signed_in = Client().post(reverse("sign-in"), {"username": "zoe@orchard.example", "password": password})
    assert signed_in.status_code == 302


def test_the_only_administrator_cannot_lock_herself_out(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.ada).post(reverse("user-edit", args=[cast.ada.pk]), {"role": "viewer", "is_active": "on"})
    assert answer.status_code == 422
    assert "is the only administrator" in answer.content.decode()


def test_a_deactivated_user_cannot_sign_in(as_user: AsUser, cast: Cast) -> None:
    as_user(cast.ada).post(reverse("user-edit", args=[cast.bob.pk]), {"role": "csm"})
    answer = Client().post(reverse("sign-in"), {"username": cast.bob.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert not User.objects.get(pk=cast.bob.pk).is_active


def _letter(body: str) -> DeadLetter:
    return DeadLetter.objects.create(
        received_at=NOW, kind="track", code="no_event", reason="The call has no event.", body=body
    )


def test_a_dead_letter_is_mended_and_replayed(as_user: AsUser, cast: Cast) -> None:
    letter = _letter('{"userId": "u1"}')
    client = as_user(cast.ada)
    assert "The call has no event." in client.get(reverse("settings-letters")).content.decode()
    refused = client.post(reverse("letter", args=[letter.pk]), {"body": '{"userId": "u1"}'})
    assert refused.status_code == 422
    client.post(reverse("letter", args=[letter.pk]), {"body": '{"userId": "u1", "event": "Signed up"}'})
    letter.refresh_from_db()
    assert letter.replayed_at is not None


def test_what_still_cannot_be_taken_says_why(as_user: AsUser, cast: Cast) -> None:
    letter = _letter('{"userId": "u1"}')
    answer = as_user(cast.ada).post(reverse("letters-replay"), {"letter": [letter.pk]}, follow=True)
    assert "1 event could not be taken again" in answer.content.decode()


def test_a_failed_message_can_be_sent_again(as_user: AsUser, cast: Cast) -> None:
    pk = "6d0f2f5e-3c0a-4b51-9d0e-1b6f0a7c1f42"
    values = {"channel": "email", "recipient": "a@b.example", "subject": "Acme is red", "text": "x", "created_at": NOW}
    Delivery.objects.create(id=pk, state="failed", **values)
    client = as_user(cast.ada)
    assert client.get("/settings/deliveries/")["Location"] == reverse("messages")
    assert "Acme is red" in client.get(reverse("messages"), {"state": "failed"}).content.decode()
    assert "Send again" in client.get(reverse("message", args=[pk])).content.decode()
    client.post(reverse("message", args=[pk]))
    assert Delivery.objects.get().state == "queued"


def test_what_was_done_is_on_record(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    client.post(reverse("write-key-new"), {"name": "web app"})
    assert AuditEntry.objects.get().user == cast.ada
    page = client.get(reverse("settings-audit"), {"q": "web app"}).content.decode()
    assert "Write key created<small>Write key web app</small>" in page
    assert "Write key created" in client.get(reverse("settings-audit"), {"q": "key created"}).content.decode()


def test_an_entry_leads_to_its_thing_and_all_of_them_are_exported_by_administrators(
    as_user: AsUser, cast: Cast
) -> None:
    client = as_user(cast.ada)
    record_audit(cast.mary, "segments.saved", "segment:at_risk", name="At risk")
    assert (
        'Saved<small>Segment <a class="link" href="/segments/at_risk/">'
        in client.get(reverse("settings-audit")).content.decode()
    )
    answer = client.get(reverse("settings-audit-export"))
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert len(rows) == 2
    assert rows[1].endswith("mary@orchard.example,segments.saved,segment:at_risk,name: At risk")
    assert AuditEntry.objects.filter(action="people.audit_exported", user=cast.ada).exists()
    assert as_user(cast.mary).get(reverse("settings-audit-export")).status_code == 403


def test_an_entry_calls_its_thing_by_its_title_and_is_found_by_it(as_user: AsUser, cast: Cast) -> None:
    task = create_task(title="Call Tom about usage", account=cast.acme, owner=cast.alice, by=cast.mary, now=NOW)
    for subject in (f"task:{task.pk}", "account:acme", "task:not-an-id", "user:alice@orchard.example", "account:gone"):
        record_audit(cast.mary, "things.changed", subject)
    client = as_user(cast.ada)
    page = client.get(reverse("settings-audit")).content.decode()
    assert f'Task <a class="link" href="/tasks/{task.pk}/">Call Tom about usage</a>' in page
    assert 'Account <a class="link" href="/accounts/acme/">Acme</a>' in page
    assert "Task not-an-id" in page
    assert "User Alice" in page
    assert ">gone</a>" in page, "what is gone is called by its key"
    found = client.get(reverse("settings-audit"), {"q": "tom about"}).content.decode()
    assert found.count("Changed<small>") == 1


def test_an_account_that_changed_hands_is_on_record_with_both_owners(as_user: AsUser, cast: Cast) -> None:
    reassign([cast.acme], cast.bob, by=cast.mary)
    page = as_user(cast.ada).get(reverse("settings-audit")).content.decode()
    assert '<a class="link" href="/accounts/acme/">Acme</a>' in page
    assert "bob@orchard.example" in page
