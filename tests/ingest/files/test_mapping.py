import pytest

from mainstay.ingest.files.errors import BadMapping
from mainstay.ingest.files.guessing import guess
from mainstay.ingest.files.kinds import KINDS, kind_of
from mainstay.ingest.files.mapping import FileMapping, read_map, write_map

MAP = """
kind: tickets
columns: {key: [id, area], account_key: customer, opened_at: opened, severity: prio}
joiner: "/"
constants: {subject: "12"}
values: {severity: {1: urgent, no: low}}
dates: {opened_at: "%d/%m/%y"}
decimal: ","
timezone: Europe/Berlin
where: {closed: no}
known_until: 2025-01-01
"""


def test_a_map_file_is_read_and_written_back() -> None:
    mapping = read_map(MAP, "tickets")
    assert mapping.columns["key"] == ("id", "area")
    assert mapping.values == {"severity": {"1": "urgent", "false": "low"}}
    assert (mapping.where, mapping.constants) == ({"closed": ("false",)}, {"subject": "12"})
    assert mapping.date_formats("opened_at") == ("%d/%m/%y",)
    assert read_map(write_map(mapping), "tickets") == mapping


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_guess_can_be_written_as_a_map_file(kind: str) -> None:
    mapping = guess(kind_of(kind), {spec.name: ("",) for spec in kind_of(kind).fields})
    assert set(mapping.columns) == {spec.name for spec in kind_of(kind).fields}
    assert read_map(write_map(mapping), kind) == mapping


def test_one_format_for_all_dates() -> None:
    mapping = read_map('columns: {key: id}\ndates: "%d.%m.%Y"', "accounts")
    assert mapping.date_formats("signed_on") == ("%d.%m.%Y",)


def test_further_columns_have_the_name_their_kind_gives_them() -> None:
    assert read_map("columns: {key: id}\nattributes: [region]", "accounts").extra == {"region": "region"}
    assert read_map("columns: {key: id}\nattributes: {area: region}", "accounts").extra == {"area": "region"}
    mapping = read_map("columns: {key: id}\nattributes: rest", "accounts").checked(["id", "region", "size"])
    assert mapping.extra == {"region": "region", "size": "size"}
    with pytest.raises(BadMapping, match=r"Accounts have no 'properties'. Further columns go under `attributes`"):
        read_map("properties: [region]", "accounts")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "needs keys like `columns:`"),
        ("a: [", "is not YAML"),
        ("kind: accounts", "is for accounts, not for tickets"),
        ("colums: {}", "There is no key 'colums'. Did you mean 'columns'?"),
        ("timezone: Mars/Base", "there is no time zone 'Mars/Base'"),
        ("currency: euro", "'EURO' is not an ISO code|'euro' is not an ISO code"),
        ("decimal: x", "`decimal`"),
        ("account_from: moon", "`account_from`"),
    ],
)
def test_a_wrong_map_file_is_told_where_and_how(text: str, message: str) -> None:
    with pytest.raises(BadMapping, match=message):
        read_map(text, "tickets")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns: {kee: id}", "There is no field of tickets 'kee'. Did you mean 'key'?"),
        ("columns: {key: idd}", "There is no column 'idd'. Did you mean 'id'?"),
        ("columns: {key: id}\nwhere: {x: y}", "There is no column 'x'"),
        ("columns: {key: id}\nconstants: {key: a}", "'key' has a column and a constant"),
        ("columns: {key: id}", "No column is mapped to 'account_key' or 'contact_key', 'opened_at' of tickets"),
    ],
)
def test_a_map_that_does_not_fit_is_told_what_to_change(text: str, message: str) -> None:
    with pytest.raises(BadMapping, match=message):
        read_map(text, "tickets").checked(["id", "customer", "opened"])


def test_columns_are_guessed_by_their_names_in_any_writing() -> None:
    sample = {"Ticket ID": ["1"], "companyId": ["a"], "PRIORITY": ["High"], "Created-At": ["03/04/21"], "Other": ["x"]}
    mapping = guess(kind_of("tickets"), sample)
    assert mapping.columns == {
        "key": ("Ticket ID",),
        "account_key": ("companyId",),
        "severity": ("PRIORITY",),
        "opened_at": ("Created-At",),
    }


def test_a_name_counts_only_when_the_values_fit() -> None:
    mapping = guess(kind_of("subscriptions"), {"id": ["1"], "licences": ["many", "few"], "start": ["2024-01-01"]})
    assert set(mapping.columns) == {"key", "starts_on"}


def test_the_only_column_of_dates_is_the_date() -> None:
    mapping = guess(kind_of("responses"), {"ID": ["1"], "Company": ["a"], "Filled": ["25/12/21"], "NPS": ["9"]})
    assert mapping.columns["answered_at"] == ("Filled",)
    assert mapping.constants == {"kind": "nps"}


def test_contacts_without_an_id_are_known_by_their_mail() -> None:
    mapping = guess(kind_of("contacts"), {"Contact": ["Pam"], "Reach": ["pam@acme.example"]})
    assert mapping.columns == {"name": ("Contact",), "email": ("Reach",), "key": ("Reach",)}


def test_every_kind_can_be_looked_up_and_an_unknown_one_is_told() -> None:
    assert [FileMapping(kind=kind).spec.key for kind in KINDS] == list(KINDS)
    with pytest.raises(BadMapping, match=r"There is no kind 'acounts'. Did you mean 'accounts'?"):
        kind_of("acounts")


def test_the_time_zone_of_a_contact_is_kept_without_being_asked_for() -> None:
    sample = {"User ID": ("u1",), "Organisation": ("acme",), "Time zone": ("Europe/Berlin",), "Shoe size": ("44",)}
    mapping = guess(kind_of("contacts"), sample)
    assert mapping.extra == {"Time zone": "Time zone"}
    assert mapping.columns["account_key"] == ("Organisation",)
    assert guess(kind_of("tickets"), {"Time zone": ("UTC",)}).extra == {}
