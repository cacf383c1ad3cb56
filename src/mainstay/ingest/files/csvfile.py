"""CSV as the world writes it: any delimiter, any encoding, line breaks in quotes, rows that are too long."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from mainstay.ingest.files.errors import UnreadableFile
from mainstay.ingest.files.table import CHUNK_ROWS, Chunk

DELIMITERS = (",", ";", "\t", "|", ":", "^", "~", "\x1f", " ")
# A field longer than this is a quote that was opened and never closed. The limit is one for the whole process.
_MAX_FIELD = 16 * 2**20
csv.field_size_limit(_MAX_FIELD)
_SAMPLE_BYTES = 256 * 2**10
_SAMPLE_LINES = 100
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CsvFile:
    """A CSV file. What is not declared is found out: the encoding from all bytes, the delimiter from the first."""

    def __init__(self, path: Path, *, encoding: str = "", delimiter: str = "") -> None:
        self._path = path
        self.encoding = _known_encoding(encoding) if encoding else detect_encoding(path)
        sample = self._sample()
        first = sample.split("\n", 1)[0].rstrip("\r")
        # Excel's own way to declare the delimiter, in a line before the header.
        declared = re.fullmatch(r'"?sep=(.)"?', first)
        self._skip = 1 if declared else 0
        self.delimiter = delimiter or (declared.group(1) if declared else detect_delimiter(sample))
        if len(self.delimiter) != 1:
            raise UnreadableFile(f"The delimiter '{self.delimiter}' is not one character; use one of , ; | or \\t.")
        header = next(self._rows(), None)
        if header is None:
            raise UnreadableFile(f"{path.name} holds no line of column names.")
        self.columns = _unique_names(header)

    @property
    def note(self) -> str:
        """How the file was read, for people."""
        between = {"\t": "tabs", " ": "spaces"}.get(self.delimiter, f"'{self.delimiter}'")
        return f"CSV, {between} between fields, {self.encoding.replace('_', '-')}"

    def _sample(self) -> str:
        with self._path.open(encoding=self.encoding, newline="") as file:
            try:
                return file.read(_SAMPLE_BYTES)
            except (UnicodeError, LookupError) as error:
                raise self._undecodable(error) from None

    def _rows(self) -> Iterator[list[str]]:
        with self._path.open(encoding=self.encoding, newline="") as file:
            for _ in range(self._skip):
                file.readline()
            reader = csv.reader(file, delimiter=self.delimiter)
            try:
                # An empty line is no row. The csv module gives it as [], a line of blanks as one blank field.
                yield from (row for row in reader if len(row) > 1 or (row and row[0].strip()))
            except csv.Error as error:
                raise UnreadableFile(
                    f"{self._path.name} cannot be read from line {reader.line_num} on ({error}). Often a quote is "
                    "opened there and never closed: close it, or write it twice where it belongs to the text."
                ) from None
            except UnicodeError as error:
                raise self._undecodable(error) from None

    def _undecodable(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(
            f"{self._path.name} is not text in {self.encoding} ({error}). "
            "Declare what it is written in: `encoding: cp1252` in the map file."
        )

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows, so many at a time. A row with more or fewer fields than the header is broken."""
        lines = self._rows()
        next(lines, None)
        first = 1
        while kept := list(islice(lines, rows)):
            yield self._chunk(first, kept)
            first += len(kept)

    def _chunk(self, first: int, kept: list[list[str]]) -> Chunk:
        width = len(self.columns)
        broken: dict[int, str] = {}
        for index, row in enumerate(kept):
            if len(row) != width:
                extra = (
                    f"; after the last column stands {self.delimiter.join(row[width:])!r}" if len(row) > width else ""
                )
                broken[index] = f"the row has {len(row)} fields and the header {width}{extra}"
                kept[index] = (row + [""] * width)[:width]
        columns = dict(zip(self.columns, map(list, zip(*kept, strict=True)), strict=True))
        return Chunk(first, len(kept), columns, broken)


def detect_encoding(path: Path) -> str:
    """By its mark, else UTF-8 when all of the file is, else the likeliest by its letters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    telling = bytearray()
    is_utf8 = True
    with path.open("rb") as file:
        head = file.read(4096)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if (wide := _utf16_without_mark(head)) is not None:
            return wide
        file.seek(0)
        for line in iter(lambda: file.readline(2**20), b""):
            if line.isascii():
                continue
            if len(telling) < _SAMPLE_BYTES:
                telling += line
            if is_utf8:
                try:
                    decoder.decode(line)
                except UnicodeDecodeError:
                    is_utf8 = False
            if not is_utf8 and len(telling) >= _SAMPLE_BYTES:
                break
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return "utf-8" if is_utf8 else _likeliest(bytes(telling))


def _utf16_without_mark(head: bytes) -> str | None:
    half = len(head) // 2
    if half >= 2 and head[1::2].count(0) > half * 0.8:
        return "utf-16-le"
    if half >= 2 and head[0::2].count(0) > half * 0.8:
        return "utf-16-be"
    if head.count(0) > len(head) * 0.1:
        raise UnreadableFile("The file is not text; Mainstay imports CSV, JSON lines and Parquet.")
    return None


def _likeliest(sample: bytes) -> str:
    """What fits best; Windows' western one when that fits as well, or when there is too little text to tell."""
    matches = from_bytes(sample)
    best = matches.best()
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    is_as_good = western is not None and best is not None and western.coherence >= best.coherence
    if best is not None and best.coherence > 0 and not is_as_good:
        return best.encoding
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return best.encoding if best is not None else "latin_1"
    return "cp1252"


def _known_encoding(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise UnreadableFile(f"There is no encoding '{name}'; use utf-8, cp1252, latin-1, utf-16 or another.") from None
    # A mark at the start would become a part of the first column's name.
    return "utf-8-sig" if codec == "utf-8" else codec


def detect_delimiter(sample: str) -> str:
    """The character that cuts most of the first lines into the same number of fields; a comma when none does."""
    best, best_score = ",", 0.0
    for candidate in DELIMITERS:
        try:
            rows = list(csv.reader(StringIO(sample, newline=""), delimiter=candidate))[: _SAMPLE_LINES + 1]
        except csv.Error:
            continue
        if len(sample) >= _SAMPLE_BYTES or len(rows) > _SAMPLE_LINES:
            rows = rows[:-1]
        widths = [len(row) for row in rows if row]
        if not widths or widths[0] < 2:
            continue
        share = Counter(widths)[widths[0]] / len(widths)
        # Spaces and colons stand inside values too: they win only when nothing else cuts at all.
        weight = 0.1 if candidate in " :" else 1.0
        score = weight * share**4 * (1 + min(widths[0], 50) / 100)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _unique_names(header: list[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for number, text in enumerate(header, start=1):
        base = text.strip().replace("\x00", "") or f"column {number}"
        name, again = base, 2
        while name in names:
            name, again = f"{base} ({again})", again + 1
        names[name] = None
    return tuple(names)
