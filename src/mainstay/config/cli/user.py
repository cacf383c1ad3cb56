"""`mainstay user`: people who may sign in."""

import click

from mainstay.people import services
from mainstay.people.models import Role, User


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(Role.values), required=True, help="What the user may do.")
@click.option("--name", default="", help="The name shown to others; the e-mail when left out.")
@click.option("--password", help="At least 10 characters; a random one is made and printed once when left out.")
def create(email: str, role: str, name: str, password: str | None) -> None:
    """Make a user with the e-mail EMAIL."""
    made, secret = services.create_user(email, name=name, role=role, password=password)
    click.echo(f"Made {made.email} ({Role(made.role).label}).")
    if not password:
        click.echo(f"Password, shown this once: {secret}")


@user.command(name="list")
def list_users() -> None:
    """List the users and their roles."""
    for one in User.objects.all():
        click.echo(f"{one.email:40} {Role(one.role).label:15} {'' if one.is_active else 'deactivated'}".rstrip())


@user.command(name="reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Give the user EMAIL a new random password, printed once."""
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise click.ClickException(f"There is no user '{email}'. `mainstay user list` shows who there is.")
    click.echo(f"New password, shown this once: {services.reset_password(found, by=None)}")


COMMANDS = [user]
