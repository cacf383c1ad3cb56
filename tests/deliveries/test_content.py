import pytest

from mainstay.deliveries.content import Button, Content, Item, Kind, content_of, is_safe_link


def test_what_is_kept_is_read_as_it_was() -> None:
    content = Content(Kind.CHECKLIST, Button("Go", "/x"), items=(Item("One", "/1", "Done"), Item("Two")), at="bottom")
    assert content_of(content.as_json()) == content


@pytest.mark.parametrize(
    ("link", "is_safe"),
    [
        ("https://app.example.com/projects/new?x=1#y", True),
        ("HTTP://app.example.com", True),
        ("/projects/new", True),
        ("/", True),
        ("#top", True),
        ("mailto:ann@acme.example", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://", False),
        ("https:///x", False),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("projects/new", False),
        ("https://a.example/\n", False),
        ("", False),
    ],
)
def test_only_addresses_that_run_nothing_are_followed(link: str, is_safe: bool) -> None:
    assert is_safe_link(link) is is_safe
