"""Playbooks: their list, the page of one with its runs, what stands for an account, and the YAML editor."""
