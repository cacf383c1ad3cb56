import csv
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.ingest.files.csvfile import CsvFile, detect_delimiter, detect_encoding
from mainstay.ingest.files.errors import UnreadableFile
from mainstay.ingest.files.readers import open_table
from mainstay.ingest.files.table import TableFile

HEADER = ["key", "name", "note"]
CELL = st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), max_size=12)
ROWS = st.lists(st.tuples(CELL.filter(bool), CELL, CELL | st.just('two\nlines, "quoted"')), min_size=1, max_size=12)


def rows_of(table: TableFile) -> list[tuple[str, ...]]:
    return [row for chunk in table.chunks(3) for row in zip(*chunk.columns.values(), strict=True)]


def written(path: Path, rows: list[tuple[str, ...]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    delimiter=st.sampled_from([",", ";", "\t", "|", "^", "~"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-32"]),
)
def test_what_was_written_is_read_whatever_the_delimiter_and_encoding(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    path = written(tmp_path / "a.csv", rows, encoding=encoding, delimiter=delimiter)
    declared = encoding if encoding == "cp1252" else ""
    table = open_table(path, delimiter=delimiter, encoding=declared)
    assert table.columns == tuple(HEADER)
    assert rows_of(table) == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = [["id", "company name", "since"], ["1", "Acme, Inc; Ltd", "2024-01-02 10:00:00"], ["2", "Globex", ""]]
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(lines)
    assert detect_delimiter(text.getvalue()) == delimiter


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name\nAcme Corp\nGlobex Corp Ltd\n")
    assert rows_of(open_table(tmp_path / "a.csv")) == [("Acme Corp",), ("Globex Corp Ltd",)]


def test_excels_own_line_that_declares_the_delimiter_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nkey;name\n1;a,b\n")
    table = open_table(tmp_path / "a.csv")
    assert (table.columns, rows_of(table)) == (("key", "name"), [("1", "a,b")])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Zoë, Łódź, 東京"),
        ("utf-8-sig", "Zoë"),
        ("utf-16", "Zoë"),
        ("cp1252", "Société Générale – Müller & Söhne, 100 € für Größe, João, Núñez, Brønnøysund"),
        ("cp1252", "Müller"),
        ("cp1252", "Société;Hélène"),
        ("cp1250", "Spółka z ograniczoną odpowiedzialnością Łódź, Kraków, żółć gęślą jaźń"),
        ("cp1251", "Общество с ограниченной ответственностью, Москва, Россия, общество и компания в городе"),
        ("shift_jis", "株式会社日本商事、東京都千代田区の会社と大阪の支店について"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"key,name\n1,{text}\n".encode(encoding))
    assert path.read_bytes().decode(detect_encoding(path)).removeprefix("\ufeff") == f"key,name\n1,{text}\n"


def test_utf_16_without_a_mark_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("key,name\n1,Zoë\n".encode("utf-16-le"))
    assert rows_of(open_table(tmp_path / "a.csv")) == [("1", "Zoë")]


def test_a_byte_far_behind_that_is_no_utf_8_changes_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"key,name\n" + b"1,Acme\n" * 50_000 + b"2,M\xfcller & S\xf6hne\n")
    assert rows_of(open_table(path))[-1] == ("2", "Müller & Söhne")


def test_a_byte_order_mark_is_not_part_of_the_first_name_even_when_the_encoding_is_declared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfkey,name\n1,Acme\n")
    assert open_table(tmp_path / "a.csv").columns == ("key", "name")
    assert open_table(tmp_path / "a.csv", encoding="utf-8").columns == ("key", "name")


def test_a_field_of_a_megabyte_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'key,note\n1,"{"x" * 1_000_000}"\n')
    assert len(rows_of(open_table(tmp_path / "a.csv"))[0][1]) == 1_000_000


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('key,note\n1,"open\n' + "2,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * 500_000)
    with pytest.raises(UnreadableFile, match="a quote is opened there and never closed"):
        rows_of(open_table(tmp_path / "a.csv"))


def test_rows_that_are_too_long_or_too_short_are_broken_and_the_others_stand(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,name\n1,a\n2,b,c\n3\n\n4,d\n")
    (chunk,) = open_table(tmp_path / "a.csv").chunks()
    assert chunk.columns == {"key": ["1", "2", "3", "4"], "name": ["a", "b", "", "d"]}
    assert chunk.broken[1] == "the row has 3 fields and the header 2; after the last column stands 'c'"
    assert chunk.broken[2] == "the row has 1 fields and the header 2"


def test_columns_without_a_name_or_with_the_same_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,,name,name\n1,2,3,4\n")
    assert open_table(tmp_path / "a.csv").columns == ("key", "column 2", "name", "name (2)")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: it needs a line of column names"),
        (b"PK\x03\x04rest", "is a spreadsheet or a zip file; save it as CSV"),
        (b"\x1f\x8brest", "is compressed; unpack it"),
        (bytes(range(256)) * 8 + b"\0\0\0\0" * 1000, "is not text"),
        (b"PAR1 but not really", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UnreadableFile, match=message):
        open_table(tmp_path / "a.csv")


def test_a_file_that_is_not_there_and_an_encoding_nobody_knows_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        open_table(tmp_path / "nowhere.csv")
    written(tmp_path / "a.csv", [("1", "a", "b")])
    with pytest.raises(UnreadableFile, match="There is no encoding 'klingon'"):
        open_table(tmp_path / "a.csv", encoding="klingon")
    (tmp_path / "b.csv").write_bytes(b"key\nM\xfcller\n")
    with pytest.raises(UnreadableFile, match="is not text in ascii"):
        CsvFile(tmp_path / "b.csv", encoding="ascii")


def test_json_lines_become_columns_with_dots(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"key": 1, "context": {"groupId": "acme"}, "tags": ["a"], "ok": true, "none": null}\n'
        "\n"
        'nonsense\n[1]\n{"key": 2.0, "late": "x"}\n'
    )
    (chunk,) = open_table(tmp_path / "a.jsonl").chunks()
    assert chunk.columns["key"] == ["1", "", "", "2"]
    assert chunk.columns["context.groupId"][0] == "acme"
    assert chunk.columns["tags"][0] == '["a"]'
    assert (chunk.columns["ok"][0], chunk.columns["none"][0]) == ("true", "")
    assert chunk.columns["late"] == ["", "", "", "x"]
    assert chunk.broken[1].startswith("this line is not JSON")
    assert chunk.broken[2] == "this line is JSON, but not an object"


def test_parquet_and_json_lines_and_csv_read_alike(tmp_path: Path) -> None:
    rows = [("1", "Zoë", "2024-05-01"), ("2", "", "2024-05-02")]
    written(tmp_path / "a.csv", rows)
    (tmp_path / "a.jsonl").write_text(
        '{"key": 1, "name": "Zoë", "note": "2024-05-01"}\n{"key": 2, "name": null, "note": "2024-05-02"}\n'
    )
    days = pa.array(["2024-05-01", "2024-05-02"]).cast(pa.date32())
    pq.write_table(pa.table({"key": [1, 2], "name": ["Zoë", None], "note": days}), tmp_path / "a.parquet")
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        assert rows_of(open_table(tmp_path / name)) == rows, name


def test_parquet_times_numbers_and_structs_are_text_as_people_write_them(tmp_path: Path) -> None:
    moment = pa.array([1_700_000_000_123_456_789]).cast(pa.timestamp("ns", "UTC"))
    table = pa.table(
        {
            "at": moment,
            "price": pa.array(["1.10"]).cast(pa.decimal128(10, 2)),
            "n": [9.0],
            "yes": [True],
            "who": pa.array(["a"]).dictionary_encode(),
            "context": [{"group": {"id": "acme"}}],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (chunk,) = open_table(tmp_path / "a.parquet").chunks()
    assert {name: values[0] for name, values in chunk.columns.items()} == {
        "at": "2023-11-14T22:13:20.123456+00:00",
        "price": "1.10",
        "n": "9",
        "yes": "true",
        "who": "a",
        "context.group.id": "acme",
    }


def test_a_parquet_file_that_is_damaged_inside_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"key": [f"account {number}" for number in range(1_000)]}), path)
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"a\.parquet cannot be read from row 1 on"):
        rows_of(open_table(path))


def test_a_time_that_no_calendar_has_stays_a_text_for_its_row_to_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = pa.array([0, 2**62], pa.int64()).cast(pa.timestamp("us"))
    days = pa.array([0, 2**30], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table({"at": times, "on": days}), path)
    rows = rows_of(open_table(path))
    assert rows[0] == ("1970-01-01T00:00:00", "1970-01-01")
    assert rows[1] == ("<value out of range: 4611686018427387904>", "<value out of range: 1073741824>")
