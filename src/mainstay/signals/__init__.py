"""Dated, open-or-closed statements about an account, opened by conditions with their evidence, closed by themselves.

A kind is a document: YAML in `definitions/` for the shipped ones, rows for those people made or changed.
`selectors.declared()` gives them all, `services.save_kind` and `remove_kind` change them. `services.detect` opens and
closes, once per account and kind; `services.dismiss` and its neighbours keep what people do with a signal.
"""
