"""The page of a lieu and its edition: seen at once, merged like everything else."""

import re

import pytest
from django.urls import reverse

from referentiel import actions
from referentiel.models import EntreeJournal, Lieu
from tests.fabriques import HabilitationFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def lieu(offre):
    lieu = Lieu.objects.create(
        etablissement=offre.parent, nom="Site des Glycines", numero_voie="4", libelle_voie="allée des Glycines"
    )
    offre.unite.lieux.add(lieu)
    return lieu


def adresse(lieu, section):
    return reverse("lieu-section", args=[lieu.pk, section])


def ouvrir(client, lien):
    return lire_formulaire(client.get(lien).content.decode(), lien)


@pytest.mark.exigence("S44")
def test_la_page_d_un_lieu(client, offre, referente, lieu):
    texte = client.get(reverse("lieu", args=[lieu.pk])).content.decode()
    for mot in ("Site des Glycines", "4 allée des Glycines", "Accès et stationnement", offre.nom, offre.parent.nom):
        assert mot in texte
    for section in ("lieu", "adresse_pratique", "acces"):
        assert f'href="{adresse(lieu, section)}"' in texte


@pytest.mark.exigence("S44", "S90")
def test_chaque_section_se_modifie_et_se_voit_tout_de_suite(client, referente, lieu):
    lien = adresse(lieu, "adresse_pratique")
    envoi = ouvrir(client, lien)
    texte = client.post(lien, {**envoi, "numero_voie": "6", "localite": "Valmont"}, headers=HTMX).content.decode()
    assert "visible de tous dès maintenant" in texte
    lieu.refresh_from_db()
    assert (lieu.numero_voie, lieu.localite, lieu.libelle_voie, lieu.version) == (
        "6",
        "Valmont",
        "allée des Glycines",
        2,
    )
    entree = EntreeJournal.objects.get()
    assert entree.structure == lieu.etablissement
    assert "Lieu «\u00a0Site des Glycines\u00a0», N° de voie\u00a0: 4 → 6" in entree.phrases
    client.post(adresse(lieu, "lieu"), {**ouvrir(client, adresse(lieu, "lieu")), "fonction": "005"}, follow=True)
    client.post(lien, ouvrir(client, lien))
    lieu.refresh_from_db()
    assert (lieu.fonction.code, lieu.version) == ("005", 3)
    client.force_login(UtilisateurFactory())
    assert "6 allée des Glycines" in client.get(reverse("lieu", args=[lieu.pk])).content.decode()


def test_deux_personnes_sur_le_meme_lieu(client, referente, collegue, lieu):
    lien = adresse(lieu, "acces")
    envoi = ouvrir(client, lien)
    actions.modifier_lieu(lieu_id=lieu.pk, auteur=collegue, vues={}, saisies={"acces": "Bus 12"})
    reponse = client.post(lien, {**envoi, "acces": "Bus 14"}, headers=HTMX)
    texte = reponse.content.decode()
    assert reponse.status_code == 409
    assert f"Valeur enregistrée par {collegue}" in texte
    assert "Bus 12" in texte
    nom = re.search(r'name="(choix:[^"]+)"', texte)[1]
    client.post(lien, {**lire_formulaire(texte, lien), nom: "imposer"})
    lieu.refresh_from_db()
    assert lieu.acces == "Bus 14"


@pytest.mark.parametrize(
    ("section", "saisie", "message"),
    [
        ("lieu", {"nom": ""}, "Nom\u00a0: une valeur est attendue."),
        ("lieu", {"nom": "x" * 121}, "120 caractères au plus"),
        ("lieu", {"fonction": "zz"}, "Choisissez dans la liste."),
        ("adresse_pratique", {"code_postal": "779900"}, "5 caractères au plus"),
        ("acces", {"vues": "forgé"}, "vérifiez les valeurs ci-dessous"),
    ],
)
def test_une_faute_est_dite_et_rien_n_est_perdu(client, referente, lieu, section, saisie, message):
    lien = adresse(lieu, section)
    reponse = client.post(lien, {**ouvrir(client, lien), **saisie})
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    lieu.refresh_from_db()
    assert lieu.version == 1


def test_les_droits_sont_ceux_de_l_etablissement(client, offre, referente, lieu):
    client.force_login(HabilitationFactory(structure=offre).utilisateur)
    assert "Modifier<" not in client.get(reverse("lieu", args=[lieu.pk])).content.decode()
    reponse = client.get(adresse(lieu, "acces"))
    assert reponse.status_code == 403
    assert "n’est pas dans votre périmètre" in reponse.content.decode()
    assert client.get(adresse(lieu, "inconnue")).status_code == 403
    client.force_login(referente)
    assert client.get(adresse(lieu, "inconnue")).status_code == 404
