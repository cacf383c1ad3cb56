"""Sign-in and Today."""
