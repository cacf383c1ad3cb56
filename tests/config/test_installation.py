import pytest

from mainstay.config import installation
from mainstay.config.installation import NotMigrated
from mainstay.people.models import Role, User
from tests.builders import Cast


def test_the_first_start_makes_one_administrator_and_later_ones_none(db: None) -> None:
    made = installation.first_administrator()
    assert made is not None
    user, password = made
    assert user.role == Role.ADMINISTRATOR
    assert user.check_password(password)
    assert len(password) >= 16
    assert installation.first_administrator() is None
    assert User.objects.count() == 1


def test_a_database_of_another_version_is_refused_with_the_cure(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    installation.require_migrated()
    monkeypatch.setattr(installation, "pending_migrations", lambda: ["people.0002_more"])
    with pytest.raises(NotMigrated, match=r"people\.0002_more\); run `mainstay setup`"):
        installation.require_migrated()


def test_a_migrated_database_has_nothing_to_do(db: None) -> None:
    assert installation.migrate() == 0


def test_an_installation_with_accounts_is_not_empty(cast: Cast) -> None:
    assert not installation.is_empty()
