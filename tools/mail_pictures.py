"""Pictures of every mail that playbooks of the gallery send to customers: light and dark, wide and on a phone.

    .venv/bin/mainstay playbooks mails screenshots/mails
    .venv/bin/python tools/mail_pictures.py            # sheets of six, beside them

Look at them. What the tests cannot see (a sentence that is odd, a button that is lost) is seen here.
"""

import argparse
from html import escape
from pathlib import Path

from playwright.sync_api import sync_playwright
from screenshots import chromium

WIDTHS = {"wide": 600, "phone": 390}
A_SHEET = 6
GROW = (
    "for (const one of document.querySelectorAll('iframe'))"
    " one.style.height = one.contentDocument.documentElement.scrollHeight + 'px'"
)
STYLE = """body{display:flex;flex-wrap:wrap;align-items:start;gap:10px;margin:0;font:13px sans-serif;background:#888}
figure{margin:0}iframe{border:0}"""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screenshots/mails"))
    folder = parser.parse_args().folder
    mails = sorted(folder.glob("*.html"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for theme in ("light", "dark"):
            for name, width in WIDTHS.items():
                view = {"width": 3 * width + 40, "height": 400}
                page = browser.new_page(color_scheme=theme, viewport=view)
                for number in range(0, len(mails), A_SHEET):
                    page.set_content(sheet(mails[number : number + A_SHEET], width))
                    page.evaluate(GROW)
                    path = folder / f"{theme}-{name}-{number // A_SHEET}.png"
                    page.screenshot(path=path, full_page=True)
                    print(path)  # noqa: T201
                page.close()
        browser.close()


def sheet(mails: list[Path], width: int) -> str:
    """A page with some mails side by side, each under its name."""
    frames = "".join(
        f"<figure><figcaption>{escape(mail.stem)}</figcaption>"
        f'<iframe width="{width}" height="200" srcdoc="{escape(mail.read_text())}"></iframe></figure>'
        for mail in mails
    )
    return f"<style>{STYLE}</style>{frames}"


if __name__ == "__main__":
    main()
