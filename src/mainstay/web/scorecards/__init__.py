"""Scorecards: what is in force and whom it serves, drafts with their preview, shadows, versions."""
