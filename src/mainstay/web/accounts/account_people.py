"""People of an account: their roles, the roles nobody plays, when they were last seen."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.safestring import SafeString

from mainstay.accounts.models import Contact
from mainstay.accounts.selectors import contacts_of
from mainstay.facts.selectors import last_seen
from mainstay.interactions.models import Response
from mainstay.interactions.selectors import last_contact_by_person
from mainstay.web import formats, svg
from mainstay.web.accounts.account_frame import Frame

SHOWN_ON_OVERVIEW = 6
# Roles an account should have: drawn as vacant when nobody plays them.
WANTED = {"champion": "Champion", "executive_sponsor": "Executive sponsor"}
SHORT = {"executive_sponsor": "Sponsor"}
# Where a role or a persona stands on the map: its influence from 0 to 1.
INFLUENCE = {"executive_sponsor": 0.92, "economic_buyer": 0.85, "executive": 0.8, "detractor": 0.6, "champion": 0.58}
INFLUENCE |= {"administrator": 0.38, "end_user": 0.2, "end user": 0.2}
SUPPORT = {"champion": 0.92, "executive_sponsor": 0.8, "detractor": 0.1}
MOST_ON_MAP = 12
# Personas of people to know by name.
LEADING = ("executive", "administrator")
MOST_NAMED, MOST_USERS = 200, 100
HEADS = ("contact", "name", "email", "title", "department", "persona", "roles", "nps", "last_in_product",
         "last_contact", "left_on")  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A contact as the page shows it. `seen`: last active in the product; `met`: last spoke or wrote with us."""

    contact: Contact
    roles: Sequence[str]
    seen: date | None
    met: datetime | None
    nps: float | None
    on: date

    @property
    def last_words(self) -> str:
        """How long ago: `today`, `3 d`, a dash for never."""
        if self.last is None:
            return formats.NOTHING
        days = (self.on - self.last).days
        return "today" if days <= 0 else f"{days:,} d"

    @property
    def initials(self) -> str:
        """Two letters."""
        words = str(self.contact).replace("@", " ").split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()

    @property
    def role_names(self) -> str:
        """`Champion, Economic buyer`."""
        return ", ".join(role_name(role) for role in self.roles)

    @property
    def about(self) -> str:
        """Title and roles, or the persona, or the e-mail: what there is."""
        parts = [part for part in (self.contact.title, self.role_names or self.contact.persona.capitalize()) if part]
        return " · ".join(parts) or self.contact.email

    @property
    def last(self) -> date | None:
        """The later of seen and met."""
        days = [day for day in (self.seen, self.met.date() if self.met else None) if day]
        return max(days, default=None)


@dataclass(frozen=True)
class Vacancy:
    """A role nobody plays, and since when if somebody did."""

    role: str
    label: str
    since: date | None


@dataclass(frozen=True)
class PeopleCard:
    """The context of the card. `people`: those worth knowing, of `total`; `left`: those who left."""

    people: Sequence[Person]
    total: int
    left: Sequence[Person]
    vacancies: Sequence[Vacancy]
    chart: SafeString | str

    @property
    def shown(self) -> Sequence[Person]:
        """The first few, for the overview."""
        return self.people[:SHOWN_ON_OVERVIEW]


def people_card(frame: Frame, *, seen_days: int = 365) -> PeopleCard:
    """The card of an account as of its moment; when people were last seen, looking back `seen_days`."""
    account, moment, known = frame.account, frame.moment, _known(frame, seen_days)
    contacts = _contacts(frame, {*known.met, *known.nps}, known.seen)
    everybody = [_person(one, known, moment.day) for one in contacts]
    here = [one for one in everybody if one.contact.left_on is None or one.contact.left_on > moment.day]
    here.sort(key=_rank)
    vacancies = _vacancies(here, contacts, moment.day)
    return PeopleCard(
        people=here,
        total=max(len(here), account.contacts.exclude(left_on__lte=moment.day).count()),
        left=[one for one in everybody if one.contact.left_on is not None and one.contact.left_on <= moment.day],
        vacancies=vacancies,
        chart=_chart(here, vacancies),
    )


def people_rows(frame: Frame) -> Iterator[Sequence[object]]:
    """Everybody the account has or had, by name, as `HEADS` says."""
    known = _known(frame, 365)
    for one in contacts_of(frame.account).order_by("name", "pk").iterator(500):
        person = _person(one, known, frame.moment.day)
        yield (
            one.key, one.name, one.email, one.title, one.department, one.persona, ", ".join(person.roles), person.nps,
            person.seen, person.met, one.left_on,
        )  # fmt: skip


@dataclass(frozen=True)
class _Known:
    """What is known of contacts, by id: when they were last seen, when we met, their latest NPS answer."""

    seen: Mapping[int, date]
    met: Mapping[int, datetime]
    nps: Mapping[int, float]


def _known(frame: Frame, seen_days: int) -> _Known:
    account, at = frame.account, frame.moment.at
    seen = last_seen(account.pk, before=at, days=seen_days)
    return _Known(seen, last_contact_by_person(account, before=at), _nps(frame))


def _person(one: Contact, known: _Known, day: date) -> Person:
    return Person(one, _roles(one, day), known.seen.get(one.pk), known.met.get(one.pk), known.nps.get(one.pk), day)


def _contacts(frame: Frame, known: Collection[int], seen: Mapping[int, date]) -> list[Contact]:
    """Those with a role, a title or a conversation, and the ones last seen: an account may have thousands of users."""
    latest = sorted(seen, key=lambda pk: seen[pk], reverse=True)[:MOST_USERS]
    named = ~Q(title="") | Q(persona__in=LEADING) | Q(roles__isnull=False) | Q(left_on__isnull=False)
    ids = frame.account.contacts.filter(named).order_by().values_list("pk", flat=True).distinct()[:MOST_NAMED]
    wanted = {*ids, *known, *latest}
    return list(contacts_of(frame.account).filter(pk__in=sorted(wanted)[: MOST_NAMED + 2 * MOST_USERS]))


def _rank(person: Person) -> tuple[bool, bool, bool, int, str]:
    """Those with a role first, then executives and administrators, then names, then whoever was last seen."""
    contact = person.contact
    is_leading = bool(contact.title) or contact.persona.lower() in LEADING
    return (not person.roles, not is_leading, not contact.name, -(person.last or date.min).toordinal(), str(contact))


def role_name(role: str) -> str:
    """`executive_sponsor` is Executive sponsor."""
    return role.replace("_", " ").capitalize()


def _roles(contact: Contact, day: date) -> list[str]:
    """The roles a contact plays during a day. Reads what was prefetched."""
    return [one.role for one in contact.roles.all() if one.since <= day and (one.until is None or day < one.until)]


def _nps(frame: Frame) -> dict[int, float]:
    """The latest NPS answer of each contact."""
    rows = Response.objects.filter(
        account=frame.account, kind="nps", contact__isnull=False, answered_at__lt=frame.moment.at
    )
    return dict(rows.order_by("answered_at").values_list("contact_id", "score"))


def _vacancies(people: Iterable[Person], contacts: Iterable[Contact], day: date) -> list[Vacancy]:
    played = {role for one in people for role in one.roles}
    vacancies = []
    for role, label in WANTED.items():
        if role not in played:
            ends = [_end(one, entry.until) for one in contacts for entry in one.roles.all() if entry.role == role]
            vacancies.append(Vacancy(role, label, max((end for end in ends if end and end <= day), default=None)))
    return vacancies


def _end(contact: Contact, until: date | None) -> date | None:
    return min((day for day in (until, contact.left_on) if day), default=None)


def _chart(people: Sequence[Person], vacancies: Sequence[Vacancy]) -> SafeString | str:
    """People whose role or answer tells where they stand; the others would be guesses."""
    placed = [(one, _place(one)) for one in people if one.roles or one.nps is not None][:MOST_ON_MAP]
    if not placed:
        return ""
    taken: dict[tuple[int, int], int] = {}
    marks = []
    for one, (support, influence) in placed:
        spot = round(support * 7), round(influence * 5)
        taken[spot] = taken.get(spot, 0) + 1
        # Who would stand on somebody else steps aside, towards the middle.
        aside = 0.11 * (taken[spot] - 1) * (-1 if support > 0.5 else 1)
        marks.append(svg.Stakeholder(one.initials, str(one.contact), one.about, influence, support + aside))
    names = [SHORT.get(vacancy.role, vacancy.label) for vacancy in vacancies]
    spoken = "; ".join([*(f"{one.contact}, {one.about}" for one, _ in placed), *(f"{name} vacant" for name in names)])
    return svg.stakeholders(marks, label=f"Who decides and who supports us: {spoken}", vacant=names)


def _place(person: Person) -> tuple[float, float]:
    """Support and influence, from 0 to 1: roles first, then the last NPS answer and the persona."""
    known = [SUPPORT[role] for role in person.roles if role in SUPPORT]
    support = known[0] if known else 0.5 if person.nps is None else 0.1 + 0.08 * person.nps
    weights = [INFLUENCE[name] for name in (*person.roles, person.contact.persona.lower()) if name in INFLUENCE]
    return support, max(weights, default=0.3)
