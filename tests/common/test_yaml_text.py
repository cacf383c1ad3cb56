"""YAML that people wrote: what it says and where, and what is wrong with it, whatever it is."""

import pytest

from mainstay.common.yaml_text import NotYaml, load, read

MANY = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(10))}]"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def test_a_text_says_where_everything_stands():
    found = read("name: Acme\nsteps:\n  - id: call\n    with: {title: Hello}\n", origin="acme.yaml")
    assert found.content == {"name": "Acme", "steps": [{"id": "call", "with": {"title": "Hello"}}]}
    assert found.place(("steps", 0, "with", "title")) == (4, 12)
    assert found.place(("steps", 0, "when")) == (3, 5)
    assert read("", origin="nothing.yaml").content is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [1", "line 1, column 6, is not YAML"),
        ("a: 2026-13-45", "line 1, column 4, is not YAML: '2026-13-45' is no timestamp"),
        ("a: !!timestamp soon", "'soon' is no timestamp"),
        ("a:\n  b: !!int many", "line 2, column 6, is not YAML: 'many' is no int"),
        ("a: !!int ''", "'' is no int"),
        ("a: !!bool perhaps", "'perhaps' is no bool"),
        ("a: 2026-01-01T00:00:00+99:99", "is no timestamp"),
        (f"a: {'9' * 5_000}", "is no int"),
        ('a: "x\\0"', "it holds a letter that no text has"),
        ('a: "x\\ud800"', "it holds a letter that no text has"),
        ('"x\\0": a', "it holds a letter that no text has"),
        ("[" * 3_000, "is not YAML"),
        ("a: &a [*a]", "it goes too deep"),
        (MANY, "it says more than 100,000 things"),
    ],
    ids=lambda one: one[:20],
)
def test_what_is_no_yaml_is_refused_with_the_reason_and_the_place(text: str, reason: str):
    with pytest.raises(NotYaml, match=reason):
        load(text, origin="a.yaml")
