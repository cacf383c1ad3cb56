"""What a form says becomes content, and content a form, with nothing lost on the way."""

from typing import Any

import pytest
import yaml

from mainstay.common.errors import Invalid
from mainstay.scores import document
from mainstay.scores.document import Document
from mainstay.web.scorecards.operations import add_measure, operate, with_keys
from mainstay.web.scorecards.rows import parse, rendered, says_of

STANDARD = yaml.safe_load((document.SHIPPED / "standard.yaml").read_text())


def posted(content: dict[str, Any], **changes: str) -> list[tuple[str, str]]:
    """The fields of the form as a browser sends them, with some of them typed over (`__` stands for a dot)."""
    names = ["name", "condition", "green", "yellow", "minimum_coverage", "unknown", "hold_days", "roll_up"]
    for at, dimension in enumerate(content["dimensions"]):
        names += [f"dimensions.{at}.{name}" for name in ("key", "label", "weight", "points", "combine", "unknown")]
        for index, measure in enumerate(dimension["measures"]):
            names += [
                f"dimensions.{at}.measures.{index}.{name}"
                for name in ("metric", "green", "yellow", "direction", "label", "needs")
            ]
            names += [f"dimensions.{at}.measures.{index}.says.{band}" for band in says_of(measure)]
    typed = {name.replace("__", "."): value for name, value in changes.items()}
    pairs = []
    for name in names:
        text = rendered(content, name)
        if ".says." in name:
            measure = content["dimensions"][int(name.split(".")[1])]["measures"][int(name.split(".")[3])]
            text = says_of(measure)[name.rpartition(".")[2]]
        pairs.append((name, typed.get(name, text)))
    return pairs


def full() -> dict[str, Any]:
    return Document.model_validate(STANDARD).model_dump(mode="json")


def test_a_form_that_nobody_touched_says_what_it_was_made_from() -> None:
    content = full()
    assert Document.model_validate(parse(posted(content), stored=content)) == Document.model_validate(content)


def test_what_was_typed_is_kept_even_when_it_is_wrong() -> None:
    content = full()
    typed = posted(content, dimensions__0__weight="many", minimum_coverage="ten", dimensions__1__measures__0__green="")
    found = parse(typed, stored=content)
    assert found["dimensions"][0]["weight"] == "many"
    assert (found["minimum_coverage"], found["dimensions"][1]["measures"][0]["green"]) == ("ten", "")
    assert rendered(found, "minimum_coverage") == "ten"


def test_percent_stand_for_shares() -> None:
    content = full()
    assert rendered(content, "minimum_coverage") == "10"
    assert parse(posted(content, minimum_coverage="35 %".replace(" ", "")), stored=content)["minimum_coverage"] == 0.35


def test_the_order_of_the_page_is_the_order_of_the_content() -> None:
    content = full()
    fields = posted(content)
    second = [pair for pair in fields if pair[0].startswith("dimensions.1.")]
    rest = [pair for pair in fields if pair not in second]
    at = next(index for index, pair in enumerate(rest) if pair[0].startswith("dimensions."))
    found = parse(rest[:at] + second + rest[at:], stored=content)
    assert [one["key"] for one in found["dimensions"]][:2] == ["engagement", "product_usage"]


def test_what_the_form_does_not_ask_stays() -> None:
    content = full() | {"future": 1}
    content["dimensions"][0]["future"] = 2
    content["dimensions"][0]["measures"][0]["future"] = 3
    found = parse([*posted(content), ("csrfmiddlewaretoken", "x"), ("do", "add gates")], stored=content)
    assert (found["future"], found["position"]) == (1, 100)
    assert (found["dimensions"][0]["future"], found["dimensions"][0]["measures"][0]["future"]) == (2, 3)
    assert "csrfmiddlewaretoken" not in found
    assert "do" not in found


def test_empty_lines_by_contract_value_are_left_out() -> None:
    content = full()
    place = "dimensions.0.measures.0.contract_lines"
    lines = [(f"{place}.0.arr_from", ""), (f"{place}.0.green", ""), (f"{place}.1.arr_from", "50000"),
             (f"{place}.1.green", "80"), (f"{place}.1.yellow", "60")]  # fmt: skip
    found = parse([*posted(content), *lines], stored=content)
    assert found["dimensions"][0]["measures"][0]["contract_lines"] == [
        {"arr_from": "50000", "green": "80", "yellow": "60"}
    ]


def keys(content: dict[str, Any]) -> list[str]:
    return [dimension["key"] for dimension in content["dimensions"]]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("up dimensions.1", "engagement product_usage support relationship financial"),
        ("up dimensions.0", "product_usage engagement support relationship financial"),
        ("down dimensions.3", "product_usage engagement support financial relationship"),
        ("down dimensions.4", "product_usage engagement support relationship financial"),
        ("remove dimensions.2", "product_usage engagement relationship financial"),
    ],
)
def test_buttons_move_and_remove(operation: str, expected: str) -> None:
    content = full()
    assert keys(operate(content, operation)[0]) == expected.split()
    assert keys(content) == keys(full()), "the content before is untouched"


def test_a_measure_moves_within_its_dimension() -> None:
    found, _ = operate(full(), "down dimensions.1.measures.0")
    assert [one["metric"] for one in found["dimensions"][1]["measures"]] == [
        "trainings_completed", "review_attended", "response_rate",
    ]  # fmt: skip


def test_what_was_removed_is_named() -> None:
    assert operate(full(), "remove dimensions.2")[1] == "Dimension “Support” removed."
    assert operate(full(), "remove dimensions.0.measures.0")[1] == "Measure “daily_active_rate” removed."


def test_a_new_dimension_takes_the_weight_that_is_missing_and_a_key_from_its_label() -> None:
    content, _ = operate(full(), "remove dimensions.4")
    content, _ = operate(content, "add dimensions")
    assert content["dimensions"][-1] == {"label": "", "weight": 5, "measures": []}
    content["dimensions"][-1]["label"] = "Support"
    assert with_keys(content)["dimensions"][-1]["key"] == "support_2"


def test_gates_lines_and_measures_are_added() -> None:
    content, _ = operate(full(), "add gates")
    content, _ = operate(content, "add dimensions.0.measures.0.contract_lines")
    content = add_measure(content, 4, {"metric": "seat_use", "green": 60, "yellow": 40})
    assert (len(content["gates"]), len(content["dimensions"][0]["measures"][0]["contract_lines"])) == (1, 1)
    assert content["dimensions"][4]["measures"][-1]["metric"] == "seat_use"


@pytest.mark.parametrize("operation", ["", "up", "jump dimensions.0", "remove dimensions.9", "add name", "up name.0"])
def test_what_the_editor_cannot_do_is_refused(operation: str) -> None:
    with pytest.raises(Invalid, match="Load the page again"):
        operate(full(), operation)
