"""Publishing a dossier at its date: killed anywhere, everything or nothing; two publishers; edits meanwhile (B4)."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from importlib import import_module
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from dossiers import actions
from dossiers.etats import Etat
from dossiers.models import Dossier, Evenement, Integration
from referentiel import actions as directes
from referentiel import arbre, fiches
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.models import EntreeJournal, FicheSupprimee, ModeleSaisie, Structure
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
from tests.paralleles import en_parallele

DELAI = 120.0  # seconds: the machine may be busy


@pytest.fixture
def hopital(transactional_db):
    RegionFactory()
    import_module("dossiers.migrations.0004_regles_de_validation").semer(apps, None)  # emptied by a former test
    code("TRE_R244", "21", "Hébergement")
    for valeur in ("a", "mo"):
        code("JDV_J37", valeur)
    modele = ModeleSaisie.objects.create(identifiant="T", titre="Tests", statut="active", origine="proposition")
    for rang, nom in enumerate(("nom", "age_min", "age_max", "conditions_accueil")):
        modele.champs.create(champ=nom, ordre=rang, obligatoire=nom == "nom")
    eg = EGFactory(groupe="MCO", nom="CH de Valmont", departement="77")
    for nom in ("Pôle A", "Pôle B"):
        uf = UFFactory(parent=PoleFactory(parent=eg, nom=nom), nom=f"UF du {nom}")
        for n in range(3):
            UOFactory(parent=uf, nom=f"Unité {n} du {nom}", groupe="MCO")
    return eg


@pytest.fixture
def referent(hopital):
    return HabilitationFactory(structure=hopital).utilisateur


@pytest.fixture
def administrateur(hopital):
    return HabilitationFactory(structure=None, role="administrateur").utilisateur


@pytest.fixture
def dossier(hopital, referent, administrateur) -> Dossier:
    """Approved for tomorrow: a pôle, an UF and an UO created, one moved, one deleted, one changed."""
    dossier = actions.ouvrir(structure=hopital, auteur=referent)
    sur = {"dossier_id": dossier.pk, "auteur": referent}
    (pole,) = actions.creer_fiches(**sur, sous=f"s{hopital.pk}", niveau=Niveau.P, nom="Pôle C")
    (uf,) = actions.creer_fiches(**sur, sous=pole.cle, niveau=Niveau.UF, nom="UF du Pôle C")
    (uo,) = actions.creer_fiches(**sur, sous=uf.cle, niveau=Niveau.UO, nom="Unité neuve")
    actions.deplacer(**sur, places={cle("Unité 0 du Pôle A"): uf.cle})
    actions.supprimer(**sur, cles=[cle("Unité 1 du Pôle A")])
    for noeud in (pole.cle, uf.cle, uo.cle, cle("Unité 2 du Pôle A")):
        est_uo = noeud in (uo.cle, cle("Unité 2 du Pôle A"))
        saisies = {"conditions_accueil": "Sur rendez-vous."} if est_uo else {}
        envoi = actions.Envoi({}, saisies, *(("21", "MCO") if est_uo else (None, None)))
        actions.enregistrer_fiche(**sur, cle=noeud, envoi=envoi, finaliser=True)
    actions.envoyer(**sur)
    demain = timezone.localdate() + timedelta(days=1)
    for _ in range(2):
        actions.accepter(dossier_id=dossier.pk, auteur=administrateur, vu=None, sans_tout_lire=True, date_effet=demain)
    Dossier.objects.filter(pk=dossier.pk).update(date_effet=timezone.localdate())
    return Dossier.objects.get(pk=dossier.pk)


def cle(nom: str) -> str:
    return f"s{Structure.objects.get(nom=nom).pk}"


def photo(eg: Structure) -> list:
    """All that is published of the establishment."""
    eg = Structure.objects.get(pk=eg.pk)
    dessous = eg.get_descendants(include_self=True).order_by("pk")
    return [(s.pk, s.nom, s.parent_id, s.version, s.lft, s.rght, fiches.lire(s)) for s in dessous]


def traces() -> list[int]:
    return [m.objects.count() for m in (EntreeJournal, FicheSupprimee, Integration, Evenement)]


def lancer(etape: str, temoin) -> subprocess.Popen:
    """A publisher of its own, in the test database, that stops for ever where it is told to."""
    base = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    module, _, nom = etape.rpartition(".")
    commande = f"""
import time, pathlib, django
django.setup()
import {module.removesuffix(".Integration.objects")} as module
from dossiers.models import Integration
cible = Integration.objects if {module.endswith("objects")} else module
def arreter(*a, **k):
    pathlib.Path({str(temoin)!r}).write_text("ici")
    time.sleep({DELAI})
setattr(cible, {nom!r}, arreter)
from dossiers.actions.circuit import publier_dossiers_echus
publier_dossiers_echus()
"""
    environnement = os.environ | {"DATABASE_URL": base, "DJANGO_SETTINGS_MODULE": "ror.settings.test"}
    return subprocess.Popen([sys.executable, "-c", commande], env=environnement)


@pytest.mark.exigence("B4")
@pytest.mark.parametrize(
    "etape",
    [
        "dossiers.integration.bilan_de",
        "dossiers.integration._detailler",
        "dossiers.integration._publier",
        "dossiers.integration.Integration.objects.create",
        "dossiers.actions.circuit.noter",
    ],
)
def test_tue_pendant_l_integration_rien_n_est_ecrit_puis_tout(hopital, dossier, etape, tmp_path):
    avant, traces_avant, temoin = photo(hopital), traces(), tmp_path / "temoin"
    processus = lancer(etape, temoin)
    try:
        fin = time.monotonic() + DELAI
        while not temoin.exists():
            assert processus.poll() is None, "the publisher ended before it was killed"
            assert time.monotonic() < fin, "the publisher does not get there"
            time.sleep(0.02)
    finally:
        processus.send_signal(signal.SIGKILL)
        processus.wait()
    assert (photo(hopital), traces()) == (avant, traces_avant)
    assert Dossier.objects.get(pk=dossier.pk).etat_dossier is Etat.APPROUVE
    assert actions.publier_dossiers_echus() == 1
    assert publie(hopital)
    assert actions.publier_dossiers_echus() == 0
    assert arbre.verifier() == []


def publie(hopital) -> bool:
    """Whether all that the dossier says is in the Répertoire."""
    noms = {s.nom: s for s in Structure.objects.select_related("parent", "unite")}
    return (
        noms["Unité neuve"].parent.nom == "UF du Pôle C"
        and noms["Unité 0 du Pôle A"].parent.nom == "UF du Pôle C"
        and "Unité 1 du Pôle A" not in noms
        and noms["Unité 2 du Pôle A"].unite.conditions_accueil == "Sur rendez-vous."
        and Integration.objects.count() == 1
    )


def test_deux_publieurs_et_des_editions_directes_a_la_fois(hopital, dossier, referent):
    """The dossier is published once; every direct edit made at the same moment is published too."""
    offres = list(Structure.objects.filter(niveau="UO", nom__contains="Pôle B").order_by("pk"))

    def editer(offre: Structure):
        def acte():
            vues = valeurs_en_cours(offre, modification_en_attente(offre))
            saisies = {"conditions_accueil": f"Direct {offre.pk}."}
            directes.enregistrer(structure_id=offre.pk, auteur=referent, vues=vues, saisies=saisies)
            directes.valider(structure_id=offre.pk, auteur=referent, relue=True)
            return 0

        return acte

    publier = actions.publier_dossiers_echus
    resultats = en_parallele(publier, publier, *(editer(offre) for offre in offres))
    assert sorted(r for r in resultats if isinstance(r, int)) == [0] * (len(offres) + 1) + [1], resultats
    assert publie(hopital)
    for offre in offres:
        assert fiches.lire(Structure.objects.get(pk=offre.pk))["conditions_accueil"] == f"Direct {offre.pk}."
    assert arbre.verifier() == []


@pytest.mark.exigence("B4")
def test_un_conflit_survenu_apres_l_approbation_arrete_la_publication(hopital, dossier, referent, administrateur):
    """The live fiche changed meanwhile on the same field: nothing is published, the last validator is asked."""
    offre = Structure.objects.get(nom="Unité 2 du Pôle A")
    vues = valeurs_en_cours(offre, None)
    saisies = {"conditions_accueil": "Sur adressage."}
    directes.enregistrer(structure_id=offre.pk, auteur=referent, vues=vues, saisies=saisies)
    directes.valider(structure_id=offre.pk, auteur=referent, relue=True)
    assert actions.publier_dossiers_echus() == 0
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert dossier.etat_dossier is Etat.GESTIONNAIRE
    assert fiches.lire(Structure.objects.get(pk=offre.pk))["conditions_accueil"] == "Sur adressage."
    assert Evenement.objects.filter(dossier=dossier, geste="arreter").exists()
    assert not Structure.objects.filter(nom="Pôle C").exists()
