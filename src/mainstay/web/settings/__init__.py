"""Write keys, users, what could not be taken, what went out."""
