from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mainstay.accounts.models import Account
from mainstay.common.errors import MainstayError
from mainstay.config.cli.import_ import import_command
from mainstay.ingest.files.mapping import read_map
from mainstay.interactions.models import Ticket
from tests.builders import Cast


def run(*arguments: object) -> Result:
    return CliRunner().invoke(import_command, [str(argument) for argument in arguments])


@pytest.fixture
def accounts(db: None, tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text("id,name,employees,region\na,Acme,5,west\nb,Globex,many,east\n")
    return path


def test_an_import_tells_what_it_guessed_and_what_came_of_it(accounts: Path) -> None:
    result = run("accounts", accounts)
    assert result.exit_code == 1
    assert "  employees              employees" in result.output
    assert "2 rows read: 1 rows new, 0 changed, 0 unchanged, 1 failed." in result.output
    assert "Columns not imported: region; keep them with `attributes: [region]` in a map file." in result.output
    assert "row 2: employees: 'many' is not a number" in result.output
    assert f"mainstay import accounts {accounts.with_name('accounts-failed.csv')}" in result.output
    assert Account.objects.count() == 1


def test_a_clean_import_ends_with_zero(accounts: Path) -> None:
    accounts.write_text("id,name\na,Acme\n")
    result = run("accounts", accounts)
    assert result.exit_code == 0
    assert "1 rows read: 1 rows new" in result.output


def test_a_dry_run_writes_nothing(accounts: Path) -> None:
    result = run("accounts", accounts, "--dry-run")
    assert "1 rows would be new" in result.output
    assert "Nothing was written (--dry-run)." in result.output
    assert (result.exit_code, Account.objects.count()) == (1, 0)


def test_a_map_file_decides(accounts: Path, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("columns: {key: id, name: region}\n")
    assert run("accounts", accounts, "--map", tmp_path / "map.yaml").exit_code == 0
    assert set(Account.objects.values_list("name", flat=True)) == {"west", "east"}


def test_the_guess_can_be_shown_as_a_map_file(accounts: Path) -> None:
    result = run("accounts", accounts, "--show-map")
    assert set(read_map(result.output, "accounts").columns) == {"key", "name", "employees"}
    assert Account.objects.count() == 0


def test_dates_with_two_readings_stop_the_import_until_they_are_declared(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("id,account,opened\n1,acme,03/04/21\n2,acme,nonsense\n")
    result = run("tickets", path)
    assert isinstance(result.exception, MainstayError)
    assert "can be 3 April 2021 or 4 March 2021" in result.exception.message
    assert Ticket.objects.count() == 0
    result = run("tickets", path, "--dates", "%m/%d/%y")
    assert f"{Ticket.objects.get().opened_at:%d %B}" == "04 March"
    assert "--dates %m/%d/%y" in result.output


def test_a_concluded_order_of_dates_is_told_and_handed_on(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("id,account,opened\n1,acme,03/04/2021\n2,acme,25/12/2021\n3,hooli,03/04/2021\n")
    result = run("tickets", path)
    assert "The dates of opened_at are day first" in result.output
    assert "--dates 'day first'" in result.output
    assert "no account has the key 'hooli'" in result.output
    assert "With --create-accounts the import makes unknown accounts" in result.output
    assert run("tickets", path, "--create-accounts").exit_code == 0


def test_a_missing_map_file_is_told(accounts: Path, tmp_path: Path) -> None:
    result = run("accounts", accounts, "--map", tmp_path / "nowhere.yaml")
    assert isinstance(result.exception, MainstayError)
    assert "There is no map file" in result.exception.message
