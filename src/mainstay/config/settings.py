"""The settings, from the environment only. `docs/settings.md` lists every variable."""

from email.utils import parseaddr
from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.csp import CSP

from mainstay.common.addresses import read_allowed
from mainstay.common.errors import MainstayError
from mainstay.config import env
from mainstay.connectors.smtp.providers import PROVIDERS, mailer

MAINSTAY_HOME: Path = env.home()
PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = env.boolean("MAINSTAY_DEBUG", default=False)
SECRET_KEY = env.secret("MAINSTAY_SECRET_KEY", MAINSTAY_HOME)
# Former ones: links in mails that were sent are signed with them.
SECRET_KEY_FALLBACKS = env.text("MAINSTAY_SECRET_KEY_FALLBACKS").replace(",", " ").split()
ALLOWED_HOSTS = env.words("MAINSTAY_ALLOWED_HOSTS") or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    "testserver",
]
BASE_URL = env.text("MAINSTAY_BASE_URL", "http://localhost:8000")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "ninja",
    "django_htmx",
    *(
        f"mainstay.{room}"
        for room in (
            "jobs", "lake", "people", "accounts", "subscriptions", "interactions", "opportunities", "ingest",
            "facts", "metrics", "scores", "segments", "signals", "deliveries", "playbooks", "alerts", "declared", "web",
        )
    ),
]  # fmt: skip

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mainstay.web.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mainstay.web.middleware.UserTimeZone",
    "mainstay.web.middleware.CleanAddresses",
    "mainstay.web.travel.TimeTravel",
    "mainstay.web.middleware.ErrorPages",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mainstay.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mainstay.web.context.shell",
            ],
            "builtins": ["mainstay.web.templatetags.mainstay"],
        },
    }
]


def _database() -> dict[str, Any]:
    url = env.text("DATABASE_URL")
    if url:
        database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
        if database["ENGINE"] not in (
            "django.db.backends.postgresql",
            "django.db.backends.sqlite3",
        ):
            raise MainstayError("DATABASE_URL must start with postgresql:// or sqlite:///; leave it out for SQLite.")
        if database["ENGINE"] == "django.db.backends.postgresql":
            return database
        name = database["NAME"]
    else:
        name = str(MAINSTAY_HOME / "mainstay.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;"
                "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
            ),
        },
        "TEST": {"NAME": str(MAINSTAY_HOME / "test.sqlite3")},
    }


DATABASES = {"default": _database()}
DATABASE_IS_POSTGRES = DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "mainstay.web.people.throttle.name_tried"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "sign-in-locked.html"
AXES_VERBOSE = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}
SILENCED_SYSTEM_CHECKS: list[str] = []

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
# Static files are served from the package, never collected. Their addresses carry a version, so they are kept long.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mainstay.web.static_files.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 30 * 86_400
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20

MAIL_FROM = env.text("MAINSTAY_MAIL_FROM", "Mainstay <mainstay@localhost>")
DEFAULT_FROM_EMAIL = MAIL_FROM
SMTP_HOST = env.text("MAINSTAY_SMTP_HOST")
# A provider that takes mails over HTTP instead, its key, and the secret its webhook comes with.
MAIL_PROVIDER = env.text("MAINSTAY_MAIL_PROVIDER")
MAIL_KEY = env.text("MAINSTAY_MAIL_KEY")
MAIL_WEBHOOK_SECRET = env.text("MAINSTAY_MAIL_WEBHOOK_SECRET")
if MAIL_PROVIDER and (MAIL_PROVIDER not in PROVIDERS or not MAIL_KEY):
    raise env.SettingError(
        f"MAINSTAY_MAIL_PROVIDER is '{MAIL_PROVIDER}'; use one of {', '.join(PROVIDERS)} with its key in "
        "MAINSTAY_MAIL_KEY. Others are reached over SMTP."
    )
MAILERS: dict[str, dict[str, Any]] = {
    "default": (
        mailer(PROVIDERS[MAIL_PROVIDER], MAIL_KEY)
        if MAIL_PROVIDER
        else {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": SMTP_HOST,
                "port": env.integer("MAINSTAY_SMTP_PORT", default=587, minimum=1),
                "username": env.text("MAINSTAY_SMTP_USER"),
                "password": env.text("MAINSTAY_SMTP_PASSWORD"),
                "use_tls": env.boolean("MAINSTAY_SMTP_TLS", default=True),
                "timeout": 20,
            },
        }
        if SMTP_HOST
        else {
            "BACKEND": "mainstay.connectors.smtp.files.FileBackend",
            "OPTIONS": {"file_path": str(MAINSTAY_HOME / "mail")},
        }
    )
}
# Where contacts answer to, with a token for each message; and the mailbox in which their answers lie.
REPLY_ADDRESS = env.text("MAINSTAY_REPLY_ADDRESS")
if REPLY_ADDRESS and not all(parseaddr(REPLY_ADDRESS)[1].partition("@")):
    raise env.SettingError(f"MAINSTAY_REPLY_ADDRESS is '{REPLY_ADDRESS}'; use an address like replies@example.com.")
IMAP_HOST = env.text("MAINSTAY_IMAP_HOST")
IMAP_PORT = env.integer("MAINSTAY_IMAP_PORT", default=993, minimum=1)
IMAP_USER = env.text("MAINSTAY_IMAP_USER")
IMAP_PASSWORD = env.text("MAINSTAY_IMAP_PASSWORD")
IMAP_FOLDER = env.text("MAINSTAY_IMAP_FOLDER", "INBOX")
IMAP_TLS = env.boolean("MAINSTAY_IMAP_TLS", default=True)
# Mails are signed by ourselves where a key is given (the text of a PEM file); most servers and providers sign as well.
DKIM_KEY = env.text("MAINSTAY_DKIM_KEY")
DKIM_SELECTOR = env.text("MAINSTAY_DKIM_SELECTOR", "mainstay")
DKIM_DOMAIN = env.text("MAINSTAY_DKIM_DOMAIN") or parseaddr(MAIL_FROM)[1].rpartition("@")[2]

TASKS = {"default": {"BACKEND": "mainstay.jobs.backend.TableBackend", "QUEUES": []}}

# Where webhooks may go beside the public internet over https: names of hosts and networks inside, and plain http.
WEBHOOKS_PRIVATE = env.words("MAINSTAY_WEBHOOKS_PRIVATE")
WEBHOOKS_HTTP = env.boolean("MAINSTAY_WEBHOOKS_HTTP", default=False)
try:
    read_allowed(WEBHOOKS_PRIVATE)
except ValueError as error:
    raise env.SettingError(f"MAINSTAY_WEBHOOKS_PRIVATE cannot be used: {error}.") from None

# Pages answered at the same time by one web process; the door has no such limit.
WEB_THREADS = env.integer("MAINSTAY_WEB_THREADS", default=8, minimum=1)
# The rhythm of the worker: seconds between two looks at the inbox.
REFRESH_SECONDS = env.integer("MAINSTAY_REFRESH_SECONDS", default=10, minimum=1)
ENGINE_MEMORY_MB = env.integer("MAINSTAY_ENGINE_MEMORY_MB", default=1000, minimum=128)
ENGINE_THREADS = env.integer("MAINSTAY_ENGINE_THREADS", default=2, minimum=1)
# Where the metrics of all accounts are computed, the lake as its machines see it, and how long it may take.
METRICS_ENGINE = env.text("MAINSTAY_METRICS_ENGINE", "duckdb")
METRICS_ENGINE_LAKE = env.text("MAINSTAY_METRICS_ENGINE_LAKE")
METRICS_ENGINE_TIMEOUT_SECONDS = env.integer("MAINSTAY_METRICS_ENGINE_TIMEOUT", default=900, minimum=10)
RAW_LOG_DAYS = env.integer("MAINSTAY_RAW_LOG_DAYS", default=14, minimum=7)
REPORTING_CURRENCY = env.text("MAINSTAY_CURRENCY", "USD")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("MAINSTAY_LOG_LEVEL", "WARNING")},
    "loggers": {"mainstay": {"level": env.text("MAINSTAY_LOG_LEVEL", "INFO")}},
}
