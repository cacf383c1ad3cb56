"""What people call the steps that rows keep by their ids: `Task “Call account name”` in place of `call`."""

from collections.abc import Iterable, Mapping

from mainstay.common.errors import MainstayError
from mainstay.playbooks.calling import step_called
from mainstay.playbooks.models import PlaybookVersion
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.selectors import document_of, names
from mainstay.playbooks.tree import Action, AnyStep, Branch, Split
from mainstay.playbooks.wording import outcome_text


class StepNames:
    """The names of the steps of versions. Each version, to be given with its playbook, is read once."""

    def __init__(self, known: Names | None = None) -> None:
        self._known = known or names()
        self._read: dict[int, Mapping[str, AnyStep]] = {}

    def of(self, version: PlaybookVersion, step: str) -> str:
        """The name of a step of this version; in words where it has none of this id."""
        return self.among([version], step)

    def among(self, versions: Iterable[PlaybookVersion], step: str) -> str:
        """The name of a step by the first of these versions that has it."""
        for version in versions:
            if found := self._steps(version).get(step):
                return step_called(found, self._known, id=step)
        return step_called(None, self._known, id=step)

    def came_to(self, version: PlaybookVersion, step: str, outcome: str) -> str:
        """What an outcome of a step is called: `approved`; `way 2`, `otherwise` of a branch, the way of a split."""
        found = self._steps(version).get(step)
        match found:
            case Action():
                return outcome_text(found.type, outcome)
            case Branch():
                return "otherwise" if outcome == "else" else f"way {outcome}"
            case Split() | None:
                return in_words(outcome)

    def _steps(self, version: PlaybookVersion) -> Mapping[str, AnyStep]:
        if version.pk not in self._read:
            self._read[version.pk] = _steps(version)
        return self._read[version.pk]


def _steps(version: PlaybookVersion) -> Mapping[str, AnyStep]:
    try:
        return document_of(version).flow.steps
    except MainstayError:
        return {}  # a document of another release: its steps go by their ids
