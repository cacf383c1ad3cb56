"""The command line. Each module of this folder adds its commands to `main` and is found by itself."""

import os
import pkgutil
import sys
from importlib import import_module
from importlib.util import find_spec

import click

from mainstay.common.errors import MainstayError

# It only watches over others: without Django it waits in 20 MB instead of 100.
_WITHOUT_DJANGO = ("up",)


class _Group(click.Group):
    """Finds the commands in the modules of this folder.

    A command in a module of its name is loaded alone, since some modules are slow and large (the engines of the
    refresh, the pages); a list of commands loads them all.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command of every module."""
        for module in pkgutil.iter_modules(__path__):
            self._load(module.name)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from the module of its name if there is one."""
        name = cmd_name.replace("-", "_")
        for module in (name, f"{name}_"):  # `import_`: a word of Python takes an underscore
            if cmd_name not in self.commands and find_spec(f"{__name__}.{module}"):
                self._load(module)
        if cmd_name not in self.commands:
            self.list_commands(ctx)
        return super().get_command(ctx, cmd_name)

    def _load(self, module: str) -> None:
        if module not in _WITHOUT_DJANGO:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")  # noqa: TID251
            import_module("django").setup()
        for command in import_module(f"{__name__}.{module}").COMMANDS:
            self.add_command(command)


@click.group(cls=_Group)
def cli() -> None:
    """Mainstay, the customer success platform."""


def main() -> None:
    """The `mainstay` command."""
    try:
        cli()
    except MainstayError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(1)
