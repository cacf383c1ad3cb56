"""Playbooks as files."""

import pytest

from mainstay.declared import services
from mainstay.declared.errors import BadFile, CannotApply
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState
from mainstay.playbooks.publishing import shipped
from mainstay.playbooks.services import ensure_playbooks
from tests.builders import NOW, Cast
from tests.playbooks.plays import play, publish, refresh, signal, task, wait

PLAY = """
key: save
name: Save
for: {where: "tier = 'smb'"}
entry: {by: signal, kind: health_red}
steps:
  - id: call
    type: task
    with: {title: Call, why: Red, due_in: {working_days: 1}}
"""


def apply(cast: Cast, texts: dict[str, str]) -> services.Plan:
    return services.apply(texts, by=cast.mary, reason="From git.", now=NOW)


def test_what_is_exported_is_what_is_in_force(cast: Cast) -> None:
    ensure_playbooks(NOW)
    texts = {path: text for path, text in services.export_texts().items() if path.startswith("playbooks/")}
    assert set(texts) == {f"playbooks/{key}.yaml" for key in shipped()}
    assert services.make_plan(texts, now=NOW).changes == []


def test_a_file_publishes_a_playbook_after_a_plan_that_tells_who_would_enter(cast: Cast) -> None:
    for one in (cast.acme, cast.globex):
        signal(one)
    plan = services.make_plan({"playbooks/save.yaml": PLAY}, now=NOW)
    assert plan.effects["playbooks"].sentences == (
        "'save': 1 would enter at once and 1 within 30 days, which brings at most 0 messages to contacts and 1 task; "
        "runs under way keep their version.",
    )
    apply(cast, {"playbooks/save.yaml": PLAY})
    version = PlaybookVersion.objects.get()
    assert (version.by, version.reason) == (cast.mary, "From git.")
    assert refresh() == (1, 1)


def test_a_file_that_goes_removes_its_playbook_and_stops_its_runs(cast: Cast) -> None:
    apply(cast, {"playbooks/save.yaml": PLAY})
    publish(play(wait(), task(), key="save"))
    signal(cast.acme)
    refresh()
    plan = apply_over(cast)
    assert plan.effects["playbooks"].sentences == ("'save': 1 runs under way would be stopped.",)
    assert Playbook.objects.get().removed_at == NOW
    assert Run.objects.get().state == RunState.STOPPED


def apply_over(cast: Cast) -> services.Plan:
    return services.apply({}, by=cast.mary, reason="Gone.", now=NOW, overwrite=True)


def test_a_file_that_is_wrong_is_refused_with_the_place(cast: Cast) -> None:
    with pytest.raises(BadFile, match=r"playbooks/save\.yaml, steps\.0\.type: there is no step type 'fax'"):
        apply(cast, {"playbooks/save.yaml": PLAY.replace("type: task", "type: fax")})
    with pytest.raises(CannotApply, match="There is no field 'teir'"):
        apply(cast, {"playbooks/save.yaml": PLAY.replace("tier", "teir")})
