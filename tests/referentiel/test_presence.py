"""Two persons on the same fiche see each other, and nobody overwrites what the other saved, on every screen (B17)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as CacheInjoignable

from referentiel import actions, fiches
from referentiel.models import Lieu
from tests.fabriques import UtilisateurFactory
from tests.formulaires import lire_formulaire

from .test_edition import CONTACT, HTMX, adresse, attente, ouvrir, publier, remplie

__all__ = ["remplie"]
pytestmark = [pytest.mark.django_db, pytest.mark.exigence("B17")]
BATTRE = reverse("presence")


@pytest.fixture(autouse=True)
def cache_vide():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def autre(collegue):
    """The other person's browser."""
    client = Client()
    client.force_login(collegue)
    return client


def texte(client, lien):
    return client.get(lien).content.decode()


def battre(client, objet, html="", formulaire=None):
    """What the page sends every 20 s: what it shows, and the values its form showed."""
    champs = dict(re.findall(r'<input type="hidden" name="(etat|empreinte|annonce)" value="([^"]*)">', html))
    vus = {nom: formulaire[nom] for nom in ("vues", "ouvert_le")} if formulaire else {}
    return client.post(f"{BATTRE}?objet={objet}", {**champs, **vus}, headers=HTMX)


def test_chacun_voit_l_autre_dans_le_formulaire_et_sur_la_fiche(client, autre, offre, referente, collegue):
    heure = timezone.localtime().hour
    assert "modifie" not in re.sub(r"modifie(r|z|nt)", "", texte(autre, adresse(offre, "contacts")).split("<main")[1])
    page = texte(client, adresse(offre))
    assert f"<strong>{collegue}</strong> modifie aussi cette fiche (section Contacts) depuis {heure}\u00a0h" in page
    fiche = texte(client, reverse("fiche", args=[offre.pk]))
    assert f"<strong>{collegue}</strong> modifie cette fiche (section Contacts)" in fiche
    assert str(referente) not in fiche.split("<main")[1].split("presence-lue")[1].split("</form")[0]
    lectrice = Client()
    lectrice.force_login(UtilisateurFactory())
    assert "presence-lue" not in texte(lectrice, reverse("fiche", args=[offre.pk]))
    assert lectrice.get(f"{BATTRE}?objet=fiche:{offre.pk}", headers=HTMX).status_code == 403


def test_la_page_ne_change_que_si_quelque_chose_change(client, autre, offre, referente, collegue):
    lien, objet = adresse(offre), f"fiche:{offre.pk}/informations"
    page = texte(client, lien)
    formulaire = lire_formulaire(page, lien)
    assert battre(client, objet, page, formulaire).status_code == 204
    autre.get(adresse(offre, "contacts"))
    reponse = battre(client, objet, page, formulaire)
    assert f"{collegue}</strong> modifie aussi" in reponse.content.decode()
    assert "modifie aussi cette fiche" in reponse["HX-Trigger"]
    assert battre(client, objet, reponse.content.decode(), formulaire).status_code == 204
    autre.post(f"{reverse('presence-partir')}?objet=fiche:{offre.pk}/contacts")
    reponse = battre(client, objet, reponse.content.decode(), formulaire)
    assert str(collegue) not in reponse.content.decode()


def test_sans_signe_de_vie_pendant_une_minute_on_n_est_plus_la(client, autre, offre, referente, collegue):
    with time_machine.travel(timezone.now(), tick=False) as horloge:
        autre.get(adresse(offre, "contacts"))
        horloge.shift(50)
        assert str(collegue) in texte(client, adresse(offre)).split("<main")[1]
        battre(autre, f"fiche:{offre.pk}/contacts")
        horloge.shift(50)
        assert str(collegue) in texte(client, adresse(offre)).split("<main")[1]
        horloge.shift(61)
        assert str(collegue) not in texte(client, adresse(offre)).split("<main")[1]


def test_sans_cache_chacun_continue(client, offre, referente, monkeypatch):
    def injoignable(*args, **options):
        raise CacheInjoignable

    monkeypatch.setattr(cache, "get", injoignable)
    monkeypatch.setattr(cache, "set", injoignable)
    lien = adresse(offre)
    client.post(lien, {**ouvrir(client, lien), "nom": "Unité A"})
    assert attente(offre) == {"nom": "Unité A"}


def test_ce_que_l_autre_a_enregistre_se_voit_et_se_fusionne(client, autre, remplie, referente, collegue):
    lien, objet = adresse(remplie, "conditions"), f"fiche:{remplie.pk}/conditions"
    page = texte(client, lien)
    formulaire = {**lire_formulaire(page, lien), "conditions_accueil": "Chambres seules"}
    du_collegue = ouvrir(autre, lien)
    autre.post(lien, {**du_collegue, "conditions_accueil": "Animaux", "informations_complementaires": "Parking"})
    reponse = battre(client, objet, page, formulaire)
    avis = reponse.content.decode()
    assert f"{collegue} a enregistré à l’instant" in avis
    assert "Parking" in avis
    assert "a enregistr" in reponse["HX-Trigger"]
    assert battre(client, objet, avis, formulaire).status_code == 204
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        plus_tard = battre(client, objet, avis, formulaire)
        assert f"{collegue} a enregistré il y a 2\u00a0min" in plus_tard.content.decode()
        assert "HX-Trigger" not in plus_tard  # only older: said once
    page = client.post(lien, {**formulaire, "geste": "fusionner"}, headers=HTMX).content.decode()
    suite = lire_formulaire(page, lien)
    assert suite["conditions_accueil"] == ["Chambres seules"]
    assert suite["informations_complementaires"] == ["Parking"]
    assert "Votre saisie est intacte" in page  # both touched « accueil »: still to be settled when saving
    reponse = client.post(lien, suite)
    assert reponse.status_code == 409
    question = reponse.content.decode()
    assert question.count('value="imposer"') == 1
    nom = re.search(r'name="(choix:[^"]+)"', question)[1]
    client.post(lien, {**lire_formulaire(question, lien), nom: "imposer"})
    assert attente(remplie) == {"conditions_accueil": "Chambres seules", "informations_complementaires": "Parking"}


def test_fusionner_des_contacts_et_des_horaires(client, autre, remplie, referente):
    lien = reverse("fiche-modifier", args=[remplie.pk])
    formulaire, du_collegue = ouvrir(client, lien), ouvrir(autre, lien)
    autre.post(lien, {**du_collegue, f"c-{CONTACT}-description": "le matin", "h-p1-2-de": "9", "h-p1-2-a": "12"})
    mienne = {**formulaire, f"c-{CONTACT}-nom": "Accueil", "h-p1-3-de": "8", "h-p1-3-a": "10", "geste": "fusionner"}
    suite = lire_formulaire(client.post(lien, mienne).content.decode(), lien)
    assert (suite[f"c-{CONTACT}-nom"], suite[f"c-{CONTACT}-description"]) == (["Accueil"], ["le matin"])
    assert (suite["h-p1-2-de"], suite["h-p1-3-de"]) == (["09:00"], ["08:00"])
    assert client.post(lien, suite).status_code == 302
    assert sorted(attente(remplie)["horaires"]) == ["p1", "p1/1", "p1/2", "p1/3"]


def test_fusionner_une_saisie_illisible_la_garde(client, autre, remplie, referente):
    lien = adresse(remplie)
    formulaire = {**ouvrir(client, lien), "age_min": "soix"}
    autre.post(lien, {**ouvrir(autre, lien), "nom": "Unité B"})
    reponse = client.post(lien, {**formulaire, "geste": "fusionner"})
    assert reponse.status_code == 422
    assert lire_formulaire(reponse.content.decode(), lien)["age_min"] == ["soix"]


def test_ce_qui_est_enregistre_ailleurs_dans_la_fiche_se_dit_sans_rien_demander(client, autre, remplie, collegue):
    lien = adresse(remplie)
    page = texte(client, lien)
    autre.post(
        adresse(remplie, "conditions"), {**ouvrir(autre, adresse(remplie, "conditions")), "conditions_accueil": "A"}
    )
    avis = battre(client, f"fiche:{remplie.pk}/informations", page, lire_formulaire(page, lien)).content.decode()
    assert f"{collegue} a enregistré" in avis
    assert "rien ne touche les champs de ce formulaire" in avis
    assert "fusionner" not in avis
    assert f'href="{reverse("fiche-valider", args=[remplie.pk])}"' in avis


def test_ma_propre_autre_section_n_est_pas_annoncee(client, offre, referente):
    lien = adresse(offre)
    page = texte(client, lien)
    autre_section = adresse(offre, "conditions")
    client.post(autre_section, {**ouvrir(client, autre_section), "conditions_accueil": "A"})
    avis = battre(client, f"fiche:{offre.pk}/informations", page, lire_formulaire(page, lien)).content.decode()
    assert "a enregistré" not in avis


@pytest.fixture
def lieu(offre):
    return Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines")


def test_deux_personnes_sur_un_lieu(client, autre, offre, referente, collegue, lieu):
    lien, objet = reverse("lieu-section", args=[lieu.pk, "lieu"]), f"lieu:{lieu.pk}/lieu"
    page = texte(client, lien)
    formulaire = {**lire_formulaire(page, lien), "nom": "Site A"}
    du_collegue = ouvrir(autre, lien)
    assert f"{collegue}</strong> modifie aussi" in battre(client, objet, page, formulaire).content.decode()
    autre.post(lien, {**du_collegue, "nom": "Site B", "description": "Au fond du parc"})
    avis = battre(client, objet, page, formulaire).content.decode()
    assert f"{collegue} a enregistré" in avis
    assert "Site B" in avis
    suite = lire_formulaire(client.post(lien, {**formulaire, "geste": "fusionner"}).content.decode(), lien)
    assert (suite["nom"], suite["description"]) == (["Site A"], ["Au fond du parc"])
    reponse = client.post(lien, suite)
    assert reponse.status_code == 409
    lieu.refresh_from_db()
    assert lieu.nom == "Site B"
    question = reponse.content.decode()
    nom = re.search(r'name="(choix:[^"]+)"', question)[1]
    client.post(lien, {**lire_formulaire(question, lien), nom: "garder"})
    lieu.refresh_from_db()
    assert (lieu.nom, lieu.description) == ("Site B", "Au fond du parc")


def test_deux_personnes_sur_toute_la_fiche(client, autre, remplie, referente):
    lien = reverse("fiche-modifier", args=[remplie.pk])
    premier, second = ouvrir(client, lien), ouvrir(autre, lien)
    autre.post(lien, {**second, "nom": "Unité B", "age_min": "62"})
    reponse = client.post(lien, {**premier, "nom": "Unité A", "conditions_accueil": "Animaux"})
    assert reponse.status_code == 409
    question = reponse.content.decode()
    nom = re.search(r'name="(choix:[^"]+)"', question)[1]
    client.post(lien, {**lire_formulaire(question, lien), nom: "imposer"})
    assert attente(remplie) == {"nom": "Unité A", "age_min": 62, "conditions_accueil": "Animaux"}


def test_deux_personnes_valident_ou_abandonnent(client, autre, remplie, referente):
    fiche, valider = reverse("fiche", args=[remplie.pk]), reverse("fiche-valider", args=[remplie.pk])
    abandonner = reverse("fiche-abandonner", args=[remplie.pk])
    actions.enregistrer(
        structure_id=remplie.pk, auteur=referente, vues=fiches.lire(remplie), saisies={"conditions_accueil": "A"}
    )
    barre = {**lire_formulaire(texte(client, fiche), valider), "relue": "1"}
    abandon = lire_formulaire(texte(client, abandonner), "")
    lien = adresse(remplie)
    autre.post(lien, {**ouvrir(autre, lien), "nom": "Unité B"})
    for adresse_, envoi in ((valider, barre), (abandonner, abandon)):
        assert client.post(adresse_, envoi).status_code == 409
    assert attente(remplie) == {"conditions_accueil": "A", "nom": "Unité B"}


def test_deux_personnes_renomment(client, autre, offre, referente):
    lien = reverse("fiche-renommer", args=[offre.pk])
    premier, second = ouvrir(client, lien), ouvrir(autre, lien)
    autre.post(lien, {**second, "nom": "Unité B"})
    reponse = client.post(lien, {**premier, "nom": "Unité A"})
    assert reponse.status_code == 422
    assert "renommée entre-temps «\u00a0Unité B\u00a0»" in reponse.content.decode()
    offre.refresh_from_db()
    assert offre.nom == "Unité B"
    client.post(lien, lire_formulaire(reponse.content.decode(), lien))
    offre.refresh_from_db()
    assert offre.nom == "Unité A"


def test_un_signe_de_vie_coute_peu(client, autre, remplie, referente, django_assert_num_queries):
    lien, objet = adresse(remplie), f"fiche:{remplie.pk}/informations"
    page = texte(client, lien)
    formulaire = lire_formulaire(page, lien)
    for section in ("contacts", "horaires"):
        autre.get(adresse(remplie, section))
        with django_assert_num_queries(8):
            battre(client, objet, page, formulaire)


def test_une_diffusion_pendant_la_saisie_se_dit_aussi(client, remplie, referente, collegue):
    lien = adresse(remplie)
    page = texte(client, lien)
    publier(remplie, collegue, nom="Unité B")
    avis = battre(client, f"fiche:{remplie.pk}/informations", page, lire_formulaire(page, lien)).content.decode()
    assert f"{collegue} a enregistré" in avis
    assert "Unité B" in avis
