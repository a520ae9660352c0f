"""Settings of the worker the tests start: those of the tests, the night coming every two seconds."""

from ror.settings.test import *  # noqa: F403

CELERY_BEAT_SCHEDULE = {"synchroniser-finess": {"task": "finess_sync.tasks.synchroniser", "schedule": 2.0}}
