"""Writes of users, write keys and the audit log."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import get_random_string

from mainstay.common import ids
from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import LONGEST_EMAIL, LONGEST_NAME, ApiKey, AuditEntry, Role, User, WriteKey


def record_audit(user: User | None, action: str, subject: str, **details: Any) -> None:
    """Write down who did what to which thing. `user` None: Mainstay itself."""
    AuditEntry.objects.create(user=user, action=action, subject=subject[:200], details=details)


@transaction.atomic
def create_user(
    email: str, *, name: str, role: Role | str, password: str | None = None, by: User | None = None
) -> tuple[User, str]:
    """Make a user; the user and the password (a random one when none was given), to be shown once."""
    email = email.strip().lower()
    name = name.strip() or email.partition("@")[0]
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(f"'{email}' is not an e-mail address; use one like maya@example.com.") from None
    _check_length("e-mail address", email, LONGEST_EMAIL)
    _check_length("name", name, LONGEST_NAME)
    if role not in Role.values:
        raise Invalid(f"'{role}' is not a role; use one of {', '.join(Role.values)}.")
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid(f"There is a user with the e-mail {email} already; change that one in Settings, Users.")
    secret = password or get_random_string(16)
    user = User(email=email, name=name, role=role)
    set_password(user, secret, save=False)
    user.save()
    record_audit(by, "people.user_created", f"user:{email}", role=str(role))
    return user, secret


def _check_length(what: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise Invalid(f"The {what} has {len(value)} letters; use one of at most {longest} letters.")


def set_password(user: User, password: str, *, save: bool = True) -> None:
    """Give the user a password, or refuse it with the reason."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    user.set_password(password)
    if save:
        user.save(update_fields=["password"])


def reset_password(user: User, *, by: User | None) -> str:
    """Give the user a new random password, to be shown once."""
    secret = get_random_string(16)
    set_password(user, secret)
    record_audit(by, "people.password_reset", f"user:{user.email}")
    return secret


@transaction.atomic
def change_user(user: User, *, role: Role | str, is_active: bool, by: User | None) -> None:
    """Change role and access. The last active administrator can neither step down nor be locked out."""
    if role not in Role.values:
        raise Invalid(f"'{role}' is not a role; use one of {', '.join(Role.values)}.")
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    if (role != Role.ADMINISTRATOR or not is_active) and not administrators.exclude(pk=user.pk).exists():
        raise Invalid(f"{user.email} is the only administrator; make somebody else one first.")
    former = {"role": user.role, "is_active": user.is_active}
    user.role, user.is_active = str(role), is_active
    user.save(update_fields=["role", "is_active"])
    record_audit(by, "people.user_changed", f"user:{user.email}", former=former, role=str(role), is_active=is_active)


@transaction.atomic
def create_write_key(name: str, *, by: User | None = None) -> tuple[WriteKey, str]:
    """Make a write key; the key and its secret, which is shown once and kept only as a hash."""
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("A write key needs a name of 1 to 100 characters that says who sends with it, like 'web app'.")
    if WriteKey.objects.filter(name=name, revoked_at=None).exists():
        raise Invalid(f"There is a write key named '{name}' already; revoke it first or choose another name.")
    secret = ids.new_secret("mw")
    key = WriteKey.objects.create(name=name, hint=secret[:8], secret_hash=ids.hash_secret(secret), created_by=by)
    record_audit(by, "people.write_key_created", f"write_key:{name}")
    return key, secret


@transaction.atomic
def revoke_write_key(key: WriteKey, *, by: User | None) -> None:
    """From now on events sent with this key are refused."""
    if WriteKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=utc_now()):
        record_audit(by, "people.write_key_revoked", f"write_key:{key.name}")


@transaction.atomic
def create_api_key(user: User, *, name: str, by: User | None = None) -> tuple[ApiKey, str]:
    """Make a key for the HTTP API that acts for `user`; the key and its secret, which is shown once."""
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("An API key needs a name of 1 to 100 characters that says who uses it, like 'warehouse sync'.")
    secret = ids.new_secret("ma")
    key = ApiKey.objects.create(user=user, name=name, hint=secret[:8], secret_hash=ids.hash_secret(secret))
    record_audit(by or user, "people.api_key_created", f"api_key:{name}", acts_for=user.email)
    return key, secret


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: User | None) -> None:
    """From now on requests with this key are refused."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=utc_now()):
        record_audit(by, "people.api_key_revoked", f"api_key:{key.name}", acts_for=key.user.email)
