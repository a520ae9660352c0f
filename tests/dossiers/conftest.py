"""What every screen of the dossiers finds: the units of an age, the three routes of the guides."""

import pytest

from tests.dossiers.circuit import semer_regles
from tests.fabriques import code


@pytest.fixture(autouse=True)
def donnees(request):
    """The official list of units and the rules of validation, which a test that commits leaves empty."""
    if "django_db" in request.keywords:
        request.getfixturevalue("db")
        for valeur, libelle in (("a", "année"), ("mo", "mois"), ("d", "jour")):
            code("JDV_J37", valeur, libelle)
        semer_regles()
