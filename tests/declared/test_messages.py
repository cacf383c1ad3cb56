"""The rules of messages are one file."""

from datetime import time

import pytest

from mainstay.declared import services
from mainstay.declared.errors import BadFile
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import SHIPPED
from tests.builders import NOW, Cast
from tests.declared.test_services import apply
from tests.deliveries.test_contacts import contact, request

PATH = "messages/messages.yaml"


def test_what_is_exported_reads_as_it_was(cast: Cast) -> None:
    text = services.export_texts()[PATH]
    assert not services.make_plan({PATH: text}, now=NOW).changes
    apply(cast, {PATH: text.replace("most: 3", "most: 5")})
    onboarding = policy_in_force().category("onboarding")
    assert onboarding is not None
    assert onboarding.most == 5


def test_clock_times_mean_the_same_with_and_without_quotes(cast: Cast) -> None:
    text = services.export_texts()[PATH]
    apply(cast, {PATH: f"{text}quiet_from: 20:30\nquiet_until: '07:15'\n"})
    assert (policy_in_force().quiet_from, policy_in_force().quiet_until) == (time(20, 30), time(7, 15))


def test_messages_that_would_be_refused_are_counted(cast: Cast) -> None:
    request(contact(cast, "Ann"), category="research")
    text = "categories:\n- {key: service, name: Your account, service: true}\n"
    plan = services.make_plan({PATH: text}, now=NOW)
    assert plan.effects["messages"].sentences == ("'research' goes: 1 waiting messages of it will be refused.",)
    assert Delivery.objects.count() == 1


def test_what_is_wrong_is_named(cast: Cast) -> None:
    with pytest.raises(BadFile, match=r"messages/messages\.yaml: categories: .*"):
        apply(cast, {PATH: "categories: []\n"})
    assert policy_in_force() == SHIPPED
