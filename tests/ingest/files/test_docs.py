import re
from pathlib import Path

import yaml

from mainstay.ingest.files import reference
from mainstay.ingest.files.kinds import KINDS
from mainstay.ingest.files.mapping import FileMapping, read_map

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "import-files.md"


def test_the_how_to_tells_the_fields_as_they_are() -> None:
    text = PAGE.read_text()
    written = text[text.index(reference.BEGIN) : text.index(reference.END) + len(reference.END)]
    assert written == reference.fields_of_all_kinds()


def test_the_how_to_tells_every_key_of_a_map_in_a_map_that_works() -> None:
    (example,) = (block for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL) if "kind:" in block)
    mapping = read_map(example, "subscriptions")
    columns = ["contract", "part", "customer", "product", "begin", "monthly price", "api calls", "status"]
    assert mapping.checked(columns) == mapping
    told = set(yaml.safe_load(example))
    assert set(FileMapping.model_fields) - {"extra"} - told == set()


def test_every_kind_and_field_says_what_it_is() -> None:
    for kind in KINDS.values():
        assert kind.label
        assert kind.help.endswith(".")
        names = [spec.name for spec in kind.fields]
        assert len(names) == len(set(names))
        assert {name for group in kind.needs for name in group} <= set(names)
        assert all(spec.label for spec in kind.fields)
