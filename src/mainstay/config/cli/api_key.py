"""`mainstay api-key`: keys for the HTTP API."""

import click

from mainstay.people import services
from mainstay.people.models import ApiKey, User


@click.group(name="api-key")
def api_key() -> None:
    """Keys for the HTTP API; each acts for one user, with that user's role."""


@api_key.command()
@click.argument("name")
@click.option("--user", "email", required=True, help="E-mail of the user the key acts for.")
def create(name: str, email: str) -> None:
    """Make a key called NAME; its secret is printed once."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise click.ClickException(f"There is no user '{email}'. `mainstay user list` shows who there is.")
    _, secret = services.create_api_key(user, name=name)
    click.echo(f"API key, shown this once: {secret}")


@api_key.command(name="list")
def list_keys() -> None:
    """List the keys that are not revoked."""
    for key in ApiKey.objects.filter(revoked_at=None).select_related("user"):
        click.echo(f"{key.pk:4} {key.hint}… {key.name} ({key.user.email})")


@api_key.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Revoke the key with this NUMBER of `mainstay api-key list`."""
    key = ApiKey.objects.filter(pk=number, revoked_at=None).first()
    if key is None:
        raise click.ClickException(f"There is no API key {number}. `mainstay api-key list` shows the ones there are.")
    services.revoke_api_key(key, by=None)
    click.echo(f"Revoked {key.name}.")


COMMANDS = [api_key]
