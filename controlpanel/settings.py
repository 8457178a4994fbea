"""Settings of the panel. Every variable read here is explained in docs/operating.md."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from controlpanel import keys, npm, web
from controlpanel.backing import CELERY_TRANSPORT_OPTIONS, database, redis_url
from controlpanel.env import Environment, with_env_file

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(with_env_file(os.environ, Path(os.environ.get("OVERTIME_ENV_FILE") or BASE_DIR / ".env")))

# Core
DEBUG = env.env_bool("OVERTIME_DEBUG", default=False)
OVERTIME_HOME = Path(env.env_str("OVERTIME_HOME", str(BASE_DIR / "var"))).expanduser().resolve()
KEYS_DIR = OVERTIME_HOME / "keys"
RUN_DIR = OVERTIME_HOME / "run"
NODE_MODULES = BASE_DIR / "node_modules"

SECRET_KEY = keys.secret_key(env, KEYS_DIR)
# Fernet keys for namespace keys at rest: the first encrypts, all of them decrypt.
OVERTIME_CREDENTIAL_KEYS = keys.credential_keys(env, KEYS_DIR)

ROOT_URLCONF = "controlpanel.urls"
ASGI_APPLICATION = "controlpanel.asgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "axes",
    "runtime_app",
]
MIDDLEWARE = [
    "runtime_app.views.probes.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "runtime_app.middleware.refuse_other_sites",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "runtime_app.context_processors.panel",
            ],
        },
    }
]

# Web server (`manage.py up`)
HOST = web.listen_host(env)
PORT = web.port(env, "PORT", 8000)
OVERTIME_TRUSTED_PROXIES = env.env_list("OVERTIME_TRUSTED_PROXIES")
ALLOWED_HOSTS = web.allowed_hosts(env)
CSRF_TRUSTED_ORIGINS = web.trusted_origins(env)

# Database, Redis
# Threads of a worker.
OVERTIME_CONCURRENCY = env.env_int("OVERTIME_CONCURRENCY", 8, minimum=1, maximum=256)
DATABASES = {"default": database(env, OVERTIME_HOME, OVERTIME_CONCURRENCY)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_PORT = web.port(env, "REDIS_PORT", 6390)
EMBEDDED_REDIS = not env.env_secret("REDIS_URL")
REDIS_URL = redis_url(env, KEYS_DIR, REDIS_PORT)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "overtime",
    }
}

# Celery
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_TRANSPORT_OPTIONS
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "overtime"
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# All intervals are short: nothing is lost when a new beat begins to count anew, and no file can be damaged.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
# `expires` stays below the interval: a worker that was away finds one message of each kind, not a pile.
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": f"runtime_app.tasks.{name}",
        "schedule": timedelta(seconds=seconds),
        "options": {"expires": seconds * 0.9},
    }
    for name, seconds in {
        "collect_due": 1,
        "send_queued": 2,
        "record_heartbeat": 5,
        "launch_scheduled": 2,
        "sweep_due": 15,
        "backfill_due": 5,
        "reconcile_due": 60,
        "sync_due": 60,
        "refresh_statistics": 600,
    }.items()
}

# Monitoring: what a scraper of /metrics must show; without it only administrators may read them.
OVERTIME_METRICS_TOKEN = web.metrics_token(env)

# OpenWhisk
# Requests a second with which one namespace may be asked for results, on average.
OVERTIME_REQUESTS_PER_SECOND = env.env_int("OVERTIME_REQUESTS_PER_SECOND", 2, minimum=1, maximum=1000)
OVERTIME_STANDALONE = env.env_bool("OVERTIME_STANDALONE", default=True)
OVERTIME_STANDALONE_OPTIONS = env.env_words("OVERTIME_STANDALONE_OPTIONS")
STANDALONE_PORT = web.port(env, "STANDALONE_PORT", 3233)
web.refuse_shared_ports(env, {"PORT": PORT, "REDIS_PORT": REDIS_PORT, "STANDALONE_PORT": STANDALONE_PORT})
# Off: user-entered API hosts must not resolve to private address ranges, or to this machine.
OVERTIME_ALLOW_PRIVATE_HOSTS = env.env_bool("OVERTIME_ALLOW_PRIVATE_HOSTS", default=False)
OVERTIME_ALLOW_LOOPBACK = env.env_bool("OVERTIME_ALLOW_LOOPBACK", default=True)

# People and sign-in
AUTH_USER_MODEL = "runtime_app.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "runtime_app:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "runtime_app:sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# A further try during the five minutes does not prolong them, or a script could lock a person out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False

# Browser security
OVERTIME_HTTPS = env.env_bool("OVERTIME_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = OVERTIME_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if OVERTIME_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OVERTIME_TRUSTED_PROXIES else None
# Cookies know no ports: two panels on one machine would sign each other out under the same name.
SESSION_COOKIE_NAME = f"overtime-session-{PORT}"
CSRF_COOKIE_NAME = f"overtime-csrf-{PORT}"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Requests: code and parameters are checked against the namespace's own limits; this only stops absurd bodies.
DATA_UPLOAD_MAX_MEMORY_SIZE = 80 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 80 * 1024 * 1024

# Static files; the template tag that writes the import map reads NPM_MODULES.
NPM_MODULES = npm.NPM_MODULES
STATIC_URL = "/static/"
STATICFILES_DIRS = [
    *([BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []),
    *npm.static_folders(NODE_MODULES),
]

# Language and time
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Logging: one line each, to standard output, where `manage.py up` or a service manager picks it up.
OVERTIME_LOG_LEVEL = env.env_choice("OVERTIME_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "filters": {"one_sentence": {"()": "controlpanel.logs.OneSentence"}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
            "filters": ["one_sentence"],
        }
    },
    "root": {"handlers": ["stdout"], "level": "WARNING"},
    "loggers": {
        "runtime_app": {"level": OVERTIME_LOG_LEVEL},
        "standalone": {"level": OVERTIME_LOG_LEVEL},
        # Replaces Django's own handlers; 4xx answers are ordinary and not worth a line each.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    },
}

ENV_PROBLEMS = tuple(env.problems)
ENV_NAMES = frozenset(env.names | {"OVERTIME_ENV_FILE"})
