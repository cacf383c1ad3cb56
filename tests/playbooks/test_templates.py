from dataclasses import replace
from datetime import timedelta

import pytest

from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.errors import BadTemplate
from mainstay.playbooks.templates import as_html, names, render


def test_values_stand_where_their_names_were() -> None:
    assert render("{{ account.name }} of {{ owner.name }}", SAMPLE) == "Acme of Alice"


@pytest.mark.parametrize(
    "template",
    [
        "{{ account.password }}",
        "{{ settings.SECRET_KEY }}",
        "{{ account.__class__.__init__ }}",
        "{% include '/etc/passwd' %}",
        "{% for i in (1..100000) %}x{% endfor %}",
        "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 24,
        "{{ account.name",
    ],
)
def test_a_text_that_reaches_too_far_is_refused(template: str) -> None:
    with pytest.raises(BadTemplate, match=r"account\.name"):
        render(template, SAMPLE)


def test_a_slip_in_a_name_is_answered_with_the_name_that_was_meant() -> None:
    with pytest.raises(BadTemplate) as caught:
        render("Hello\n\n{{ contact.frist_name }}", SAMPLE)
    said = "The text 'Hello {{ contact.frist_name }}' cannot be filled in: contact.frist_name is undefined. "
    assert caught.value.message == f"{said}Did you mean contact.first_name?"


def test_a_name_that_looks_like_a_template_is_only_a_name() -> None:
    sly = replace(SAMPLE, account=replace(SAMPLE.account, name="{{ owner.email }}<script>"))
    text = render("{{ account.name }}", sly)
    assert text == "{{ owner.email }}<script>"
    assert as_html(text) == "<p>{{ owner.email }}&lt;script&gt;</p>"


def test_html_has_paragraphs_and_links_and_nothing_of_the_writer_s() -> None:
    html = as_html('A & B\nC\n\nhttps://x.example/a/?b=1&c="2"')
    assert html == (
        "<p>A &amp; B<br>\nC</p>\n"
        '<p><a href="https://x.example/a/?b=1&amp;c=">https://x.example/a/?b=1&amp;c=</a>&quot;2&quot;</p>'
    )


def test_the_names_a_template_may_use_are_listed() -> None:
    assert {"account.link", "signal.summary", "owner.name"} <= set(names())


def test_a_text_knows_no_time_and_is_filled_in_anew_for_somebody_else() -> None:
    text = "{{ contact.first_name }} of {{ account.name }}"
    assert render(text, SAMPLE) == "Carol of Acme"
    later = SAMPLE.at(SAMPLE.now + timedelta(days=3))
    assert later == replace(SAMPLE, now=SAMPLE.now + timedelta(days=3))
    assert render(text, later) == "Carol of Acme"
    assert render(text, replace(later, contact=None)) == "there of Acme"
