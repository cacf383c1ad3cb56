"""The feature catalogue."""

from pathlib import Path

import click

from mainstay.facts import catalogue, selectors
from mainstay.facts.services import load_features


@click.group()
def features() -> None:
    """Say which events show the use of which feature."""


@features.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Replace the feature catalogue by the YAML file FILE."""
    declared = load_features(file.read_text(encoding="utf-8"))
    count = len(declared.features)
    click.echo(f"{count} feature{'' if count == 1 else 's'}; logins: {', '.join(declared.logins)}.")


@features.command("list")
def list_features() -> None:
    """List the features, their marks, plans and events, and the events that have a meaning."""
    declared = selectors.features()
    for feature in declared:
        marks = [mark for mark in ("core", "premium", "integration") if getattr(feature, f"is_{mark}")]
        click.echo(f"{feature.key:<24} {feature.label:<30} {' '.join(marks):<14} {', '.join(feature.events)}")
    if not declared:
        click.echo("No features are declared. `mainstay features load FILE` takes a YAML file of them.")
    for meaning, names in catalogue.meanings_as_written().items():
        click.echo(f"{meaning:<24} means: {', '.join(names) or 'no event'}")


COMMANDS = [features]
