"""The review page of an establishment: what is doubtful first, the rest in one act, nothing unseen (M17, S62, B28)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pilotage import revue
from pilotage.models import ReportRelecture
from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.models import EntreeJournal, Lieu, Modification, Role, Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from ror.commun.francais import date_fr
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

from .conftest import droit, offre_saine

pytestmark = pytest.mark.django_db


def adresse(eg) -> str:
    return reverse("relecture", args=[eg.pk])


def page(client, eg, requete: str = "") -> str:
    reponse = client.get(adresse(eg) + requete)
    assert reponse.status_code == 200
    return reponse.content.decode()


def bloc(texte: str, offre) -> str:
    """The block of one offer alone."""
    return re.search(rf'<li class="offre-revue" id="offre-{offre.pk}">.*?\n</li>', texte, re.DOTALL)[0]


def groupes(client, eg) -> dict[str, list[str]]:
    contexte = client.get(adresse(eg)).context
    lus = {nom: [ligne.offre.nom for ligne in getattr(contexte["revue"], nom)] for nom in ("plus_tard", "a_jour")}
    return lus | {nom: [lue.offre.nom for lue in contexte[nom]] for nom in ("a_verifier", "reste")}


def lire(eg, personne) -> revue.Revue:
    return revue.revue_de(Structure.objects.get(pk=eg.pk), personne)


def relue(offre) -> bool:
    return timezone.localdate(UniteOperationnelle.objects.get(pk=offre.pk).relue_le) == timezone.localdate()


def conforme(texte: str, eg, offre) -> dict:
    return lire_formulaire(bloc(texte, offre), reverse("relecture-valider", args=[eg.pk]))


def reste(texte: str, eg) -> dict:
    return lire_formulaire(texte[texte.index('<form class="carte-pied attestation"') :], f"{adresse(eg)}valider/")


# ---------- what is shown, in which order ----------


@pytest.mark.exigence("M17", "B28")
def test_ce_qui_est_douteux_vient_d_abord_avec_sa_raison(client, eg, referente):
    saine = offre_saine(eg, "Saine")
    muette, mal_notee = offre_saine(eg, "Muette"), offre_saine(eg, "Mal notée", telephone="01 60 00")
    muette.contacts.all().delete()
    sans_heures = offre_saine(eg, "Sans heures")
    sans_heures.lignes_horaires.all().delete()
    offre_saine(eg, "Oubliée", 800)
    fermee = offre_saine(eg, "Suspendue")
    Structure.objects.filter(pk=fermee.pk).update(etat=Etat.FERMEE_PROVISOIREMENT)
    en_attente = offre_saine(eg, "En attente")
    actions.enregistrer(
        structure_id=en_attente.pk,
        auteur=referente,
        vues=fiches.lire(en_attente),
        saisies={"conditions_accueil": "Chats admis"},
    )
    texte = page(client, eg)
    lus = groupes(client, eg)
    assert lus["reste"] == ["Saine"]
    assert set(lus["a_verifier"]) == {"Muette", "Mal notée", "Sans heures", "Oubliée", "Suspendue", "En attente"}
    assert "Aucun téléphone ni courriel" in bloc(texte, muette)
    assert "« 01 60 00 » n’est pas un numéro".replace(" »", "\u00a0»").replace("« ", "«\u00a0") in bloc(
        texte, mal_notee
    )
    assert "Horaires non renseignés" in bloc(texte, sans_heures)
    assert "Non relue depuis 2\u00a0ans" in texte
    assert "sans date de réouverture à venir" in texte
    assert "Modifications non diffusées" in bloc(texte, en_attente)
    assert "Chats admis" in bloc(texte, en_attente)
    assert "Relecture\u00a0: dans" in bloc(texte, saine)
    assert "En retard" not in bloc(texte, saine)


@pytest.mark.exigence("M17")
def test_finess_a_change_l_adresse_depuis_la_derniere_relecture(client, eg, referente):
    sans_lieu, avec_lieu = offre_saine(eg, "Sans lieu", 100), offre_saine(eg, "Avec lieu", 100)
    avec_lieu.unite.lieux.add(Lieu.objects.create(etablissement=eg, nom="Annexe"))
    EntreeJournal.objects.create(
        structure=eg,
        version=2,
        le=timezone.now() - timedelta(days=10),
        origine=EntreeJournal.Origine.FINESS,
        changements=[{"champ": "libelle_voie", "base": "A", "propose": "B"}],
    )
    assert groupes(client, eg)["a_verifier"] == ["Sans lieu"]
    assert "L’adresse de l’établissement a changé dans FINESS" in page(client, eg)
    client.post(f"{adresse(eg)}valider/", conforme(page(client, eg), eg, sans_lieu))
    assert groupes(client, eg) == {"a_verifier": [], "reste": [], "plus_tard": [], "a_jour": ["Avec lieu", "Sans lieu"]}


@pytest.mark.exigence("M17", "S31", "S62")
def test_chaque_offre_montre_son_resume_son_echeance_et_toute_sa_fiche(client, eg, referente):
    offre = offre_saine(eg, "Accueil de jour")
    UniteOperationnelle.objects.filter(pk=offre.pk).update(conditions_accueil="Animaux admis")
    texte = page(client, eg)
    assert "Une mise à jour du ROR doit être réalisée au minimum une fois par an" in texte
    lu, echeance = bloc(texte, offre), lire(eg, referente).reste[0].echeance
    assert f"à relire avant le {date_fr(echeance)}" in lu
    for mot in ("Ouvert le lundi de 9\u00a0h à 17\u00a0h.", "01\u00a060\u00a000\u00a000\u00a001", "Animaux admis"):
        assert mot in lu


def test_une_offre_a_jour_n_est_pas_redemandee(client, eg, referente):
    offre_saine(eg, "Récente", 20)
    offre_saine(eg, "Fermée", 500)
    Structure.objects.filter(nom="Fermée").update(etat=Etat.FERMEE)
    assert groupes(client, eg) == {"a_verifier": [], "reste": [], "plus_tard": [], "a_jour": ["Récente"]}
    assert "Rien à relire ici." in page(client, eg)


@pytest.mark.exigence("B28", "M17")
def test_les_requetes_ne_suivent_pas_le_nombre_d_offres(client, eg, referente):
    comptes = []
    for nombre in (3, 30):
        for n in range(nombre):
            offre_saine(eg, f"Offre {n:03}", 350 if n % 2 else 800)
        with CaptureQueriesContext(connection) as vues:
            page(client, eg)
        comptes.append(len(vues))
    assert comptes[0] == comptes[1]


@pytest.mark.exigence("S66")
def test_les_deux_regles_annuelles_sont_nommees_cote_a_cote(client, eg, referente):
    for n in range(8):
        offre = offre_saine(eg, f"Offre {n}", 10 if n < 2 else 500)
        Structure.objects.filter(pk=offre.pk).update(cree_le=timezone.now() - timedelta(days=600))
    for texte in (page(client, eg), client.get(reverse("fiche", args=[eg.pk])).content.decode()):
        mots = " ".join(re.sub(r"<[^>]+>", " ", texte).split())
        assert "Règle des guides chaque offre relue au moins une fois par an À relire 2 sur 8 offres" in mots
        assert "Règle nationale RE1.2 une part des offres mise à jour dans l’année Conforme 2 sur 8 offres" in mots
        assert "(au moins 25 % attendus)" in mots


# ---------- « Conforme », « À corriger » ----------


@pytest.mark.exigence("S62", "S110", "B28")
def test_conforme_valide_une_offre_et_passe_a_la_suivante(client, eg, referente):
    offres = [offre_saine(eg, nom, 800) for nom in ("Alpha", "Bêta", "Gamma")]
    envoi = conforme(page(client, eg), eg, offres[1])
    reponse = client.post(f"{adresse(eg)}valider/", envoi, headers={"HX-Request": "true"})
    texte = reponse.content.decode()
    assert "«\u00a0Bêta\u00a0» est relue et validée." in texte
    assert [relue(o) for o in offres] == [False, True, False]
    assert "data-focus" in bloc(texte, offres[2])
    entree = EntreeJournal.objects.get()
    assert (entree.auteur, entree.phrases) == (referente, ["Fiche relue et validée, sans modification."])
    assert client.post(f"{adresse(eg)}valider/", conforme(page(client, eg), eg, offres[0])).status_code == 302


@pytest.mark.exigence("S62")
def test_a_corriger_ouvre_la_section_et_revient_ici(client, eg, referente):
    offre = offre_saine(eg, "Muette", 800)
    offre.contacts.all().delete()
    texte = bloc(page(client, eg), offre)
    lien = re.search(r'href="([^"]+)" class="fw-semibold">Contacts', texte)[1].replace("&amp;", "&")
    assert lien.startswith(reverse("fiche-section", args=[offre.pk, "contacts"]))
    lien = lien.replace("contacts/modifier", "conditions/modifier")
    formulaire = client.get(lien).content.decode()
    action = re.search(r'<form class="carte-corps"[^>]* action="([^"]+)"', formulaire)[1]
    envoi = lire_formulaire(formulaire, action.replace("&amp;", "&"))
    reponse = client.post(action.replace("&amp;", "&"), {**envoi, "conditions_accueil": "Chats admis"})
    assert reponse["Location"] == f"{adresse(eg)}#offre-{offre.pk}"
    htmx = client.post(action.replace("&amp;", "&"), envoi, headers={"HX-Request": "true"})
    assert htmx["HX-Redirect"] == f"{adresse(eg)}#offre-{offre.pk}"
    assert "Chats admis" in bloc(page(client, eg), offre)


@pytest.mark.parametrize("ailleurs", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", "x"])
def test_on_ne_revient_que_sur_le_portail(client, eg, referente, ailleurs):
    offre = offre_saine(eg, "Offre")
    lien = f"{reverse('fiche-section', args=[offre.pk, 'conditions'])}?retour={ailleurs}"
    envoi = lire_formulaire(client.get(lien).content.decode(), lien.partition("?")[0])
    reponse = client.post(lien, {**envoi, "conditions_accueil": "Chats"})
    assert reponse["Location"] == reverse("fiche", args=[offre.pk]) + "#conditions"


@pytest.mark.exigence("S62", "S109")
def test_diffuser_et_valider_publie_ce_qui_attendait_et_seulement_ce_qui_est_montre(client, eg, referente):
    offre = offre_saine(eg, "En attente", 350)

    def saisir(texte: str):
        vues = valeurs_en_cours(offre, modification_en_attente(offre))
        actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=vues, saisies={"conditions_accueil": texte})

    saisir("Chats admis")
    diffuser = reverse("relecture-diffuser", args=[eg.pk, offre.pk])
    envoi = lire_formulaire(page(client, eg), diffuser)
    saisir("Chats et chiens admis")
    refuse = client.post(diffuser, envoi)
    assert refuse.status_code == 409
    assert "a enregistré d’autres modifications" in refuse.content.decode()
    assert client.post(diffuser, lire_formulaire(page(client, eg), diffuser)).status_code == 302
    unite = UniteOperationnelle.objects.get(pk=offre.pk)
    assert (unite.conditions_accueil, unite.relue_par) == ("Chats et chiens admis", referente)
    assert Modification.objects.get().etat == Modification.Etat.PUBLIEE
    assert client.post(diffuser, {"vu": "forgé"}).status_code == 409


# ---------- « Tout le reste » ----------


@pytest.mark.exigence("M17", "B28", "S110")
def test_tout_le_reste_se_valide_en_un_acte(client, eg, referente):
    offres = [offre_saine(eg, f"Offre {n}") for n in range(5)]
    texte = page(client, eg)
    assert "J’ai relu ces 5\u00a0offres et je les valide." in texte
    refuse = client.post(f"{adresse(eg)}valider/", reste(texte, eg))
    assert refuse.status_code == 422
    assert "avant de valider" in refuse.content.decode()
    assert not any(map(relue, offres))
    suite = client.post(f"{adresse(eg)}valider/", {**reste(texte, eg), "relu": "1"}, follow=True)
    assert "5\u00a0offres relues et validées." in suite.content.decode()
    assert all(map(relue, offres))


@pytest.mark.exigence("B28")
def test_ce_qui_change_sous_ses_yeux_reste_a_relire_et_se_dit(client, eg, referente):
    change, saine = offre_saine(eg, "Change"), offre_saine(eg, "Saine")
    envoi = {**reste(page(client, eg), eg), "relu": "1"}
    Structure.objects.filter(pk=change.pk).update(version=5)
    texte = client.post(f"{adresse(eg)}valider/", envoi, follow=True).content.decode()
    assert "reste à relire. Elle a changé depuis l’affichage" in texte
    assert (relue(change), relue(saine)) == (False, True)
    encore = client.post(f"{adresse(eg)}valider/", envoi, follow=True).content.decode()
    assert "Déjà relue et validée par" in encore


@pytest.mark.exigence("B28", "M17")
def test_seules_les_offres_affichees_sont_validees(client, eg, referente, monkeypatch):
    monkeypatch.setattr(revue, "RESTE_PAR_PAGE", 3)
    offres = [offre_saine(eg, f"Offre {n}") for n in range(7)]
    tours = []
    while 'class="carte-pied attestation"' in (texte := page(client, eg)):
        tours.append(texte.count('class="offre-revue"'))
        client.post(f"{adresse(eg)}valider/", {**reste(texte, eg), "relu": "1"})
    assert tours == [3, 3, 1]
    assert all(map(relue, offres))


@pytest.mark.parametrize("vues", [None, "", "forgé", "x" * 5000])
def test_un_jeton_illisible_ne_valide_rien(client, eg, referente, vues):
    offre = offre_saine(eg, "Offre")
    reponse = client.post(f"{adresse(eg)}valider/", {"relu": "1"} | ({"vues": vues} if vues is not None else {}))
    assert reponse.status_code == 409
    assert "Cette page n’est plus à jour" in reponse.content.decode()
    assert not relue(offre)


def test_le_jeton_d_un_autre_etablissement_ne_vaut_rien_ici(client, eg, referente):
    autre = EGFactory()
    HabilitationFactory(structure=autre, utilisateur=referente)
    ailleurs = offre_saine(autre, "Ailleurs")
    offre_saine(eg, "Ici")
    envoi = {**reste(page(client, autre), autre), "relu": "1"}
    assert client.post(f"{adresse(eg)}valider/", envoi).status_code == 409
    assert not relue(ailleurs)


# ---------- who ----------


def test_qui_ne_peut_pas_diffuser_ne_relit_pas(client, eg, region):
    offre_saine(eg, "Offre")
    for personne in (UtilisateurFactory(), droit(EGFactory()), droit(eg, Role.LECTEUR)):
        client.force_login(personne)
        reponse = client.get(adresse(eg))
        assert reponse.status_code == 403
        assert client.post(f"{adresse(eg)}valider/", {"relu": "1"}).status_code == 403
    assert client.get(reverse("relecture", args=[9_999_999])).status_code == 404


def test_un_droit_sur_une_seule_offre_ne_montre_qu_elle(client, eg, region):
    une = offre_saine(eg, "Une")
    UOFactory(parent=eg, nom="Autre")
    client.force_login(droit(une))
    assert groupes(client, eg) == {"a_verifier": [], "reste": ["Une"], "plus_tard": [], "a_jour": []}


# ---------- « Rappeler plus tard » ----------


@pytest.mark.exigence("B28")
def test_remettre_a_plus_tard_ne_change_pas_l_echeance(client, eg, referente):
    offre = offre_saine(eg, "Offre", 340)
    url = reverse("relecture-plus-tard", args=[eg.pk, offre.pk])
    avant = lire(eg, referente).reste[0].echeance
    texte = client.post(url, {"jours": "30"}, follow=True).content.decode()
    assert "Son échéance ne change pas." in texte
    (ligne,) = lire(eg, referente).plus_tard
    assert (ligne.echeance, ligne.report) == (avant, timezone.localdate() + timedelta(days=30))
    collegue = droit(eg)
    assert [o.offre for o in lire(eg, collegue).reste] == [offre]


@pytest.mark.parametrize(
    ("relue_il_y_a", "proposes", "trop_tard"),
    [(340, ["7", "30"], False), (385, ["7", "10"], False), (390, ["5"], False), (396, [], True), (200, [], False)],
)
def test_plus_tard_dit_les_jours_qu_il_donne(client, eg, referente, time_machine, relue_il_y_a, proposes, trop_tard):
    time_machine.move_to("2027-01-20T12:00:00+01:00", tick=False)
    client.force_login(referente)
    offre_saine(eg, "Offre", relue_il_y_a)
    page = client.get(reverse("relecture", args=[eg.pk])).content.decode().replace("\u00a0", " ")
    assert re.findall(r"Rappeler dans (\d+) jours", page) == proposes
    assert page.count("au plus tard") == sum(jours not in ("7", "30") for jours in proposes)
    assert ("Trop tard pour la remettre" in page) is trop_tard


@pytest.mark.exigence("B28")
@pytest.mark.parametrize(("relue_il_y_a", "attendu"), [(385, 10), (396, None), (365, 30), (200, None)])
def test_jamais_plus_de_trente_jours_apres_l_echeance(client, eg, referente, time_machine, relue_il_y_a, attendu):
    time_machine.move_to("2027-01-20T12:00:00+01:00", tick=False)
    client.force_login(referente)
    offre = offre_saine(eg, "Offre", relue_il_y_a)
    reponse = client.post(reverse("relecture-plus-tard", args=[eg.pk, offre.pk]), {"jours": "30"})
    if attendu is None:
        assert reponse.status_code == 409
        assert not ReportRelecture.objects.exists()
    else:
        assert ReportRelecture.objects.get().au == timezone.localdate() + timedelta(days=attendu)


@pytest.mark.parametrize("jours", ["", "8", "-7", "٧", "9" * 500])
def test_un_delai_inconnu_se_dit(client, eg, referente, jours):
    offre = offre_saine(eg, "Offre")
    reponse = client.post(reverse("relecture-plus-tard", args=[eg.pk, offre.pk]), {"jours": jours})
    assert reponse.status_code == 422
    assert "dans 7 ou dans 30" in reponse.content.decode()


def test_une_offre_jamais_relue_est_a_relire_des_maintenant(client, eg, referente):
    neuve = offre_saine(eg, "Accueil de jour")
    UniteOperationnelle.objects.filter(pk=neuve.pk).update(relue_le=None)
    page = client.get(reverse("relecture", args=[eg.pk])).content.decode()
    assert "1\u00a0jamais relue" in page
    assert "à relire dès maintenant" in page
    assert "échéance la plus proche" not in page, "none was ever re-read"
