"""Directories of declared things: comments stay, and what is wrong is named with its file."""

from pathlib import Path

import pytest

from mainstay.declared import files, schemas
from mainstay.declared.errors import BadFile
from mainstay.declared.kind import content_of
from mainstay.declared.kinds import kinds
from mainstay.facts.catalogue import Document

FEATURE = """\
# The heart of the product.
key: reports          # never change this
label: "Reports"
events:
  - Report Viewed     # the page
  - Report Exported
core: true
"""


def feature(**changes: object) -> Document:
    base = {"key": "reports", "label": "Reports", "events": ("Report Viewed", "Report Exported"), "core": True}
    return Document.model_validate(base | changes)


def test_kinds_are_found_and_what_is_named_is_applied_first() -> None:
    names = list(kinds())
    assert names.index("features") < names.index("scorecards")
    for kind in kinds().values():
        assert schemas.schema_of(kind)["properties"]["key"]


def test_a_file_that_says_it_already_is_left_as_it_is() -> None:
    assert files.written(kinds()["features"], feature(), over=FEATURE) == FEATURE


def test_comments_and_quotes_survive_a_change() -> None:
    text = files.written(kinds()["features"], feature(label="Reporting", premium=True), over=FEATURE)
    assert "# The heart of the product." in text
    assert "key: reports          # never change this" in text
    assert "- Report Viewed     # the page" in text
    assert 'label: "Reporting"' in text
    assert "premium: true" in text


def test_a_new_file_names_its_schema_and_is_read_back_the_same() -> None:
    text = files.written(kinds()["features"], feature())
    assert text.startswith("# yaml-language-server: $schema=../schemas/features.json\n")
    (declared,) = files.parse({"features/reports.yaml": text}, kinds())
    assert declared.document == feature()


def test_a_named_item_of_a_list_keeps_its_comment() -> None:
    text = "key: a\ndimensions:\n  - key: usage   # what they do\n    weight: 60\n  - key: money\n    weight: 40\n"
    yaml = files._round_trip()
    present = yaml.load(text)
    files._update(present, {"key": "a", "dimensions": [{"key": "money", "weight": 50},
                                                                    {"key": "usage", "weight": 50}]})  # fmt: skip
    assert "# what they do" in files._dumped(present)
    assert [item["weight"] for item in present["dimensions"]] == [50, 50]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"features/a.yaml": "key: ["}, r"features/a.yaml, line 1, column 7, is not YAML"),
        ({"features/a.yaml": "- 1"}, r"features/a.yaml is \[1\]; it must have"),
        ({"features/a.yaml": "key: a\nevents: [X]\ncolour: red"}, "Feature 'a' has 'colour'"),
        ({"features/b.yaml": "key: a\nevents: [X]"}, "call the file a.yaml"),
        ({"colours/a.yaml": "key: a"}, "no folder 'colours'; use"),
        ({"scorecards/s.yaml": "key: s\nname: S\ndimensions: []"}, "scorecards/s.yaml"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(texts: dict[str, str], message: str) -> None:
    with pytest.raises(BadFile, match=message):
        files.parse(texts, kinds())


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(BadFile, match="2 files cannot be taken") as caught:
        files.parse({"features/a.yaml": "key: [", "features/b.yaml": "[]"}, kinds())
    assert len(caught.value.details["problems"]) == 2


def test_a_directory_is_written_read_and_tidied(tmp_path: Path) -> None:
    kind = kinds()["features"]
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "old.yaml").write_text("key: old\nevents: [X]\n")
    touched = list(files.write(tmp_path, kind, {"reports": feature()}))
    assert touched == [("wrote", "features/reports.yaml"), ("removed", "features/old.yaml")]
    assert list(files.write(tmp_path, kind, {"reports": feature()})) == []
    (declared,) = files.parse(files.texts_of(tmp_path, kinds()), kinds())
    assert content_of(declared.document) == content_of(feature())


def test_a_file_that_ends_in_yml_is_written_over_and_not_doubled(tmp_path: Path) -> None:
    kind = kinds()["features"]
    (tmp_path / "features").mkdir()
    for key in ("reports", "old"):
        (tmp_path / "features" / f"{key}.yml").write_text(FEATURE.replace("key: reports", f"key: {key}"))
    touched = list(files.write(tmp_path, kind, {"reports": feature(label="Reporting")}))
    assert touched == [("wrote", "features/reports.yml"), ("removed", "features/old.yml")]
    (declared,) = files.parse(files.texts_of(tmp_path, kinds()), kinds())
    assert declared.document == feature(label="Reporting")


def test_no_directory_and_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no directory"):
        files.texts_of(tmp_path / "nothing", kinds())
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "a.yaml").write_bytes(b"label: \xff")
    with pytest.raises(BadFile, match="no UTF-8"):
        files.texts_of(tmp_path, kinds())
