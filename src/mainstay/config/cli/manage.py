"""Django's own commands, for contributors."""

import click
from django.core.management import execute_from_command_line


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django management command: `mainstay manage makemigrations`."""
    execute_from_command_line(["mainstay manage", *arguments])


COMMANDS = [manage]
