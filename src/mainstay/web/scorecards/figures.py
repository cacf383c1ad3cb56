"""A preview as pages show it: who changes colour, the money behind it, who moves most and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mainstay.accounts.models import Account
from mainstay.scores.preview import Cell, Move, Preview
from mainstay.web import formats

BANDS = ("green", "yellow", "red", "unknown", "none")
NAMES = {"none": "No score"}


@dataclass(frozen=True)
class Mover:
    """An account that moves, and why."""

    account: Account
    move: Move
    reason: str

    @property
    def points(self) -> int | None:
        """After less before; coming and going of a score is no number."""
        return self.move.points


@dataclass(frozen=True)
class BandRow:
    """A band with its accounts before and after, and where those of it go."""

    band: str
    name: str
    before: Cell
    after: Cell
    to: Sequence[tuple[str, str, Cell]]


@dataclass(frozen=True)
class Figures:
    """A preview with the names of its movers. `rows`: the bands that occur."""

    preview: Preview
    rows: Sequence[BandRow]
    columns: Sequence[tuple[str, str]]
    movers: Sequence[Mover]
    before: Mapping[str, int]
    after: Mapping[str, int]

    @property
    def headline(self) -> str:
        """The answer in a sentence."""
        found = self.preview
        if not found.accounts:
            return "No account is touched."
        if not found.changing.accounts:
            moved = (
                f"{formats.plural(len(found.moves), 'score moves', 'scores move')}, "
                if found.moves
                else "no score moves, "
            )
            said = f"{moved}no account changes colour."
            return said[:1].upper() + said[1:]
        of = f"of {found.accounts:,} {'changes' if found.changing.accounts == 1 else 'change'} colour"
        return f"{formats.plural(found.changing.accounts, 'account')} {of}."


def band_name(band: str) -> str:
    """`Healthy`; an account that no scorecard serves has no score."""
    return NAMES.get(band) or formats.band_name(band)


def figures_of(found: Preview, *, most: int) -> Figures:
    """With the names and reasons of the `most` that move farthest."""
    shown = [band for band in BANDS if found.before.bands[band].accounts or found.after.bands[band].accounts]
    return Figures(
        preview=found,
        rows=[
            BandRow(
                band,
                band_name(band),
                found.before.bands[band],
                found.after.bands[band],
                [(band, to, found.cells.get((band, to), Cell())) for to in shown],
            )
            for band in shown
        ],
        columns=[(band, band_name(band)) for band in shown],
        movers=movers(found, found.moves[:most]),
        before={band: cell.accounts for band, cell in found.before.bands.items()},
        after={band: cell.accounts for band, cell in found.after.bands.items()},
    )


def movers(found: Preview, moves: Sequence[Move]) -> list[Mover]:
    """These moves with their accounts and reasons; accounts deleted meanwhile are left out."""
    accounts = _accounts(move.account_id for move in moves)
    reasons = found.reasons(moves)
    return [
        Mover(accounts[move.account_id], move, reasons[move.account_id])
        for move in moves
        if move.account_id in accounts
    ]


def _accounts(ids: Iterable[int]) -> dict[int, Account]:
    return Account.objects.select_related("owner").in_bulk(list(ids))
