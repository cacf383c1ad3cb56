"""Conditions in words."""

import pytest

from mainstay.conditions import Field, Type, parse
from mainstay.conditions.describing import describe

FIELDS = {
    "arr": Field("arr", Type.NUMBER, "ARR"),
    "band": Field("band", Type.TEXT, "Health: green, yellow, red or unknown"),
    "name": Field("name", Type.TEXT, "Name"),
    "days_to_renewal": Field("days_to_renewal", Type.NUMBER, "Days to renewal"),
    "churned": Field("churned", Type.BOOLEAN, "Churned"),
    "signed_on": Field("signed_on", Type.DATE, "Customer since"),
    "today": Field("today", Type.DATE, "The present day"),
}
CASES = [
    ("arr >= 50000 and band = 'red'", "ARR is at least 50,000, and health is “red”"),
    ("band in ('red', 'yellow')", "Health is one of “red”, “yellow”"),
    ("band not in ('red')", "Health is none of “red”"),
    ("not churned", "Churned: no"),
    ("churned", "Churned: yes"),
    ("days_to_renewal between 0 and 90", "Days to renewal is between 0 and 90"),
    ("signed_on > '2026-02-14'", "Customer since is after 14 Feb 2026"),
    ("signed_on >= today - 30", "Customer since is on or after 30 days before the present day"),
    ("today - signed_on < 90", "Days from customer since to the present day is below 90"),
    ("name like 'Acme%'", "Name begins with “Acme”"),
    ("name not like '%corp%'", "Name does not contain “corp”"),
    ("name like 'A_me%'", "Name matches “A_me%”"),
    ("arr is null", "ARR is unknown"),
    ("arr is not null", "ARR is known"),
    ("arr / 12 > 100", "(ARR / 12) is above 100"),
    ("not (arr > 1 and churned)", "Not (ARR is above 1, and churned: yes)"),
    (
        "band = 'red' and (arr > 1 or churned or name = 'x')",
        "Health is “red”, and (ARR is above 1, or churned: yes, or name is “x”)",
    ),
    ("(churned) is not true", "Not ((churned: yes) is definitely true)"),
    ("true", "Always"),
]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_a_condition_reads_as_a_sentence(text: str, words: str) -> None:
    assert describe(parse(text, FIELDS).node, FIELDS) == words
