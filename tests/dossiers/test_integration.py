"""Integrating a dossier: all at once, what was approved; undone as one (B4, B5)."""

import pytest

from dossiers import actions
from dossiers.etats import Etat
from dossiers.models import Dossier
from referentiel import arbre
from referentiel.models import EntreeJournal, FicheSupprimee, Structure
from referentiel.niveaux import Niveau
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    code,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hopital():
    RegionFactory()
    eg = EGFactory(groupe="MCO", nom="CH de Valmont", departement="77")
    pole = PoleFactory(parent=eg, nom="Pôle A")
    uf = UFFactory(parent=pole, nom="UF 1")
    UOFactory(parent=uf, nom="Unité de cardiologie")
    UOFactory(parent=uf, nom="Unité de rythmologie")
    return eg


@pytest.fixture
def personnes(hopital):
    return {
        role: HabilitationFactory(structure=None if role == "gestionnaire" else hopital, role=role).utilisateur
        for role in ("referent", "direction", "gestionnaire")
    }


def test_a_whole_life(hopital, personnes, django_capture_on_commit_callbacks):
    referent, direction, gestionnaire = personnes.values()
    code("TRE_R244", "21", "Hébergement")
    dossier = actions.ouvrir(structure=hopital, auteur=referent)
    (pole,) = actions.creer_fiches(
        dossier_id=dossier.pk, sous=f"s{hopital.pk}", niveau=Niveau.P, auteur=referent, nom="Pôle B"
    )
    (uf,) = actions.creer_fiches(dossier_id=dossier.pk, sous=pole.cle, niveau=Niveau.UF, auteur=referent, nom="UF 2")
    cardio = Structure.objects.get(nom="Unité de cardiologie")
    rythmo = Structure.objects.get(nom="Unité de rythmologie")
    actions.deplacer(dossier_id=dossier.pk, places={f"s{cardio.pk}": uf.cle}, auteur=referent)
    actions.supprimer(dossier_id=dossier.pk, cles=[f"s{rythmo.pk}"], auteur=referent, motif="Arrêtée")
    copie = actions.dupliquer(dossier_id=dossier.pk, cle=f"s{cardio.pk}", auteur=referent)
    for fiche in (pole, uf, copie):
        envoi = actions.Envoi({}, {}, *(("21", "MCO") if fiche is copie else (None, None)))
        actions.enregistrer_fiche(
            dossier_id=dossier.pk, cle=fiche.cle, auteur=referent, envoi=envoi, finaliser=fiche is not copie
        )
    assert Structure.objects.filter(nom="Pôle B").count() == 0
    actions.supprimer(dossier_id=dossier.pk, cles=[copie.cle], auteur=referent)
    actions.envoyer(dossier_id=dossier.pk, auteur=referent)
    dossier.refresh_from_db()
    assert dossier.etat == Etat.DIRECTION
    assert dossier.route == ["direction", "gestionnaire"]
    actions.accepter(dossier_id=dossier.pk, auteur=direction, vu=None, sans_tout_lire=True)
    actions.accepter(dossier_id=dossier.pk, auteur=gestionnaire, vu=None, sans_tout_lire=True)
    dossier.refresh_from_db()
    assert dossier.etat == Etat.PUBLIE
    assert arbre.verifier() == []
    cardio.refresh_from_db()
    assert [a.nom for a in cardio.get_ancestors()][1:] == ["CH de Valmont", "Pôle B", "UF 2"]
    assert not Structure.objects.filter(pk=rythmo.pk).exists()
    assert FicheSupprimee.objects.get().cle == rythmo.pk
    assert EntreeJournal.objects.filter(structure=cardio, origine="dossier").exists()
    actions.annuler_integration(dossier_id=dossier.pk, auteur=gestionnaire, motif="Erreur")
    assert arbre.verifier() == []
    cardio.refresh_from_db()
    rythmo.refresh_from_db()
    assert [a.nom for a in cardio.get_ancestors()][1:] == ["CH de Valmont", "Pôle A", "UF 1"]
    assert cardio.parent == rythmo.parent
    assert not Structure.objects.filter(nom="Pôle B").exists()
    assert Dossier.objects.get().etat == Etat.ANNULE
