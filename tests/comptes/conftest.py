"""Each test starts without counters; background tasks run at once."""

import pytest
from django.core.cache import cache

from ror.celery import app
from tests.fabriques import RegionFactory


@pytest.fixture(autouse=True)
def compteurs_a_zero():
    cache.clear()


@pytest.fixture
def taches_immediates():
    """Celery tasks run where they are called."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def region(db):
    return RegionFactory(
        autre_porte_public="en tant que kinésithérapeute ou en tant que professionnel du secteur handicap",
        autre_porte_url="https://autre-porte.example/",
    )
