"""Write keys, users, sources, scorecards."""
