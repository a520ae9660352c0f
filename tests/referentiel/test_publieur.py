"""The publisher of what is due: killed in the middle, two at once, late, several changes of one fiche."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.models import EntreeJournal, Modification, Structure, VerificationSection
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, code
from tests.paralleles import en_parallele

NOMBRE = 40
PETIT_LOT = 5
DELAI = 120.0  # seconds: the machine may be busy
VALEURS = {
    "age_min": 61,
    "activites": ["01", "02"],
    "horaires": {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 600}]},
}


@pytest.fixture
def etablissement(db):
    code("JDV_J37", "a", "année")
    for valeur in ("01", "02"):
        code("JDV_J17", valeur)
    return EGFactory()


@pytest.fixture
def auteur(etablissement):
    return HabilitationFactory(structure=etablissement).utilisateur


def programmer(structure: Structure, auteur, jours: int = 1, **saisies) -> Modification:
    """Schedules changes, then lets their day come."""
    structure = Structure.objects.get(pk=structure.pk)
    vues = valeurs_en_cours(structure, modification_en_attente(structure))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    date_effet = timezone.localdate() + timedelta(days=jours)
    return actions.valider(structure_id=structure.pk, auteur=auteur, relue=True, date_effet=date_effet)


def echoir(jours: int = 30) -> None:
    """Moves every scheduled change into the past, in the same order."""
    for modification in Modification.objects.filter(etat=Modification.Etat.PROGRAMMEE):
        jour = modification.date_effet - timedelta(days=jours)
        Modification.objects.filter(pk=modification.pk).update(date_effet=jour)


def etat(structure: Structure) -> str:
    """« rien » or « tout »: what is published of a scheduled set of changes; anything between fails."""
    structure = Structure.objects.get(pk=structure.pk)
    valeurs = fiches.lire(structure)
    modification = Modification.objects.get(structure=structure)
    entrees = EntreeJournal.objects.filter(modification=modification).count()
    faites = [valeurs[nom] == VALEURS[nom] for nom in VALEURS]
    marques = [*faites, structure.version == 2, modification.etat == Modification.Etat.PUBLIEE, entrees == 1]
    assert all(marques) or not any(marques), (structure.pk, marques)
    return "tout" if marques[0] else "rien"


def attendre(condition: Callable[[], bool], processus: subprocess.Popen) -> None:
    fin = time.monotonic() + DELAI
    while not condition():
        assert processus.poll() is None, "the publisher ended before it was killed"
        assert time.monotonic() < fin, "the publisher does not publish"
        time.sleep(0.002)


def lancer_publieur() -> subprocess.Popen:
    """A process of its own that publishes what is due in the test database."""
    base = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    commande = (
        "import django; django.setup(); from referentiel.actions import publieur;"
        f" publieur.LOT = {PETIT_LOT}; publieur.publier_echues()"
    )
    environnement = os.environ | {"DATABASE_URL": base, "DJANGO_SETTINGS_MODULE": "ror.settings.test"}
    return subprocess.Popen([sys.executable, "-c", commande], env=environnement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.exigence("S103")
def test_tue_au_milieu_puis_relance_chaque_fiche_est_publiee_une_fois(etablissement, auteur):
    offres = [UOFactory(parent=etablissement) for _ in range(NOMBRE)]
    for offre in offres:
        programmer(offre, auteur, **VALEURS)
    echoir()
    processus = lancer_publieur()
    try:
        publiees = Modification.objects.filter(etat=Modification.Etat.PUBLIEE)
        attendre(lambda: publiees.count() >= 5, processus)
    finally:
        processus.send_signal(signal.SIGKILL)
        processus.wait()
    etats = [etat(offre) for offre in offres]
    assert set(etats) == {"tout", "rien"}
    assert etats == sorted(etats, reverse=True)  # in order: those before the death, then none
    assert actions.publier_echues() == etats.count("rien")
    assert [etat(offre) for offre in offres] == ["tout"] * NOMBRE
    assert actions.publier_echues() == 0


@pytest.mark.django_db(transaction=True)
def test_deux_publieurs_a_la_fois_ne_publient_rien_deux_fois(etablissement, auteur):
    offres = [UOFactory(parent=etablissement) for _ in range(15)]
    for offre in offres:
        programmer(offre, auteur, **VALEURS)
    echoir()
    publiees = en_parallele(actions.publier_echues, actions.publier_echues)
    assert sum(publiees) == len(offres)
    assert [etat(offre) for offre in offres] == ["tout"] * len(offres)


@pytest.mark.exigence("S102", "S103")
def test_un_passage_en_retard_publie_tout_dans_l_ordre_des_dates(etablissement, auteur):
    offres = [UOFactory(parent=etablissement) for _ in range(3)]
    for offre, jours in zip(offres, (3, 1, 2), strict=True):
        programmer(offre, auteur, jours, age_min=61)
    assert actions.publier_echues() == 0
    echoir()
    assert actions.publier_echues() == 3
    ordre = EntreeJournal.objects.order_by("pk").values_list("structure", flat=True)
    assert list(ordre) == [offres[rang].pk for rang in (1, 2, 0)]


@pytest.mark.exigence("S102", "S103")
def test_deux_modifications_d_une_fiche_se_publient_dans_l_ordre(etablissement, auteur):
    offre = UOFactory(parent=etablissement)
    seconde = programmer(offre, auteur, 2, conditions_accueil="Second")
    premiere = programmer(offre, auteur, 1, age_min=61, activites=["01"])
    echoir()
    assert actions.publier_echues() == 2
    entrees = EntreeJournal.objects.order_by("pk").values_list("modification", "version")
    assert list(entrees) == [(premiere.pk, 2), (seconde.pk, 3)]


def test_une_panne_arrete_la_suite_de_sa_fiche_et_d_elle_seule(etablissement, auteur, monkeypatch, caplog):
    from referentiel.actions import publieur

    fautive, autre = UOFactory(parent=etablissement), UOFactory(parent=etablissement)
    premiere = programmer(fautive, auteur, 1, age_min=61)
    programmer(fautive, auteur, 2, age_max=99)
    programmer(autre, auteur, 3, age_min=62)
    echoir()
    vraie = publieur.engager_lot

    def panne(echues):
        if any(modification.pk == premiere.pk for modification, _ in echues):
            raise RuntimeError("disk full")
        vraie(echues)

    with monkeypatch.context() as patch:
        patch.setattr(publieur, "engager_lot", panne)
        assert actions.publier_echues() == 1
    assert f"Publication impossible de la modification {premiere.pk}" in caplog.text
    assert Structure.objects.get(pk=autre.pk).version == 2
    assert actions.publier_echues() == 2
    assert Structure.objects.get(pk=fautive.pk).version == 3


@pytest.mark.parametrize("geste", ["annulee", "reportee"])
def test_ce_qui_change_pendant_le_passage_n_est_pas_publie(etablissement, auteur, monkeypatch, geste):
    """Somebody cancels or moves a change after it was read, before its fiche is locked."""
    from referentiel.actions import publieur

    offre = UOFactory(parent=etablissement)
    modification = programmer(offre, auteur, age_min=61)
    echoir()
    vraie = publieur.verrouiller_libres

    def agir_avant(structures):
        monkeypatch.setattr(publieur, "verrouiller_libres", vraie)
        if geste == "annulee":
            actions.annuler(modification_id=modification.pk, auteur=auteur)
        else:
            reportee = Modification.objects.get(pk=modification.pk)
            reportee.date_effet = timezone.localdate() + timedelta(days=9)
            reportee.save()
        return vraie(structures)

    monkeypatch.setattr(publieur, "verrouiller_libres", agir_avant)
    assert actions.publier_echues() == 0
    assert Structure.objects.get(pk=offre.pk).version == 1


def requetes(etablissement, auteur, nombre: int) -> int:
    """Queries to publish this many offers, transactions included."""
    for _ in range(nombre):
        programmer(UOFactory(parent=etablissement), auteur, **VALEURS, conditions_accueil="Sur rendez-vous")
    echoir()
    with CaptureQueriesContext(connection) as lues:
        assert actions.publier_echues() == nombre
    return len(lues)


def test_un_lot_coute_un_nombre_constant_de_requetes(etablissement, auteur):
    """Three kinds of fields: what is due, lock, reads of fiches, ten writes, savepoints, seven for what is computed."""
    requetes(etablissement, auteur, 1)
    une, dix = requetes(etablissement, auteur, 1), requetes(etablissement, auteur, 11)
    assert une == dix <= 27
    assert VerificationSection.objects.filter(section="horaires").count() == 13


def test_une_fiche_tenue_par_quelqu_un_est_publiee_apres_son_lot(etablissement, auteur, monkeypatch):
    """Locks are not waited for while others are held; the fiche left out is then published alone."""
    from referentiel.actions import publieur

    tenue, libre = UOFactory(parent=etablissement), UOFactory(parent=etablissement)
    for offre in (tenue, libre):
        programmer(offre, auteur, age_min=61)
    echoir()
    vraie = publieur.verrouiller_libres
    monkeypatch.setattr(publieur, "verrouiller_libres", lambda lot: vraie([pk for pk in lot if pk != tenue.pk]))
    assert actions.publier_echues() == 2
    ordre = EntreeJournal.objects.order_by("pk").values_list("structure", flat=True)
    assert list(ordre) == [libre.pk, tenue.pk]


def test_un_lot_mele_conflit_refus_et_publication(etablissement, auteur):
    en_conflit, refusee, bonne = (UOFactory(parent=etablissement) for _ in range(3))
    a_arbitrer = programmer(en_conflit, auteur, conditions_accueil="Prévu")
    contradictoire = programmer(refusee, auteur, age_min=61)
    publiee = programmer(bonne, auteur, age_min=61)
    for offre, valeurs in ((en_conflit, {"conditions_accueil": "Autre"}), (refusee, {"age_max": 60})):
        fiches.ecrire(Structure.objects.get(pk=offre.pk), valeurs)
    echoir()
    assert actions.publier_echues() == 1
    etats = {m.pk: m.etat for m in Modification.objects.all()}
    assert etats[a_arbitrer.pk] == etats[contradictoire.pk] == Modification.Etat.A_ARBITRER
    assert etats[publiee.pk] == Modification.Etat.PUBLIEE
    assert len(Modification.objects.get(pk=a_arbitrer.pk).conflits) == 1
    assert [Structure.objects.get(pk=o.pk).version for o in (en_conflit, refusee, bonne)] == [1, 1, 2]


def test_une_erreur_de_la_base_ne_retient_que_sa_fiche(etablissement, auteur, monkeypatch, caplog):
    """A code that its list lost stops the lot, which is then published fiche by fiche."""
    offres = [UOFactory(parent=etablissement) for _ in range(3)]
    for offre in offres:
        programmer(offre, auteur, age_min=61)
    fautive = programmer(UOFactory(parent=etablissement), auteur, activites=["01"])
    fautive.changements.update(propose=["99"])
    echoir()
    assert actions.publier_echues() == 3
    assert f"Publication impossible de la modification {fautive.pk}" in caplog.text
    assert [Structure.objects.get(pk=offre.pk).version for offre in offres] == [2, 2, 2]
    assert EntreeJournal.objects.count() == 3
