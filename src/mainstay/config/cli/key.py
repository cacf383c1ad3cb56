"""`mainstay key`: the write keys that products send events with."""

import click

from mainstay.people import services
from mainstay.people.models import WriteKey


@click.group()
def key() -> None:
    """Write keys: who may send events."""


@key.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a write key called NAME; its secret is printed once."""
    _, secret = services.create_write_key(name)
    click.echo(f"Write key, shown this once: {secret}")


@key.command(name="list")
@click.option("--all", "with_revoked", is_flag=True, help="Also the revoked ones.")
def list_keys(*, with_revoked: bool) -> None:
    """List the write keys."""
    found = WriteKey.objects.all() if with_revoked else WriteKey.objects.filter(revoked_at=None)
    for one in found:
        revoked = f", revoked on {one.revoked_at:%d %b %Y}" if one.revoked_at else ""
        click.echo(f"{one.pk:4} {one.hint}… {one.name} (made on {one.created_at:%d %b %Y}{revoked})")


@key.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke the write key called NAME (or with this number of `mainstay key list`). Takes hold within seconds."""
    waiting = WriteKey.objects.filter(revoked_at=None)
    found = list(waiting.filter(name=name)) or list(waiting.filter(pk=int(name)) if name.isdigit() else [])
    if not found:
        raise click.ClickException(f"There is no write key '{name}'. `mainstay key list` shows the ones there are.")
    if len(found) > 1:
        numbers = ", ".join(str(one.pk) for one in found)
        raise click.ClickException(f"{len(found)} write keys are called '{name}'; revoke one by its number: {numbers}.")
    services.revoke_write_key(found[0], by=None)
    click.echo(f"Revoked {found[0].hint}… {found[0].name}.")


COMMANDS = [key]
