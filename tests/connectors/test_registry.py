"""What every connector promises."""

import pytest

from mainstay.connectors.registry import channels
from mainstay.deliveries.channel import Channel


def test_e_mail_is_found() -> None:
    assert "email" in channels()


@pytest.mark.parametrize("kind", sorted(channels()))
def test_a_channel_is_known_by_its_kind_and_ready_by_default(kind: str) -> None:
    channel: Channel = channels()[kind]
    assert channel.kind == kind
    assert isinstance(channel.recognises_repeats, bool)
    assert channel.problem() is None
