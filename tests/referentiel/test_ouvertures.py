"""Whether an offer is open, in words, with its closing (B49, B50)."""

from datetime import date, datetime

import pytest

from referentiel.horaires import Horaires, Periode, Plage, en_table
from referentiel.models import UniteOperationnelle
from referentiel.ouvertures import Ouverture, ouverture_de
from tests.fabriques import UOFactory

pytestmark = pytest.mark.django_db
MARDI = datetime.fromisoformat("2026-11-24T10:00+01:00")
MATINS = tuple(Plage(jour, 540, 720) for jour in range(1, 6))
SEMAINE = en_table(Horaires((Periode("p1", plages=MATINS),)))
DECEMBRE = en_table(Horaires((Periode("p1", du=date(2026, 12, 1), au=date(2026, 12, 31), plages=MATINS),)))
SANS_FIN = {"type_fermeture": "PRO", "date_fermeture": date(2026, 11, 20)}
JUSQU_AU_3 = {**SANS_FIN, "date_reouverture_prevue": date(2026, 12, 3)}


@pytest.mark.exigence("B49", "B50")
@pytest.mark.parametrize("horizon", [15, 400])
@pytest.mark.parametrize(
    ("table", "fermeture", "texte", "ouvert"),
    [
        (SEMAINE, {}, "Ouvert jusqu’à 12\u00a0h", True),
        (SEMAINE, SANS_FIN, "Fermé provisoirement", False),
        ({}, SANS_FIN, "Fermé provisoirement", False),
        (SEMAINE, JUSQU_AU_3, "Fermé, ouvre le 3\u00a0déc. 2026 à 9\u00a0h", False),
        ({}, JUSQU_AU_3, "Fermé, réouverture prévue le 3\u00a0déc. 2026", False),
        ({}, {}, "Horaires non renseignés", None),
        (DECEMBRE, {}, "Horaires non renseignés avant le 1er\u00a0déc. 2026", None),
    ],
)
def test_what_is_said_with_and_without_hours_and_closing(table, fermeture, texte, ouvert, horizon):
    uo = UOFactory()
    UniteOperationnelle.objects.filter(structure=uo).update(**fermeture)
    uo.refresh_from_db()
    assert ouverture_de(uo, table, MARDI, horizon=horizon) == Ouverture(texte, ouvert)
