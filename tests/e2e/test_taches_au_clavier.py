"""Each role's ten most frequent tasks with the keyboard alone, in a real Chromium, on the demonstration (B57)."""

import pytest
from playwright.sync_api import Page

from .clavier import Clavier
from .taches.exploitation import ADMINISTRATEUR, SUPPORT
from .taches.lecture import LECTEUR
from .taches.parcours import Parcours
from .taches.referent import REFERENT
from .taches.validation import DIRECTION, GESTIONNAIRE, TUTELLE

PARCOURS = (REFERENT, DIRECTION, GESTIONNAIRE, TUTELLE, SUPPORT, ADMINISTRATEUR, LECTEUR)


@pytest.mark.navigateur
@pytest.mark.django_db(transaction=True)
@pytest.mark.exigence("B57")
@pytest.mark.parametrize("parcours", PARCOURS, ids=lambda p: p.identifiant)
def test_dix_taches_au_clavier_seul(page: Page, demonstration, parcours: Parcours):
    for geste in parcours.avant:
        geste()
    page.goto("/ror/connexion/")
    clavier = Clavier(page)
    for titre, geste in parcours.taches:
        try:
            geste(clavier)
        except BaseException as echec:
            echec.add_note(f"{parcours.role}, « {titre} », sur {page.url}")
            raise


@pytest.mark.parametrize("parcours", PARCOURS, ids=lambda p: p.identifiant)
def test_chaque_role_a_dix_taches(parcours: Parcours):
    assert len({titre for titre, _ in parcours.taches}) == len(parcours.taches) == 10
