"""The Celery application; the schedule of its beat stands in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings.dev")

app = Celery("ror")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
