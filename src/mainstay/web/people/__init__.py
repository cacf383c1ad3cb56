"""Sign-in, and what users may say about themselves: name, time zone, theme, density, password."""
