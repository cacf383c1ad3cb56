"""What a step says, in a line."""

from typing import Any

import pytest

from mainstay.playbooks.wording import told


@pytest.mark.parametrize(
    ("params", "title", "rest"),
    [
        ({"title": "Call  them", "due_in": {"working_days": 1}}, "Call them", ["due in 1 working day"]),
        ({"title": "Call", "why": "Because we said so.", "assign": "manager"}, "Call", ["assign manager"]),
        ({"subject": "Hi", "text": "Hello", "persona": ["end user", "executive"]}, "Hi",
         ["text Hello", "persona end user, executive"]),
        ({"title": "Hi", "button": {"label": "Go", "link": "{{ links.app }}"}, "until": {"days": 14}}, "Hi",
         ["until 14 days"]),
        ({"days": 7}, "", ["7 days"]),
        ({"days": 1, "working_hours": True, "hours": 0}, "", ["1 day", "working hours"]),
        ({"days": "soon"}, "", ["days soon"]),
        ({}, "", []),
    ],
)  # fmt: skip
def test_a_step_is_called_by_its_title_and_says_the_rest_in_a_word(
    params: dict[str, Any], title: str, rest: list[str]
) -> None:
    assert told(params) == (title, rest)
