import pytest

from mainstay.common import ids
from mainstay.common.errors import Invalid, NotAllowed
from mainstay.people import services
from mainstay.people.access import require_role
from mainstay.people.models import AuditEntry, Role, User, WriteKey
from tests.builders import Cast


def test_a_user_gets_a_random_password_that_works(db: None) -> None:
    user, password = services.create_user("Nina@Orchard.example", name="Nina", role="csm")
    assert user.email == "nina@orchard.example"
    assert len(password) >= 16
    assert User.objects.get_by_natural_key("NINA@orchard.example").check_password(password)


def test_a_name_too_long_is_refused_and_the_address_stands_in_for_none(db: None) -> None:
    with pytest.raises(Invalid, match="The name has 201 letters; use one of at most 200"):
        services.create_user("nina@orchard.example", name="N" * 201, role="csm")
    assert services.create_user("nina@orchard.example", name=" ", role="csm")[0].name == "nina"


@pytest.mark.parametrize(
    ("email", "role", "password", "reason"),
    [
        ("nina", "csm", None, "'nina' is not an e-mail address"),
        ("nina@orchard.example", "boss", None, "'boss' is not a role; use one of administrator, manager"),
        ("nina@orchard.example", "csm", "short", "at least 10 characters"),
        ("alice@orchard.example", "csm", None, "already"),
        (f"{'a' * 250}@orchard.example", "csm", None, "at most 254 letters"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_the_reason(
    cast: Cast, email: str, role: str, password: str | None, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        services.create_user(email, name="Nina", role=role, password=password)
    assert User.objects.count() == 5


def test_the_last_administrator_cannot_be_locked_out(cast: Cast) -> None:
    with pytest.raises(Invalid, match="only administrator"):
        services.change_user(cast.ada, role="viewer", is_active=True, by=cast.ada)
    with pytest.raises(Invalid, match="only administrator"):
        services.change_user(cast.ada, role="administrator", is_active=False, by=cast.ada)
    services.change_user(cast.mary, role="administrator", is_active=True, by=cast.ada)
    services.change_user(cast.ada, role="viewer", is_active=True, by=cast.mary)
    assert User.objects.get(pk=cast.ada.pk).role == "viewer"


def test_only_the_hash_of_a_write_key_is_kept(cast: Cast) -> None:
    key, secret = services.create_write_key("web app", by=cast.ada)
    assert secret.startswith("mw_")
    stored = WriteKey.objects.values().get(pk=key.pk)
    assert secret not in str(stored)
    assert stored["secret_hash"] == ids.hash_secret(secret)
    assert secret.startswith(stored["hint"])


def test_a_name_is_free_again_when_its_key_was_revoked(cast: Cast) -> None:
    key, _ = services.create_write_key("web app", by=cast.ada)
    with pytest.raises(Invalid, match="already"):
        services.create_write_key("web app", by=cast.ada)
    services.revoke_write_key(key, by=cast.ada)
    services.create_write_key("web app", by=cast.ada)
    assert AuditEntry.objects.filter(subject="write_key:web app").count() == 3


@pytest.mark.parametrize(
    ("role", "needed", "allowed"),
    [
        (Role.ADMINISTRATOR, Role.MANAGER, True),
        (Role.CSM, Role.CSM, True),
        (Role.CSM, Role.MANAGER, False),
        (Role.VIEWER, Role.CSM, False),
    ],
)
def test_a_role_includes_those_below_it(role: Role, needed: Role, allowed: bool) -> None:
    user = User(email="x@orchard.example", name="X", role=role)
    if allowed:
        require_role(user, needed)
    else:
        with pytest.raises(NotAllowed, match=f"needs the role {needed.label}"):
            require_role(user, needed)
