"""The policy of messages says exactly what is wrong with it."""

import pytest

from mainstay.deliveries.policy import SHIPPED, BadPolicy, read

GOOD = """
time_zone: Europe/Berlin
country: DE
quiet_from: "20:00"
categories:
  - {key: service, name: Your account, service: true}
  - key: news
    name: News
    most: 2
"""


def test_a_policy_is_read_from_yaml() -> None:
    policy = read(GOOD, origin="messages.yaml")
    assert (policy.time_zone, policy.quiet_from.hour, policy.quiet_until.hour) == ("Europe/Berlin", 20, 8)
    assert [one.key for one in policy.categories] == ["service", "news"]
    assert policy.longest_window_days == 7


def test_what_is_stored_reads_as_it_was() -> None:
    assert type(SHIPPED).model_validate(SHIPPED.model_dump(mode="json")) == SHIPPED


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Europe/Berlin", "Berlin", "line 2, column 1: time_zone: 'Berlin' is no time zone"),
        ("country: DE", "country: Germany", "'Germany' is no country whose holidays are known"),
        ("most: 2", "most: 0", "line 9, column 5: categories, 1, most: "),
        ("key: news", "key: service", "the category 'service' is declared twice"),
        ("service: true", "service: false", "one category must be of service"),
        ("service: true", "service: true, consent: opt_in", "not to be declined"),
        ("country: DE", "colour: red", "colour: "),
        ("country: DE", "sending_domains: [a@b.example]", "'a@b.example' is no domain"),
        ("country: DE", "working_days: []", "working_days: "),
        ("country: DE", "accent: blue", "accent: "),
        ("country: DE", "links: {upgrade: /upgrade}", "the link 'upgrade' is '/upgrade', which leads nowhere"),
        ("country: DE", "links: {upgrade: 'javascript:alert(1)'}", "leads nowhere; write it with https://"),
        ("country: DE", "links: {Up-grade: 'https://a.example/'}", "links"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(BadPolicy) as error:
        read(GOOD.replace(old, new), origin="messages.yaml")
    assert error.value.message.startswith("messages.yaml, line ")
    assert said in error.value.message


def test_the_shipped_policy_tracks_nobody() -> None:
    assert not SHIPPED.track_opens
    assert not SHIPPED.track_clicks
