"""The Celery application; the schedule of its beat stands in the settings.

The entry point of `celery -A ror`; elsewhere `ror.apps` loads it, the settings being chosen already.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings.dev")

app = Celery("ror")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
