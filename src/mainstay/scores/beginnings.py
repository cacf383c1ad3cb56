"""Scorecards to begin a draft with: templates, and the shipped scorecards as they came. None of them is in force.

A template is a plain YAML file of a scorecard in `templates/`; the comment it opens with says what it is for.
"""

from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from mainstay.scores.document import SHIPPED, Document, read

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Template:
    """A scorecard to begin with, and what it is for in a sentence."""

    about: str
    document: Document


@cache
def templates() -> tuple[Template, ...]:
    """The shipped scorecards first, then the templates by name."""
    own = [_template(path) for path in sorted(TEMPLATES.glob("*.yaml"))]
    shipped = [_template(path) for path in sorted(SHIPPED.glob("*.yaml"), reverse=True)]
    return (*shipped, *sorted(own, key=lambda one: one.document.name))


def template(key: str) -> Template | None:
    """One of them by the key of its scorecard."""
    return next((one for one in templates() if one.document.key == key), None)


def _template(path: Path) -> Template:
    text = path.read_text(encoding="utf-8")
    comment = takewhile(lambda line: line.startswith("# "), text.splitlines())
    return Template(" ".join(line.removeprefix("# ") for line in comment), read(text, origin=path.name))
