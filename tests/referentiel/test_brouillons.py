"""What is typed is kept for its author until she saves it, through the screens (B16)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.brouillons import TAILLE_MAX
from referentiel.models import Brouillon, Habilitation, Lieu, Modification
from referentiel.tasks import purger_brouillons
from tests.fabriques import HabilitationFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

from .test_edition import CONTACT, HTMX, adresse, attente, ouvrir, publier, remplie

__all__ = ["remplie"]
pytestmark = pytest.mark.django_db
GARDER = reverse("brouillon")


def garder(client, objet, donnees, **options):
    """What the page sends two seconds after the last key."""
    return client.post(f"{GARDER}?objet={objet}", donnees, headers=HTMX, **options)


def texte(client, lien):
    return client.get(lien, follow=True).content.decode()


@pytest.mark.exigence("B16", "S159")
def test_la_saisie_gardee_se_reprend_puis_s_enregistre(client, offre, referente):
    lien = adresse(offre)
    envoi = ouvrir(client, lien)
    reponse = garder(client, f"fiche:{offre.pk}/informations", {**envoi, "nom": "Unité A", "age_min": "soix"})
    assert re.fullmatch(r"Brouillon gardé à \d{1,2}\xa0h(\xa0\d\d)?", reponse.json()["texte"])
    assert Modification.objects.count() == 0
    ailleurs = Client()
    ailleurs.force_login(referente)
    page = texte(ailleurs, lien)
    assert "Vous aviez commencé une saisie le" in page
    assert "Elle change\u00a0: Nom, Âge min" in page
    assert lire_formulaire(page, lien)["nom"] == ["Unité d’hébergement"]
    assert f'href="{lien}?reprendre=1"' in page
    page = texte(ailleurs, f"{lien}?reprendre=1")
    assert "est reprise ci-dessous" in page
    repris = lire_formulaire(page, lien)
    assert (repris["nom"], repris["age_min"]) == (["Unité A"], ["soix"])
    ailleurs.post(lien, {**repris, "age_min": "65"})
    assert attente(offre) == {"nom": "Unité A", "age_min": 65}
    assert not Brouillon.objects.exists()
    assert "Vous aviez commencé" not in texte(ailleurs, lien)


@pytest.mark.exigence("B16")
def test_la_fiche_et_le_compte_proposent_de_reprendre(client, offre, referente):
    lien = adresse(offre, "conditions")
    garder(client, f"fiche:{offre.pk}/conditions", {**ouvrir(client, lien), "conditions_accueil": "Animaux"})
    for page in (reverse("fiche", args=[offre.pk]), reverse("mon-compte")):
        assert f'href="{lien}?reprendre=1"' in texte(client, page)
    autre = Client()
    autre.force_login(HabilitationFactory(structure=offre.parent).utilisateur)
    for page in (reverse("fiche", args=[offre.pk]), reverse("mon-compte"), lien, f"{lien}?reprendre=1"):
        assert "Animaux" not in texte(autre, page)
        assert "commencé" not in texte(autre, page)


@pytest.mark.exigence("B16")
def test_contacts_et_horaires_se_reprennent_entiers(client, remplie, referente):
    lien = reverse("fiche-modifier", args=[remplie.pk])
    envoi = ouvrir(client, lien)
    saisie = {**envoi, f"c-{CONTACT}-nom": "Accueil", "h-p1-1-de": ["9h", "14"], "h-p1-1-a": ["12", "27h"]}
    garder(client, f"fiche:{remplie.pk}", saisie)
    page = texte(client, lien)
    assert "Elle change\u00a0: Contacts, Horaires." in page
    repris = lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)
    assert repris[f"c-{CONTACT}-nom"] == ["Accueil"]
    assert (repris["h-p1-1-de"], repris["h-p1-1-a"]) == (["9h", "14"], ["12", "27h"])


def test_rien_n_est_propose_quand_rien_ne_change(client, remplie, referente):
    for section in ("informations", "conditions", "contacts", "horaires", "activites"):
        envoi = ouvrir(client, adresse(remplie, section))
        garder(client, f"fiche:{remplie.pk}/{section}", envoi)
        assert "Vous aviez commencé" not in texte(client, adresse(remplie, section))


def test_une_saisie_deja_en_place_n_est_plus_proposee(client, offre, referente, collegue):
    envoi = {**ouvrir(client, adresse(offre)), "nom": "Unité A"}
    garder(client, f"fiche:{offre.pk}/informations", envoi)
    publier(offre, collegue, nom="Unité A")
    assert "Vous aviez commencé" not in texte(client, adresse(offre))


@pytest.mark.exigence("B16", "B17")
def test_des_valeurs_vues_perimees_sont_fusionnees_jamais_ecrasees(client, remplie, referente, collegue):
    lien = adresse(remplie)
    garder(client, f"fiche:{remplie.pk}/informations", {**ouvrir(client, lien), "nom": "Unité A"})
    actions.enregistrer(
        structure_id=remplie.pk, auteur=collegue, vues=fiches.lire(remplie), saisies={"nom": "Unité B", "age_min": 62}
    )
    page = texte(client, f"{lien}?reprendre=1")
    assert f"{collegue} a enregistré" in page
    assert "Nom\u00a0: Unité d’hébergement → Unité B" in page
    reponse = client.post(lien, lire_formulaire(page, lien))
    assert reponse.status_code == 409
    assert attente(remplie) == {"nom": "Unité B", "age_min": 62}
    assert "Vous aviez commencé" in texte(client, lien)  # leaving the merge screen loses nothing either
    question = reponse.content.decode()
    nom = re.search(r'name="(choix:[^"]+)"', question)[1]
    client.post(lien, {**lire_formulaire(question, lien), nom: "imposer"})
    assert attente(remplie) == {"nom": "Unité A", "age_min": 62}
    assert not Brouillon.objects.exists()


@pytest.mark.exigence("B16")
def test_annuler_abandonne_et_se_restaure(client, offre, referente):
    lien = adresse(offre)
    envoi = {**ouvrir(client, lien), "nom": "Unité A"}
    page = client.post(lien, {**envoi, "geste": "annuler"}, headers=HTMX).content.decode()
    assert "Votre saisie est abandonnée" in page
    assert f'<a href="{lien}?reprendre=1">Restaurer</a>' in page
    assert attente(offre) == {}
    page = texte(client, lien)
    assert "Vous aviez commencé" not in page
    assert "Vous avez abandonné une saisie" in page
    repris = lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)
    assert repris["nom"] == ["Unité A"]
    garder(client, f"fiche:{offre.pk}/informations", repris)
    assert "Vous aviez commencé" in texte(client, lien)


def test_annuler_sans_avoir_rien_tape_ne_dit_rien(client, offre, referente):
    lien = adresse(offre)
    page = client.post(lien, {**ouvrir(client, lien), "geste": "annuler"}, follow=True).content.decode()
    assert "abandonnée" not in page
    assert not Brouillon.objects.exists()


def test_ignorer_puis_restaurer(client, offre, referente):
    lien = adresse(offre)
    garder(client, f"fiche:{offre.pk}/informations", {**ouvrir(client, lien), "nom": "Unité A"})
    ignorer = reverse("brouillon-ignorer", args=[Brouillon.objects.get().pk])
    assert f'action="{ignorer}"' in texte(client, lien)
    page = client.post(ignorer, follow=True).content.decode()
    assert "Vous aviez commencé" not in page
    assert f'href="{lien}?reprendre=1">Restaurer' in page
    Brouillon.objects.update(ecarte_le=timezone.now() - timedelta(hours=2))
    assert "Restaurer" not in texte(client, lien)
    assert "Cette saisie n’est plus gardée" in texte(client, f"{lien}?reprendre=1")


@pytest.mark.exigence("B16")
def test_le_brouillon_d_une_autre_personne_n_existe_pas(client, offre, referente, collegue):
    lien = adresse(offre)
    garder(client, f"fiche:{offre.pk}/informations", {**ouvrir(client, lien), "nom": "Unité A"})
    ignorer = reverse("brouillon-ignorer", args=[Brouillon.objects.get().pk])
    client.force_login(collegue)
    assert client.post(ignorer).status_code == 404
    assert lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)["nom"] == ["Unité d’hébergement"]
    garder(client, f"fiche:{offre.pk}/informations", {**ouvrir(client, lien), "nom": "Unité B"})
    noms = {b.utilisateur: b.donnees["nom"] for b in Brouillon.objects.all()}
    assert noms == {referente: ["Unité A"], collegue: ["Unité B"]}


@pytest.mark.exigence("B16")
def test_deux_pages_de_la_meme_personne_ne_s_effacent_pas(client, offre, referente):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    premiere, seconde = ouvrir(client, lien), ouvrir(client, lien)
    version = garder(client, objet, {**premiere, "nom": "Première"}).json()["version"]
    garder(client, objet, {**premiere, "nom": "Première page", "brouillon": version})
    garder(client, objet, {**seconde, "nom": "Seconde"})
    page = texte(client, lien)
    assert page.count("Vous aviez commencé") == 2
    assert lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)["nom"] == ["Seconde"]
    ancien = lire_formulaire(texte(client, f"{lien}?reprendre=precedent"), lien)
    assert ancien["nom"] == ["Première page"]
    client.post(lien, {**lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)})
    assert attente(offre) == {"nom": "Seconde"}
    assert lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)["nom"] == ["Première page"]


@pytest.mark.exigence("B16")
def test_deux_envois_de_la_meme_page_qui_se_croisent_sont_une_saisie(client, offre, referente):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    envoi = ouvrir(client, lien)
    garder(client, objet, {**envoi, "nom": "Unit"})
    garder(client, objet, {**envoi, "nom": "Unité A"})  # left before the answer to the first one came
    assert texte(client, lien).count("Vous aviez commencé") == 1
    client.post(lien, {**envoi, "nom": "Unité B"})
    assert attente(offre) == {"nom": "Unité B"}
    assert not Brouillon.objects.exists()


@pytest.mark.exigence("B16")
def test_ce_qui_est_annule_ne_revient_pas_de_lui_meme(client, offre, referente):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    garder(client, objet, {**ouvrir(client, lien), "nom": "Ancienne"})
    le = timezone.now() - timedelta(hours=3)
    Brouillon.objects.update(modifie_le=le)
    page = client.post(
        lien, {**ouvrir(client, lien), "nom": "Fausse", "geste": "annuler"}, headers=HTMX
    ).content.decode()
    assert f'href="{lien}?reprendre=precedent">Restaurer' in page
    assert Brouillon.objects.get().modifie_le == le
    page = texte(client, lien)
    assert page.count("Vous aviez commencé") == 1
    assert lire_formulaire(texte(client, f"{lien}?reprendre=precedent"), lien)["nom"] == ["Fausse"]
    client.post(lien, lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien))
    assert attente(offre) == {"nom": "Ancienne"}
    assert not Brouillon.objects.exists()


def test_la_fiche_dit_la_saisie_commencee_et_permet_de_l_ignorer(client, offre, referente):
    lien, fiche = adresse(offre), reverse("fiche", args=[offre.pk])
    garder(client, f"fiche:{offre.pk}/informations", {**ouvrir(client, lien), "nom": "Unité A"})
    ignorer = reverse("brouillon-ignorer", args=[Brouillon.objects.get().pk])
    reponse = client.post(ignorer, lire_formulaire(texte(client, fiche), ignorer), follow=True)
    assert reponse.redirect_chain == [(fiche, 302)]
    assert "La saisie est ignorée." in reponse.content.decode()
    assert "Saisie commencée" not in reponse.content.decode()


def test_sans_script_chaque_retour_du_formulaire_est_garde(client, offre, referente):
    lien = adresse(offre, "horaires")
    envoi = {**ouvrir(client, lien), "h-p1-1-de": ["9h"], "h-p1-1-a": ["25h"]}
    assert client.post(lien, envoi).status_code == 422
    assert "Vous aviez commencé" in texte(client, lien)
    page = client.post(lien, {**envoi, "geste": "exception-ajouter"}).content.decode()
    assert "Brouillon gardé à" in page
    assert len(Brouillon.objects.get().donnees["h-p1-1-de"]) == 1


@pytest.mark.exigence("B16")
def test_chacun_peut_s_en_passer(client, offre, referente):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    garder(client, objet, {**ouvrir(client, lien), "nom": "Unité A"})
    page = texte(client, reverse("mon-compte"))
    regler = reverse("brouillon-regler")
    page = client.post(regler, lire_formulaire(page, regler), follow=True).content.decode()
    assert "ne seront plus gardées au fur et à mesure. 1\u00a0saisie gardée effacée" in page
    page = texte(client, lien)
    assert "data-brouillon=" not in page
    envoi = {**lire_formulaire(page, lien), "nom": "Unité A"}
    assert garder(client, objet, envoi).status_code == 409
    page = client.post(lien, {**envoi, "age_min": "soix"}).content.decode()
    assert "data-modifie" in page  # kept nowhere else: the page warns before it is left
    assert not Brouillon.objects.exists()
    client.post(regler, lire_formulaire(texte(client, reverse("mon-compte")), regler))
    assert garder(client, objet, envoi).status_code == 200


def test_un_brouillon_trop_long_est_refuse_en_le_disant(client, offre, referente):
    lien = adresse(offre, "conditions")
    envoi = ouvrir(client, lien)
    reponse = garder(client, f"fiche:{offre.pk}/conditions", {**envoi, "conditions_accueil": "x" * TAILLE_MAX})
    assert reponse.status_code == 400
    assert "trop longue pour être gardée" in reponse.content.decode()
    assert not Brouillon.objects.exists()
    page = client.post(lien, {**envoi, "conditions_accueil": "x" * TAILLE_MAX, "geste": "rien"}).content.decode()
    assert "data-modifie" in page


@pytest.mark.parametrize(
    "objet",
    [
        *("", "fiche", "fiche:0", "fiche:99999999999999", "fiche:1/../..", "fiche:{pk}/finess", "fiche:{pk}/inconnue"),
        *("fiche:{pk}/identification", "lieu:{pk}", "lieu:{pk}/acces", "creation:{pk}/contacts", "utilisateur:{pk}"),
    ],
)
def test_un_objet_forge_n_existe_pas(client, offre, referente, objet):
    for lien in (f"{GARDER}?objet=", f"{reverse('presence')}?objet="):
        reponse = client.post(lien + objet.format(pk=offre.pk), {"nom": "X"}, headers=HTMX)
        assert reponse.status_code == 404
    assert not Brouillon.objects.exists()


def test_sans_jeton_csrf_rien_n_est_garde(offre, referente):
    severe = Client(enforce_csrf_checks=True)
    severe.force_login(referente)
    for lien in (f"{GARDER}?objet=fiche:{offre.pk}", f"{reverse('presence')}?objet=fiche:{offre.pk}"):
        assert severe.post(lien, {"nom": "X"}, headers=HTMX).status_code == 403
    assert not Brouillon.objects.exists()


def test_sans_session_401_et_rien_n_est_garde(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    client.logout()
    assert garder(client, f"fiche:{offre.pk}/informations", envoi).status_code == 401
    assert not Brouillon.objects.exists()


@pytest.mark.exigence("B16")
def test_apres_une_session_perdue_la_connexion_ramene_au_formulaire(client, offre, referente):
    lien = adresse(offre)
    envoi = {**ouvrir(client, lien), "nom": "Unité A"}
    garder(client, f"fiche:{offre.pk}/informations", envoi)
    client.logout()
    reponse = client.post(lien, envoi, headers={"Referer": f"http://testserver{lien}"})
    connexion = client.get(reponse["Location"])
    suite = lire_formulaire(connexion.content.decode(), reverse("connexion"))["next"]
    assert suite == [lien]
    client.force_login(referente)
    assert "Vous aviez commencé une saisie" in texte(client, suite[0])
    client.logout()
    ailleurs = client.post(lien, envoi, headers={"Referer": "https://ailleurs.example/x"})
    assert ailleurs["Location"] == reverse("connexion")


def test_un_droit_perdu_entre_temps(client, offre, referente):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    envoi = {**ouvrir(client, lien), "nom": "Unité A"}
    garder(client, objet, envoi)
    Habilitation.objects.all().delete()
    reponse = garder(client, objet, {**envoi, "nom": "Unité B"})
    assert reponse.status_code == 403
    assert "n’est pas dans votre périmètre" in reponse.content.decode() or "droit" in reponse.content.decode()
    assert client.get(f"{lien}?reprendre=1").status_code == 403
    assert "Saisie commencée" not in texte(client, reverse("fiche", args=[offre.pk]))
    assert Brouillon.objects.get().donnees["nom"] == ["Unité A"]


def test_une_fiche_fermee_entre_temps(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    type(offre).objects.filter(pk=offre.pk).update(etat="DEF")
    assert garder(client, f"fiche:{offre.pk}/informations", envoi).status_code == 409


def test_un_lieu_se_garde_et_se_reprend(client, offre, referente):
    lieu = Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines")
    lien = reverse("lieu-section", args=[lieu.pk, "acces"])
    garder(client, f"lieu:{lieu.pk}/acces", {**ouvrir(client, lien), "acces": "Bus 12"})
    assert "Elle change\u00a0: Accès et stationnement." in texte(client, lien)
    assert "Site des Glycines (section Accès et stationnement)" in texte(client, reverse("mon-compte"))
    repris = lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)
    client.post(lien, repris)
    lieu.refresh_from_db()
    assert lieu.acces == "Bus 12"
    assert not Brouillon.objects.exists()
    client.post(lien, {**ouvrir(client, lien), "acces": "Bus 14", "geste": "annuler"})
    assert lire_formulaire(texte(client, f"{lien}?reprendre=1"), lien)["acces"] == ["Bus 14"]


def test_la_purge(client, offre, referente, collegue):
    for personne, age in ((referente, 31), (collegue, 29), (UtilisateurFactory(), 0)):
        brouillon = Brouillon.objects.create(utilisateur=personne, objet=f"fiche:{offre.pk}", donnees={})
        le = timezone.now() - timedelta(days=age)
        Brouillon.objects.filter(pk=brouillon.pk).update(modifie_le=le, ecarte_le=None if age else le)
    assert purger_brouillons() == 1
    assert set(Brouillon.objects.values_list("utilisateur_id", flat=True)) >= {collegue.pk}
    Brouillon.objects.filter(ecarte_le__isnull=False).update(ecarte_le=timezone.now() - timedelta(hours=2))
    assert purger_brouillons() == 1


@pytest.mark.parametrize("nombre", [1, 4])
def test_le_nombre_de_requetes_ne_suit_pas_les_brouillons(client, offre, referente, django_assert_num_queries, nombre):
    for section in ("informations", "conditions", "contacts", "horaires")[:nombre]:
        garder(client, f"fiche:{offre.pk}/{section}", {**ouvrir(client, adresse(offre, section)), "x": "1"})
    with django_assert_num_queries(33):
        client.get(reverse("fiche", args=[offre.pk]))
