"""`mainstay config`: what people declare, as files: export, plan, apply."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from mainstay.common.time import utc_now
from mainstay.declared import files, schemas, services
from mainstay.declared.kinds import kinds
from mainstay.declared.reporting import PlanReport, report
from mainstay.people.models import Role, User

_SECONDS = 120


class Installation(Protocol):
    """What the commands work against: this installation, or a live one through its API."""

    def export(self) -> Mapping[str, str]:
        """Everything that is declared as YAML, by path."""

    def plan(self, texts: Mapping[str, str], *, is_pruning: bool) -> PlanReport:
        """What applying the files would do."""

    def apply(
        self, texts: Mapping[str, str], *, expected: str, reason: str, is_pruning: bool, overwrite: bool
    ) -> PlanReport:
        """Carry out the plan with this digest."""


@dataclass(frozen=True)
class Local:
    """This installation; changes are made in the name of the user with this e-mail (the first administrator)."""

    email: str = ""

    def export(self) -> Mapping[str, str]:
        """See Installation."""
        return services.export_texts()

    def plan(self, texts: Mapping[str, str], *, is_pruning: bool) -> PlanReport:
        """See Installation."""
        return report(services.make_plan(texts, now=utc_now(), is_pruning=is_pruning))

    def apply(
        self, texts: Mapping[str, str], *, expected: str, reason: str, is_pruning: bool, overwrite: bool
    ) -> PlanReport:
        """See Installation."""
        made = services.apply(
            texts,
            by=self._user(),
            reason=reason,
            now=utc_now(),
            expected=expected,
            is_pruning=is_pruning,
            overwrite=overwrite,
        )
        return report(made)

    def _user(self) -> User:
        people = User.objects.filter(is_active=True)
        found = people.filter(email__iexact=self.email) if self.email else people.filter(role=Role.ADMINISTRATOR)
        user = found.order_by("pk").first()
        if user is None:
            whom = f"no active user '{self.email}'" if self.email else "no active administrator"
            raise click.ClickException(f"There is {whom}. `mainstay user list` shows who there is.")
        return user


@dataclass(frozen=True)
class Remote:
    """A live installation, through its API with a manager's API key."""

    url: str
    key: str

    def export(self) -> Mapping[str, str]:
        """See Installation."""
        files_: Mapping[str, str] = self._ask("GET", "", None)["files"]
        return files_

    def plan(self, texts: Mapping[str, str], *, is_pruning: bool) -> PlanReport:
        """See Installation."""
        return PlanReport.model_validate(self._ask("POST", "plan", {"files": dict(texts), "prune": is_pruning}))

    def apply(
        self, texts: Mapping[str, str], *, expected: str, reason: str, is_pruning: bool, overwrite: bool
    ) -> PlanReport:
        """See Installation."""
        body = {"files": dict(texts), "prune": is_pruning, "digest": expected, "reason": reason, "overwrite": overwrite}
        return PlanReport.model_validate(self._ask("POST", "apply", body))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        address = f"{self.url.rstrip('/')}/api/v1/config/{path}"
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(address, None if body is None else json.dumps(body).encode(), headers, method=method)
        try:
            with urlopen(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise click.ClickException(_said(error)) from error
        except (URLError, TimeoutError) as error:
            raise click.ClickException(f"{address} could not be reached: {error}.") from error


def _said(error: HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError):
        return f"{error.url} answered {error.code} {error.reason}. Is it the address of a Mainstay?"


@click.group()
@click.option("--url", default="", help="A live installation to work against, instead of this one.")
@click.option("--key", default="", envvar="MAINSTAY_API_KEY", help="An API key of a manager, for --url.")
@click.option("--as", "email", default="", help="In whose name, by e-mail; the first administrator when left out.")
@click.pass_context
def config(context: click.Context, url: str, key: str, email: str) -> None:
    """Metrics, features, scorecards, segments and signals as files: export, plan, apply."""
    if url and not url.startswith(("https://", "http://")):
        raise click.ClickException(f"--url is '{url}'; use an address like https://mainstay.example.com.")
    if url and not key:
        raise click.ClickException("--url needs --key (or MAINSTAY_API_KEY): `mainstay api-key create` makes one.")
    context.obj = Remote(url, key) if url else Local(email)


@config.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def export(installation: Installation, directory: Path) -> None:
    """Write all that is declared into DIRECTORY; comments in files that are there stay."""
    declared = files.parse(installation.export(), kinds())
    touched = []
    for kind in kinds().values():
        documents = {one.identity[1]: one.document for one in declared if one.kind is kind}
        touched += list(files.write(directory, kind, documents))
    touched += [("wrote", path) for path in schemas.write(directory)]
    for verb, path in touched:
        click.echo(f"{verb} {path}")
    click.echo(f"{len(declared)} things are declared; {len(touched)} files were touched.")


@config.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Remove what is declared and in no file, whoever made it.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--check", is_flag=True, help="Exit with 1 when there is anything to apply, 2 on drift.")
@click.pass_obj
def plan(installation: Installation, directory: Path, prune: bool, as_json: bool, check: bool) -> None:
    """Say what applying DIRECTORY would make, change and remove, and to how many accounts."""
    made = installation.plan(files.texts_of(directory, kinds()), is_pruning=prune)
    click.echo(made.model_dump_json(indent=2) if as_json else made.as_text())
    if check:
        raise SystemExit(2 if made.has_drift else int(bool(made.changes)))


@config.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def diff(installation: Installation, directory: Path) -> None:
    """Say only in what DIRECTORY and the installation differ, without effects."""
    made = installation.plan(files.texts_of(directory, kinds()), is_pruning=False)
    click.echo("\n".join(made.change_lines()) or "The files say what is declared.")


@config.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--prune", is_flag=True, help="Remove what is declared and in no file, whoever made it.")
@click.option("--overwrite", is_flag=True, help="Overwrite what was changed elsewhere since it was last applied.")
@click.option("--reason", default="Applied from files.", help="Why; kept with the versions.")
@click.pass_obj
def apply(installation: Installation, directory: Path, *, yes: bool, prune: bool, overwrite: bool, reason: str) -> None:
    """Plan, ask, and carry it out: all of it or nothing."""
    texts = files.texts_of(directory, kinds())
    made = installation.plan(texts, is_pruning=prune)
    click.echo(made.as_text())
    if made.has_drift and not overwrite:
        raise click.ClickException("Nothing was applied. Export first, or use --overwrite.")
    if made.changes and not yes:
        click.confirm("Apply this?", abort=True)
    installation.apply(texts, expected=made.digest, reason=reason, is_pruning=prune, overwrite=overwrite)
    if made.changes:
        click.echo("Applied. The next refresh counts with it.")


@config.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def schema(directory: Path) -> None:
    """Write the JSON Schema of every kind into DIRECTORY/schemas, for editors."""
    for path in schemas.write(directory):
        click.echo(f"wrote {path}")


COMMANDS = [config]
