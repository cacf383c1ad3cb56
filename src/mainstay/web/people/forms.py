"""Forms of the signed-in user."""

from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AuthenticationForm

THEMES = (("auto", "Auto"), ("light", "Light"), ("dark", "Dark"))
DENSITIES = (("normal", "Normal"), ("compact", "Compact"))


def _zones() -> list[tuple[str, str]]:
    """UTC first, then Area/City names; the aliases of old (EST, GB, Etc/…) would only be in the way."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class SignInForm(AuthenticationForm):
    """E-mail and password."""

    error_messages = {
        "invalid_login": "That e-mail and password do not belong together. Check both; capitals count in the password.",
        "inactive": "This user has been deactivated. An administrator can change that in Settings, Users.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget = forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})


class ProfileForm(forms.Form):
    """Name and time zone."""

    name = forms.CharField(max_length=200)
    time_zone = forms.ChoiceField(choices=_zones, help_text="Times on pages are shown in this zone.")


class PreferencesForm(forms.Form):
    """Theme and density, each sent alone by a click in the user menu."""

    theme = forms.ChoiceField(choices=THEMES, required=False)
    density = forms.ChoiceField(choices=DENSITIES, required=False)
