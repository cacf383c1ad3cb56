"""The people of the company that runs Mainstay: users, roles, write keys, the audit log."""
