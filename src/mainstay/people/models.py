"""Users, roles, write keys and the audit log."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

LONGEST_EMAIL, LONGEST_NAME = 254, 200


class Role(models.TextChoices):
    """What a user may do. Each role includes the ones after it."""

    ADMINISTRATOR = "administrator", "Administrator"
    MANAGER = "manager", "Manager"
    CSM = "csm", "CSM"
    VIEWER = "viewer", "Viewer"


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail, without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Used by Django's sign-in."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody of the company that runs Mainstay."""

    email = models.EmailField(unique=True, max_length=LONGEST_EMAIL)
    name = models.CharField(max_length=LONGEST_NAME)
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=8, default="auto")
    density = models.CharField(max_length=8, default="normal")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    # Not a column: what this user is while looking at something that cannot be changed, whatever the role.
    limited_to: Role | None = None

    def has_role(self, role: Role) -> bool:
        """True when this user's role includes `role`, and so does what the user is limited to at the moment."""
        order = list(Role)
        return all(order.index(Role(own)) <= order.index(role) for own in (self.role, self.limited_to or self.role))


class WriteKey(models.Model):
    """A key that may send events. The secret is shown once; only its hash is kept."""

    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=12, help_text="The first characters of the secret, to tell keys apart.")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what to which thing, when. Appended, never changed."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60, help_text="room.verb: `accounts.reassigned`")
    subject = models.CharField(max_length=200, help_text="what it was done to: `account:techcorp`")
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]


class ApiKey(models.Model):
    """A key for the HTTP API. It acts for its user, with that user's role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=12, help_text="The first characters of the secret, to tell keys apart.")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]
