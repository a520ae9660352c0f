"""The reviewer's screen: what she is shown, what she settles, what she asks, what she decides (B1–B4, B8, B11, M15)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dossiers import actions
from dossiers.etats import Etat
from dossiers.models import Avis, Commentaire, Correction, Dossier, Lecture, Sujet
from referentiel import fiches
from referentiel.models import Structure
from tests.dossiers.circuit import brouillon, changer, diffuser, envoyer, mener, monde, vu
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db):
    return monde()


def page(m, role: str, dossier: Dossier, suite: str = "relecture/") -> str:
    return texte(m.client(role).get(f"/ror/dossiers/{dossier.pk}/{suite}").content.decode())


def texte(html: str) -> str:
    """What a person reads, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.replace("\u00a0", " "))).replace("&#x27;", "'")


def publiees(structure: Structure) -> dict:
    return fiches.lire(Structure.objects.get(pk=structure.pk))


@pytest.mark.exigence("M15", "B1", "B3")
def test_each_change_is_a_sentence_and_moves_are_told_as_moves(m):
    dossier = brouillon(m)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Sur rendez-vous")
    envoyer(m, dossier)
    lu = page(m, "direction", dossier)
    assert "Le pôle « Pôle B » est créé sous « CH de Valmont »." in lu
    assert "L’unité « Unité de cardiologie » passe de « CH de Valmont › Pôle A › UF 1 » à" in lu
    assert "L’unité « Unité de rythmologie » est supprimée." in lu
    assert "Motif : Arrêtée" in lu
    for mot in ("Part d’ici", "Arrive ici", "Créé", "Supprimée", "À l’ouverture", "Répertoire aujourd’hui"):
        assert mot in lu
    assert re.search(r"Conditions d’accueil ?non renseigné ?non renseigné ?Sur rendez-vous", lu)
    assert "Horaires" not in lu.split("Conditions d’accueil")[1].split("Commentaires")[0]
    assert re.search(r"Créations ?2 ?Déplacements ?1 ?Suppressions ?1 ?Modifications de contenu ?1 ?Conflits ?0", lu)
    assert "Valider le dossier" in lu
    assert "Valider le dossier" not in page(m, "referent", dossier).split("Votre décision")[0].split("Étapes")[0]
    assert "Votre décision" not in page(m, "referent", dossier)


@pytest.mark.exigence("B1", "B2", "M1")
def test_a_conflict_blocks_until_it_is_settled_and_the_choice_is_used_at_integration(m):
    dossier = brouillon(m)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Du dossier", conditions_admission="Admission")
    diffuser(m.cardio, m.gestionnaire, conditions_accueil="Du Répertoire", informations_complementaires="Autre champ")
    client = m.client("referent")
    adresse = f"/ror/dossiers/{dossier.pk}/"
    bloque = client.post(f"{adresse}envoyer/", {"vu": vu(dossier)})
    assert bloque.status_code == 409
    assert Dossier.objects.get().etat == Etat.BROUILLON
    lu = page(m, "referent", dossier, "repertoire/")
    assert "Modifié des deux côtés" in lu
    assert "À trancher" in lu
    html = client.get(f"{adresse}repertoire/").content.decode()
    envoi = lire_formulaire(html, "")
    (choix,) = set(re.findall(r'name="(choix:[^"]+)"', html))
    assert client.post(f"{adresse}repertoire/", envoi).status_code == 422
    forge = client.post(f"{adresse}repertoire/", {**envoi, "choix:inconnu@000000000000": "garder"})
    assert forge.status_code == 409
    assert client.post(f"{adresse}repertoire/", {**envoi, choix: "imposer"}).status_code == 302
    assert "Choix gardé : valeur du dossier, par" in page(m, "referent", dossier, "repertoire/")
    # One may change one's mind as long as the conflict stands.
    client.post(f"{adresse}repertoire/", {**envoi, choix: "garder"})
    assert "Choix gardé : valeur du Répertoire" in page(m, "referent", dossier, "repertoire/")
    client.post(f"{adresse}repertoire/", {**envoi, choix: "imposer"})
    envoyer(m, dossier)
    actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
    actions.accepter(dossier_id=dossier.pk, auteur=m.gestionnaire, vu=None, sans_tout_lire=True)
    valeurs = publiees(m.cardio)
    assert valeurs["conditions_accueil"] == "Du dossier"
    assert valeurs["conditions_admission"] == "Admission"
    assert valeurs["informations_complementaires"] == "Autre champ"


@pytest.mark.exigence("B2")
def test_a_conflict_born_after_sending_is_settled_by_the_reviewer_before_she_approves(m):
    dossier = brouillon(m)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Du dossier")
    envoyer(m, dossier)
    diffuser(m.cardio, m.gestionnaire, conditions_accueil="Du Répertoire")
    client, adresse = m.client("direction"), f"/ror/dossiers/{dossier.pk}/relecture/"
    html = client.get(adresse).content.decode()
    assert "Il reste 1\u00a0conflit à trancher" in html
    assert re.search(r'<button[^>]+aria-disabled="true"[^>]+aria-describedby="decision-aide"', html)
    assert "Gestionnaire" in texte(html).split("Du Répertoire")[1][:80]
    refuse = client.post(adresse, {"vu": vu(dossier), "message": "Je relis"})
    assert refuse.status_code == 409
    assert "Je relis" in refuse.content.decode()
    (choix,) = set(re.findall(r'name="(choix:[^"]+)"', html))
    fiche = dossier.fiches.get(structure=m.cardio).pk
    assert m.client("referent").post(adresse, {"geste": "trancher", "fiche": fiche, choix: "garder"}).status_code == 403
    assert client.post(adresse, {"geste": "trancher", "fiche": fiche, choix: "garder"}).status_code == 302
    perimee = client.post(adresse, {"vu": dossier.modifie_le.isoformat()})
    assert perimee.status_code == 409
    assert client.post(adresse, {"vu": vu(dossier), "sans_tout_lire": "on"}).status_code == 302
    actions.accepter(dossier_id=dossier.pk, auteur=m.gestionnaire, vu=None, sans_tout_lire=True)
    assert publiees(m.cardio)["conditions_accueil"] == "Du Répertoire"


@pytest.mark.exigence("B4")
def test_approved_means_frozen_and_an_edit_takes_the_approval_back(m):
    dossier = mener(m, "gestionnaire")
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{dossier.pk}/relecture/"
    jour = timezone.localdate() + timedelta(days=12)
    envoi = lire_formulaire(client.get(adresse).content.decode(), "")
    assert client.post(adresse, {**envoi, "date_effet": ""}).status_code == 422
    passe = client.post(adresse, {**envoi, "date_effet": "2020-01-01", "message": "Merci"})
    assert passe.status_code == 422
    assert "Merci" in passe.content.decode()
    assert client.post(adresse, {**envoi, "date_effet": "demain"}).status_code == 422
    client.post(adresse, {**envoi, "date_effet": jour.isoformat(), "sans_tout_lire": "on"})
    dossier.refresh_from_db()
    assert (dossier.etat, dossier.date_effet) == (Etat.APPROUVE, jour)
    assert Structure.objects.filter(nom="Pôle B").count() == 0
    lu = page(m, "referent", dossier, "suivi/")
    assert "Ce dossier est approuvé" in lu
    assert "Toute modification avant cette date le renvoie en validation" in lu
    changer(dossier, m.cardio, m.referent, conditions_accueil="Après coup")
    dossier.refresh_from_db()
    assert dossier.etat in (Etat.BROUILLON, Etat.DIRECTION)
    assert dossier.date_effet is None
    assert actions.publier_dossiers_echus(jour) == 0
    assert "Modifié après son envoi" in page(m, "gestionnaire", dossier, "suivi/")


def test_nobody_settles_a_conflict_of_an_approved_dossier_which_goes_back_to_its_validator(m):
    dossier = brouillon(m)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Du dossier")
    envoyer(m, dossier)
    jour = timezone.localdate() + timedelta(days=3)
    actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
    actions.accepter(dossier_id=dossier.pk, auteur=m.gestionnaire, vu=None, sans_tout_lire=True, date_effet=jour)
    diffuser(m.cardio, m.gestionnaire, conditions_accueil="Du Répertoire")
    lu = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/repertoire/").content.decode()
    assert "À trancher" in lu
    assert "Garder mes choix" not in lu
    fiche = dossier.fiches.get(structure=m.cardio).pk
    corps = {"fiche": fiche, "choix:conditions_accueil@000000000000": "imposer"}
    assert m.client("referent").post(f"/ror/dossiers/{dossier.pk}/repertoire/", corps).status_code == 409
    assert actions.publier_dossiers_echus(jour) == 0
    dossier.refresh_from_db()
    assert dossier.etat == Etat.GESTIONNAIRE
    lu = page(m, "gestionnaire", dossier)
    assert "Publication arrêtée" in lu
    assert "Il reste 1 conflit à trancher" in lu


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"c-TOTAL_FORMS": "0"}, "Demandez au moins 1 correction."),
        ({"c-TOTAL_FORMS": "31"}, "Demandez 30 corrections au plus à la fois."),
        ({"c-TOTAL_FORMS": "zzz"}, "Demandez au moins 1 correction."),
    ],
)
def test_corrections_sent_without_their_count_are_told(m, change, dit):
    dossier = mener(m, "gestionnaire")
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{dossier.pk}/corrections/"
    envoi = lire_formulaire(client.get(adresse).content.decode(), "")
    reponse = client.post(adresse, {**envoi, "c-0-message": "Nom à revoir", **change})
    assert reponse.status_code == 422
    assert dit in texte(reponse.content.decode())
    assert not Correction.objects.exists()


@pytest.mark.exigence("B8")
def test_a_correction_goes_to_the_fiche_and_comes_back_done(m):
    dossier = mener(m, "gestionnaire")
    client, adresse = m.client("gestionnaire"), f"/ror/dossiers/{dossier.pk}/corrections/"
    pole = dossier.fiches.get(nom="Pôle B")
    envoi = lire_formulaire(client.get(f"{adresse}?fiche={pole.pk}").content.decode(), "")
    assert envoi["c-0-fiche"] == [str(pole.pk)]
    vide = client.post(adresse, {**envoi, "c-0-message": "  "})
    assert vide.status_code == 422
    ajoute = client.post(adresse, {**envoi, "c-0-message": "Nom à revoir", "geste": "ajouter"})
    envoi = lire_formulaire(ajoute.content.decode(), "")
    assert envoi["c-0-message"] == ["Nom à revoir"]
    envoi |= {"c-1-fiche": "", "c-1-nature": "incomplet", "c-1-message": "Il manque un service"}
    autre = Dossier.objects.create(etablissement=m.autre.habilitations.get().structure, nom="X", cree_par=m.autre)
    etrangere = autre.fiches.create(niveau="P", nom="Pôle X", auteur=m.autre)
    assert client.post(adresse, {**envoi, "c-0-fiche": etrangere.pk}).status_code == 422
    assert client.post(adresse, {**envoi, "c-0-nature": "roi"}).status_code == 422
    assert client.post(adresse, {**envoi, "vu": "hier"}).status_code == 409
    client.post(adresse, envoi)
    dossier.refresh_from_db()
    assert dossier.etat == Etat.A_CORRIGER
    assert {(c.sujet, c.nature) for c in Correction.objects.all()} == {
        ("Pôle B", "incorrect"), ("Tout le dossier", "incomplet")
    }  # fmt: skip
    assert Avis.objects.filter(destinataire=m.referent, sujet=Sujet.CORRECTION).count() == 1
    referent, envoyer_ = m.client("referent"), f"/ror/dossiers/{dossier.pk}/envoyer/"
    html = referent.get(envoyer_).content.decode()
    assert "Nom à revoir" in html
    assert f"/ror/dossiers/{dossier.pk}/fiche/{pole.cle}/" in html
    assert "1\u00a0fiche restante" in html
    assert referent.post(envoyer_, {"vu": vu(dossier), "corrections_faites": "on"}).status_code == 409
    from tests.dossiers.circuit import finaliser

    finaliser(dossier, pole.cle, m.referent)
    sans = referent.post(envoyer_, {"vu": vu(dossier), "message": "Voilà"})
    assert sans.status_code == 422
    assert "Voilà" in sans.content.decode()
    assert "Corrections effectuées" in sans.content.decode()
    assert referent.post(envoyer_, {"vu": vu(dossier), "corrections_faites": "on"}).status_code == 302
    assert not any(c.ouverte for c in Correction.objects.all())
    assert "Dossier corrigé et renvoyé en validation." in page(m, "gestionnaire", dossier, "suivi/")


@pytest.mark.exigence("B8")
def test_a_demand_taken_back_keeps_its_message(m):
    dossier = mener(m, "a_corriger")
    demande = Correction.objects.get()
    adresse = f"/ror/dossiers/corrections/{demande.pk}/annuler/"
    for role, statut in (("autre", 404), ("lecteur", 404), ("referent", 403), ("tutelle", 403)):
        assert m.client(role).post(adresse).status_code == statut
    assert m.client("direction").post(adresse).status_code == 302
    assert m.client("direction").post(adresse).status_code == 409
    lu = page(m, "referent", dossier, "suivi/")
    assert "À revoir" in lu
    assert "Annulée" in lu
    assert m.client("referent").post(f"/ror/dossiers/{dossier.pk}/envoyer/", {"vu": vu(dossier)}).status_code == 302


def test_not_retained_takes_a_reason_and_ends_the_dossier(m):
    dossier = mener(m, "direction")
    client, adresse = m.client("direction"), f"/ror/dossiers/{dossier.pk}/ne-pas-retenir/"
    assert client.post(adresse, {"vu": vu(dossier), "motif": " "}).status_code == 422
    long = client.post(adresse, {"vu": vu(dossier), "motif": "x" * 1001})
    assert long.status_code == 422
    assert "x" * 1001 in long.content.decode()
    assert client.post(adresse, {"vu": "", "motif": "Doublon"}).status_code == 409
    client.post(adresse, {"vu": vu(dossier), "motif": "Doublon"})
    lu = page(m, "referent", dossier, "suivi/")
    assert "n’a pas été retenu" in lu
    assert "Motif : Doublon" in lu
    assert "refusé" not in lu


@pytest.mark.exigence("B11")
def test_comments_are_anchored_answered_mentioned_and_settled(m):
    dossier = mener(m, "gestionnaire")
    pole = dossier.fiches.get(nom="Pôle B")
    adresse = f"/ror/dossiers/{dossier.pk}/commenter/"
    client = m.client("gestionnaire")
    suite = f"/ror/dossiers/{dossier.pk}/relecture/"
    vide = client.post(adresse, {"texte": " ", "fiche": pole.pk})
    assert vide.status_code == 422
    reponse = client.post(
        adresse, {"texte": f"Et le nom ? @{m.direction.identifiant}", "fiche": pole.pk, "champ": "nom", "next": suite}
    )
    fil = Commentaire.objects.get()
    assert reponse.url == f"{suite}#commentaire-{fil.pk}"
    assert fil.sujet == "Pôle B, Nom"
    assert Avis.objects.filter(destinataire=m.direction, sujet=Sujet.COMMENTAIRE).count() == 1
    inconnue = {"texte": f"Bonjour @Camille, @{m.direction.identifiant}, a@exemple.fr", "reponse_a": fil.pk}
    lu = texte(client.post(adresse, inconnue, follow=True).content.decode())
    assert "Personne ne s’appelle @camille parmi les personnes de ce dossier : aucun avis n’a été envoyé" in lu
    assert lu.count("Personne ne s’appelle") == 1
    assert client.post(adresse, {"texte": "x", "fiche": "999999"}).status_code == 422
    assert client.post(adresse, {"texte": "x", "reponse_a": "999999"}).status_code == 409
    assert client.post(adresse, {"texte": "x" * 2001}).status_code == 422
    ailleurs = client.post(adresse, {"texte": "x", "next": "https://ailleurs.example/"})
    assert ailleurs.url.startswith(f"/ror/dossiers/{dossier.pk}/suivi/#")
    m.client("referent").post(adresse, {"texte": "Corrigé", "reponse_a": fil.pk})
    lu = page(m, "direction", dossier)
    assert "Et le nom ?" in lu
    assert "Corrigé" in lu
    actions.retirer_de_la_validation(dossier_id=dossier.pk, auteur=m.referent)
    assert "2 échanges ne sont pas réglés" in page(m, "referent", dossier, "envoyer/")
    regler = f"/ror/dossiers/commentaires/{fil.pk}/regler/"
    assert m.client("autre").post(regler).status_code == 404
    m.client("referent").post(regler)
    assert "1 échange n’est pas réglé" in page(m, "referent", dossier, "envoyer/")
    m.client("referent").post(regler, {"regle": "0"})
    assert "2 échanges ne sont pas réglés" in page(m, "referent", dossier, "envoyer/")


def test_what_was_read_stays_ticked_until_it_changes_and_is_hers_only(m):
    dossier = mener(m, "direction")
    client, adresse = m.client("direction"), f"/ror/dossiers/{dossier.pk}/relecture/"
    html = client.get(adresse).content.decode()
    lus = f"/ror/dossiers/{dossier.pk}/lus/"
    envoi = lire_formulaire(html, lus)
    total = len(envoi["change"])
    client.post(lus, {**envoi, "lus": [*envoi["change"], "forgé", "z" * 16]})
    assert f"{total} lus sur {total}" in page(m, "direction", dossier)
    assert f"0 lu sur {total}" in page(m, "gestionnaire", dossier)
    bref = client.post(lus, {**envoi, "lus": envoi["change"][:1]}, headers={"HX-Request": "true"}).content.decode()
    assert f"1\u00a0lu sur {total}" in bref
    assert "<html" not in bref
    client.post(lus, {**envoi, "lus": envoi["change"]})
    actions.retirer_de_la_validation(dossier_id=dossier.pk, auteur=m.referent)
    actions.retablir(dossier_id=dossier.pk, cle=f"s{m.rythmo.pk}", auteur=m.referent)
    actions.supprimer(dossier_id=dossier.pk, cles=[f"s{m.rythmo.pk}"], auteur=m.referent, motif="Transférée")
    assert f"{total - 1} lus sur {total}" in page(m, "direction", dossier)
    assert Lecture.objects.count() == 1


@pytest.mark.parametrize(("role", "etat"), [("direction", "direction"), ("gestionnaire", "gestionnaire")])
def test_what_is_unread_is_validated_only_by_who_says_so(m, role, etat):
    dossier = mener(m, etat)
    client, adresse, lus = m.client(role), f"/ror/dossiers/{dossier.pk}/relecture/", f"/ror/dossiers/{dossier.pk}/lus/"
    html = client.get(adresse).content.decode()
    assert "4 changements ne sont pas marqués lus, dont 1 suppression :L’unité « Unité de rythmologie »" in texte(html)
    envoi = {**lire_formulaire(html, ""), "message": "Merci à tous"}
    refus = client.post(adresse, envoi)
    assert refus.status_code == 422
    assert "dont : L’unité « Unité de rythmologie » est supprimée. Lisez-les" in texte(refus.content.decode())
    assert lire_formulaire(refus.content.decode(), "")["message"][0].strip() == "Merci à tous"
    assert Dossier.objects.get().etat == etat
    # What is ticked « Lu » leaves the warning at once; all of it read, nothing is asked any more.
    lectures = lire_formulaire(html, lus)
    suppression = re.search(r"supprimée.*?value=\"([0-9a-f]{16})\"", html, re.S)[1]
    bref = client.post(lus, {**lectures, "lus": [suppression]}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="non-lus" hx-swap-oob="true"' in bref
    assert "3 changements ne sont pas marqués lus." in texte(bref)
    tout = client.post(lus, {**lectures, "lus": lectures["change"]}, headers={"HX-Request": "true"}).content.decode()
    assert "marqués lus" not in tout
    assert client.post(adresse, envoi).status_code == 302
    assert Dossier.objects.get().etat != etat


@pytest.mark.parametrize("nombre", [2, 15])
def test_the_review_costs_the_same_whatever_the_dossier_holds(m, django_assert_max_num_queries, nombre):
    from tests.fabriques import UOFactory

    dossier = brouillon(m)
    uf = m.cardio.parent
    for rang in range(nombre):
        uo = UOFactory(parent=uf, nom=f"Unité {rang}", groupe="MCO")
        changer(dossier, uo, m.referent, conditions_accueil="Du dossier")
        diffuser(uo, m.gestionnaire, conditions_accueil="Du Répertoire")
        actions.commenter(dossier_id=dossier.pk, auteur=m.referent, texte="Vu")
    client = m.client("gestionnaire")
    with django_assert_max_num_queries(95):
        client.get(f"/ror/dossiers/{dossier.pk}/relecture/")
    with django_assert_max_num_queries(75):
        client.get(f"/ror/dossiers/{dossier.pk}/repertoire/")
