"""What every test of exports gets."""

import pytest

from referentiel import tasks
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    RegionFactory,
)


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture(autouse=True)
def envois(monkeypatch) -> list[int]:
    """The demands handed to the worker, which the tests run themselves."""
    recus: list[int] = []
    monkeypatch.setattr(tasks.preparer_export, "delay", recus.append)
    return recus


@pytest.fixture
def referente(client):
    droit = HabilitationFactory(structure=EGFactory(nom="EHPAD TEST"))
    client.force_login(droit.utilisateur)
    return droit.utilisateur


@pytest.fixture
def courte(settings):
    """A list is long from its third row on."""
    settings.EXPORT_DIRECT_MAX = 2
