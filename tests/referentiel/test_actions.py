"""Saving, validating, scheduling, publishing, undoing: whole paths through the actions, then at random."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions import ecriture, engagement
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.changements import Choix
from referentiel.models import EntreeJournal, Modification, Structure
from ror.commun.erreurs import ConflitDeVersion, DroitManquant, EtatIncompatible, SaisieInvalide
from ror.comptes.models import Utilisateur
from tests.fabriques import HabilitationFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db


@pytest.fixture
def offre():
    code("JDV_J37", "a", "année")
    for valeur in "abcd":
        code("JDV_J17", valeur, f"Activité {valeur}")
    return UOFactory(nom="Unité d’hébergement")


@pytest.fixture
def referent(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


@pytest.fixture
def autre(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


def lire(offre):
    return fiches.lire(Structure.objects.get(pk=offre.pk))


def saisir(offre, auteur, vues=None, choix=None, **saisies):
    structure = Structure.objects.get(pk=offre.pk)
    vues = vues or valeurs_en_cours(structure, modification_en_attente(structure))
    return actions.enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies=saisies, choix=choix)


def vu(offre):
    structure = Structure.objects.get(pk=offre.pk)
    return actions.EtatVu.de(structure, modification_en_attente(structure))


def valider(offre, auteur, **options):
    return actions.valider(structure_id=offre.pk, auteur=auteur, relue=True, **options)


def demain(jours=1):
    return timezone.localdate() + timedelta(days=jours)


@pytest.mark.exigence("S107", "S109", "S101")
def test_enregistrer_ne_diffuse_pas_valider_diffuse(offre, referent):
    saisir(offre, referent, nom="Unité A", activites=["a", "b"])
    assert lire(offre)["nom"] == "Unité d’hébergement"
    modification = valider(offre, referent, vu=vu(offre))
    assert modification.etat == Modification.Etat.PUBLIEE
    publiee = lire(offre)
    assert (publiee["nom"], publiee["activites"]) == ("Unité A", ["a", "b"])
    entree = EntreeJournal.objects.get()
    assert entree.auteur == referent
    assert len(entree.phrases) == 2
    offre.refresh_from_db()
    assert (offre.version, offre.nom_recherche) == (2, "unite a")


@pytest.mark.exigence("S102", "S103")
def test_une_date_a_venir_programme_toutes_les_modifications(offre, referent):
    saisir(offre, referent, nom="Unité A")
    saisir(offre, referent, activites=["a"])
    assert valider(offre, referent, date_effet=demain(3)).etat == Modification.Etat.PROGRAMMEE
    assert actions.publier_echues(demain(2)) == 0
    assert lire(offre)["nom"] == "Unité d’hébergement"
    Modification.objects.update(date_effet=timezone.localdate())
    assert actions.publier_echues() == 1
    assert actions.publier_echues() == 0
    assert (lire(offre)["nom"], lire(offre)["activites"]) == ("Unité A", ["a"])
    assert EntreeJournal.objects.count() == 1


def test_une_publication_interrompue_recommence_entiere(offre, referent):
    saisir(offre, referent, nom="Unité A", activites=["a"])
    valider(offre, referent, date_effet=demain())
    Modification.objects.update(date_effet=timezone.localdate())
    with mock.patch.object(ecriture, "inserer", side_effect=RuntimeError):
        assert actions.publier_echues() == 0
    assert lire(offre)["nom"] == "Unité d’hébergement"
    assert lire(offre)["activites"] == []
    assert actions.publier_echues() == 1
    assert lire(offre)["nom"] == "Unité A"


def test_l_echec_d_une_fiche_n_arrete_pas_les_autres(offre, referent):
    autre_offre = UOFactory(parent=offre.parent)
    for fiche in (offre, autre_offre):
        saisir(fiche, referent, nom="Unité A")
        valider(fiche, referent, date_effet=demain())
    Modification.objects.update(date_effet=timezone.localdate())
    reel = engagement.ecrire_lot

    def casse(preparees):
        if any(preparee.structure.pk == offre.pk for preparee in preparees):
            raise RuntimeError
        return reel(preparees)

    with mock.patch.object(engagement, "ecrire_lot", casse):
        assert actions.publier_echues() == 1
    assert lire(autre_offre)["nom"] == "Unité A"
    assert lire(offre)["nom"] == "Unité d’hébergement"


@pytest.mark.exigence("S110")
def test_valider_sans_modification_est_la_relecture_annuelle(offre, referent):
    affiche = vu(offre)
    assert valider(offre, referent, vu=affiche) is None
    unite = fiches.detail_de(Structure.objects.get(pk=offre.pk))
    assert unite.relue_par == referent
    with pytest.raises(actions.DejaFait, match="déjà relue et validée par"):
        valider(offre, referent, vu=affiche)
    assert EntreeJournal.objects.count() == 1


@pytest.mark.exigence("S108")
def test_sans_la_case_rien_n_est_diffuse(offre, referent):
    saisir(offre, referent, nom="Unité A")
    with pytest.raises(SaisieInvalide, match="J’ai relu l’offre et je la valide"):
        actions.valider(structure_id=offre.pk, auteur=referent, relue=False)
    assert lire(offre)["nom"] == "Unité d’hébergement"


@pytest.mark.parametrize(("ecart", "message"), [(-1, "passée"), (1200, "deux ans")])
def test_date_d_effet_hors_bornes(offre, referent, ecart, message):
    saisir(offre, referent, nom="Unité A")
    with pytest.raises(SaisieInvalide, match=message):
        valider(offre, referent, date_effet=demain(ecart))
    assert modification_en_attente(offre) is not None


def test_le_second_envoi_de_la_meme_validation_ne_fait_rien(offre, referent):
    saisir(offre, referent, nom="Unité A")
    affiche = vu(offre)
    valider(offre, referent, vu=affiche)
    with pytest.raises(actions.DejaFait, match=r"déjà validées par .* et diffusées"):
        valider(offre, referent, vu=affiche)
    saisir(offre, referent, nom="Unité B")
    affiche = vu(offre)
    valider(offre, referent, vu=affiche, date_effet=demain())
    with pytest.raises(actions.DejaFait, match="seront diffusées le"):
        valider(offre, referent, vu=affiche, date_effet=demain())


def test_on_ne_diffuse_pas_ce_qu_on_n_a_pas_vu(offre, referent, autre):
    affiche = vu(offre)
    saisir(offre, autre, nom="Unité A")
    with pytest.raises(EtatIncompatible, match=f"{autre} a enregistré d’autres modifications"):
        valider(offre, referent, vu=affiche)
    affiche = vu(offre)
    saisir(offre, autre, activites=["a"])
    with pytest.raises(EtatIncompatible, match="Relisez-les avant de valider"):
        valider(offre, referent, vu=affiche)
    affiche = vu(offre)
    actions.abandonner(structure_id=offre.pk, auteur=autre)
    with pytest.raises(EtatIncompatible, match=f"{autre} a abandonné"):
        valider(offre, referent, vu=affiche)
    affiche = vu(offre)
    actions.renommer(structure_id=offre.pk, auteur=autre, nom="Unité C")
    with pytest.raises(EtatIncompatible, match="La fiche a changé"):
        valider(offre, referent, vu=affiche)
    assert lire(offre)["nom"] == "Unité C"


def test_deux_auteurs_sur_des_champs_distincts_ne_se_genent_pas(offre, referent, autre):
    vues = lire(offre)
    saisir(offre, referent, vues=vues, nom="Unité A")
    saisir(offre, autre, vues=vues, nom=vues["nom"], activites=["a"])
    valider(offre, referent)
    assert (lire(offre)["nom"], lire(offre)["activites"]) == ("Unité A", ["a"])


def test_deux_auteurs_sur_le_meme_champ_une_question(offre, referent, autre):
    vues = lire(offre)
    saisir(offre, referent, vues=vues, nom="Unité A")
    with pytest.raises(ConflitDeVersion) as refus:
        saisir(offre, autre, vues=vues, nom="Unité B", activites=["a"])
    (conflit,) = refus.value.conflits
    assert (conflit.base, conflit.actuel, conflit.propose) == ("Unité d’hébergement", "Unité A", "Unité B")
    assert modification_en_attente(offre).changements.count() == 1
    choix = {conflit.identifiant: Choix.GARDER}
    saisir(offre, autre, vues=vues, choix=choix, nom="Unité B", activites=["a"])
    valider(offre, referent)
    assert (lire(offre)["nom"], lire(offre)["activites"]) == ("Unité A", ["a"])


def test_retirer_ce_qu_un_autre_a_diffuse_entre_temps_n_est_pas_perdu(offre, referent, autre):
    saisir(offre, autre, activites=["c"])
    valider(offre, autre, date_effet=demain())
    saisir(offre, referent, activites=["a"])
    Modification.objects.filter(etat="programmee").update(date_effet=timezone.localdate())
    actions.publier_echues()
    structure = Structure.objects.get(pk=offre.pk)
    assert valeurs_en_cours(structure, modification_en_attente(structure))["activites"] == ["a", "c"]
    saisir(offre, referent, activites=["a"])
    valider(offre, referent)
    assert lire(offre)["activites"] == ["a"]


def test_revenir_a_la_valeur_diffusee_retire_la_modification(offre, referent):
    saisir(offre, referent, nom="Unité A")
    assert saisir(offre, referent, nom="Unité d’hébergement") is None
    assert not Modification.objects.exists()


def test_une_publication_contredite_attend_un_choix(offre, referent, autre):
    saisir(offre, referent, nom="Unité A", activites=["a"])
    modification = valider(offre, referent, date_effet=demain())
    actions.renommer(structure_id=offre.pk, auteur=autre, nom="Unité B")
    Modification.objects.update(date_effet=timezone.localdate())
    assert actions.publier_echues() == 0
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.A_ARBITRER
    assert lire(offre)["nom"] == "Unité B"
    with pytest.raises(ConflitDeVersion):
        actions.arbitrer(modification_id=modification.pk, auteur=autre, choix={})
    choix = {modification.conflits[0]: Choix.GARDER}
    actions.arbitrer(modification_id=modification.pk, auteur=autre, choix=choix)
    assert (lire(offre)["nom"], lire(offre)["activites"]) == ("Unité B", ["a"])
    phrases = [p for e in EntreeJournal.objects.all() for p in e.phrases]
    assert any("Non retenu, sur décision" in p and "Unité A" in p for p in phrases)
    with pytest.raises(EtatIncompatible, match="plus rien à arbitrer"):
        actions.arbitrer(modification_id=modification.pk, auteur=autre, choix=choix)


def test_une_contradiction_connue_a_la_validation_est_demandee_tout_de_suite(offre, referent, autre):
    saisir(offre, referent, nom="Unité A")
    actions.renommer(structure_id=offre.pk, auteur=autre, nom="Unité B")
    modification = valider(offre, referent, date_effet=demain())
    assert modification.etat == Modification.Etat.A_ARBITRER
    actions.arbitrer(modification_id=modification.pk, auteur=referent, choix={modification.conflits[0]: Choix.IMPOSER})
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.PROGRAMMEE
    assert lire(offre)["nom"] == "Unité B"
    Modification.objects.update(date_effet=timezone.localdate())
    assert actions.publier_echues() == 1
    assert lire(offre)["nom"] == "Unité A"


def test_tout_garder_retire_la_modification(offre, referent, autre):
    saisir(offre, referent, nom="Unité A")
    actions.renommer(structure_id=offre.pk, auteur=autre, nom="Unité B")
    modification = valider(offre, referent)
    choix = {modification.conflits[0]: Choix.GARDER}
    actions.arbitrer(modification_id=modification.pk, auteur=referent, choix=choix)
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.ANNULEE


def test_des_ages_contraires_saisis_par_deux_personnes(offre, referent, autre):
    vues = lire(offre)
    saisir(offre, referent, vues=vues, age_min=70)
    with pytest.raises(SaisieInvalide, match=r"L’âge maximum .65. est inférieur à l’âge minimum .70."):
        saisir(offre, autre, vues=vues, age_max=65)


def test_des_ages_contraires_a_l_echeance_attendent_une_personne(offre, referent):
    saisir(offre, referent, age_min=70)
    valider(offre, referent, date_effet=demain())
    saisir(offre, referent, age_max=65)
    valider(offre, referent)
    Modification.objects.filter(etat="programmee").update(date_effet=timezone.localdate())
    assert actions.publier_echues() == 0
    modification = Modification.objects.get(etat=Modification.Etat.A_ARBITRER)
    with pytest.raises(SaisieInvalide, match="inférieur à l’âge minimum"):
        actions.arbitrer(modification_id=modification.pk, auteur=referent, choix={})
    saisir(offre, referent, age_max=80)
    valider(offre, referent)
    actions.arbitrer(modification_id=modification.pk, auteur=referent, choix={})
    assert (lire(offre)["age_min"], lire(offre)["age_max"]) == (70, 80)


def test_annuler_une_modification_programmee(offre, referent):
    saisir(offre, referent, nom="Unité A")
    modification = valider(offre, referent, date_effet=demain())
    actions.annuler(modification_id=modification.pk, auteur=referent)
    with pytest.raises(EtatIncompatible, match="annulée\u00a0: rien à annuler"):
        actions.annuler(modification_id=modification.pk, auteur=referent)
    assert actions.publier_echues(demain(9)) == 0
    assert lire(offre)["nom"] == "Unité d’hébergement"


def test_une_personne_sans_droit_n_ecrit_rien(offre, referent):
    lecteur = UtilisateurFactory()
    saisir(offre, referent, nom="Unité A")
    modification = valider(offre, referent, date_effet=demain())
    for acte in (
        lambda: saisir(offre, lecteur, nom="X"),
        lambda: valider(offre, lecteur),
        lambda: actions.abandonner(structure_id=offre.pk, auteur=lecteur),
        lambda: actions.annuler(modification_id=modification.pk, auteur=lecteur),
        lambda: actions.renommer(structure_id=offre.pk, auteur=lecteur, nom="X"),
    ):
        with pytest.raises(DroitManquant, match="n’est pas dans votre périmètre"):
            acte()


def test_une_fiche_fermee_ne_se_modifie_plus(offre, referent):
    Structure.objects.filter(pk=offre.pk).update(etat="DEF")
    for acte in (
        lambda: saisir(offre, referent, nom="X"),
        lambda: valider(offre, referent),
        lambda: actions.renommer(structure_id=offre.pk, auteur=referent, nom="X"),
    ):
        with pytest.raises(EtatIncompatible, match="fermée définitivement"):
            acte()


@pytest.mark.exigence("S91", "S92", "S94", "S67")
def test_un_champ_finess_ne_se_saisit_pas(offre, referent):
    vues = fiches.lire(offre.parent)
    for champ in ("raison_sociale", "siret", "numero_finess", "libelle_voie"):
        with pytest.raises(SaisieInvalide, match="Demandez une correction au support"):
            actions.enregistrer(structure_id=offre.parent.pk, auteur=referent, vues=vues, saisies={champ: "1"})


@pytest.mark.exigence("S100")
def test_le_type_d_uo_ne_se_change_pas_ici(offre, referent):
    with pytest.raises(SaisieInvalide, match="n’existe pas sur cette fiche"):
        saisir(offre, referent, type_offre="001")


@pytest.mark.parametrize(
    ("saisies", "message"),
    [
        ({"nom": ""}, "une valeur est attendue"),
        ({"nom": "   "}, "une valeur est attendue"),
        ({"nom": "x" * 256}, "255 caractères au plus"),
        ({"nom": "a\x00b"}, "ne peut pas être enregistré"),
        ({"nom": ["a"]}, "un texte est attendu"),
        ({"age_min": -1}, "nombre entier positif"),
        ({"age_min": 40000}, "nombre entier positif"),
        ({"age_min": "dix"}, "nombre entier positif"),
        ({"activites": ["a", "zzz"]}, "cette valeur n’est plus proposée"),
        ({"activites": "a"}, "choisissez dans la liste"),
        ({"temporalite_accueil": "99"}, "cette valeur n’est plus proposée"),
        ({"conditions_accueil": "x" * 5001}, "5000 caractères au plus"),
        ({"contacts": {"pas-un-uuid": {"nom": "A"}}}, "illisible"),
        ({"contacts": ["x"]}, "illisible"),
        ({"horaires": "x"}, "illisible"),
        ({"contacts": {"6f1c1a52-8f4c-4d3e-9a0e-111111111111": "x"}}, "illisible"),
        ({"activites": [1]}, "choisissez dans la liste"),
        ({"contacts": {"6f1c1a52-8f4c-4d3e-9a0e-111111111111": {"nom": "x" * 121}}}, "dépasse 120"),
        ({"contacts": {"6f1c1a52-8f4c-4d3e-9a0e-111111111111": {"fonction": "zz"}}}, "n’est plus proposée"),
        ({"horaires": {"p1/1": "n’importe quoi", "p1": {}}}, "illisible"),
        ({"inconnu": 1}, "n’existe pas"),
        ({"age_min": 90, "age_max": 80}, "inférieur à l’âge minimum"),
    ],
)
def test_une_valeur_irrecevable_est_refusee_avec_sa_raison(offre, referent, saisies, message):
    with pytest.raises(SaisieInvalide, match=message):
        saisir(offre, referent, **saisies)
    assert not Modification.objects.exists()


def test_un_code_retire_de_la_liste_reste_s_il_etait_porte(offre, referent):
    saisir(offre, referent, activites=["a"])
    valider(offre, referent)
    ancien = code("JDV_J17", "a")
    ancien.actif = False
    ancien.save()
    saisir(offre, referent, activites=["a", "b"])
    valider(offre, referent)
    assert lire(offre)["activites"] == ["a", "b"]


def test_un_contact_d_une_autre_fiche_n_est_pas_pris(offre, referent):
    cle = "6f1c1a52-8f4c-4d3e-9a0e-111111111111"
    code("JDV_J222", "1")
    contact = {cle: {"nom": "Admissions", "confidentialite": "1"}}
    saisir(offre, referent, contacts=contact)
    valider(offre, referent)
    voisine = UOFactory(parent=offre.parent)
    with pytest.raises(SaisieInvalide, match="une autre fiche"):
        saisir(voisine, Utilisateur.objects.get(pk=referent.pk), contacts=contact)


@pytest.mark.exigence("S59", "S60")
def test_renommer_ne_recouvre_pas_un_autre_nom(offre, referent, autre):
    actions.renommer(structure_id=offre.pk, auteur=autre, nom=" Unité A ", nom_vu="Unité d’hébergement")
    assert lire(offre)["nom"] == "Unité A"
    with pytest.raises(ConflitDeVersion, match="renommée entre-temps «\u00a0Unité A\u00a0»"):
        actions.renommer(structure_id=offre.pk, auteur=referent, nom="Unité B", nom_vu="Unité d’hébergement")
