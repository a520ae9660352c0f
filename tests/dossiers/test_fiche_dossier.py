"""The form of the fiches of a dossier, of every level, live or created: kept, finalised, merged, recovered."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from dossiers import actions
from dossiers.models import FicheDossier
from referentiel.models import EntiteGeographique, ModeleSaisie, Structure
from referentiel.niveaux import Niveau
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
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def hopital():
    RegionFactory()
    for valeur, libelle in (("149", "Cardiologie"), ("150", "Rythmologie")):
        code("TRE_R244", valeur, libelle)
    for liste, valeur in (("JDV_J28", "03"), ("JDV_J19", "28"), ("JDV_J17", "001")):
        code(liste, valeur)
    for types, champs in ((["149"], ("nom", "age_min", "ouverture_annuelle", "actes")), (["150"], ("nom", "age_min"))):
        modele = ModeleSaisie.objects.create(
            identifiant=types[0], titre=types[0], statut="active", origine="proposition", types=types
        )
        for rang, nom in enumerate(champs):
            modele.champs.create(champ=nom, ordre=rang, obligatoire=nom == "age_min")
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    uf = UFFactory(parent=PoleFactory(parent=eg, nom="Pôle Médecine"), nom="UF Cardiologie")
    offre = UOFactory(parent=uf, nom="Unité de cardiologie", groupe="MCO", _detail={"age_min": 15})
    offre.unite.type_offre, offre.unite.ouverture_annuelle = code("TRE_R244", "149"), code("JDV_J28", "03")
    offre.unite.conditions_accueil = "Sur rendez-vous"
    offre.unite.save()
    return eg


@pytest.fixture
def referente(hopital):
    return HabilitationFactory(structure=hopital).utilisateur


@pytest.fixture
def collegue(hopital):
    return HabilitationFactory(structure=hopital).utilisateur


@pytest.fixture
def dossier(client, hopital, referente):
    client.force_login(referente)
    return actions.ouvrir(structure=hopital, auteur=referente)


def cle(nom):
    return f"s{Structure.objects.get(nom=nom).pk}"


def adresse(dossier, cle):
    return reverse("dossier-fiche", args=[dossier.pk, cle])


def ouvrir(client, lien):
    reponse = client.get(lien)
    assert reponse.status_code == 200
    return lire_formulaire(reponse.content.decode(), lien)


def enregistrer(dossier, cle, auteur, vues, saisies, **suite):
    return actions.enregistrer_fiche(
        dossier_id=dossier.pk, cle=cle, auteur=auteur, envoi=actions.Envoi(vues, saisies, **suite), finaliser=False
    )


@pytest.mark.exigence("S128")
@pytest.mark.parametrize("nom", ["CH de Valmont", "Pôle Médecine", "UF Cardiologie"])
def test_chaque_niveau_a_son_formulaire_nom_d_abord(client, dossier, nom):
    lien = adresse(dossier, cle(nom))
    page = client.get(lien).content.decode()
    assert page.index('id="id_nom"') < page.index("informations_complementaires")
    assert "Enregistrer et mettre en attente" in page
    assert "Enregistrer et finaliser" in page
    envoi = lire_formulaire(page, lien)
    reponse = client.post(lien, {**envoi, "informations_complementaires": "Travaux", "suite": "attente"}, follow=True)
    assert "mise en attente" in reponse.content.decode()
    fiche = FicheDossier.objects.get()
    assert set(fiche.changements) == {"informations_complementaires"}
    assert ouvrir(client, lien)["informations_complementaires"] == ["Travaux"]
    assert client.get(reverse("fiche", args=[fiche.structure_id])).status_code == 200
    publiee = client.get(reverse("fiche", args=[fiche.structure_id])).content.decode()
    assert "Travaux" not in publiee


def test_ce_que_possede_finess_ne_se_saisit_pas(client, dossier):
    eg = Structure.objects.get(nom="CH de Valmont")
    lien = adresse(dossier, f"s{eg.pk}")
    envoi = ouvrir(client, lien)
    assert "siret" not in envoi
    client.post(lien, {**envoi, "siret": "26770012300019", "suite": "attente"})
    assert not FicheDossier.objects.exists()
    assert EntiteGeographique.objects.get(structure=eg).siret == ""


@pytest.mark.exigence("S132", "S160")
def test_le_type_d_une_offre_publiee_change_dans_le_dossier(client, dossier):
    lien = adresse(dossier, cle("Unité de cardiologie"))
    envoi = ouvrir(client, lien)
    assert envoi["type_offre"] == ["149"]
    page = client.post(lien, {**envoi, "type_offre": "150", "geste": "type"}).content.decode().replace("\u00a0", " ")
    assert "Ce type n’utilise pas 1 champ déjà rempli" in page
    assert "Ouverture annuelle : JDV_J28 03 → non renseigné" in page
    assert not FicheDossier.objects.exists(), "choosing is not saving"
    envoi = lire_formulaire(page, lien)
    retour = client.post(lien, {**envoi, "type_offre": "149", "geste": "type"}).content.decode()
    assert lire_formulaire(retour, lien)["ouverture_annuelle"] == ["03"]
    page = client.post(lien, {**envoi, "suite": "finaliser"}, follow=True).content.decode()
    assert "enregistrée et finalisée" in page
    fiche = FicheDossier.objects.get()
    assert fiche.type_offre.code == "150"
    assert fiche.changements["ouverture_annuelle"]["propose"] is None
    offre = Structure.objects.get(nom="Unité de cardiologie").unite
    assert (offre.type_offre.code, offre.ouverture_annuelle.code) == ("149", "03"), "nothing is published"
    page = client.get(lien).content.decode().replace("\u00a0", " ")
    assert "« Cardiologie » devient « Rythmologie »" in page


def test_sans_script_changer_de_type_et_enregistrer_d_un_coup_ne_vide_rien(client, dossier, referente):
    lien = adresse(dossier, cle("Unité de cardiologie"))
    client.post(lien, {**ouvrir(client, lien), "type_offre": "150", "suite": "attente"})
    FicheDossier.objects.update(changements={})
    envoi = ouvrir(client, lien)
    assert "ouverture_annuelle" not in envoi
    client.post(lien, {**envoi, "type_offre": "149", "suite": "attente"})
    assert not FicheDossier.objects.exists(), "back to what is published: the field not shown is as it was"


@pytest.mark.exigence("S156")
def test_rien_de_change_ne_laisse_rien_et_ne_renvoie_pas_le_dossier(client, dossier, referente):
    lien = adresse(dossier, cle("Unité de cardiologie"))
    page = client.post(lien, {**ouvrir(client, lien), "suite": "attente"}, follow=True).content.decode()
    assert "reste telle qu’elle est publiée" in page.replace("\u00a0", " ")
    assert not FicheDossier.objects.exists()
    enregistrer(dossier, cle("UF Cardiologie"), referente, {"nom": "UF Cardiologie"}, {"nom": "UF Coeur"})
    lien = adresse(dossier, cle("UF Cardiologie"))
    client.post(lien, {**ouvrir(client, lien), "suite": "finaliser"})
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    dossier.refresh_from_db()
    envoye = dossier.etat
    client.post(lien, {**ouvrir(client, lien), "suite": "finaliser"})
    dossier.refresh_from_db()
    assert dossier.etat == envoye
    client.post(lien, {**ouvrir(client, lien), "nom": "UF Cardiologie", "suite": "attente"})
    assert not FicheDossier.objects.exists(), "back to the published name: the dossier changes nothing of it"


@pytest.mark.exigence("B17", "M1")
def test_ce_que_l_autre_a_change_ailleurs_est_garde_ce_que_les_deux_ont_change_est_demande(client, dossier, collegue):
    offre = cle("Unité de cardiologie")
    lien = adresse(dossier, offre)
    envoi = ouvrir(client, lien)
    enregistrer(
        dossier,
        offre,
        collegue,
        {"conditions_accueil": "Sur rendez-vous", "conditions_admission": ""},
        {"conditions_accueil": "Sans rendez-vous", "conditions_admission": "Adulte"},
    )
    reponse = client.post(lien, {**envoi, "conditions_accueil": "Le matin", "age_min": "18"})
    page = reponse.content.decode()
    assert reponse.status_code == 409
    assert str(collegue) in page
    assert all(valeur in page for valeur in ("Sans rendez-vous", "Le matin", "valeur à choisir"))
    suite = {n: v for n, v in lire_formulaire(page, lien).items() if not n.startswith("choix:")}
    nom = re.search(r'name="(choix:[^"]+)"', page)[1]
    assert client.post(lien, suite).status_code == 409, "no answer is no choice"
    assert client.post(lien, {**suite, nom: "garder"}).status_code == 302
    valeurs = {n: c["propose"] for n, c in FicheDossier.objects.get().changements.items()}
    assert valeurs == {"conditions_accueil": "Sans rendez-vous", "conditions_admission": "Adulte", "age_min": 18}


def test_le_type_change_par_un_autre_n_est_pas_ecrase_en_silence(client, dossier, collegue):
    offre = cle("Unité de cardiologie")
    lien = adresse(dossier, offre)
    envoi = ouvrir(client, lien)
    code("TRE_R244", "151", "Électrophysiologie")
    enregistrer(dossier, offre, collegue, {}, {}, type_offre="150")
    assert client.post(lien, {**envoi, "age_min": "18"}).status_code == 302
    assert FicheDossier.objects.get().type_offre.code == "150", "she left the type as it was: theirs stays"
    reponse = client.post(lien, {**envoi, "type_offre": "151", "age_min": "18"})
    assert reponse.status_code == 409
    assert "Le type d’UO a été changé entre-temps" in reponse.content.decode()
    suite = lire_formulaire(reponse.content.decode(), lien)
    assert suite["type_offre"] == ["151"]
    assert client.post(lien, suite).status_code == 302
    assert FicheDossier.objects.get().type_offre.code == "151"


@pytest.mark.exigence("B16")
def test_ce_qui_est_tape_est_garde_et_se_reprend(client, dossier, collegue):
    (fiche,) = actions.creer_fiches(
        dossier_id=dossier.pk, sous=cle("UF Cardiologie"), niveau=Niveau.UO, auteur=dossier.cree_par
    )
    lien = adresse(dossier, fiche.cle)
    envoi = ouvrir(client, lien)
    garder = f"/ror/brouillon/?objet=dossier:{dossier.pk}/{fiche.cle}"
    reponse = client.post(garder, {**envoi, "nom": "Unité rythmo", "age_min": "illisible"})
    assert "Brouillon gardé" in reponse.json()["texte"]
    fiche.refresh_from_db()
    assert fiche.valeurs == {}, "a draft is never a change"
    page = client.get(lien).content.decode()
    assert "Vous aviez commencé une saisie" in page
    assert "Nom" in page
    repris = lire_formulaire(client.get(f"{lien}?reprendre=1").content.decode(), lien)
    assert (repris["nom"], repris["age_min"]) == (["Unité rythmo"], ["illisible"])
    assert "Unité opérationnelle en création" in client.get("/ror/mon-compte/").content.decode()
    client.post(lien, {**repris, "age_min": "12", "suite": "attente"})
    assert "Vous aviez commencé" not in client.get(lien).content.decode()
    client.post(lien, {**ouvrir(client, lien), "nom": "Autre", "geste": "annuler"})
    assert lire_formulaire(client.get(f"{lien}?reprendre=1").content.decode(), lien)["nom"] == ["Autre"]
    autre = Client()
    autre.force_login(UtilisateurFactory())
    assert autre.post(garder, envoi).status_code == 404
    assert client.post(f"/ror/brouillon/?objet=dossier:{dossier.pk}/f999999", envoi).status_code == 404
    assert client.post(f"/ror/brouillon/?objet=dossier:{dossier.pk}", envoi).status_code == 404


@pytest.mark.exigence("B17")
def test_qui_d_autre_est_la_et_ce_qu_il_a_enregistre(client, dossier, collegue):
    lien = adresse(dossier, cle("UF Cardiologie"))
    ailleurs = adresse(dossier, cle("Pôle Médecine"))
    elle = Client()
    elle.force_login(collegue)
    elle.get(lien)
    page = client.get(lien).content.decode()
    assert f"<strong>{collegue}</strong> modifie" in page
    page = client.get(ailleurs).content.decode().replace("\u00a0", " ")
    assert "modifie" not in page.split('id="v-fiche"')[1].split("<form")[0]
    assert "Aussi dans ce dossier" in page
    assert "(sur UF Cardiologie)" in page
    envoi = ouvrir(client, lien)
    elle.post(lien, {**ouvrir(elle, lien), "nom": "UF Coeur", "suite": "attente"})
    presence = f"/ror/presence/?objet=dossier:{dossier.pk}/{cle('UF Cardiologie')}"
    entetes = {"HX-Request": "true"}
    vu = client.post(presence, {"vues": envoi["vues"], "ouvert_le": envoi["ouvert_le"]}, headers=entetes)
    assert f"{collegue} a enregistré" in vu.content.decode()
    assert "UF Coeur" in vu.content.decode()
    page = client.post(lien, {**envoi, "informations_complementaires": "Travaux", "geste": "fusionner"})
    fusionne = lire_formulaire(page.content.decode(), lien)
    assert fusionne["nom"] == ["UF Coeur"]
    assert fusionne["informations_complementaires"] == ["Travaux"]


@pytest.mark.exigence("S161")
def test_la_fiche_suivante_est_la_prochaine_qui_n_est_pas_finalisee(client, dossier, referente):
    un, deux = actions.creer_fiches(
        dossier_id=dossier.pk, sous=cle("CH de Valmont"), niveau=Niveau.P, auteur=referente, nombre=2
    )
    page = client.get(adresse(dossier, un.cle)).content.decode()
    assert f'href="{adresse(dossier, deux.cle)}"' in page.split("Fiche suivante")[1]
    lien = adresse(dossier, un.cle)
    refuse = client.post(lien, {**ouvrir(client, lien), "suite": "finaliser"})
    assert refuse.status_code == 422
    assert "une valeur est nécessaire pour finaliser" in refuse.content.decode()
    page = client.post(lien, {**ouvrir(client, lien), "nom": "Pôle A", "suite": "finaliser"}, follow=True)
    assert adresse(dossier, deux.cle) in page.content.decode().split("finalisée.")[1]
    titre = re.search(r'<h2 id="fiche-titre".*?</h2>', client.get(lien).content.decode(), re.S)[0]
    assert "Pôle A</h2>" in titre, "a created fiche is titled by the name it is given"
    assert "Pôle en création</h2>" in client.get(adresse(dossier, deux.cle)).content.decode()
    lien = adresse(dossier, deux.cle)
    page = client.post(lien, {**ouvrir(client, lien), "nom": "Pôle B", "suite": "finaliser"}, follow=True)
    assert "Toutes les fiches du dossier sont finalisées" in page.content.decode()


@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ({"vues": "forgé"}, "ouverte depuis trop longtemps"),
        ({"nom": "x" * 300}, "255 caractères au plus"),
        ({"type_offre": "999"}, "choisissez dans la liste"),
        ({"groupe": "XXX"}, "groupe"),
        ({"age_min": "-4"}, "Un nombre entier positif"),
        ({"geste": "inconnu"}, "Sur rendez-vous"),
    ],
)
def test_une_saisie_forgee_ou_impossible_est_dite_et_gardee(client, dossier, saisie, message):
    lien = adresse(dossier, cle("Unité de cardiologie"))
    envoi = {**ouvrir(client, lien), "conditions_admission": "Adulte", "suite": "attente", **saisie}
    reponse = client.post(lien, envoi)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert "Adulte" in reponse.content.decode()
    assert not FicheDossier.objects.exists()


def test_les_longues_listes_se_cherchent_dans_un_dossier(client, dossier):
    lien = adresse(dossier, cle("Unité de cardiologie"))
    page = client.get(lien).content.decode()
    recherche = re.search(r'data-recherche="([^"]+)"', page)
    if recherche is not None:
        assert recherche[1].startswith("/ror/codes/UO/")
    assert client.get("/ror/codes/UO/inconnu/").status_code == 404
    assert client.get("/ror/codes/XX/actes/").status_code == 404
    assert client.get("/ror/codes/UO/actes/?q-actes=ecg").status_code == 200
