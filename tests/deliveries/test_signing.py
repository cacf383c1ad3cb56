import re
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from mainstay.deliveries import signing
from tests.harness import ROOT

BODY = b'{"type": "account.at_risk", "name": "\xc3\xbc"}'


def test_the_signature_is_that_of_the_specification() -> None:
    # The example of the specification: id, timestamp, secret, body and what comes of them.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', with_secrets=[secret], timestamp=1614265330
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_library_of_the_specification_takes_a_message_signed_with_any_of_two_secrets() -> None:
    secrets = [signing.new_secret(), signing.new_secret()]
    made = signing.headers("msg_1", BODY, with_secrets=secrets, timestamp=int(datetime.now(UTC).timestamp()))
    assert made["webhook-signature"].count("v1,") == 2
    for secret in secrets:
        assert Webhook(secret).verify(BODY, made)["type"] == "account.at_risk"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(BODY, made)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[0]).verify(BODY + b" ", made)


def test_the_docs_tell_how_to_verify_and_that_works() -> None:
    docs = (ROOT / "docs" / "how-to" / "webhooks.md").read_text()
    by_hand = next(code for code in re.findall(r"```python\n(.*?)```", docs, re.DOTALL) if "def " in code)
    names: dict[str, Any] = {}
    exec(by_hand, names)
    is_from_mainstay, secrets = names["is_from_mainstay"], [signing.new_secret(), signing.new_secret()]
    now = int(datetime.now(UTC).timestamp())
    made = signing.headers("msg_1", BODY, with_secrets=secrets, timestamp=now)
    assert all(is_from_mainstay(secret, made, BODY) for secret in secrets)
    assert not is_from_mainstay(signing.new_secret(), made, BODY)
    assert not is_from_mainstay(secrets[0], made, BODY + b" ")
    late = signing.headers("msg_1", BODY, with_secrets=secrets, timestamp=now - 600)
    assert not is_from_mainstay(secrets[0], late, BODY)


def test_each_secret_is_another_one_of_32_bytes() -> None:
    made = {signing.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith("whsec_") and len(one) == 6 + 44 for one in made)
