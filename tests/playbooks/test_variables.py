"""The variables of texts in words."""

import pytest

from mainstay.playbooks.naming import NO_NAMES, Names
from mainstay.playbooks.selectors import names
from mainstay.playbooks.templates import names as names_of_templates
from mainstay.playbooks.variables import IN_WORDS, offered, variable_text

KNOWN = Names(metrics={"events_28d": "Events in 28 days"}, links={"upgrade": "upgrade"})


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("account.arr", "account ARR"),
        ("contact.first_name", "contact first name"),
        ("metric.events_28d", "Events in 28 days"),
        ("metric.gone_metric", "gone metric"),
        ("peers.events_28d", "Events in 28 days, usual of peers"),
        ("links.book_a_call", "link “book a call”"),
        ("step", "step"),
        ("forloop.first_one", "forloop first one"),
    ],
)
def test_a_variable_is_called_as_people_call_it(variable: str, said: str) -> None:
    assert variable_text(variable, KNOWN) == said


def test_everything_a_text_may_name_has_words() -> None:
    assert sorted(f"{thing}.{name}" for thing, found in IN_WORDS.items() for name in found) == sorted(
        names_of_templates()
    )


def test_what_the_installation_has_is_offered_under_headings() -> None:
    assert [heading for heading, _ in offered(NO_NAMES)] == [""]
    found = {heading: [(one.name, one.label) for one in variables] for heading, variables in offered(KNOWN)}
    assert found["Links"] == [("links.upgrade", "link “upgrade”")]
    assert found["Metrics"] == [("metric.events_28d", "Events in 28 days")]
    assert found["Usual of peers"] == [("peers.events_28d", "Events in 28 days, usual of peers")]


@pytest.mark.django_db
def test_metrics_are_called_by_their_labels() -> None:
    assert names().metric("monthly_active_users") == "Monthly active users"
