"""Settings shared by every environment. What differs by site comes from environment variables (.env.exemple)."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab

RACINE = Path(__file__).resolve().parents[2]
env = environ.Env()

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
MANDATAIRES = env.int("MANDATAIRES", default=0)
"""How many trusted proxies stand in front of the portal; each adds one address to X-Forwarded-For."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "mptt",
    "simple_history",
    "django_htmx",
    "template_partials",
    "axes",
    "ror",
    "ror.comptes",
    "referentiel",
    "dossiers",
    "finess_sync",
    "pilotage",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ror.comptes.middleware.PagesPrivees",
    "ror.comptes.middleware.ConnexionRequise",
    "ror.comptes.middleware.PremiereConnexion",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "ror.commun.middleware.ErreursMetier",
]

ROOT_URLCONF = "ror.urls"
WSGI_APPLICATION = "ror.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RACINE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "ror.comptes.contexte.region_et_version",
                "ror.comptes.aide.aide_de_page",
                "referentiel.contexte.menu",
                "dossiers.contexte.a_valider",
            ],
            "builtins": ["template_partials.templatetags.partials", "ror.commun.templatetags.ror"],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///ror")}
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env("BROKER_URL", default="redis://127.0.0.1:6379/0")
# The cache takes the next database of the same server: emptying it must not empty the queue.
_file = urlsplit(BROKER_URL)
CACHE_URL = _file._replace(path=f"/{int(_file.path.strip('/') or 0) + 1}").geturl()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

AUTH_USER_MODEL = "comptes.Utilisateur"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("identifiant", "prenom", "nom", "courriel"), "max_similarity": 0.6},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "ror.comptes.validateurs.SansIdentifiant"},
]
LOGIN_URL = "connexion"
LOGIN_REDIRECT_URL = "accueil"
LOGOUT_REDIRECT_URL = "connexion"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
# In the session, so that what one person was told is gone when another signs in on the same machine.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SAMESITE = "Lax"

AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
# Trying again while waiting does not make the wait longer: the announced time is true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "ror.commun.acces.adresse_ip"
AXES_LOCKOUT_CALLABLE = "ror.comptes.views.trop_d_essais"

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# Every portal lives below /ror/, as the regional addresses of the guides do (S2).
PREFIXE = "ror/"
STATIC_URL = f"/{PREFIXE}static/"
STATIC_ROOT = RACINE / "static_collectes"
STATICFILES_DIRS = [RACINE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    # Written by the workers, read by the web processes: a folder that all of them share. Never served as it is.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env("EXPORTS_RACINE", default=str(RACINE / "exports_prives")),
            "file_permissions_mode": 0o640,
            "directory_permissions_mode": 0o750,
        },
    },
}
EXPORT_DIRECT_MAX = 10_000
"""Rows of a list sent at once; beyond, the file is prepared by the worker (B56)."""

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="ror@example.org")
ADRESSE_PORTAIL = env("ADRESSE_PORTAIL", default="")
"""Scheme and host of the links in mails sent by a task, for a region that has no domain of its own."""

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
}
CARTE_TUILES = env("CARTE_TUILES", default="")
"""Where the background of the map comes from (« https://{s}.tuiles.example/{z}/{x}/{y}.png »); empty: no background,
and no request leaves for another host."""
CARTE_ATTRIBUTION = env("CARTE_ATTRIBUTION", default="")
if CARTE_TUILES:
    _tuiles = urlsplit(CARTE_TUILES.replace("{s}", "*"))
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(f"{_tuiles.scheme}://{_tuiles.netloc}")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "ror.commun.middleware.jeton_refuse"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # fifty contacts of four numbers, or a dossier of a thousand changes

CELERY_BROKER_URL = BROKER_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_SERIALIZER = "json"
CELERY_BEAT_SCHEDULE = {
    "publier-les-modifications-echues": {
        "task": "referentiel.tasks.publier_echues",
        "schedule": crontab(minute="*"),
    },
    # Each hour of the day rather than once: what a stopped worker or a mail server missed is caught up the same day.
    "demander-les-reouvertures": {
        "task": "referentiel.tasks.demander_reouvertures",
        "schedule": crontab(minute="5", hour="7-19"),
    },
    # As above: late or twice it sends what is due now and was not sent, one mail a person and a day.
    "rappeler-les-relectures": {
        "task": "pilotage.tasks.rappeler_relectures",
        "schedule": crontab(minute="15", hour="7-19"),
    },
    "purger-les-rappels": {
        "task": "pilotage.tasks.purger_rappels",
        "schedule": crontab(hour="3", minute="55"),
    },
    "publier-les-dossiers-echus": {
        "task": "dossiers.tasks.publier_dossiers",
        "schedule": crontab(minute="*"),
    },
    # The acts ask for it at once; this finds what a broken queue or mail server left.
    "envoyer-les-avis": {
        "task": "dossiers.tasks.envoyer_avis",
        "schedule": crontab(minute="*"),
    },
    "envoyer-le-resume-du-jour": {
        "task": "dossiers.tasks.envoyer_resume_du_jour",
        "schedule": crontab(hour="7", minute="30", day_of_week="1-5"),
    },
    # The integration of a dossier does it at once for its establishment; this follows codes, FINESS and imports.
    "classer-les-etablissements": {
        "task": "referentiel.tasks.classer_etablissements",
        "schedule": crontab(minute="*/10"),
    },
    "verifier-arbre": {
        "task": "referentiel.tasks.verifier_arbre",
        "schedule": crontab(hour="3", minute="20"),
    },
    # Also moves the opening hours of the coming days on (« Ouvert maintenant »).
    "verifier-les-calculs": {
        "task": "referentiel.tasks.verifier_derives",
        "schedule": crontab(hour="2", minute="20"),
    },
    "purger-les-brouillons": {
        "task": "referentiel.tasks.purger_brouillons",
        "schedule": crontab(hour="3", minute="40"),
    },
    # What a killed worker left, or a broken queue lost, is taken up.
    "reprendre-les-exports": {
        "task": "referentiel.tasks.reprendre_exports",
        "schedule": crontab(minute="*"),
    },
    "purger-les-exports": {
        "task": "referentiel.tasks.purger_exports",
        "schedule": crontab(hour="3", minute="50"),
    },
    # After FINESS, whose new establishments are counted.
    "calculer-les-bilans": {
        "task": "pilotage.tasks.calculer_bilans",
        "schedule": crontab(hour="5", minute="40"),
    },
    "suivre-les-bilans": {
        "task": "pilotage.tasks.suivre_bilans",
        "schedule": crontab(minute="*"),
    },
    "prevenir-les-comptes-inactifs": {
        "task": "ror.comptes.tasks.prevenir_comptes_inactifs",
        "schedule": crontab(hour="8", minute="10"),
    },
    "signaler-les-departs-de-referents": {
        "task": "pilotage.tasks.signaler_departs",
        "schedule": crontab(hour="7-19", minute="25"),
    },
    # FINESS+ is published about 02:16 UTC (FINESS.md §1.2): after 04:00 in Paris, lateness tolerated by the retries.
    "synchroniser-finess": {
        "task": "finess_sync.tasks.synchroniser",
        "schedule": crontab(hour=env("FINESS_HEURE", default="4"), minute=env("FINESS_MINUTE", default="30")),
    },
}

PRESENCE_PERIODE = 20
"""Seconds between two questions of a page about who else edits the same thing (B17)."""

FINESS_SOURCE = env("FINESS_SOURCE", default="")
"""Local file read by the nightly run instead of the catalogue; empty = the data.gouv.fr catalogue."""
FINESS_CATALOGUE = env("FINESS_CATALOGUE", default="https://www.data.gouv.fr/api/1/datasets/finess-structures-1/")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ligne": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ligne"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
