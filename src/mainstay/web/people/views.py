"""Pages around the signed-in user."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.people.models import User
from mainstay.people.services import record_audit
from mainstay.web.http import is_htmx, page_of, safe_next, toast, user_of
from mainstay.web.people.forms import PreferencesForm, ProfileForm, SignInForm
from mainstay.web.travel import harmless


class SignIn(LoginView):
    """Sign in with e-mail and password. Too many wrong tries are locked out by django-axes."""

    template_name = "people/sign-in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @method_decorator([sensitive_post_parameters(), never_cache, login_not_required])
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """htmx follows the redirect of an ended session to here: send the whole page, not a part of it."""
        if is_htmx(request):
            query = urlencode({"next": page_of(request)})
            return HttpResponse(headers={"HX-Redirect": f"{reverse('sign-in')}?{query}"})
        return super().dispatch(request, *args, **kwargs)


def _profile(user: User) -> dict[str, str]:
    return {"name": user.name, "time_zone": user.time_zone}


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and time zone of the user."""
    user = user_of(request)
    form = ProfileForm(request.POST or None, initial=_profile(user))
    if request.method == "POST" and form.is_valid():
        user.name, user.time_zone = form.cleaned_data["name"], form.cleaned_data["time_zone"]
        user.save(update_fields=["name", "time_zone"])
        toast(request, "Profile saved.")
        return redirect("profile")
    context = {"title": "Profile", "form": form, "password_form": PasswordChangeForm(user)}
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; this session stays signed in, the user's others end."""
    user = user_of(request)
    form = PasswordChangeForm(user, request.POST)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        record_audit(user, "people.password_changed", f"user:{user.email}")
        toast(request, "Password changed. Your other sessions were signed out.")
        return redirect("profile")
    context = {"title": "Profile", "form": ProfileForm(initial=_profile(user)), "password_form": form}
    return render(request, "people/profile.html", context, status=422)


@require_POST
@harmless
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme or density, from the user menu; back to the page it was changed on."""
    user = user_of(request)
    form = PreferencesForm(request.POST)
    if form.is_valid():
        chosen = {name: value for name, value in form.cleaned_data.items() if value}
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))
    return redirect(safe_next(request, reverse("profile")))
