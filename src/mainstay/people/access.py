"""Who may do what: the one place that decides it."""

from mainstay.common.errors import NotAllowed
from mainstay.people.models import Role, User


def require_role(user: User, role: Role) -> None:
    """Raise `NotAllowed` unless the role of `user` includes `role`."""
    if user.limited_to is not None and not user.has_role(role):
        raise NotAllowed(f"Nothing can be changed in the past, which is all you are shown here ({role.label}).")
    if not user.has_role(role):
        raise NotAllowed(
            f"This needs the role {role.label}; {user.email} is {Role(user.role).label}. "
            "Ask an administrator to change it."
        )
