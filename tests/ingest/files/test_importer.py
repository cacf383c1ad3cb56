import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.accounts.services import ContactRow, upsert_contacts
from mainstay.ingest.files.errors import NeedsAnswer
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.importer import Report, import_file
from mainstay.ingest.files.kinds import kind_of
from mainstay.ingest.files.mapping import FileMapping, read_map
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.sources import freshness
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.subscriptions.models import Invoice, Subscription
from tests.builders import Cast

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def imported(path: Path, kind: str, mapping: str | None = None, **options: object) -> Report:
    if mapping is not None:
        return import_file(path, read_map(mapping, kind), now=NOW, **options)
    chunk = next(open_table(path).chunks(50), None)
    made = guess(kind_of(kind), chunk.columns if chunk else {})
    return import_file(path, made, now=NOW, **options)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.failed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_accounts_are_imported_and_again_nothing_changes(db: None, cast: Cast, file: Path) -> None:
    file.write_text(
        "Account ID,Company,Industry,Employees,CSM email,Signup date,Region\n"
        "acme,Acme Corp,Tools,120,alice@orchard.example,2024-05-01,west\n"
        "hooli,Hooli,Search,9000,nobody@orchard.example,2023-01-31,\n"
    )
    report = imported(file, "accounts")
    assert counts(report) == (1, 1, 0, 0)
    assert report.ignored == ("Region",)
    assert "no user has the e-mail nobody@orchard.example" in report.notes[0]
    hooli = Account.objects.get(key="hooli")
    assert (hooli.name, hooli.employees, hooli.signed_on, hooli.owner) == ("Hooli", 9000, date(2023, 1, 31), None)
    assert counts(imported(file, "accounts")) == (0, 0, 2, 0)
    assert freshness(NOW)["crm"].last_received_at == NOW


def test_a_dry_run_tells_the_same_and_writes_nothing(cast: Cast, file: Path) -> None:
    file.write_text("id,name,employees\nacme,Acme Corp,5\nhooli,Hooli,many\npied,Pied Piper,3\n")
    report = imported(file, "accounts", "columns: {key: id, name: name, employees: employees}", is_dry_run=True)
    assert counts(report) == (1, 1, 0, 1)
    assert report.examples == [(2, "employees: 'many' is not a number")]
    assert report.failures is None
    assert list(file.parent.glob("*.csv")) == [file]
    assert Account.objects.filter(key="pied").count() == 0
    assert freshness(NOW)["crm"].last_received_at is None


def test_an_empty_cell_empties_the_field_unless_the_map_keeps_it(cast: Cast, file: Path) -> None:
    file.write_text("id,tier,name\nacme,,\n")
    keep = imported(file, "accounts", "columns: {key: id, tier: tier, name: name}\nempty: keep")
    assert counts(keep) == (0, 0, 1, 0)
    assert counts(imported(file, "accounts", "columns: {key: id, tier: tier, name: name}")) == (0, 1, 0, 0)
    acme = Account.objects.get(key="acme")
    assert (acme.tier, acme.name) == ("", "Acme")


def test_contacts_bring_their_roles(cast: Cast, file: Path) -> None:
    file.write_text("user id;company id;full name;roles;left on\nu1;acme;Pam;Champion|Executive Sponsor;\n")
    assert counts(imported(file, "contacts")) == (1, 0, 0, 0)
    pam = Contact.objects.get(key="u1")
    assert (pam.account, {role.role for role in pam.roles.all()}) == (cast.acme, {"champion", "executive_sponsor"})
    assert counts(imported(file, "contacts")) == (0, 0, 1, 0)


def test_a_subscription_may_be_priced_by_month_or_year(cast: Cast, file: Path) -> None:
    file.write_text(
        "id,account,start,mrr,billing period,seats,end\n"
        's1,acme,2024-01-01,"1,200.50",monthly,10,\n'
        "s2,acme,2024-01-01,€100,yearly,n/a,2024-12-31\n"
        "s3,acme,2024-06-01,100,yearly,5,2024-01-01\n"
    )
    report = imported(file, "subscriptions")
    assert counts(report) == (2, 0, 0, 1)
    assert "it ends on 2024-01-01, before it starts" in report.examples[0][1]
    first, second = Subscription.objects.order_by("key")
    assert (first.amount_minor, first.currency, first.period_months) == (120_050, "USD", 1)
    assert (second.amount_minor, second.currency, second.period_months) == (120_000, "EUR", 12)
    assert (second.seats, second.ends_on) == (None, date(2024, 12, 31))


def test_invoices_take_the_currency_of_the_map(cast: Cast, file: Path) -> None:
    file.write_text("invoice number,customer,amount,invoice date,due date,paid\n7,acme,99,2024-01-01,2024-01-31,\n")
    mapping = """
columns: {key: invoice number, account_key: customer, amount: amount, issued_on: invoice date, due_on: due date,
          paid_on: paid}
currency: JPY
"""
    assert counts(imported(file, "invoices", mapping)) == (1, 0, 0, 0)
    bill = Invoice.objects.get()
    assert (bill.amount_minor, bill.currency, bill.paid_on) == (99, "JPY", None)


def test_a_ticket_is_rated_when_it_was_solved(cast: Cast, file: Path) -> None:
    file.write_text(
        "ticket id,account id,priority,created at,closed at,first response time minutes,csat\n"
        "t1,acme,P1,2024-05-01 10:00,2024-05-02 10:00,30,4\n"
        "t2,acme,,2024-05-01 10:00,,,\n"
        "t3,acme,low,2024-05-03 10:00,2024-05-02 10:00,,\n"
    )
    report = imported(file, "tickets")
    assert counts(report) == (2, 0, 0, 1)
    assert "solved at 2024-05-02 10:00, before it was opened" in report.examples[0][1]
    rated, plain = Ticket.objects.order_by("key")
    assert (rated.severity, rated.csat, rated.rated_at) == ("urgent", 4.0, datetime(2024, 5, 2, 10, tzinfo=UTC))
    assert rated.first_response_at == datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    assert (plain.severity, plain.solved_at) == ("normal", None)


def test_interactions_without_an_id_are_known_by_what_they_say(cast: Cast, file: Path) -> None:
    row = "acme,QBR,2024-05-01 14:00,yes\n"
    file.write_text(f"account,type,date,attended\n{row}{row}acme,call,2024-05-01,\n")
    assert counts(imported(file, "interactions")) == (3, 0, 0, 0)
    assert counts(imported(file, "interactions")) == (0, 0, 3, 0)
    review = Interaction.objects.filter(kind="business_review").first()
    assert review is not None
    assert (review.title, review.attended) == ("Business review", True)


def test_a_response_finds_its_account_through_its_contact(cast: Cast, file: Path) -> None:
    upsert_contacts([ContactRow(key="u1", account_key="acme")], on=NOW.date())
    file.write_text("id,user id,nps,date\n1,u1,9,2024-05-01\n2,u2,9,2024-05-01\n3,u1,11,2024-05-01\n4,,5,2024-05-01\n")
    report = imported(file, "responses")
    assert counts(report) == (1, 0, 0, 3)
    assert [reason for _, reason in report.examples] == [
        "the contact 'u2' belongs to no account: import contacts first",
        "score: 11 is out of range: 0 to 10",
        "it names neither an account nor a contact",
    ]
    assert Response.objects.get().account == cast.acme


def test_a_row_of_an_unknown_account_fails_or_makes_the_account(cast: Cast, file: Path) -> None:
    file.write_text("id,account,opened\nt1,hooli,2024-05-01\nt2,acme,2024-05-01\nt3,hooli,2024-05-01\n")
    report = imported(file, "tickets")
    assert counts(report) == (1, 0, 0, 2)
    assert report.examples[0][1].startswith("no account has the key 'hooli': import accounts first, or")
    assert counts(imported(file, "tickets", is_dry_run=True, create_accounts=True)) == (2, 0, 1, 0)
    assert not Account.objects.filter(key="hooli").exists()
    report = imported(file, "tickets", create_accounts=True)
    assert counts(report) == (2, 0, 1, 0)
    assert report.notes == ["1 accounts were made, named by their key."]


@pytest.mark.parametrize(
    ("source", "text"),
    [("subscription", "s1"), ("contact", "u1"), ("domain", "pam@acme.example"), ("name", "ACME")],
)
def test_an_account_can_be_named_by_what_else_is_known(cast: Cast, file: Path, source: str, text: str) -> None:
    Account.objects.filter(key="acme").update(domain="acme.example")
    upsert_contacts([ContactRow(key="u1", account_key="acme")], on=NOW.date())
    Subscription.objects.create(key="s1", account=cast.acme, starts_on=date(2024, 1, 1))
    file.write_text(f"id,who,opened\nt1,{text},2024-05-01\nt2,nobody,2024-05-01\n")
    mapping = f"columns: {{key: id, account_key: who, opened_at: opened}}\naccount_from: {source}"
    report = imported(file, "tickets", mapping)
    assert counts(report) == (1, 0, 0, 1)
    assert Ticket.objects.get().account == cast.acme


def test_what_failed_can_be_corrected_and_imported_again(cast: Cast, file: Path) -> None:
    file.write_bytes(
        "id;account;opened;subject\n"
        'a;acme;2024-05-01;"Größe;\nzwei Zeilen"\n'
        'b;acme;gestern;"Größe;\nzwei Zeilen"\n'
        "c;acme;2024-05-01;x;y\n".encode("cp1252")
    )
    mapping = "columns: {key: id, account_key: account, opened_at: opened, subject: subject}\nencoding: cp1252"
    report = imported(file, "tickets", mapping)
    assert counts(report) == (1, 0, 0, 2)
    failed = report.failures
    assert failed == file.with_name("rows-failed.csv")
    with failed.open(encoding="cp1252", newline="") as opened:
        rows = list(csv.DictReader(opened, delimiter=";"))
    assert [row["id"] for row in rows] == ["b", "c"]
    assert "'gestern' is not a date" in rows[0]["reason"]
    assert "the row has 5 fields and the header 4" in rows[1]["reason"]
    failed.write_bytes(failed.read_bytes().replace(b"gestern", b"2024-05-02"))
    again = imported(failed, "tickets", mapping)
    assert counts(again) == (2, 0, 0, 0)
    assert Ticket.objects.get(key="b").subject == "Größe;\nzwei Zeilen"
    assert counts(imported(failed, "tickets", mapping)) == (0, 0, 2, 0)


def test_the_failures_of_failures_have_a_file_of_their_own(cast: Cast, tmp_path: Path) -> None:
    source = tmp_path / "rows-failed.csv"
    source.write_text("id,account,opened,reason\na,acme,gestern,old reason\n")
    report = imported(source, "tickets")
    assert report.failures == tmp_path / "rows-failed-2.csv"
    assert report.failures.read_text().splitlines()[0] == "id,account,opened,reason"
    assert "old reason" not in report.failures.read_text()


def test_an_old_failures_file_goes_when_nothing_fails_any_more(cast: Cast, file: Path) -> None:
    file.write_text("id,account,opened\na,acme,gestern\n")
    mapping = "columns: {key: id, account_key: account, opened_at: opened}"
    assert imported(file, "tickets", mapping).failures is not None
    file.write_text("id,account,opened\na,acme,2024-05-01\n")
    assert imported(file, "tickets", mapping).failures is None
    assert list(file.parent.glob("*failed*")) == []


def test_a_key_that_stands_twice_in_a_file_is_taken_once(cast: Cast, file: Path) -> None:
    file.write_text("id,name\na,One\nb,Two\na,One\na,Other\n")
    report = imported(file, "accounts")
    assert counts(report) == (2, 0, 1, 1)
    assert report.examples == [(4, "the key 'a' stands in this file before, with other values; keys must be unique")]
    assert Account.objects.get(key="a").name == "One"


def test_dates_with_two_readings_are_asked_about_before_anything_is_written(cast: Cast, file: Path) -> None:
    file.write_text("id,account,opened\na,acme,03/04/21\nb,acme,05/06/21\n")
    with pytest.raises(NeedsAnswer) as caught:
        imported(file, "tickets")
    assert caught.value.message == (
        "Column 'opened': '03/04/21' can be 3 April 2021 or 4 March 2021. "
        'Declare it in the map file, `dates: {opened_at: "%d/%m/%y" or "%m/%d/%y"}`, or with --dates.'
    )
    assert Ticket.objects.count() == 0
    declared = 'columns: {key: id, account_key: account, opened_at: opened}\ndates: "%d/%m/%y"'
    assert counts(imported(file, "tickets", declared)) == (2, 0, 0, 0)
    assert Ticket.objects.get(key="a").opened_at == datetime(2021, 4, 3, tzinfo=UTC)


def test_one_row_tells_the_order_of_all_dates(cast: Cast, file: Path) -> None:
    rows = "".join(f"t{number},acme,03/04/21\n" for number in range(3000))
    file.write_text(f"id,account,opened\n{rows}last,acme,25/12/21\n")
    report = imported(file, "tickets")
    assert counts(report) == (3001, 0, 0, 0)
    assert report.orders == {"opened_at": "day first"}
    assert Ticket.objects.get(key="t0").opened_at == datetime(2021, 4, 3, tzinfo=UTC)


def test_an_ambiguous_decimal_mark_is_asked_about(cast: Cast, file: Path) -> None:
    file.write_text("id;account;start;amount\ns1;acme;2024-01-01;1.234\n")
    with pytest.raises(NeedsAnswer, match=r"'1\.234' can be 1234 or 1\.234"):
        imported(file, "subscriptions")
    mapping = "columns: {key: id, account_key: account, starts_on: start, amount: amount}\ndecimal: ','"
    imported(file, "subscriptions", mapping)
    assert Subscription.objects.get().amount_minor == 123_400


def test_only_the_rows_that_where_names_are_taken(cast: Cast, file: Path) -> None:
    file.write_text("id,account,opened,spam\na,acme,2024-05-01,False\nb,acme,nonsense,True\n")
    mapping = "columns: {key: id, account_key: account, opened_at: opened}\nwhere: {spam: false}"
    report = imported(file, "tickets", mapping)
    assert (counts(report), report.skipped) == ((1, 0, 0, 0), 1)


def test_further_columns_become_attributes(cast: Cast, file: Path) -> None:
    file.write_text("id,Region,Score,Flag\nacme,west,7,True\n")
    imported(file, "accounts", "columns: {key: id}\nattributes: rest")
    assert Account.objects.get(key="acme").attributes == {"Region": "west", "Score": 7, "Flag": True}


def test_a_header_without_rows_imports_nothing(db: None, file: Path) -> None:
    file.write_text("id,name\n")
    report = import_file(file, FileMapping(kind="accounts", columns={"key": ("id",)}), now=NOW)
    assert (report.rows, counts(report)) == (0, (0, 0, 0, 0))


def test_texts_that_do_not_fit_the_database_fail_their_row_only(db: None, file: Path) -> None:
    file.write_text(f"id,name,employees\na,{'x' * 201},1\nb,\x00Zoë,{2**40}\nc,ok,1\n")
    report = imported(file, "accounts")
    assert counts(report) == (1, 0, 0, 2)


def test_json_lines_import_like_csv(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    rows = [{"id": 7, "account": {"id": "acme"}, "opened": "2024-05-01T10:00:00Z"}, {"id": 8}]
    path.write_text("\n".join(map(json.dumps, rows)))
    report = imported(path, "tickets", "columns: {key: id, account_key: account.id, opened_at: opened}")
    assert counts(report) == (1, 0, 0, 1)
    assert report.examples == [(2, "opened_at is empty (column 'opened')")]
    assert Ticket.objects.get().key == "7"


def test_an_import_tells_until_when_it_knows(cast: Cast, file: Path) -> None:
    file.write_text("id,account,opened\na,acme,2024-05-01\n")
    imported(file, "tickets", "columns: {key: id, account_key: account, opened_at: opened}\nknown_until: 2025-01-01")
    assert freshness(NOW)["support"].last_received_at == datetime(2025, 1, 1, tzinfo=UTC)


def test_progress_counts_the_rows_and_knows_their_end(cast: Cast, file: Path) -> None:
    file.write_text("id\n" + "".join(f"a{number}\n" for number in range(4500)))
    seen: list[tuple[int, int | None]] = []
    imported(file, "accounts", "columns: {key: id}", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2000, None), (4000, None), (4500, None), (2000, 4500), (4000, 4500), (4500, 4500)]
