"""The reference of the gallery as a page of Markdown, made from the documents of the shipped playbooks. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from mainstay.playbooks.document import Document, Purpose
from mainstay.playbooks.naming import Names
from mainstay.playbooks.tree import Action, AnyStep, Arm, Branch, Split
from mainstay.playbooks.wording import entry_text, exit_text, reentry_text, step_text, subject_text

_INTRODUCTION = """\
# The gallery

These playbooks come with Mainstay. *Playbooks*, *New* shows them. Some write to your own people only and run from the
first day ({at_once}); the others wait until somebody starts them. Each can be tried before it is
started, and changed: what somebody changed is left alone by updates. Of each a test lets time pass and shows who gets
what on which day.

Texts name links such as `links.upgrade`; set them once under *Messages*, *Rules*. A playbook whose links are not set
does not start, and says which. `mainstay playbooks mails FOLDER` writes all mails as they would look.

This page is made by `mainstay playbooks docs`.
"""
_LABELS = {"task": "task", "email": "mail", "in_app": "in the product", "wait": "wait", "note": "note"}


def page(documents: Mapping[str, Document], *, labels: Mapping[str, str], at_once: Iterable[str]) -> str:
    """The page: a section for each purpose. `labels`: of the kinds of signals; `at_once`: keys that just run."""
    running = ", ".join(sorted(documents[key].name for key in at_once))
    parts = [_INTRODUCTION.format(at_once=running)]
    names = Names(signals=labels, playbooks={key: one.name for key, one in documents.items()})
    for purpose in get_args(Purpose):
        found = sorted((one for one in documents.values() if one.purpose == purpose), key=lambda one: one.name)
        if found:
            parts += [f"## {purpose.title() or 'Others'}\n", *(_play(one, names) for one in found)]
    return "\n".join(parts)


def _play(document: Document, names: Names) -> str:
    facts = [
        f"**Starts when** {entry_text(document.entry, names)}",
        *([f"**For** `{document.audience.condition}`"] if document.audience.condition else []),
        f"**Begins** {reentry_text(document)}",
        *([f"**About** {subject_text(document)}"] if document.subject != "account" else []),
        *(f"**Ends early when** {exit_text(one)}" for one in document.exit),
        *([f"**Goal** `{document.goal.where}` within {document.goal.within_days} days"] if document.goal else []),
        *([f"**Held out** {document.holdout} %"] if document.holdout else []),
        *([f"**Keeps clear** of other playbooks of *{document.apart.group}* for {document.apart.days} days"]
          if document.apart else []),
    ]  # fmt: skip
    needs = "\n".join(f"- {one}" for one in document.expects)
    course = "\n".join(_lines(document.steps, names, depth=0))
    listed = "\n".join(f"- {one}" for one in facts)
    return (
        f"### {document.name}\n\n`{document.key}`: {document.description}\n\n{listed}\n\n"
        f"It expects:\n\n{needs}\n\nIts course:\n\n{course}\n"
    )


def _lines(steps: Iterable[AnyStep], names: Names, *, depth: int) -> Iterator[str]:
    """The steps as a list; those of a branch one deeper."""
    dent = "    " * depth
    for step in steps:
        match step:
            case Action():
                kind = _LABELS.get(step.type, step.type.replace("_", " "))
                said = step_text(step, names)
                yield f"{dent}- {kind}: {_escaped(said)}" if said else f"{dent}- {kind}"
            case Branch():
                for arm in step.branches:
                    yield f"{dent}- if {_asked(arm)}:"
                    yield from _lines(arm.steps, names, depth=depth + 1) if arm.steps else [f"{dent}    - nothing"]
                if step.otherwise:
                    yield f"{dent}- else:"
                    yield from _lines(step.otherwise, names, depth=depth + 1)
            case Split():
                for part in step.parts:
                    yield f"{dent}- {part.share} % ({part.name}):"
                    yield from _lines(part.steps, names, depth=depth + 1)


def _asked(arm: Arm) -> str:
    return f"`{arm.when}`" if arm.after is None else f"`{arm.after.step}` came to `{arm.after.outcome}`"


def _escaped(text: str) -> str:
    """Templates stand as they are written; what Markdown would take for its own is left to it."""
    return text.replace("<", "&lt;")
