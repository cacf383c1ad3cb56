"""Forms of playbooks."""

from django import forms


class ReasonForm(forms.Form):
    """Why a playbook is changed; kept with its version."""

    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Why",
        help_text="Stands beside the version, for whoever wonders later.",
    )


class YamlForm(forms.Form):
    """The document as YAML, and the revision of the draft that its writer has seen."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    yaml = forms.CharField(
        label="YAML",
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "autocomplete": "off", "class": "code"}),
    )
