"""What people at a demo account do besides using features: send campaigns, give approvals, read mails, ask for help.

Pure. Made from the events of the day and dice of its own, so that the day itself stays as it is.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from mainstay.demo.cast import SEED
from mainstay.demo.telemetry import LOGIN, Event

_MAIL_DAY = 4
_READERS = 3

type _Done = tuple[str, str, datetime]


def more_events(events: Sequence[Event], people: Sequence[str], *, mood: int) -> Iterator[Event]:
    """What goes with the events of one account's day; nothing on a day without any. `mood` is 0 to 10."""
    if not events:
        return
    account, day = events[0].account_key, events[0].timestamp.date()
    random = Random(f"{SEED}:{account}:{day}:more")
    done = list(_beside(events, random, mood))
    done += _kindness(people, day, random, mood)
    if day.day == _MAIL_DAY:
        done += _mails(people[day.month % _READERS :: _READERS], day, random, mood)
    for number, (name, user, moment) in enumerate(done):
        yield Event(f"{account}:{day:%y%m%d}:x{number}", moment, name, user, account)


def _beside(events: Sequence[Event], random: Random, mood: int) -> Iterator[_Done]:
    for one in events:
        if one.event == LOGIN:
            continue
        later = one.timestamp + timedelta(minutes=random.randint(5, 90))
        # A campaign is worked on several times before it goes out.
        if one.event == "Campaign Created" and random.random() < 0.1 + 0.01 * mood:
            yield "Campaign Sent", one.user_key, later
        elif one.event == "Approval Requested" and random.random() < 0.45 + 0.05 * mood:
            yield "Approval Given", one.user_key, later
        if random.random() < 0.03:
            yield "Help Article Viewed", one.user_key, later
        if random.random() < 0.012:
            yield "Chatbot Conversation Started", one.user_key, later
            if random.random() > 0.4 + 0.05 * mood:
                yield "Chatbot Conversation Handed Over", one.user_key, later + timedelta(minutes=6)


def _kindness(people: Sequence[str], day: date, random: Random, mood: int) -> Iterator[_Done]:
    """What content customers do for us elsewhere: recommend us, help others in the community; seldom, a few of them."""
    evening = datetime.combine(day, time(17), tzinfo=UTC) + timedelta(minutes=random.randint(0, 90))
    if random.random() < (mood - 6) * 0.0015:
        yield "Referral Made", people[0], evening
    # Every seventh account has somebody who likes to help.
    if mood >= 8 and len(people[0]) % 7 == 0 and random.random() < 0.15:
        yield "Community Answer Posted", people[len(people) // 2], evening


def _mails(readers: Sequence[str], day: date, random: Random, mood: int) -> Iterator[_Done]:
    morning = datetime.combine(day, time(7, 30), tzinfo=UTC)
    for user in readers:
        yield "Email Delivered", user, morning
        if random.random() < mood / 12:
            opened = morning + timedelta(minutes=random.randint(2, 900))
            yield "Email Opened", user, opened
            if random.random() < 0.35:
                yield "Email Link Clicked", user, opened + timedelta(seconds=20)
