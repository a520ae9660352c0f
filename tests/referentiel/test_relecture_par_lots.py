"""Confirming several offers at once: the same act as « Valider » without change, nothing unseen (S110, B28)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.verifications import sections_verifiables
from referentiel.models import EntreeJournal, FicheRecherche, Modification, Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from ror.commun.erreurs import DroitManquant, SaisieInvalide
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def eg():
    return EGFactory()


@pytest.fixture
def referente(eg):
    return HabilitationFactory(structure=eg).utilisateur


def vues(*offres) -> dict:
    return {o.pk: actions.OffreVue.de(Structure.objects.get(pk=o.pk)) for o in offres}


def relire(eg, auteur, vus, relu=True, **suite):
    return actions.relire_offres(etablissement_id=eg.pk, auteur=auteur, vues=vus, relu=relu, **suite)


@pytest.mark.exigence("S110", "B28")
def test_le_lot_fait_ce_que_fait_valider_sans_modification(eg, referente):
    une, autre, temoin = (UOFactory(parent=eg) for _ in range(3))
    bilan = relire(eg, referente, vues(une, autre), motif="Campagne")
    assert bilan.relues == [une, autre]
    actions.valider(structure_id=temoin.pk, auteur=referente, relue=True)
    entrees = {e.structure_id: e for e in EntreeJournal.objects.all()}
    for offre in (une, autre):
        lue = Structure.objects.get(pk=offre.pk)
        assert (lue.unite.relue_par, lue.version) == (referente, 1)
        assert set(lue.verifications.values_list("section", flat=True)) == set(sections_verifiables(Niveau.UO))
        derniere = lue.unite.history.latest()
        assert (derniere.relue_par, derniere.history_user) == (referente, referente)
        assert FicheRecherche.objects.get(structure=offre).relue_le == lue.unite.relue_le
        assert entrees[offre.pk].phrases == entrees[temoin.pk].phrases
        assert (entrees[offre.pk].auteur, entrees[offre.pk].motif) == (referente, "Campagne")


def test_le_nombre_de_requetes_ne_suit_pas_le_nombre_d_offres(eg, referente):
    comptes = []
    for nombre in (2, 40):
        offres = [UOFactory(parent=eg) for _ in range(nombre)]
        vus, qui = vues(*offres), type(referente).objects.get(pk=referente.pk)
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert len(relire(eg, qui, vus).relues) == nombre
        comptes.append(sum("SAVEPOINT" not in q["sql"] for q in requetes.captured_queries))
    assert comptes[0] == comptes[1]
    assert comptes[0] <= 24


@pytest.mark.exigence("B28")
def test_ce_qui_a_change_depuis_l_affichage_reste_a_relire(eg, referente):
    change, attend, fermee, saine = (UOFactory(parent=eg, nom=nom) for nom in ("Change", "Attend", "Fermée", "Saine"))
    vus = vues(change, attend, fermee, saine)
    Structure.objects.filter(pk=change.pk).update(version=2)
    lues = fiches.lire(attend)
    actions.enregistrer(structure_id=attend.pk, auteur=referente, vues=lues, saisies={"conditions_accueil": "Chats"})
    Structure.objects.filter(pk=fermee.pk).update(etat=Etat.FERMEE)
    bilan = relire(eg, referente, vus)
    assert bilan.relues == [saine]
    raisons = {nom: raison for _, nom, raison in bilan.ecartees}
    assert "a changé depuis l’affichage" in raisons["Change"]
    assert "modifications non diffusées" in raisons["Attend"]
    assert "fermée définitivement" in raisons["Fermée"]
    assert Modification.objects.get().etat == Modification.Etat.EN_ATTENTE
    assert set(UniteOperationnelle.objects.exclude(relue_le=None).values_list("pk", flat=True)) == {saine.pk}


def test_le_double_envoi_dit_que_c_est_fait_et_n_ecrit_rien(eg, referente):
    offre = UOFactory(parent=eg)
    vus = vues(offre)
    relire(eg, referente, vus)
    bilan = relire(eg, referente, vus)
    assert (bilan.relues, bilan.ecartees) == ([], [])
    assert bilan.deja == [(offre.pk, offre.nom, f"Déjà relue et validée par {referente}.")]
    assert EntreeJournal.objects.count() == 1


def test_une_regle_bloquante_arrete_son_offre_seule(eg, referente):
    sensible, saine = UOFactory(parent=eg, nom="UHSI"), UOFactory(parent=eg)
    UniteOperationnelle.objects.filter(pk=saine.pk).update(unite_sensible=False)
    eg.entite_geographique.categorie = "355"
    eg.entite_geographique.save()
    bilan = relire(eg, referente, vues(sensible, saine))
    assert bilan.relues == [saine]
    assert "CO3" in bilan.ecartees[0][2]


def test_hors_de_l_etablissement_ou_du_droit_rien_ne_se_confirme(eg, referente):
    ailleurs, ici = UOFactory(), UOFactory(parent=eg)
    assert relire(eg, referente, vues(ailleurs)).relues == []
    lecteur = UtilisateurFactory()
    with pytest.raises(DroitManquant):
        relire(eg, lecteur, vues(ici))
    referente.is_active = False
    with pytest.raises(DroitManquant):
        relire(eg, referente, vues(ici))
    assert not EntreeJournal.objects.exists()


def test_sans_la_case_ni_offre_ni_au_dela_du_lot(eg, referente):
    offre = UOFactory(parent=eg)
    for vus, relu in ((vues(offre), False), ({}, True), (dict.fromkeys(range(201), vues(offre)[offre.pk]), True)):
        with pytest.raises(SaisieInvalide):
            relire(eg, referente, vus, relu)
    assert UniteOperationnelle.objects.get(pk=offre.pk).relue_le is None


def test_la_date_de_relecture_est_celle_de_l_acte(eg, referente, time_machine):
    time_machine.move_to("2028-02-29T23:30:00+01:00", tick=False)
    offre = UOFactory(parent=eg)
    relire(eg, referente, vues(offre))
    assert timezone.now() - UniteOperationnelle.objects.get(pk=offre.pk).relue_le < timedelta(seconds=1)
