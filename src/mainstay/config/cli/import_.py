"""`mainstay import`: files become accounts, contacts, contracts, tickets, answers and events."""

import shlex
import sys
from pathlib import Path

import click

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.importer import Report, import_file
from mainstay.ingest.files.kinds import KINDS, kind_of
from mainstay.ingest.files.mapping import FileMapping, read_map, write_map
from mainstay.ingest.files.readers import open_table

_SAMPLE_ROWS = 200
_FAILURES_SHOWN = 5


@click.command("import")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path), help="YAML file: columns to fields, formats, values."
)
@click.option("--dates", help='How dates are written: "%d/%m/%y", "day first", iso, epoch, spreadsheet.')
@click.option("--dry-run", is_flag=True, help="Check everything and say what would change; write nothing.")
@click.option("--create-accounts", is_flag=True, help="Make accounts that rows name and nobody knows.")
@click.option("--show-map", is_flag=True, help="Print the mapping as a map file, and stop.")
def import_command(  # noqa: PLR0917 click passes them by name
    kind: str,
    file: Path,
    map_file: Path | None,
    dates: str | None,
    dry_run: bool,
    create_accounts: bool,
    show_map: bool,
) -> None:
    """Import a CSV, JSON lines or Parquet FILE of a KIND of rows.

    Without --map the columns are guessed by their names. Importing a file again changes nothing. Rows that fail are
    written beside the file with the reason: correct them and import that file. Exit code 1 when rows failed.
    """
    mapping = _mapping(kind, file, map_file, dates)
    if show_map:
        click.echo(write_map(mapping), nl=False)
        return
    if map_file is None:
        _tell_guess(mapping)
    report = _run(file, mapping, dry_run=dry_run, create_accounts=create_accounts)
    _tell(report)
    if report.failures is not None:
        _tell_next(report, map_file, dates, create_accounts=create_accounts)
    if report.failed:
        raise SystemExit(1)


def _mapping(kind: str, file: Path, map_file: Path | None, dates: str | None) -> FileMapping:
    if map_file is not None:
        if not map_file.is_file():
            raise MainstayError(f"There is no map file {map_file}; check the path after --map.")
        mapping = read_map(map_file.read_text(encoding="utf-8"), kind)
    else:
        table = open_table(file)
        chunk = next(table.chunks(_SAMPLE_ROWS), None)
        mapping = guess(kind_of(kind), chunk.columns if chunk else dict.fromkeys(table.columns, ()))
    return mapping.model_copy(update={"dates": {**mapping.dates, "*": (dates,)}}) if dates else mapping


def _run(file: Path, mapping: FileMapping, *, dry_run: bool, create_accounts: bool) -> Report:
    bar = click.progressbar(length=1, label="Checking", file=sys.stderr)
    done = 0

    def progress(rows: int, total: int | None) -> None:
        nonlocal done
        if total is None:
            bar.label = f"Reading, {rows:,} rows"
            bar.update(0)
            return
        bar.label, bar.length = "Checking" if dry_run else "Importing", max(total, 1)
        bar.update(rows - done)
        done = rows

    with bar:
        return import_file(
            file, mapping, now=utc_now(), is_dry_run=dry_run, create_accounts=create_accounts, progress=progress
        )


def _tell_guess(mapping: FileMapping) -> None:
    click.echo("No --map was given; the columns were guessed:")
    for spec in mapping.spec.fields:
        if spec.name in mapping.columns:
            click.echo(f"  {spec.name:<22} {' + '.join(mapping.columns[spec.name])}")
        elif spec.name in mapping.constants:
            click.echo(f"  {spec.name:<22} always '{mapping.constants[spec.name]}'")


def _tell(report: Report) -> None:
    units = "events" if report.kind == "events" else "rows"
    would = "would be " if report.is_dry_run else ""
    click.echo(
        f"{report.rows:,} rows read: {report.created:,} {units} {would}new, {report.changed:,} changed, "
        f"{report.unchanged:,} {would}unchanged, {report.failed:,} failed"
        + (f", {report.skipped:,} left out by `where`" if report.skipped else "")
        + (". Nothing was written (--dry-run)." if report.is_dry_run else ".")
    )
    for field, order in report.orders.items():
        click.echo(f"The dates of {field} are {order}: the file has dates that can be nothing else.")
    if report.ignored:
        extra = kind_of(report.kind).extra
        hint = f"; keep them with `{extra}: [{report.ignored[0]}]` in a map file" if extra else ""
        click.echo(f"Columns not imported: {', '.join(report.ignored)}{hint}.")
    for note in report.notes:
        click.echo(note)
    for row, reason in report.examples[:_FAILURES_SHOWN]:
        click.echo(f"  row {row}: {reason}", err=True)
    if report.failed > _FAILURES_SHOWN:
        click.echo(f"  and {report.failed - _FAILURES_SHOWN:,} more", err=True)
    if any("make unknown accounts" in reason for _, reason in report.examples):
        click.echo("With --create-accounts the import makes unknown accounts, named by their key.", err=True)


def _tell_next(report: Report, map_file: Path | None, dates: str | None, *, create_accounts: bool) -> None:
    # The order that the whole file told may not be told by the few rows that failed.
    concluded = next(iter(report.orders.values()), "")
    again = ["mainstay", "import", report.kind, str(report.failures)]
    again += ["--map", str(map_file)] if map_file else []
    again += ["--dates", dates or concluded] if dates or concluded else []
    again += ["--create-accounts"] if create_accounts else []
    click.echo(f"The rows that failed are in {report.failures}. Correct them there and import them:", err=True)
    click.echo(f"  {shlex.join(again)}", err=True)


COMMANDS = [import_command]
