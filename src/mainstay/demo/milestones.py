"""What the demo company's CRM and its meter would export besides: stages, onboarding, use of limits. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mainstay.demo.cast import SEED, Customer

type Row = dict[str, str | int | float]

# GB of data and API calls a month that a plan includes.
LIMITS = {"enterprise": (2000, 5_000_000), "mid-market": (500, 1_000_000), "smb": (50, 100_000)}
_ONBOARDING_DAYS = 80
_STEPS = (("kick-off", "Kick-off", 5), ("data", "Data imported", 20), ("campaign", "First campaign sent", 45),
          ("team", "Team trained", 75))  # fmt: skip
# A reading counts for 45 days.
_READ_EVERY = 28
_READINGS = 15


def stage_rows(one: Customer) -> list[Row]:
    """The lifecycle of an account, the present stage last."""
    adopted_on = one.signed_on + timedelta(days=_ONBOARDING_DAYS + len(one.name) % 20)
    rows = [("onboarding", one.signed_on)]
    if one.story.name != "onboarding":
        rows.append(("adoption", adopted_on))
    if one.churned_on:
        rows.append(("churned", one.churned_on))
    return [{"account_key": one.key, "stage": stage, "since": str(since)} for stage, since in rows]


def milestone_rows(one: Customer, today: date) -> Iterator[Row]:
    """The four steps of onboarding; those of a fresh customer may still be open, or late."""
    random = Random(f"{SEED}:{one.key}:milestones")
    for key, name, days in _STEPS:
        due = one.signed_on + timedelta(days=days)
        # Nothing is reached before it was agreed, however eager somebody is.
        reached = max(due + timedelta(days=round(random.gauss(12 - one.story.mood * 1.6, 4))), one.signed_on)
        yield {
            "key": f"{one.key}-m-{key}",
            "account_key": one.key,
            "name": name,
            "agreed_on": str(one.signed_on),
            "due_on": str(due),
            "reached_on": str(reached) if reached < today else "",
        }


def reading_rows(one: Customer, *, first: date, today: date) -> Iterator[Row]:
    """Four-weekly readings of the data stored, which only grows, and of the API calls, which follow the use."""
    random = Random(f"{SEED}:{one.key}:readings")
    gigabytes, calls = LIMITS[one.tier]
    fullness, chatter = random.uniform(0.25, 0.8) + (0.2 if one.story.name == "thriving" else 0), random.uniform(0.2, 1)
    for number in range(_READINGS):
        day = today - timedelta(days=1 + _READ_EVERY * number)
        if day < max(first, one.signed_on):
            break
        if one.churned_on and day >= one.churned_on:
            continue
        level = one.level(day, first=first, last=today)
        used = {"data_gb": round(gigabytes * fullness * (1 - number * 0.024), 1),
                "api_calls": round(calls * chatter * level * random.uniform(0.9, 1.1))}  # fmt: skip
        for limit, amount in used.items():
            yield {"key": f"{one.key}-{limit}-{day:%y%m%d}", "account_key": one.key, "limit": limit, "used": amount,
                   "measured_on": str(day)}  # fmt: skip
