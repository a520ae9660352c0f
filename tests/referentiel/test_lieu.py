"""The page of a lieu and its edition: seen at once, merged like everything else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions
from referentiel.models import CapaciteAccueil, EntreeJournal, Equipement, Lieu
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import EGFactory, HabilitationFactory, UtilisateurFactory, code
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


@pytest.fixture
def capacites(listes):
    for liste, valeur, libelle in (
        ("JDV_J187", "01", "Lit"),
        ("JDV_J188", "01", "Installé"),
        ("JDV_J188", "02", "Disponible"),
        ("JDV_J189", "01", "Courant"),
        ("JDV_J193", "01", "Saisie manuelle"),
        ("JDV_J195", "01", "Aucune"),
        ("JDV_J18", "037", "IRM"),
    ):
        code(liste, valeur, libelle)


def ajouter(client, lien, champ, colonnes):
    """Adds a row to a table of the form as a browser without script does."""
    envoi = lire_formulaire(
        client.post(lien, {**ouvrir(client, lien), "geste": f"ligne-ajouter:{champ}"}).content.decode(), lien
    )
    cle = envoi[champ][-1]
    return client.post(lien, {**envoi, **{f"{champ}-{cle}-{c}": v for c, v in colonnes.items()}}, follow=True)


@pytest.mark.exigence("S88", "S90")
def test_chaque_chiffre_du_capacitaire_dit_son_age(client, lieu, referente, capacites):
    lien = adresse(lieu, "capacitaire")
    for statut, nombre in (("01", "12"), ("02", "3")):
        ajouter(client, lien, "capacites", {"nature": "01", "statut": statut, "nombre": nombre})
    texte = client.get(reverse("lieu", args=[lieu.pk])).content.decode()
    assert "12\u00a0lits installés, dont 3 disponibles" in texte
    assert texte.count("à l’instant") == 2
    assert "À vérifier" not in texte
    CapaciteAccueil.objects.update(maj_le=timezone.now() - timedelta(days=3))
    texte = client.get(reverse("lieu", args=[lieu.pk])).content.decode()
    assert texte.count("il y a 3\u00a0jours") == 2
    assert texte.count("À vérifier") == 1, "free beds are stale after a day, installed ones after a year"


@pytest.mark.exigence("S89", "S90")
def test_un_equipement_et_ses_limites(client, lieu, referente, capacites):
    lien = adresse(lieu, "equipements")
    page = ajouter(client, lien, "equipements", {"type_equipement": "037", "nombre": "1", "poids_max": "200"})
    texte = page.content.decode()
    for mot in ("IRM", "Poids maximum (kg)", "200"):
        assert mot in texte
    refus = ajouter(client, lien, "equipements", {"type_equipement": "", "poids_max": "lourd"})
    assert refus.status_code == 422
    assert "Équipement 2" in refus.content.decode()
    assert Equipement.objects.get().poids_max == 200


def test_ouvrir_un_lieu_coute_toujours_autant(client, lieu, referente, capacites, django_assert_num_queries):
    lien, colonnes = reverse("lieu", args=[lieu.pk]), {"nature": "01", "statut": "01", "nombre": "3"}
    ajouter(client, adresse(lieu, "capacitaire"), "capacites", colonnes)
    client.get(lien)
    with CaptureQueriesContext(connection) as une_ligne:
        client.get(lien)
    attendues = len(une_ligne)
    for _ in range(2):
        ajouter(client, adresse(lieu, "capacitaire"), "capacites", {**colonnes, "statut": "02"})
    ajouter(client, adresse(lieu, "equipements"), "equipements", {"type_equipement": "037"})
    with django_assert_num_queries(attendues):
        client.get(lien)


@pytest.mark.exigence("S44")
def test_un_lieu_s_ajoute_puis_se_choisit_sur_l_offre(client, offre, referente, listes):
    lien = reverse("lieu-nouveau", args=[offre.parent.pk])
    envoi = ouvrir(client, lien)
    assert client.post(lien, {**envoi, "nom": ""}).status_code == 422
    client.post(lien, {**envoi, "nom": "Pavillon des Tilleuls", "localite": "Valmont"})
    lieu = Lieu.objects.get()
    doublon = client.post(lien, {**envoi, "nom": "pavillon des tilleuls"})
    assert doublon.status_code == 422
    assert "a déjà un lieu" in doublon.content.decode()
    section = reverse("fiche-section", args=[offre.pk, "lieux"])
    client.post(section, {**ouvrir(client, section), "lieux": [str(lieu.cle)]})
    assert list(offre.unite.lieux.all()) == []
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    assert list(offre.unite.lieux.all()) == [lieu]
    assert "Lieux\u00a0: ajout de «\u00a0Pavillon des Tilleuls\u00a0»" in EntreeJournal.objects.first().phrases


def test_le_lieu_d_un_autre_etablissement_est_refuse(client, offre, referente):
    autre = Lieu.objects.create(etablissement=EGFactory(), nom="Ailleurs")
    with pytest.raises(SaisieInvalide):
        actions.enregistrer(
            structure_id=offre.pk, auteur=referente, vues={"lieux": []}, saisies={"lieux": [str(autre.cle)]}
        )
