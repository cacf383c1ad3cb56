"""Rebuild the icon sprite, the font, SortableJS and their licences from the npm packages. Never needed to run Mainstay.

    npm i --no-save --prefix /tmp/vendor lucide-static@1.62.0 @fontsource-variable/inter@5.3.0 sortablejs@1.15.7
    python tools/vendor.py /tmp/vendor/node_modules

To add an icon, add its name to ICONS and run this. `docs/contributing/vendored.md` keeps versions and checksums.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src/mainstay/web/static/mainstay"

ICONS = """
activity anchor arrow-down arrow-down-up arrow-left arrow-right arrow-up bar-chart-3 bell bell-off book-open
building-2 calendar check check-square chevron-down chevron-left chevron-right circle-alert circle-check circle-help
clock columns-3 copy database download external-link eye file-text file-up filter flag gem git-commit-horizontal
grip-vertical heart-handshake history home inbox key-round layers life-buoy lightbulb list-filter lock log-out mail
megaphone menu message-square minus more-horizontal pencil-line phone plug plus redo-2 refresh-cw repeat rotate-ccw
rows-3 scale scroll-text search send settings shield sliders-horizontal sparkles split sprout square-check star
sun-moon table-2 target trash-2 trending-down trending-up undo-2 user-minus user-plus user-round user-round-check
user-x users workflow x zap
""".split()

# Our own marks of the bands: circle G, diamond Y, triangle R, dashed ring ?. --s is the fill, --l the letter.
BANDS = (
    '<symbol id="b-g" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill="var(--s)"/><path d="M10.6 6.3A3.1 3.1 0 '
    '1 0 11 8.5H8.6" fill="none" stroke="var(--l)" stroke-width="1.6"/></symbol>'
    '<symbol id="b-y" viewBox="0 0 16 16"><rect x="2.4" y="2.4" width="11.2" height="11.2" rx="2" transform="rotate(45 '
    '8 8)" fill="var(--s)"/><path d="M5.6 4.8 8 8l2.4-3.2M8 8v3.4" fill="none" stroke="var(--l)" stroke-width="1.6"/>'
    '</symbol><symbol id="b-r" viewBox="0 0 16 16"><path d="M1.6 1.5h12.8a1.2 1.2 0 0 1 1 1.8L9 14.4a1.2 1.2 0 0 1-2 '
    '0L.6 3.3a1.2 1.2 0 0 1 1-1.8Z" fill="var(--s)"/><path d="M6.2 9.8V3.9h2.2a1.55 1.55 0 0 1 0 3.1H6.2M8.1 7l1.9 2.8"'
    ' fill="none" stroke="var(--l)" stroke-width="1.5"/></symbol>'
    '<symbol id="b-u" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.9" fill="none" stroke="var(--s)" '
    'stroke-width="1.3" stroke-dasharray="2.7 1.63"/><path d="M6.2 6.4a1.9 1.9 0 1 1 2.7 1.7q-.9.45-.9 1.3M8 '
    '11.1v.9" fill="none" stroke="var(--l)" stroke-width="1.4"/></symbol>'
)


def sprite(icons: Path) -> str:
    """All icons as symbols of one file."""
    symbols = []
    for name in ICONS:
        text = (icons / f"{name}.svg").read_text()
        body = re.sub(r"\s+", " ", re.sub(r"<!--.*?-->|</?svg[^>]*>", "", text, flags=re.DOTALL)).strip()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}{BANDS}</svg>\n'


def main(modules: Path) -> None:
    """Write the sprite, the font, the scripts and the licences from an npm `node_modules` folder."""
    inter, lucide = modules / "@fontsource-variable/inter", modules / "lucide-static"
    (STATIC / "icons.svg").write_text(sprite(lucide / "icons"))
    shutil.copy(inter / "files/inter-latin-wght-normal.woff2", STATIC / "inter-latin.woff2")
    shutil.copy(inter / "LICENSE", ROOT / "licences/inter-OFL.txt")
    shutil.copy(lucide / "LICENSE", ROOT / "licences/lucide-ISC.txt")
    (STATIC / "vendor").mkdir(exist_ok=True)
    shutil.copy(modules / "sortablejs/Sortable.min.js", STATIC / "vendor/sortable.js")
    shutil.copy(modules / "sortablejs/LICENSE", ROOT / "licences/sortablejs-MIT.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
