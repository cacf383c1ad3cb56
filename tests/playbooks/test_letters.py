"""Mails as people write them: text and HTML from the same few signs."""

import pytest

from mainstay.playbooks.letters import inert, letter, relative_links


@pytest.mark.parametrize(
    ("written", "text", "html"),
    [
        ("One\nline\n\n\nTwo", "One\nline\n\nTwo", "<p>One<br>\nline</p>\n<p>Two</p>"),
        ("Do:\n- a & b\n– c", "Do:\n- a & b\n– c", "<p>Do:</p>\n<ul><li>a &amp; b</li><li>c</li></ul>"),
        ("1. a\n2. b", "1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("## Next\nGo", "NEXT\nGo", "<h2>Next</h2>\n<p>Go</p>"),
        ("It is **big**.", "It is big.", "<p>It is <strong>big</strong>.</p>"),
        (
            "See [this](https://x.example/?a=1&b=2).",
            "See this (https://x.example/?a=1&b=2).",
            '<p>See <a href="https://x.example/?a=1&amp;b=2">this</a>.</p>',
        ),
        (
            "[Add seats](https://x.example/up)",
            "Add seats:\nhttps://x.example/up",
            '<p><a class="btn" href="https://x.example/up">Add seats</a></p>',
        ),
        ("At https://x.example/a.", "At https://x.example/a.", '<p>At <a href="https://x.example/a">https://x.example/a</a>.</p>'),
        ("5 * 3 <b>", "5 * 3 <b>", "<p>5 * 3 &lt;b&gt;</p>"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_text_has_two_forms(written: str, text: str, html: str) -> None:
    made = letter(written)
    assert (made.text, made.html) == (text, html)


def test_a_sign_in_a_value_means_nothing() -> None:
    """A customer called like a link of ours is still only called so."""
    sly = "[Pay](https://evil.example) **now** # 1"
    made = letter(f"Hello {inert(sly)}")
    assert made.text == f"Hello {sly}"
    assert made.html.startswith("<p>Hello [Pay](<a href=")
    assert "<strong>" not in made.html
    assert ">Pay</a>" not in made.html


def test_a_value_within_a_link_leads_nowhere_else() -> None:
    sly = "Ann](https://evil.example) "
    made = letter(f"[For {inert(sly)}](https://x.example)")
    assert made.html == f'<p><a class="btn" href="https://x.example">For {sly}</a></p>'
    assert made.text == f"For {sly}:\nhttps://x.example"


def test_links_that_lead_nowhere_from_a_mail_are_found() -> None:
    assert relative_links("[a](/x) [b](https://x.example) [c](mailto:a@b.example) [d](upgrade)") == ["/x", "upgrade"]
