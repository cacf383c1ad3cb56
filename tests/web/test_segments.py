"""The pages of segments."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.people.models import User
from mainstay.segments.models import Segment
from tests import builders
from tests.builders import Cast

type AsUser = Callable[[User], Client]
URL = "/accounts/"


@pytest.fixture
def scored(cast: Cast) -> Cast:
    """Acme is healthy, Globex is at risk, Initech was never scored."""
    builders.health(cast.acme, 92)
    builders.profile(cast.acme, arr=148_000, seat_use=65)
    builders.health(cast.globex, 41)
    builders.profile(cast.globex, arr=36_000)
    return cast


def names(client: Client, query: str = "") -> list[str]:
    """The accounts of the Portfolio in order."""
    return [row.account.name for row in client.get(f"{URL}?{query}").context["page"].rows]


def test_a_view_is_saved_as_a_segment_with_its_filters(as_user: AsUser, scored: Cast) -> None:
    client = as_user(scored.alice)
    query = {"band": "red", "stage": "adoption", "condition": "arr > 10 or arr is null"}
    form = client.get(reverse("segment-new"), query).content.decode()
    condition = "(arr &gt; 10 or arr is null) and band = &#x27;red&#x27; and stage = &#x27;adoption&#x27;"
    assert condition in form
    assert "<b>1 account</b>" in form
    values = {"name": "Red in adoption", "condition": "band = 'red' and stage = 'adoption'", "is_shared": "on"}
    saved = client.post(reverse("segment-new"), values)
    segment = Segment.objects.get()
    assert saved["Location"].endswith(f"?segment={segment.key}")
    assert segment.member_count == 1
    assert names(client, f"segment={segment.key}") == ["Globex"]


def test_a_private_segment_is_nobody_elses(as_user: AsUser, scored: Cast) -> None:
    as_user(scored.alice).post(reverse("segment-new"), {"name": "Mine", "condition": "score > 1"})
    key = Segment.objects.get().key
    assert b"Mine" in as_user(scored.alice).get(URL).content
    assert b"Mine" not in as_user(scored.bob).get(URL).content
    assert as_user(scored.bob).post(reverse("segment-delete", args=[key])).status_code == 404
    as_user(scored.alice).post(reverse("segment-delete", args=[key]))
    assert Segment.objects.count() == 0
