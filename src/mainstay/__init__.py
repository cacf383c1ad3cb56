"""Mainstay: the open-source, self-hosted customer success platform.

The folders are the floors of one house; `pyproject.toml` lists them from top to bottom, and a folder imports only
folders below it. What was sent to us (`ingest`) becomes facts (`facts`), facts become metrics, metrics become
scores, scores become signals, signals start playbooks, playbooks create tasks and deliveries.
"""

__version__ = "0.1.0"
