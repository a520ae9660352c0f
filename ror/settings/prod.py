"""Servers: everything comes from the environment, nothing has a default that would weaken it."""

from .base import *
from .base import env

for _nom in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL"):
    if not env(_nom, default=""):
        raise SystemExit(f"Réglages de production : la variable d’environnement {_nom} manque (voir .env.exemple).")

SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
