"""Dated, open-or-closed statements about an account, opened by conditions with their evidence, closed by themselves.

`registry.kinds` are the YAML files in `definitions/`; `services.detect` opens and closes, once per account and kind.
"""
