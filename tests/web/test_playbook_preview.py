"""What a step would do, looked at before it is published."""

from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.models import Delivery
from mainstay.people.models import User
from mainstay.playbooks import drafts
from mainstay.playbooks.models import Draft, Task
from tests import builders
from tests.builders import NOW, Cast
from tests.playbooks.plays import task

type SignIn = Callable[[User], Client]


@pytest.fixture
def draft(cast: Cast) -> Draft:
    """A mail to the contact, a task, and a note that is not finished."""
    Contact.objects.create(key="carol", name="Carol Diaz", email="carol@acme.example", account=cast.acme)
    text = "Hello {{ contact.name }}, <b>welcome</b> to {{ account.name }}."
    mail = {"id": "mail", "type": "email", "with": {"to": "contact", "subject": "For {{ contact.name }}", "text": text}}
    steps = [mail, task("call"), {"id": "note", "type": "note", "with": {"title": "x"}}]
    content = {"key": "play", "name": "Play", "entry": {"by": "hand"}, "steps": steps}
    return drafts.begin_new(content, by=cast.mary, now=NOW)


def test_a_mail_is_shown_as_its_recipient_would_see_it(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    base = f"/playbooks/drafts/{draft.pk}/steps/mail"
    page = client.get(f"{base}/preview/", {"account": "acme"})
    assert "For Carol Diaz" in page.content.decode()
    frame = client.get(page.context["part"].seen[0].frame_url)
    assert "Hello Carol Diaz, &lt;b&gt;welcome&lt;/b&gt; to Acme." in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert not Delivery.objects.exists()


def test_a_message_in_the_app_is_shown_on_a_page_of_a_product(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    shown = {"kind": "tooltip", "title": "For {{ contact.name }}", "selector": "#deep .inside"}
    step = {"id": "tip", "type": "in_app", "with": shown}
    drafts.save(draft, {**draft.content, "steps": [step]}, revision=draft.revision, by=cast.mary, now=NOW)
    client = as_user(cast.mary)
    page = client.get(f"/playbooks/drafts/{draft.pk}/steps/tip/preview/", {"account": "acme"})
    (seen,) = page.context["part"].seen
    assert (seen.what, seen.title, page.context["part"].may_test) == ("In the app", "For Carol Diaz", False)
    stage = client.get(seen.frame_url)
    assert "For Carol Diaz" in stage.content.decode()
    assert "#deep" not in stage.content.decode()
    assert (stage["X-Frame-Options"], stage.context["message"]["selector"]) == ("SAMEORIGIN", "#export")
    assert client.get(f"/playbooks/drafts/{draft.pk}/steps/tip/in-app/7/").status_code == 422
    assert as_user(cast.alice).get(seen.frame_url).status_code == 403


def test_an_account_is_looked_for_by_a_few_letters(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    builders.account("New Globe", owner=cast.alice)
    url = f"/playbooks/drafts/{draft.pk}/steps/call/accounts/"
    client = as_user(cast.mary)
    found = client.get(url, {"q": "glob"})
    assert [one.name for one in found.context["part"].accounts] == ["Globex", "New Globe"]
    assert "/preview/?account=globex" in found.content.decode()
    assert "No account is called “zzz”." in client.get(url, {"q": "zzz"}).content.decode()
    Account.objects.filter(key="initech").update(owner=cast.mary)
    assert [one.name for one in client.get(url).context["part"].accounts][:2] == ["Initech", "Acme"]
    page = client.get(f"/playbooks/drafts/{draft.pk}/steps/call/preview/", {"account": "globex"})
    assert "<select" not in page.content.decode()
    assert "<b>Globex</b>" in page.content.decode()
    assert as_user(cast.alice).get(url).status_code == 403


def test_a_task_is_shown_for_the_account_that_is_chosen(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    for account in (cast.acme, cast.globex):
        page = client.get(f"/playbooks/drafts/{draft.pk}/steps/call/preview/", {"account": account.key})
        assert page.context["part"].seen[0].title == f"Call {account.name}"
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("step", "account", "said"),
    [("note", "acme", "Put right what is marked"), ("mail", "globex", "needs a run about one")],
)
def test_what_cannot_be_shown_says_why(
    draft: Draft, cast: Cast, as_user: SignIn, step: str, account: str, said: str
) -> None:
    page = as_user(cast.mary).get(f"/playbooks/drafts/{draft.pk}/steps/{step}/preview/", {"account": account})
    assert said in page.content.decode()


def test_a_test_goes_to_oneself_and_to_nobody_else(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    url = f"/playbooks/drafts/{draft.pk}/steps/mail/test/"
    as_user(cast.mary).post(url, {"account": "acme", "contact": "carol"})
    sent = Delivery.objects.get()
    assert (sent.recipient, sent.subject) == (cast.mary.email, "[Test] For Carol Diaz")
    for user in (cast.vera, cast.alice):
        assert as_user(user).post(url).status_code == 403
        assert as_user(user).get(f"/playbooks/drafts/{draft.pk}/steps/mail/preview/").status_code == 403


def test_a_mail_to_the_contact_of_a_run_about_the_account_is_told(draft: Draft, cast: Cast, as_user: SignIn) -> None:
    content = {**draft.content, "steps": draft.content["steps"][:2]}
    draft = drafts.save(draft, content, revision=draft.revision, by=cast.mary, now=NOW)
    assert [one["place"] for one in drafts.problems(draft)] == ["steps.mail.with.to"]
    about = {"contacts": {"persona": ["administrator"]}}
    draft = drafts.save(draft, {**content, "subject": about}, revision=draft.revision, by=cast.mary, now=NOW)
    assert drafts.problems(draft) == []
