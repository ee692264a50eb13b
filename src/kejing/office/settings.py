"""Django's settings, from the office folder that ``KEJING_OFFICE`` names and its ``office.yaml``."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from kejing.office.configuration import DATABASE, KEY_FILE, REMEMBERED, database_settings, edition, read_configuration

OFFICE_FOLDER = Path(os.environ.get("KEJING_OFFICE") or "kejing-office")
CONFIGURATION = read_configuration(OFFICE_FOLDER)

_key = OFFICE_FOLDER / KEY_FILE
SECRET_KEY = _key.read_text(encoding="utf-8").strip() if _key.is_file() else ""
DEBUG = False
ALLOWED_HOSTS = list(CONFIGURATION.hosts)
ROOT_URLCONF = "kejing.office.urls"
WSGI_APPLICATION = "kejing.office.wsgi.application"

DATABASES = {"default": database_settings(os.environ.get(DATABASE) or CONFIGURATION.database, OFFICE_FOLDER)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "kejing.office.shell",  # first: its templates stand before those of allauth
    "kejing.office.acts",
    "kejing.office.people",
    "kejing.office.books",
    "kejing.office.changes",
    "kejing.office.feeds",
    "kejing.office.home",
    "kejing.office.myday",
    "kejing.office.customer",
    "kejing.office.contacts",
    "kejing.office.alerts",
    "kejing.office.deals",
    "kejing.office.churn",
    "kejing.office.figures",
    "kejing.office.cockpit",
    "kejing.office.realignment",
    "kejing.office.grids",
    "kejing.office.statements",
    "kejing.office.targets",
    "kejing.office.audit",
    "kejing.office.runs",
    "kejing.office.imports",
    "kejing.office.rules",
    "kejing.office.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "axes",
    "django_htmx",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kejing.office.shell.middleware.BrowserMiddleware",
    "kejing.office.shell.middleware.ViewerMiddleware",
    "kejing.office.shell.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as it asks
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kejing.office.shell.frame.frame",
            ],
            "builtins": ["kejing.office.shell.templatetags.office"],
        },
    }
]

CACHES = {
    # What all workers must know together: codes that were used, failures that count.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kejing_cache"},
    # What was worked out from the books: every worker may use it, other sources of ours may not.
    "remembered": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": OFFICE_FOLDER / REMEMBERED,
        "TIMEOUT": None,
        "KEY_PREFIX": edition(Path(__file__).parent),
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}

# ---------------------------------------------------------------- language and time

USE_TZ = True
TIME_ZONE = CONFIGURATION.time_zone
LANGUAGE_CODE = CONFIGURATION.language
LANGUAGES = [("zh-hans", "简体"), ("zh-hant", "繁體"), ("en", "English")]

# ---------------------------------------------------------------- files that browsers fetch

STATIC_URL = "static/"
STATICFILES_DIRS = [("report", str(resources.files("kejing.report").joinpath("assets")))]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: nothing to collect

# ---------------------------------------------------------------- safety

_sign_in_hosts = [
    f"{parts.scheme}://{parts.netloc}"
    for parts in (urlsplit(provider.server_url) for provider in CONFIGURATION.sign_in)
]
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF, *_sign_in_hosts],  # browsers hold the way that a form is led on to it as well
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = CONFIGURATION.https
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = CONFIGURATION.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = CONFIGURATION.session_hours * 3600
SESSION_COOKIE_NAME = "kejing_session"
CSRF_COOKIE_NAME = "kejing_csrf"
CSRF_FAILURE_VIEW = "kejing.office.shell.refusals.forged"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# ---------------------------------------------------------------- signing in

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "kejing.office.shell.signing_in.ClosedDoor"
SOCIALACCOUNT_ADAPTER = "kejing.office.shell.signing_in.KnownPeopleOnly"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {  # of one name or one device from wherever; axes counts by address beside it
    "login_failed": f"{2 * CONFIGURATION.failed_sign_ins}/{CONFIGURATION.lock_minutes}m/key"
}
ACCOUNT_USER_DISPLAY = "kejing.office.shell.signing_in.display_name"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Kejing"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": f"provider{number}",
                "name": provider.name,
                "client_id": provider.client_id,
                "secret": provider.secret,
                "settings": {"server_url": provider.server_url, "oauth_pkce_enabled": True},
            }
            for number, provider in enumerate(CONFIGURATION.sign_in, start=1)
        ]
    }
}
AXES_FAILURE_LIMIT = CONFIGURATION.failed_sign_ins
AXES_COOLOFF_TIME = CONFIGURATION.lock_minutes / 60  # [hours]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a branch behind one address is not locked out together
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "shell/locked.html"
AXES_USERNAME_CALLABLE = "kejing.office.shell.signing_in.name_tried"
AXES_VERBOSE = False

# ---------------------------------------------------------------- background work

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
