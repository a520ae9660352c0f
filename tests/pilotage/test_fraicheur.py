"""« Non vérifiée depuis 14 mois »: an old offer is labelled everywhere, hidden nowhere (B30)."""

from datetime import timedelta

import pytest
from django.template import engines
from django.urls import reverse
from django.utils import timezone

from tests.fabriques import UtilisateurFactory

from .conftest import offre_saine

pytestmark = pytest.mark.django_db


def rendre(relue_le, **options) -> str:
    source = "{% load fraicheur %}{% fraicheur le ancienne_seule=seule %}"
    return engines["django"].from_string(source).render({"le": relue_le, "seule": options.get("ancienne_seule", False)})


@pytest.mark.exigence("B30")
def test_le_composant_dit_l_age_ou_la_date():
    maintenant = timezone.now()
    assert "Non vérifiée depuis 14\u00a0mois" in rendre(maintenant - timedelta(days=440))
    assert "Vérifiée le" in rendre(maintenant - timedelta(days=10))
    assert "Jamais vérifiée" in rendre(None)
    assert rendre(maintenant - timedelta(days=10), ancienne_seule=True) == ""


@pytest.mark.exigence("B30")
def test_chaque_lecteur_la_lit_sur_la_fiche_et_dans_les_listes(client, eg, referente):
    offre = offre_saine(eg, "Accueil de jour", 440)
    for personne in (referente, UtilisateurFactory()):
        client.force_login(personne)
        for page in (offre, eg):
            texte = client.get(reverse("fiche", args=[page.pk])).content.decode()
            assert "Non vérifiée depuis 14\u00a0mois" in texte
            assert "Accueil de jour" in texte
