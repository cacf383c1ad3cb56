"""What is done about a signal: versioned definitions, runs as rows, a pure machine, tasks for people.

`machine.advance(run, now)` returns commands; `services` is the only file that applies them. `tasks` has the writes that
people make. A step type is one file in `steps/`; a shipped playbook one in `gallery/`.
"""
