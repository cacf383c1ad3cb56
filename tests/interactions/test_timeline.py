"""The timeline of an account, and notes."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.interactions.errors import EmptyNote
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.interactions.selectors import Position, last_contact_at, last_contact_by_person, timeline
from mainstay.interactions.services import add_note
from tests.builders import Cast

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_everything_is_in_one_order_the_newest_first(cast: Cast) -> None:
    Interaction.objects.create(key="1", account=cast.acme, kind="call", title="Call", occurred_at=AT)
    Ticket.objects.create(key="2", account=cast.acme, subject="Slow", opened_at=AT - HOUR, solved_at=AT + HOUR)
    Response.objects.create(key="3", account=cast.acme, kind="nps", score=9, answered_at=AT + 2 * HOUR)
    Interaction.objects.create(key="4", account=cast.globex, kind="call", title="Other", occurred_at=AT)
    assert [(entry.kind, entry.at) for entry in timeline(cast.acme)] == [
        ("response", AT + 2 * HOUR),
        ("ticket_solved", AT + HOUR),
        ("call", AT),
        ("ticket", AT - HOUR),
    ]


def test_only_the_kinds_that_are_asked_for(cast: Cast) -> None:
    Interaction.objects.create(key="1", account=cast.acme, kind="call", title="Call", occurred_at=AT)
    Interaction.objects.create(key="2", account=cast.acme, kind="note", title="Note", occurred_at=AT)
    Ticket.objects.create(key="3", account=cast.acme, subject="Slow", opened_at=AT)
    assert [entry.kind for entry in timeline(cast.acme, kinds=["note"])] == ["note"]
    assert [entry.kind for entry in timeline(cast.acme, kinds=["ticket", "call"])] == ["ticket", "call"]


def test_pages_meet_without_gap_even_at_the_same_instant(cast: Cast) -> None:
    for number in range(7):
        kind = ("note", "call", "email")[number % 3]
        Interaction.objects.create(key=f"i{number}", account=cast.acme, kind=kind, title=f"i{number}", occurred_at=AT)
        Ticket.objects.create(key=f"t{number}", account=cast.acme, subject=f"t{number}", opened_at=AT)
    everything = [entry.position for entry in timeline(cast.acme, limit=50)]
    seen: list[Position] = []
    while page := timeline(cast.acme, before=seen[-1] if seen else None, limit=3):
        seen += [entry.position for entry in page]
    assert seen == everything
    assert len(seen) == 14


def test_before_an_instant_leaves_out_that_instant(cast: Cast) -> None:
    Interaction.objects.create(key="1", account=cast.acme, kind="call", title="Call", occurred_at=AT)
    assert timeline(cast.acme, before=Position(AT)) == []
    assert len(timeline(cast.acme, before=Position(AT + HOUR))) == 1


def test_a_rating_that_came_later_was_not_known(cast: Cast) -> None:
    Ticket.objects.create(key="1", account=cast.acme, opened_at=AT, solved_at=AT + HOUR, csat=5, rated_at=AT + 5 * HOUR)
    assert timeline(cast.acme, before=Position(AT + 2 * HOUR))[0].text == ""
    assert timeline(cast.acme)[0].text == "CSAT 5 of 5"


def test_the_last_contact_is_no_note_of_ours(cast: Cast) -> None:
    tom = cast.acme.contacts.create(key="tom")
    Interaction.objects.create(key="1", account=cast.acme, contact=tom, kind="call", title="Call", occurred_at=AT)
    add_note(cast.acme, by=cast.alice, text="Thinking", now=AT + HOUR)
    assert last_contact_at(cast.acme, before=AT + 2 * HOUR) == AT
    assert last_contact_at(cast.acme, before=AT) is None
    assert last_contact_by_person(cast.acme, before=AT + HOUR) == {tom.pk: AT}


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("One line", "One line", ""),
        ("  Title \n\nBody\n", "Title", "Body"),
        ("word " * 60, ("word " * 24).strip() + "…", ("word " * 60).strip()),
    ],
)
def test_the_first_line_of_a_note_is_its_title(cast: Cast, text: str, title: str, body: str) -> None:
    note = add_note(cast.acme, by=cast.alice, text=text, now=AT)
    assert (note.title, note.body, note.user, note.kind) == (title, body, cast.alice, "note")


def test_an_empty_note_is_refused(cast: Cast) -> None:
    with pytest.raises(EmptyNote, match="Acme is empty"):
        add_note(cast.acme, by=cast.alice, text=" \n ", now=AT)
