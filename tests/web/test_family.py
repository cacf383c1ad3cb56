"""Parent accounts and their children on the pages of both."""

from datetime import timedelta

from django.test import Client

from mainstay.common.time import utc_now
from mainstay.scores.services import score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import write


def test_a_parent_lists_its_children_and_a_child_names_its_parent(client: Client, cast: Cast) -> None:
    group = account("Umbrella")
    for child in (cast.acme, cast.globex):
        child.parent = group
        child.save(update_fields=["parent"])
    write({cast.acme: HEALTHY | {"arr": 300.0}, cast.globex: SICK | {"arr": 100.0}})
    score_all(utc_now() - timedelta(seconds=5))
    client.force_login(cast.alice)
    page = client.get("/accounts/umbrella/").content.decode()
    assert "Child accounts" in page
    assert "its score is that of its children" in page
    assert page.index("Globex") < page.index(">Acme<")
    assert ">75<" in page
    assert 'part of <a class="link" href="/accounts/umbrella/"' in client.get("/accounts/acme/").content.decode()
    assert "Child accounts" not in client.get("/accounts/acme/").content.decode()
