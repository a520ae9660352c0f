"""One machine, `make run`: the portal's own services unless DATABASE_URL and BROKER_URL name servers."""

from ror.commun import services_locaux

services_locaux.fournir()  # before base, which reads the two addresses in the environment

from .base import *  # noqa: E402
from .base import env  # noqa: E402

SECRET_KEY = env("SECRET_KEY", default="developpement-seulement-cle-sans-valeur-de-secret")
ALLOWED_HOSTS = ["*"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(services_locaux.dossier_etat() / "exports")},
    },
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if not env("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = services_locaux.dossier_etat() / "courriels"
