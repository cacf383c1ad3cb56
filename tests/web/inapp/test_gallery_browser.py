"""What the plays of the gallery show in the product, in a real browser on a page of another origin."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from mainstay.accounts.models import Contact
from mainstay.accounts.services import set_stage
from mainstay.common.time import utc_now
from mainstay.deliveries.policies import policy_in_force, save_policy
from mainstay.playbooks import services
from mainstay.playbooks.publishing import shipped
from mainstay.playbooks.reading import check
from mainstay.playbooks.tree import Action
from tests.builders import Cast, profile
from tests.web.inapp.test_in_app_browser import Visitor, happened, visitor

__all__ = ["visitor"]
pytestmark = pytest.mark.browser
LINKS = ("app", "help", "webinar", "book", "training", "upgrade")


def test_the_three_prompts_of_tech_touch_onboarding_are_seen_and_used(visitor: Visitor, cast: Cast) -> None:
    began = utc_now() - timedelta(days=5, hours=1)
    acme = cast.acme
    acme.tier = "smb"
    acme.save(update_fields=["tier"])
    Contact.objects.filter(key="ann").update(persona="administrator")
    profile(acme)
    links = {name: f"{visitor.host.origin}/{name}" for name in LINKS}
    save_policy(policy_in_force().model_copy(update={"links": links}), by=cast.mary, now=began)
    play = shipped()["tech_touch_onboarding"].model_copy(update={"holdout": 0})
    services.publish(play, by=cast.mary, now=began)
    set_stage(acme, "onboarding", by=None, now=began)
    for day in (0, 1, 3, 5):
        services.start_runs(began + timedelta(days=day))
        services.advance(began + timedelta(days=day, minutes=1))
    visitor.open()
    page = visitor.page
    checklist = page.get_by_role("region", name="Your first week")
    checklist.get_by_role("checkbox", name="Create your first project").click()
    expect(checklist).to_contain_text("1/3")
    banner = page.get_by_role("region", name="It is more useful with two")
    expect(banner).to_contain_text("Both of you see what the other changed.")
    banner.get_by_role("link", name="Invite a colleague").click()
    page.wait_for_url(f"{links['app']}*")
    happened("It is more useful with two", "clicked")
    visitor.open()
    expect(page.get_by_role("heading", name="See the week at a glance")).to_be_visible()
    expect(banner).to_have_count(0)
    visitor.open("bea")  # no administrator: she sees what is for everybody
    expect(page.get_by_role("heading", name="See the week at a glance")).to_be_visible()
    expect(checklist).to_have_count(0)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("enterprise_onboarding", "Half an hour, and you know your way around"),
        ("premium_attempted", "You looked for this"),
        ("training_intensive", "Training for your team"),
        ("trial_rescue", "Make the most of your trial"),
    ],
)
def test_what_the_other_plays_show_is_seen(visitor: Visitor, cast: Cast, key: str, said: str) -> None:
    """Their messages in the app alone, with nothing before them to wait for."""
    now = utc_now()
    Contact.objects.filter(key="ann").update(persona="end user")
    links = {name: f"{visitor.host.origin}/{name}" for name in LINKS}
    save_policy(policy_in_force().model_copy(update={"links": links}), by=cast.mary, now=now)
    whole = shipped()[key]
    shown = [step for step in whole.steps if isinstance(step, Action) and step.type == "in_app"]
    alone = {
        "key": "alone",
        "name": whole.name,
        "entry": {"by": "hand"},
        "steps": [one.model_dump(by_alias=True) for one in shown],
    }
    services.publish(check(alone, origin=key), by=cast.mary, now=now)
    services.start_by_hand("alone", [cast.acme], token="once", by=cast.mary, now=now)
    services.advance(now)
    visitor.open()
    page = visitor.page
    expect(page.get_by_role("heading", name=said)).to_be_visible()
    expect(page.locator(f"a[href^='{visitor.host.origin}/']").first).to_be_visible()
