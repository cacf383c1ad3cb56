"""The condition editor, used by every page that takes a condition: a text, its check, its completion, its fields.

A form takes one with `fields.ConditionField`, a template without a form with `{% condition_editor %}`; the page loads
the script and the styles with `{% include "conditions/head.html" %}` in `{% block head %}`.
"""
