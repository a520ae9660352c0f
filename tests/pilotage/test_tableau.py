"""« Tableau de bord »: rates of a perimeter, their definitions, the lists behind them (S66, B30)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from pilotage import calcul
from pilotage.graphiques import BARRES, graphique
from pilotage.indicateurs import INDICATEURS, Ligne, Sommes, Taux
from pilotage.models import BilanEtablissement, BilanOffre, CalculBilans
from referentiel.actions import enregistrer, valider
from referentiel.models import CodePorte, Role
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)
from tests.referentiel.test_peuplement import decrire

ADRESSE = {"code_postal": "77990", "localite": "Valmont-sur-Lys", "libelle_voie": "DES GLYCINES"}


@pytest.fixture(autouse=True)
def region(db):
    RegionFactory()


def etablissement(**champs):
    return EGFactory(**{"_detail": {"categorie": "500", **ADRESSE}, **champs})


def relire(offre, jours: int) -> None:
    offre.unite.relue_le = timezone.now() - timedelta(days=jours)
    offre.unite.save()


def gestionnaire(client, **droit):
    personne = HabilitationFactory(
        structure=None, role=Role.GESTIONNAIRE, **{"departements": ["77"], **droit}
    ).utilisateur
    client.force_login(personne)
    return personne


def lire(client, adresse="/ror/tableau-de-bord/") -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, reponse.status_code
    return reponse.content.decode()


# ---------- rates ----------


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_is_not_reached_is_never_shown_as_reached(partie, reste):
    taux = Taux(partie, partie + reste)
    if partie + reste:
        assert (taux.pour_cent == 100) == (reste == 0)
        assert 0 <= taux.pour_cent <= 100
    else:
        assert taux.texte == "sans objet"


def test_a_chart_says_its_conclusion_and_draws_the_lowest_when_they_are_many():
    def ligne(rang):
        return Ligne(str(rang), f"Lieu {rang}", f"L{rang}", Sommes(eg=100, attendus=100, peuples=rang))

    dessin = graphique("peuplement", [ligne(rang) for rang in range(BARRES + 5)], "par département")
    assert "Le plus bas\u00a0: Lieu 0" in dessin.titre
    assert f"Le plus haut\u00a0: Lieu {BARRES + 4}" in dessin.titre
    assert (len(dessin.barres), len(dessin.lignes), dessin.partiel) == (BARRES, BARRES + 5, True)
    assert graphique("peuplement", [ligne(1)], "par département") is None


@pytest.mark.exigence("S66")
def test_the_rates_count_what_their_definitions_say(client):
    peuple, autre = etablissement(nom="EHPAD peuplé"), etablissement(nom="EHPAD à peupler")
    decrite, vide = UOFactory(parent=peuple), UOFactory(parent=autre)
    decrire(decrite)
    relire(decrite, 10)
    relire(vide, 400)
    gestionnaire(client)
    calcul.calculer_tout()
    page = lire(client)
    assert "50\u00a0%" in page
    assert "1 sur 2\u00a0établissements" in page
    assert "objectif Ségur\u00a0: 85\u00a0%" in page
    for definition in INDICATEURS:
        assert definition.definition.partition(":")[0].strip() in page
    liste = lire(client, "/ror/tableau-de-bord/etablissements/?filtre=a-peupler")
    assert "EHPAD à peupler" in liste
    assert "EHPAD peuplé" not in liste


@pytest.mark.exigence("B30")
def test_offers_not_verified_for_a_year_are_listed_the_oldest_first_with_their_age(client):
    eg = etablissement()
    fraiche, vieille, jamais = (UOFactory(parent=eg, nom=f"Unité {mot}") for mot in ("fraîche", "vieille", "oubliée"))
    relire(fraiche, 10)
    relire(vieille, 430)
    gestionnaire(client)
    calcul.calculer_tout()
    page = lire(client, "/ror/tableau-de-bord/offres/?filtre=non-verifiees")
    assert "Non vérifiée depuis 14\u00a0mois" in page
    assert page.index(jamais.nom) < page.index(vieille.nom)
    assert fraiche.nom not in page


def test_an_establishment_without_active_referent_is_counted_at_once(client):
    seul, suivi = etablissement(nom="EHPAD seul"), etablissement(nom="EHPAD suivi")
    droit = HabilitationFactory(structure=suivi.parent, role=Role.DIRECTION)  # on its EJ
    HabilitationFactory(structure=seul, role=Role.LECTEUR)
    gestionnaire(client)
    calcul.calculer_tout()
    adresse = "/ror/tableau-de-bord/etablissements/?filtre=sans-referent"
    page = lire(client, adresse)
    assert seul.nom in page
    assert suivi.nom not in page
    droit.utilisateur.last_login = timezone.now() - timedelta(days=400)
    droit.utilisateur.save()
    assert suivi.nom in lire(client, adresse)


def test_only_the_perimeter_is_counted_whatever_the_address_asks(client):
    mien, ailleurs = etablissement(nom="EHPAD d’ici"), etablissement(nom="EHPAD d’ailleurs", departement="75")
    for eg in (mien, ailleurs):
        UOFactory(parent=eg, nom=f"Unité de {eg.nom}")
    calcul.calculer_tout()
    gestionnaire(client)
    for adresse in ("", "etablissements/", "offres/"):
        for suite in ("", "?departement=75", "?departement=75&groupe=MSS"):
            page = lire(client, f"/ror/tableau-de-bord/{adresse}{suite}")
            assert "EHPAD d’ailleurs" not in page
            assert ("n’existe pas dans votre périmètre" in page) == ("75" in suite)
    client.force_login(HabilitationFactory(structure=ailleurs).utilisateur)
    page = lire(client)
    assert "EHPAD d’ailleurs" in page
    assert "EHPAD d’ici" not in page


def test_a_reader_is_told_which_rights_open_the_page(client):
    client.force_login(UtilisateurFactory())
    for adresse in ("", "etablissements/", "offres/"):
        reponse = client.get(f"/ror/tableau-de-bord/{adresse}")
        assert reponse.status_code == 403
        assert "lire le tableau de bord" in reponse.content.decode()
        assert "Aucun de vos droits" in reponse.content.decode()


@pytest.mark.parametrize(
    "suite", ["?tri=zzz", "?filtre=%00", "?departement=" + "9" * 500, "?page=abc", "?manque=x'--", "?territoire=<b>"]
)
def test_what_an_address_asks_wrongly_is_left_out_and_told(client, suite):
    gestionnaire(client)
    UOFactory(parent=etablissement())
    calcul.calculer_tout()
    for adresse in ("", "etablissements/", "offres/"):
        lire(client, f"/ror/tableau-de-bord/{adresse}{suite}")


def test_filters_by_champ_and_territory_and_by_what_is_missing(client):
    mss, mco = etablissement(nom="EHPAD du nord"), EGFactory(nom="CH du sud", groupe="MCO")
    CodePorte.objects.create(structure=mss, attribut="territoires_sante", code=code("JDV_J249", "T77", "Nord 77"))
    uf = UFFactory(parent=PoleFactory(parent=mco))
    for parent in (mss, uf):
        UOFactory(parent=parent, nom=f"Unité sous {parent.nom}")
    gestionnaire(client)
    calcul.calculer_tout()
    for suite in ("groupe=MSS", "territoire=T77"):
        page = lire(client, f"/ror/tableau-de-bord/etablissements/?{suite}")
        assert mss.nom in page
        assert mco.nom not in page
        assert f"Unité sous {uf.nom}" not in lire(client, f"/ror/tableau-de-bord/offres/?{suite}")
    assert f"Unité sous {uf.nom}" in lire(client, "/ror/tableau-de-bord/offres/?manque=telephone")


@pytest.mark.parametrize(
    "adresse", ["", "etablissements/", "etablissements/?filtre=sans-referent", "offres/?filtre=a-decrire"]
)
def test_the_pages_cost_the_same_with_one_and_with_twenty_establishments(client, adresse):
    def ajouter(nombre: int) -> None:
        for _ in range(nombre):
            UOFactory(parent=etablissement())
        calcul.calculer_tout()

    def compter() -> int:
        with CaptureQueriesContext(connection) as capture:
            lire(client, f"/ror/tableau-de-bord/{adresse}")
        return len(capture)

    gestionnaire(client)
    ajouter(1)
    compter()
    une = compter()
    ajouter(19)
    assert compter() == une


# ---------- computation ----------


def test_computing_costs_the_same_whatever_the_number_of_offers():
    eg = etablissement()

    def compter() -> int:
        with CaptureQueriesContext(connection) as capture:
            calcul.calculer([eg.pk])
        return len(capture)

    decrire(UOFactory(parent=eg))
    compter()
    une = compter()
    for _ in range(8):
        decrire(UOFactory(parent=eg))
    assert compter() == une
    assert BilanOffre.objects.filter(etablissement=eg).count() == 9


def test_an_edit_is_followed_without_waiting_for_the_night(client):
    code("JDV_J222", "2")
    eg = etablissement()
    offre = UOFactory(parent=eg)
    autre = etablissement()
    calcul.calculer_tout()
    avant = dict(BilanEtablissement.objects.values_list("pk", "calcule_le"))
    auteur = HabilitationFactory(structure=eg).utilisateur
    enregistrer(
        structure_id=offre.pk,
        auteur=auteur,
        vues={"conditions_admission": None},
        saisies={"conditions_admission": "Sur dossier."},
    )
    valider(structure_id=offre.pk, auteur=auteur, relue=True)
    assert calcul.suivre_les_modifications() == 2
    bilan = BilanOffre.objects.get(pk=offre.pk)
    assert "conditions_admission" not in bilan.manques
    assert bilan.relue_le == timezone.localdate()
    assert BilanEtablissement.objects.get(pk=eg.pk).calcule_le > avant[eg.pk]
    assert BilanEtablissement.objects.get(pk=autre.pk).calcule_le == avant[autre.pk]


def test_the_first_follow_up_computes_everything_and_closed_fiches_leave_the_figures():
    eg = etablissement()
    offre = UOFactory(parent=eg)
    assert calcul.suivre_les_modifications() == 2
    assert CalculBilans.objects.get(genre="complet").fiches == 2
    offre.etat = "DEF"
    offre.save()
    calcul.calculer_tout()
    assert not BilanOffre.objects.exists()
    eg.etat = "DEF"
    eg.save()
    calcul.calculer_tout()
    assert not BilanEtablissement.objects.exists()


def test_an_establishment_that_cannot_be_computed_does_not_hold_the_others_back(monkeypatch, caplog):
    fautive, autre = etablissement(), etablissement()
    vraie = calcul.completudes_etablissements

    def echouer(etablissements, scores):
        if any(eg.pk == fautive.pk for eg in etablissements):
            raise ValueError("impossible")
        return vraie(etablissements, scores)

    monkeypatch.setattr(calcul, "completudes_etablissements", echouer)
    assert calcul.calculer_tout() == 1
    assert list(BilanEtablissement.objects.values_list("pk", flat=True)) == [autre.pk]
    assert f"établissement {fautive.pk} non calculé" in caplog.text
