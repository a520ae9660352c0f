"""« Fermer mon offre »: typed, validated, in force at its date, over at its date, asked about, through the screens."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel import actions, fiches
from referentiel.actions import appliquer_fermetures, rappeler_reouvertures
from referentiel.actions.fiches import modification_en_attente
from referentiel.annonce import sceller_fermeture
from referentiel.fermeture import CHAMPS, Fermeture
from referentiel.models import EntreeJournal, RappelReouverture, Role, Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from referentiel.tasks import publier_echues
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
AUJOURDHUI = date(2026, 12, 1)
FERMETURE, REOUVERTURE = date(2026, 12, 21), date(2027, 1, 4)
PROVISOIRE = {
    "type_fermeture": "PRO",
    "date_fermeture": FERMETURE.isoformat(),
    "date_reouverture_prevue": REOUVERTURE.isoformat(),
    "message_fermeture": "Travaux. Appelez le siège.",
}
TOUJOURS = {"p1": {"feries": "comme_semaine"}, **{f"p1/{j}": [{"debut": 0, "fin": 1440}] for j in range(1, 8)}}


@pytest.fixture(autouse=True)
def horloge(time_machine, settings):
    """The clock, in a session that outlives its moves."""
    settings.SESSION_COOKIE_AGE = 10**9
    time_machine.move_to(datetime(2026, 12, 1, 10, tzinfo=PARIS), tick=False)
    return time_machine


def aller_au(horloge, jour: date, heure: int = 10) -> None:
    horloge.move_to(datetime(jour.year, jour.month, jour.day, heure, tzinfo=PARIS), tick=False)


def adresse(structure) -> str:
    return reverse("fiche-section", args=[structure.pk, "horaires"])


def saisir(client, structure, **saisies):
    """Opens the hours of the offer, types in the box, sends the form."""
    lien = adresse(structure)
    formulaire = lire_formulaire(client.get(lien).content.decode(), lien)
    return client.post(lien, {**formulaire, **saisies})


def valider(client, structure, **saisies):
    lien = reverse("fiche-valider", args=[structure.pk])
    formulaire = lire_formulaire(client.get(lien).content.decode(), lien)
    return client.post(lien, {**formulaire, "relue": "1", **saisies})


def fermer(client, structure, **saisies) -> None:
    assert saisir(client, structure, **{**PROVISOIRE, **saisies}).status_code == 302
    assert valider(client, structure).status_code == 302


def etat(structure) -> str:
    return Structure.objects.get(pk=structure.pk).etat


def fermeture(structure) -> Fermeture:
    return Fermeture.depuis(fiches.lire(Structure.objects.get(pk=structure.pk), CHAMPS))


def page(client, structure) -> str:
    return client.get(reverse("fiche", args=[structure.pk])).content.decode()


def phrases(structure, **filtre) -> list[str]:
    return [p for e in EntreeJournal.objects.filter(structure=structure, **filtre) for p in e.phrases]


# --- typing ---


@pytest.mark.exigence("S119", "S120", "S121", "S122", "S123")
def test_la_fermeture_se_saisit_avec_les_horaires_et_attend(client, offre, referente):
    texte = client.get(adresse(offre)).content.decode()
    assert "Fermer mon offre" in texte
    for mot in (
        "définitive",
        "provisoire",
        "prévisionnelle",
        "Date de fermeture",
        "Date de réouverture prévisionnelle",
    ):
        assert mot in texte
    assert "L’offre sera retirée de la recherche à cette date" in texte
    assert "marquée «\u00a0Fermée provisoirement\u00a0»" in texte
    assert "la fermeture à venir est annoncée sur la fiche" in texte
    assert f'href="{reverse("dossiers")}"' in texte
    assert saisir(client, offre, **PROVISOIRE).status_code == 302
    attente = {c.champ: c.propose for c in modification_en_attente(offre).changements.all()}
    assert attente == PROVISOIRE
    assert etat(offre) == Etat.OUVERTE
    assert not fermeture(offre).type
    lue = page(client, offre)
    assert "Type de fermeture\u00a0: non renseigné → provisoire" in lue
    assert "Date de fermeture\u00a0: non renseigné → 21 décembre 2026" in lue


@pytest.mark.exigence("S120")
def test_previsionnelle_est_une_fermeture_a_venir_et_se_relit_telle(client, offre, referente):
    fermer(client, offre, type_fermeture="PREV")
    assert fermeture(offre) == Fermeture("PRO", FERMETURE, REOUVERTURE, True, PROVISOIRE["message_fermeture"])
    assert etat(offre) == Etat.OUVERTE
    assert lire_formulaire(client.get(adresse(offre)).content.decode(), adresse(offre))["type_fermeture"] == ["PREV"]


@pytest.mark.parametrize(
    ("saisies", "message"),
    [
        ({"type_fermeture": ""}, "Choisissez le type de fermeture"),
        ({"type_fermeture": "ERR"}, "Type de fermeture\u00a0: choisissez dans la liste."),
        ({"date_fermeture": ""}, "Date de fermeture\u00a0: une date est attendue"),
        ({"date_fermeture": "le 3"}, "Une date est attendue, par exemple 31/12/2026."),
        ({"date_fermeture": "0206-12-21"}, "Vérifiez l’année"),
        ({"type_fermeture": "DEF"}, "Une fermeture définitive n’a pas de réouverture"),
        (
            {"date_reouverture_prevue": "2026-12-21"},
            "La réouverture doit suivre la fermeture du 21\u00a0décembre\u00a02026.",
        ),
        (
            {"date_fermeture": "2026-10-01", "date_reouverture_prevue": "2026-11-01"},
            "Cette date de réouverture est passée",
        ),
        ({"type_fermeture": "PREV", "date_fermeture": "2026-12-01"}, "Une fermeture prévisionnelle est à venir"),
        ({"message_fermeture": "x" * 301}, "300 caractères au plus"),
        ({"message_fermeture": "a\x00b"}, "ne peut pas être enregistré"),
    ],
)
@pytest.mark.exigence("S122")
def test_une_saisie_fautive_est_dite_a_sa_place_et_rien_n_est_perdu(client, offre, referente, saisies, message):
    reponse = saisir(client, offre, **{**PROVISOIRE, **saisies})
    texte = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in texte
    assert 'href="#fermeture-' in texte
    repris = lire_formulaire(texte, adresse(offre))
    attendus = {**PROVISOIRE, **saisies}
    for nom in ("date_fermeture", "date_reouverture_prevue"):
        assert repris[nom] == [attendus[nom]]
    assert modification_en_attente(offre) is None


def test_les_horaires_seuls_ne_touchent_pas_la_fermeture(client, offre, referente, horloge):
    fermer(client, offre)
    aller_au(horloge, date(2027, 1, 10))  # past the reopening that no task applied yet: an old value may stay
    assert saisir(client, offre, **{"h-p1-1-de": "9", "h-p1-1-a": "12"}).status_code == 302
    champs = {c.champ for c in modification_en_attente(offre).changements.all()}
    assert champs <= {"horaires"}


def test_un_formulaire_sans_la_boite_laisse_la_fermeture(client, offre, referente):
    fermer(client, offre)
    lien = adresse(offre)
    formulaire = lire_formulaire(client.get(lien).content.decode(), lien)
    formulaire = {nom: v for nom, v in formulaire.items() if nom not in PROVISOIRE}
    assert client.post(lien, formulaire).status_code == 302
    assert modification_en_attente(offre) is None
    assert fermeture(offre).type == "PRO"


def test_deux_referents_sur_la_meme_fermeture_choisissent(client, offre, referente, collegue):
    lien = adresse(offre)
    formulaire = lire_formulaire(client.get(lien).content.decode(), lien)
    autre = {"type_fermeture": "DEF", "date_fermeture": "2026-12-31"}
    vues = fiches.lire(Structure.objects.get(pk=offre.pk))
    actions.enregistrer(structure_id=offre.pk, auteur=collegue, vues=vues, saisies=autre)
    reponse = client.post(lien, {**formulaire, **PROVISOIRE})
    assert reponse.status_code == 409
    assert "Type de fermeture" in reponse.content.decode()


def test_la_regle_vaut_sur_tous_les_chemins(offre, referente):
    vues = fiches.lire(offre)
    with pytest.raises(SaisieInvalide):
        actions.enregistrer(
            structure_id=offre.pk, auteur=referente, vues=vues, saisies={"date_reouverture_prevue": "2027-01-04"}
        )
    with pytest.raises(SaisieInvalide):
        actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=vues, saisies={"type_fermeture": ["DEF"]})


# --- publishing, and the task of each minute ---


@pytest.mark.exigence("S124", "S125", "B50")
def test_un_referent_ferme_sans_la_direction_et_l_offre_ferme_a_sa_date(client, offre, referente, horloge):
    fermer(client, offre)
    assert etat(offre) == Etat.OUVERTE
    assert (
        "Fermera provisoirement le 21\u00a0décembre\u00a02026 – réouverture prévue le 4\u00a0janvier\u00a02027."
        in page(client, offre)
    )
    aller_au(horloge, FERMETURE - timedelta(days=1), 23)
    assert appliquer_fermetures() == 0
    aller_au(horloge, FERMETURE, 0)
    publier_echues()
    assert publier_echues() == 0  # twice does nothing more
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT
    client.force_login(UtilisateurFactory())
    texte = page(client, offre)
    assert (
        "Fermée provisoirement depuis le 21\u00a0décembre\u00a02026 – réouverture prévue le 4\u00a0janvier\u00a02027."
        in texte
    )
    assert "Travaux. Appelez le siège." in texte
    assert "Rouvrir maintenant" not in texte
    assert len(phrases(offre, origine="auto")) == 1
    assert "Fermeture automatique, à sa date\u00a0: fermée provisoirement" in phrases(offre, origine="auto")[0]


@pytest.mark.exigence("B50")
def test_l_offre_rouvre_d_elle_meme_meme_en_retard(client, offre, referente, horloge):
    fermer(client, offre, type_fermeture="PREV")
    aller_au(horloge, FERMETURE)
    appliquer_fermetures()
    aller_au(horloge, REOUVERTURE + timedelta(days=3))
    assert appliquer_fermetures() == 1
    assert appliquer_fermetures() == 0
    assert etat(offre) == Etat.OUVERTE
    assert fermeture(offre) == Fermeture()
    assert phrases(offre, origine="auto")[0].startswith(
        "Réouverture automatique, à la date prévue du 4\u00a0janvier\u00a02027"
    )
    assert "Réouverture automatique" in client.get(reverse("historique", args=[offre.pk])).content.decode()
    assert "Réouverture automatique" in page(client, offre)


def test_une_fermeture_entiere_passee_sans_ouvrier_ne_laisse_rien(client, offre, referente, horloge):
    fermer(client, offre)
    aller_au(horloge, REOUVERTURE)
    assert appliquer_fermetures() == 1
    assert (etat(offre), fermeture(offre)) == (Etat.OUVERTE, Fermeture())


def test_une_offre_qui_echoue_ne_retient_pas_les_autres_et_rien_n_est_a_demi_fait(
    client, offre, referente, horloge, monkeypatch
):
    autre = UOFactory(parent=offre.parent)
    fermer(client, offre)
    fermer(client, autre)
    aller_au(horloge, FERMETURE)
    noter = EntreeJournal.objects.create

    def tomber(**entree):
        if entree["structure"].pk == offre.pk:
            raise RuntimeError("panne")
        return noter(**entree)

    monkeypatch.setattr(type(EntreeJournal.objects), "create", lambda self, **entree: tomber(**entree))
    assert appliquer_fermetures() == 1
    assert (etat(offre), etat(autre)) == (Etat.OUVERTE, Etat.FERMEE_PROVISOIREMENT)
    monkeypatch.undo()
    aller_au(horloge, FERMETURE)
    assert appliquer_fermetures() == 1
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT


def test_le_jour_est_celui_du_territoire(client, offre, referente, horloge):
    Structure.objects.filter(pk=offre.pk).update(departement="974")
    fermer(client, offre)
    aller_au(horloge, FERMETURE - timedelta(days=1), 20)
    assert appliquer_fermetures() == 0
    aller_au(horloge, FERMETURE - timedelta(days=1), 21)  # midnight at La Réunion
    assert appliquer_fermetures() == 1


def test_une_fermeture_datee_d_aujourd_hui_vaut_des_la_validation(client, offre, referente):
    fermer(client, offre, date_fermeture="2026-11-15", date_reouverture_prevue="")
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT
    assert "depuis le 15\u00a0novembre\u00a02026 – date de réouverture non connue" in page(client, offre)
    assert any("Fermée provisoirement depuis" in p for p in phrases(offre))


def test_la_tache_regarde_un_nombre_constant_d_offres_a_venir(client, offre, referente, horloge):
    fermer(client, offre)
    with CaptureQueriesContext(connection) as une:
        appliquer_fermetures()
    for _ in range(3):
        fermer(client, UOFactory(parent=offre.parent))
    with CaptureQueriesContext(connection) as quatre:
        appliquer_fermetures()
    assert len(une) == len(quatre) == 1


# --- hours under a closing ---


def test_ouvert_maintenant_est_faux_quand_l_offre_est_fermee(client, offre, referente, horloge):
    saisir_heures(offre, referente)
    fermer(client, offre)
    assert "Ouvert jusqu’à 0\u00a0h le 21\u00a0déc. 2026</strong>" in page(client, offre)
    aller_au(horloge, FERMETURE)
    appliquer_fermetures()
    texte = page(client, offre)
    assert "Fermé, ouvre le 4\u00a0janv. 2027 à 0\u00a0h" in texte
    assert "Ouvert jusqu" not in texte


def saisir_heures(offre, auteur) -> None:
    vues = fiches.lire(offre)
    actions.enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies={"horaires": TOUJOURS})
    actions.valider(structure_id=offre.pk, auteur=auteur, relue=True)


# --- closed for good ---


@pytest.mark.exigence("S119")
def test_fermee_definitivement_la_fiche_se_lit_sans_se_modifier_et_quitte_la_recherche(client, offre, referente):
    fermer(client, offre, type_fermeture="DEF", date_fermeture="2026-12-01", date_reouverture_prevue="")
    assert etat(offre) == Etat.FERMEE
    texte = page(client, offre)
    assert "Fermée définitivement depuis le 1er\u00a0décembre\u00a02026." in texte
    assert "sa fiche ne se modifie plus" in texte
    assert f'href="{adresse(offre)}"' not in texte
    assert "Rouvrir" not in texte
    assert f'href="{reverse("dossiers")}"' in texte
    assert client.post(adresse(offre), {}).status_code == 409
    cherche = reverse("recherche")
    assert offre.nom not in client.get(cherche, {"q": "hébergement"}).content.decode()
    avec = client.get(cherche, {"q": "hébergement", "fermees": "1"}).content.decode()
    assert offre.nom in avec
    assert "Fermée définitivement" in avec
    arbre = client.get(reverse("repertoire"), {"fiche": offre.pk}).content.decode()
    assert offre.nom in arbre
    assert "Fermée" in arbre


def test_seul_le_support_rouvre_une_offre_fermee_definitivement(client, offre, referente):
    fermer(client, offre, type_fermeture="DEF", date_fermeture="2026-12-01", date_reouverture_prevue="")
    vue = fermeture(offre)
    with pytest.raises(EtatIncompatible, match="contactez le support"):
        actions.rouvrir(structure_id=offre.pk, auteur=referente, vue=vue)
    support = HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur
    client.force_login(support)
    assert "Rouvrir maintenant" in page(client, offre)
    repondre_rouvrir(client, offre)
    assert etat(offre) == Etat.OUVERTE


# --- reopening on a person's word ---


def repondre_rouvrir(client, structure):
    lien = reverse("fiche-rouvrir", args=[structure.pk])
    texte = client.get(lien).content.decode()
    jeton = lire_formulaire(texte, "")["vu"]
    return client.post(lien, {"vu": jeton})


@pytest.mark.exigence("B50")
def test_annuler_une_fermeture_annoncee(client, offre, referente):
    fermer(client, offre)
    assert "Annuler la fermeture" in page(client, offre)
    assert repondre_rouvrir(client, offre).status_code == 302
    assert fermeture(offre) == Fermeture()
    assert "Fermeture du 21\u00a0décembre\u00a02026 annulée\u00a0: l’offre reste ouverte." in phrases(offre)
    reponse = client.get(reverse("fiche-rouvrir", args=[offre.pk]), follow=True)
    assert "L’offre est ouverte, sans fermeture prévue." in reponse.content.decode()


def fermee(client, offre, horloge, jour: date = date(2026, 12, 29)) -> None:
    """Closes an offer, then goes to a day of its closing."""
    fermer(client, offre)
    aller_au(horloge, FERMETURE)
    appliquer_fermetures()
    aller_au(horloge, jour)


@pytest.mark.exigence("B50")
def test_rouvrir_maintenant_vide_les_dates(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    assert repondre_rouvrir(client, offre).status_code == 302
    assert (etat(offre), fermeture(offre)) == (Etat.OUVERTE, Fermeture())
    assert any("avant la date prévue du 4\u00a0janvier\u00a02027" in p for p in phrases(offre))


def test_ce_qui_a_change_entre_temps_n_est_pas_rouvert(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    lien = reverse("fiche-rouvrir", args=[offre.pk])
    jeton = lire_formulaire(client.get(lien).content.decode(), "")["vu"]
    vue = fermeture(offre)
    actions.repousser_reouverture(structure_id=offre.pk, auteur=referente, vue=vue, au=date(2027, 2, 1))
    reponse = client.post(lien, {"vu": jeton})
    assert reponse.status_code == 409
    assert "modifiée depuis l’affichage" in reponse.content.decode()
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT
    assert client.post(lien, {"vu": "forgé"}).status_code == 409
    assert client.post(lien, {}).status_code == 409


def test_hors_de_son_perimetre_ou_d_un_autre_niveau_on_ne_rouvre_rien(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    jeton = sceller_fermeture(offre, fermeture(offre))
    autre = HabilitationFactory(structure=EGFactory()).utilisateur
    client.force_login(autre)
    for nom in ("fiche-rouvrir", "fiche-reouverture"):
        assert client.post(reverse(nom, args=[offre.pk]), {"vu": jeton, "reponse": "maintenant"}).status_code == 403
        assert client.get(reverse(nom, args=[offre.parent_id])).status_code == 404
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT


# --- « l’offre a-t-elle rouvert ? » ---


def repondre(client, structure, **reponse):
    lien = reverse("fiche-reouverture", args=[structure.pk])
    jeton = lire_formulaire(client.get(lien).content.decode(), "")["vu"][0]
    return client.post(lien, {"vu": jeton, **reponse})


@pytest.mark.exigence("B50")
def test_sept_jours_avant_on_demande_une_fois_par_courriel(client, offre, referente, collegue, horloge):
    fermee(client, offre, horloge, date(2026, 12, 27))
    assert rappeler_reouvertures() == 0
    aller_au(horloge, date(2026, 12, 28))
    assert rappeler_reouvertures() == 2
    assert rappeler_reouvertures() == 0
    assert {m.to[0] for m in mail.outbox} == {referente.courriel, collegue.courriel}
    message = mail.outbox[0]
    assert (
        message.subject
        == "ROR-IF\u00a0: l’offre «\u00a0Unité d’hébergement\u00a0» rouvre-t-elle le 4\u00a0janv. 2027\u00a0?"
    )
    assert reverse("fiche-reouverture", args=[offre.pk]) in message.body
    assert RappelReouverture.objects.count() == 2


def test_un_courriel_refuse_est_retente_et_un_seul_dit_toutes_les_offres(
    client, offre, referente, horloge, settings, monkeypatch
):
    settings.ADRESSE_PORTAIL = "https://ror.example.org"
    fermee(client, offre, horloge)
    autre = UOFactory(parent=offre.parent, nom="Accueil de jour", etat=Etat.FERMEE_PROVISOIREMENT)
    UniteOperationnelle.objects.filter(structure=autre).update(
        type_fermeture="PRO", date_fermeture=FERMETURE, date_reouverture_prevue=REOUVERTURE
    )
    with monkeypatch.context() as panne:
        panne.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(OSError("refus")))
        assert rappeler_reouvertures() == 0
    assert rappeler_reouvertures() == 1
    assert "2 offres rouvrent-elles" in mail.outbox[0].subject
    assert "Accueil de jour" in mail.outbox[0].body
    assert f"https://ror.example.org{reverse('fiche-reouverture', args=[autre.pk])}" in mail.outbox[0].body


def test_sans_referent_la_direction_est_interrogee_et_personne_d_inactif(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    referente.is_active = False
    referente.save()
    assert rappeler_reouvertures() == 0
    direction = HabilitationFactory(role=Role.DIRECTION, structure=offre.parent).utilisateur
    assert rappeler_reouvertures() == 1
    assert mail.outbox[0].to == [direction.courriel]


@pytest.mark.exigence("B50")
def test_l_accueil_pose_la_question_et_oui_suffit(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    texte = client.get(reverse("accueil")).content.decode()
    assert "L’offre a-t-elle rouvert\u00a0?" in texte
    lien = reverse("fiche-reouverture", args=[offre.pk])
    formulaire = lire_formulaire(texte, lien)
    reponse = client.post(lien, {**formulaire, "reponse": "oui"})
    assert reponse.url == reverse("accueil")
    assert "L’offre a-t-elle rouvert" not in client.get(reverse("accueil")).content.decode()
    assert rappeler_reouvertures() == 0
    assert "Réouverture confirmée pour le 4\u00a0janvier\u00a02027." in phrases(offre)
    assert etat(offre) == Etat.FERMEE_PROVISOIREMENT
    aller_au(horloge, REOUVERTURE)
    appliquer_fermetures()
    assert etat(offre) == Etat.OUVERTE


@pytest.mark.exigence("B50")
def test_repousser_demande_de_nouveau_pour_la_nouvelle_date(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    assert rappeler_reouvertures() == 1
    assert repondre(client, offre, reponse="oui").status_code == 302
    assert repondre(client, offre, reponse="repousser", date="2027-01-05").status_code == 302
    assert fermeture(offre).reouverture == date(2027, 1, 5)
    assert rappeler_reouvertures() == 1
    assert any("4 janvier 2027 → 5 janvier 2027" in p for p in phrases(offre))


@pytest.mark.parametrize(
    ("reponse", "message"),
    [
        ({"reponse": "repousser", "date": ""}, "Indiquez la nouvelle date"),
        ({"reponse": "repousser", "date": "2027-01-04"}, "Indiquez la nouvelle date"),
        ({"reponse": "repousser", "date": "2026-12-20"}, "doit suivre la fermeture"),
        ({"reponse": "repousser", "date": "2026-12-29"}, "est passée"),
        ({"reponse": "repousser", "date": "bientôt"}, "Une date est attendue"),
        ({"reponse": "repousser", "date": "2099-01-01"}, "Vérifiez l’année"),
        ({"reponse": "peut-être"}, "Choisissez une réponse"),
        ({}, "Choisissez une réponse"),
    ],
)
def test_une_reponse_fautive_est_dite(client, offre, referente, horloge, reponse, message):
    fermee(client, offre, horloge)
    recue = repondre(client, offre, **reponse)
    assert recue.status_code == 422
    assert message in recue.content.decode()
    assert fermeture(offre).reouverture == REOUVERTURE


def test_une_reponse_sur_une_fermeture_changee_ou_finie_est_refusee(client, offre, referente, horloge):
    fermee(client, offre, horloge)
    lien = reverse("fiche-reouverture", args=[offre.pk])
    jeton = lire_formulaire(client.get(lien).content.decode(), "")["vu"][0]
    repondre(client, offre, reponse="repousser", date="2027-02-01")
    reponse = client.post(lien, {"vu": jeton, "reponse": "oui"})
    assert reponse.status_code == 409
    assert "modifiée depuis l’affichage" in reponse.content.decode()
    repondre_rouvrir(client, offre)
    reponse = client.post(lien, {"vu": jeton, "reponse": "maintenant"})
    assert reponse.status_code == 409
    assert "est ouverte, sans fermeture prévue" in reponse.content.decode()
    assert "L’offre est ouverte" in client.get(lien, follow=True).content.decode()


def test_l_accueil_coute_autant_avec_une_ou_quatre_reouvertures(client, offre, referente, horloge):
    fermee(client, offre, horloge)

    def requetes() -> int:
        with CaptureQueriesContext(connection) as vues:
            assert client.get(reverse("accueil")).status_code == 200
        return len(vues)

    requetes()
    une = requetes()
    for _ in range(3):
        autre = UOFactory(parent=offre.parent, etat=Etat.FERMEE_PROVISOIREMENT)
        UniteOperationnelle.objects.filter(structure=autre).update(
            type_fermeture="PRO", date_fermeture=FERMETURE, date_reouverture_prevue=REOUVERTURE
        )
    assert requetes() <= une + 1  # the names of the establishments to re-read, once there is one
