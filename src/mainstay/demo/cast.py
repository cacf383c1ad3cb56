"""Who the demo company's customers are: 250 accounts in three tiers, each with a story. Pure and deterministic."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

ACCOUNTS = 250
MONTHS: float = 14
SEED = 20261122

OWNERS = (
    ("maya@orchard.example", "Maya Lindqvist"),
    ("sam@orchard.example", "Sam Okafor"),
    ("priya@orchard.example", "Priya Nair"),
    ("jonas@orchard.example", "Jonas Weber"),
)
MANAGER = ("helen@orchard.example", "Helen Marsh")

_FIRST = (
    "Northwind Polar Meridian Kestrel Bluefin Redstone Delta Fjord Arcadia Silverline Copperline Atlas Nimbus Tessera "
    "Harbour Juniper Lantern Orion Quartz Sable Tidal Umber Vesper Willow Zephyr Alder Basalt Cinder Drift Ember "
    "Falcon Garnet Hollow Indigo Jasper Keystone Larch Maple Nova Opal Pioneer Quill River Summit Thistle Upland "
    "Vantage Wren"
).split()
_SECOND = {
    "Logistics": "Freight",
    "Robotics": "Manufacturing",
    "Retail": "Retail",
    "Mining": "Mining",
    "Systems": "IT services",
    "Bank": "Financial services",
    "Media": "Media",
    "Telecom": "Telecom",
    "Outdoor": "Retail",
    "Bio": "Biotech",
    "Travel": "Travel",
    "Foods": "Food",
    "Energy": "Energy",
    "Health": "Healthcare",
    "Learning": "Education",
    "Insurance": "Financial services",
}
_COUNTRIES = ("US", "US", "US", "GB", "DE", "NL", "FR", "SE", "CA", "AU")


@dataclass(frozen=True)
class Story:
    """How an account's use went. `level(t)` is the share of seats active on a weekday; `t` runs from 0 to 1 over the
    account's time as a customer within the demo's months."""

    name: str
    level: Callable[[float], float]
    weight: int
    unrest: float = 1.0  # support tickets against normal
    mood: int = 8  # the middle of its survey scores, 0 to 10
    taken: float = 0.78  # the share of the seats that somebody has


def _ramp(start: float, end: float, begin: float, finish: float) -> Callable[[float], float]:
    def level(t: float) -> float:
        x = min(1.0, max(0.0, (t - begin) / (finish - begin)))
        return start + (end - start) * x

    return level


def _rescue(t: float) -> float:
    return 0.78 - 0.5 * math.exp(-(((t - 0.55) / 0.14) ** 2))


STORIES = (
    Story("steady", _ramp(0.755, 0.765, 0, 1), 32),
    Story("thriving", _ramp(0.80, 0.90, 0, 1), 14, unrest=0.7, mood=9, taken=0.95),
    Story("growing", _ramp(0.42, 0.77, 0.1, 0.8), 14),
    Story("middling", _ramp(0.60, 0.58, 0, 1), 14, mood=7),
    Story("rescued", _rescue, 6, unrest=1.3),
    Story("onboarding", _ramp(0.08, 0.70, 0, 0.9), 8),
    Story("fading", _ramp(0.74, 0.34, 0.72, 1), 6, unrest=1.6, mood=6),
    Story("dropped", _ramp(0.74, 0.16, 0.945, 1), 4, unrest=1.8, mood=5),
    Story("dormant", _ramp(0.35, 0.22, 0, 1), 3, mood=5),
    Story("churned", _ramp(0.66, 0.02, 0.25, 0.95), 3, unrest=1.5, mood=4),
)
_BY_NAME: Mapping[str, Story] = {story.name: story for story in STORIES}

# What a CSM thinks of an account with such a story: 0 to 100, and why.
PULSES: Mapping[str, tuple[int, str]] = {
    "steady": (76, "Calm. Nobody there questions the renewal."),
    "thriving": (90, "They told two other companies about us."),
    "growing": (82, "Another team asks for access every month."),
    "middling": (56, "They use it because they have it; nobody would fight for it."),
    "rescued": (68, "On track again since the workshop in spring."),
    "fading": (36, "My champion answers late, and the tone has changed."),
    "dropped": (22, "They look at a competitor; I heard it from two sides."),
}


@dataclass(frozen=True)
class Customer:
    """One account of the demo company."""

    key: str
    name: str
    industry: str
    country: str
    tier: str
    story: Story
    seats: int
    seats_before: int  # a year ago: fewer where the account expanded
    price_minor: int  # a seat a year, in minor units
    owner: str
    signed_on: date
    churned_on: date | None
    renews_on: date
    adopted: int  # of the twenty features

    @property
    def domain(self) -> str:
        """The e-mail domain of its people."""
        return f"{self.key}.example"

    @property
    def people(self) -> int:
        """How many people have a seat."""
        return max(3, round(self.seats * self.story.taken))

    @property
    def newcomers(self) -> int:
        """How many of its people, the last ones, are of a department that began to use it lately; mostly none."""
        spreads = self.story.name in ("thriving", "growing") and len(self.name) % 3 == 0
        return max(2, self.people // 8) if spreads and self.people >= 10 else 0

    def level(self, day: date, *, first: date, last: date) -> float:
        """Share of seats active on the weekday `day`; 0 before it signed and after it left."""
        start = max(first, self.signed_on)
        if day < start or (self.churned_on is not None and day >= self.churned_on):
            return 0.0
        return self.story.level((day - start).days / max(1, (last - start).days))


def customers(today: date) -> list[Customer]:
    """Every account but TechCorp, which has a file of its own, as of `today`."""
    random = Random(SEED)
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    random.shuffle(names)
    return [_customer(name, today, random) for name in names[: ACCOUNTS - 1]]


def _customer(name: str, today: date, random: Random) -> Customer:
    tier = random.choices(("enterprise", "mid-market", "smb"), (10, 30, 60))[0]
    seats = {"enterprise": (20, 45), "mid-market": (8, 16), "smb": (5, 9)}[tier]
    story = random.choices(STORIES, [story.weight for story in STORIES])[0]
    licensed = random.randint(*seats)
    signed_on = today - timedelta(days=random.randint(420, 1500))
    if story.name == "onboarding":
        signed_on = today - timedelta(days=random.randint(15, 85))
    churned_on = today - timedelta(days=random.randint(20, 200)) if story.name == "churned" else None
    expanded = story.name in ("thriving", "growing") and random.random() < 0.6
    return Customer(
        key=name.lower().replace(" ", "-"),
        name=name,
        industry=_SECOND[name.split()[1]],
        country=random.choice(_COUNTRIES),
        tier=tier,
        story=story,
        seats=licensed,
        seats_before=max(2, round(licensed * 0.8)) if expanded else licensed,
        price_minor=random.choice(
            {"enterprise": (240000, 300000), "mid-market": (180000, 216000), "smb": (120000, 144000)}[tier]
        ),
        owner=random.choice(OWNERS)[0],
        signed_on=signed_on,
        churned_on=churned_on,
        renews_on=_next_anniversary(signed_on, today),
        adopted=max(4, min(19, round(6 + 14 * story.level(1.0) + random.gauss(0, 1.6)))),
    )


def _next_anniversary(signed_on: date, today: date) -> date:
    # 29 February is kept out: the day before has an anniversary every year.
    day = signed_on - timedelta(days=1) if (signed_on.month, signed_on.day) == (2, 29) else signed_on
    this_year = day.replace(year=today.year)
    return this_year if this_year > today else day.replace(year=today.year + 1)


def story(name: str) -> Story:
    """The story with this name."""
    return _BY_NAME[name]
