"""What every screen of the dossiers finds: the units of an age."""

import pytest

from tests.fabriques import code


@pytest.fixture(autouse=True)
def unites(request):
    """The official list of units, for the tests that reach the database."""
    if "django_db" in request.keywords:
        request.getfixturevalue("db")
        for valeur, libelle in (("a", "année"), ("mo", "mois"), ("d", "jour")):
            code("JDV_J37", valeur, libelle)
