"""Pictures of every page: light and dark, wide and narrow, into ./screenshots (not kept in the repository).

    make run                                     # in another terminal
    .venv/bin/python tools/screenshots.py --email … --password … [--only portfolio,today] [--theme light]

Look at them. What the tests cannot see (a label that touches a line, an empty card) is seen here.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = {"wide": (1440, 900), "narrow": (390, 844)}
PAGES = {
    "today": "/",
    "portfolio": "/accounts/",
    "portfolio-condition": "/accounts/?condition=arr+%3E+and",
    "portfolio-none": "/accounts/?q=zzzz",
    "account": None,
    "signals": "/signals/",
    "signal-kinds": "/signals/kinds/",
    "signal-kind": "/signals/kinds/health_red/",
    "signal-kind-edit": "/signals/kinds/seats_filling/edit/",
    "tasks": "/tasks/?who=all",
    "tasks-board": "/tasks/board/?who=all",
    "tasks-calendar": "/tasks/calendar/?who=all",
    "tasks-report": "/tasks/report/?by=both",
    "tasks-week": "/tasks/calendar/?who=all&span=week",
    "opportunities": "/opportunities/?state=all",
    "opportunity-new": "/opportunities/new/",
    "alerts": "/alerts/",
    "alert-preferences": "/profile/alerts/",
    "playbooks": "/playbooks/",
    "playbook": "/playbooks/risk_outreach/",
    "playbook-helps": "/playbooks/risk_outreach/helps/",
    "playbook-backlog": "/playbooks/risk_outreach/standing/",
    "playbook-dry-run": "/playbooks/risk_outreach/dry-run/",
    "playbook-replay": "/playbooks/risk_outreach/replay/",
    "playbook-gallery": "/playbooks/new/",
    "play": "/playbooks/new/risk_outreach/",
    "profile": "/profile/",
    "jump": "/jump/",
    "account-new": "/portfolio/new/",
    "segments": "/segments/",
    "segment": "/segments/at_risk/",
    "segment-new": "/segments/new-segment/?condition=arr+%3E%3D+50000",
    "settings": "/settings/",
    "settings-keys": "/settings/keys/",
    "settings-users": "/settings/users/",
    "settings-targets": "/settings/targets/",
    "settings-target-new": "/settings/targets/new/",
    "data": "/data/",
    "data-source": "/data/sources/product/",
    "data-events": "/data/events/",
    "settings-letters": "/settings/dead-letters/",
    "scorecards": "/scorecards/",
    "scorecard": "/scorecards/standard/",
    "scorecard-versions": "/scorecards/standard/versions/",
    "metrics": "/metrics/",
    "metric": "/metrics/daily_active_rate/",
    "metric-new": "/metrics/new/",
    "features": "/features/",
    "feature": "/features/reports/",
    "feature-new": "/features/new/",
    "settings-history": "/settings/history/",
    "settings-history-new": "/settings/history/backfill/",
    "messages": "/messages/",
    "messages-suppressed": "/messages/suppressed/",
    "messages-rules": "/messages/rules/",
    "settings-deliveries": "/settings/deliveries/",
    "settings-config": "/settings/config/",
    "settings-audit": "/settings/audit/",
    "import": "/import/",
    "kit": "/settings/kit/",
    "not-found": "/nothing-here/",
}


def chromium() -> str:
    """The Chromium of this machine."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("No Chromium was found on the PATH: apt-get install chromium.")
    return found


def sign_in(page: Page, base: str, email: str, password: str) -> None:
    """As a user does."""
    page.goto(f"{base}/sign-in/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", password)
    page.click("button:has-text('Sign in')")
    page.wait_for_selector(".nav")


def shoot(browser: Browser, options: argparse.Namespace, theme: str, width: str) -> Iterator[Path]:
    """Every page in one theme and width."""
    size = WIDTHS[width]
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=theme, device_scale_factor=options.scale)
    page = context.new_page()
    page.goto(f"{options.url}/sign-in/")
    if options.only is None:
        yield _picture(page, options, f"sign-in-{theme}-{width}")
    sign_in(page, options.url, options.email, options.password)
    for name, path in PAGES.items():
        if options.only and name not in options.only:
            continue
        if path is None:
            page.goto(f"{options.url}/accounts/")
            link = page.locator("[data-row]").first
            if not link.count():
                continue
            path = link.get_attribute("href")
        page.goto(f"{options.url}{path}")
        page.wait_for_load_state("networkidle")
        yield _picture(page, options, f"{name}-{theme}-{width}")
    context.close()


def _picture(page: Page, options: argparse.Namespace, name: str) -> Path:
    path = options.to / f"{name}.png"
    page.screenshot(path=path, full_page=options.full)
    return path


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--theme", choices=["light", "dark"])
    parser.add_argument("--width", choices=list(WIDTHS))
    parser.add_argument("--full", action="store_true", help="the whole page, not the window")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    options = parser.parse_args()
    options.to.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for theme in [options.theme] if options.theme else ["light", "dark"]:
            for width in [options.width] if options.width else list(WIDTHS):
                for path in shoot(browser, options, theme, width):
                    print(path)  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
