"""The playbooks that come with Mainstay."""

from pathlib import Path

import click

from mainstay.deliveries.policies import policy_in_force
from mainstay.playbooks import reference
from mainstay.playbooks.publishing import RUN_AT_ONCE, shipped
from mainstay.playbooks.specimens import specimens
from mainstay.signals import registry


@click.group()
def playbooks() -> None:
    """Look at the playbooks that come with Mainstay."""


@playbooks.command("docs")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="docs/reference/gallery.md")
def write_docs(path: Path) -> None:
    """Write the reference page of the gallery to PATH (docs/reference/gallery.md)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reference.page(shipped(), labels=labels(), at_once=RUN_AT_ONCE), encoding="utf-8")
    click.echo(f"Wrote {path}: {len(shipped())} playbooks.")


@playbooks.command("mails")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def write_mails(folder: Path) -> None:
    """Write every mail to customers as it would look here to FOLDER, with sample values: HTML and text."""
    folder.mkdir(parents=True, exist_ok=True)
    policy, count = policy_in_force(), 0
    for document in shipped().values():
        for one in specimens(document, policy):
            path = folder / f"{one.playbook}-{one.step}"
            path.with_suffix(".html").write_text(one.html, encoding="utf-8")
            path.with_suffix(".txt").write_text(f"{one.subject}\n\n{one.text}\n", encoding="utf-8")
            count += 1
    click.echo(f"Wrote {count} mails to {folder}.")


def labels() -> dict[str, str]:
    """What the shipped kinds of signals are called."""
    return {key: document.label for key, document in registry.shipped().items()}


COMMANDS = [playbooks]
