"""`mainstay setup`."""

import click

from mainstay.config.installation import first_administrator, is_empty, migrate


@click.command()
@click.option(
    "--demo",
    is_flag=True,
    help="Load the demo company when there are no accounts yet; bring it up to date when it is there.",
)
@click.pass_context
def setup(context: click.Context, demo: bool) -> None:
    """Bring the database up to date; at the first start also make an administrator.

    Can be repeated at any time. Stop the web server and the worker first when you upgrade.
    """
    if changed := migrate():
        click.echo(f"The database is up to date ({changed} changes).")
    made = first_administrator()
    if made:
        user, password = made
        click.echo(f"\n  First start. Sign in as   {user.email}\n  with the password         {password}\n")
        click.echo("  It is shown only now. Change it under your name in the top right corner.\n")
    if demo:
        _demo(context, "load" if is_empty() else "continue")


def _demo(context: click.Context, command: str) -> None:
    """`mainstay demo COMMAND`, found by name: most starts need none of what it imports."""
    root = context.find_root().command
    if isinstance(root, click.Group) and isinstance(group := root.get_command(context, "demo"), click.Group):
        group.main(args=[command], prog_name="mainstay demo", standalone_mode=False)


COMMANDS = [setup]
