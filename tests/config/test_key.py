"""`mainstay key`."""

import pytest
from click.testing import CliRunner

from mainstay.common.ids import hash_secret
from mainstay.config.cli.key import key
from mainstay.people.models import WriteKey

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(key, arguments)
    return result.exit_code, result.output


def test_a_key_is_made_listed_and_revoked() -> None:
    code, output = run("create", "web app")
    secret = output.split()[-1]
    assert code == 0
    assert secret.startswith("mw_")
    made = WriteKey.objects.get()
    assert (made.name, made.secret_hash) == ("web app", hash_secret(secret))
    assert f"{made.hint}… web app" in run("list")[1]
    assert secret not in run("list")[1]
    assert run("revoke", "web app")[0] == 0
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert run("list")[1] == ""
    assert "revoked on" in run("list", "--all")[1]


def test_a_key_is_revoked_by_its_number_too() -> None:
    run("create", "web app")
    assert run("revoke", str(WriteKey.objects.get().pk))[0] == 0


def test_a_key_that_does_not_exist_is_said_so() -> None:
    code, output = run("revoke", "nothing")
    assert code == 1
    assert "mainstay key list" in output
