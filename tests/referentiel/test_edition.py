"""Editing a section and a whole fiche through its pages, with and without HTMX: nothing typed is ever lost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.champs import sections_de
from referentiel.models import Modification, Role, Structure
from tests.fabriques import EGFactory, HabilitationFactory, UFFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def adresse(structure, section="informations"):
    return reverse("fiche-section", args=[structure.pk, section])


def ouvrir(client, lien, **entetes):
    reponse = client.get(lien, headers=entetes)
    assert reponse.status_code == 200
    return lire_formulaire(reponse.content.decode(), lien)


def attente(structure):
    modification = modification_en_attente(structure)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


def publier(structure, auteur, **saisies):
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True)


CONTACT = "6f1c1a52-8f4c-4d3e-9a0e-111111111111"


@pytest.fixture
def remplie(offre, referente):
    """An offer with something in every section, odd enough to be damaged by a careless form."""
    publier(
        offre,
        referente,
        activites=["01", "02"],
        actes=["0001"],
        temporalite_accueil="02",
        conditions_admission="  Dossier complet\n\nVisite le mardi ",
        contacts={
            CONTACT: {
                "rang": 4,
                "nom": "Admissions",
                "fonction": "18",
                "confidentialite": "2",
                "telecoms": [{"canal": "2", "adresse": "01 99 00 27 15", "usage": "jour", "confidentialite": "1"}],
            }
        },
        horaires={"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}, {"debut": 840, "fin": 1020}]},
    )
    return offre


@pytest.mark.exigence("S43", "S107", "S70", "S73")
def test_une_section_se_modifie_et_attend(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    assert envoi["age_min"] == ["60"]
    reponse = client.post(adresse(offre), {**envoi, "nom": "Unité A", "age_min": "65"}, follow=True)
    assert "Informations générales\u00a0: enregistré, non diffusé" in reponse.content.decode()
    assert attente(offre) == {"nom": "Unité A", "age_min": 65}
    offre.refresh_from_db()
    assert offre.nom == "Unité d’hébergement"


@pytest.mark.parametrize("section", sections_de(Structure(niveau="UO").type_niveau))
def test_enregistrer_sans_rien_toucher_ne_change_rien(client, remplie, referente, section):
    envoi = ouvrir(client, adresse(remplie, section))
    reponse = client.post(adresse(remplie, section), envoi, follow=True)
    assert "rien ne diffère de ce qui est diffusé" in reponse.content.decode()
    assert not Modification.objects.filter(etat="attente").exists()


@pytest.mark.exigence("S97", "S98", "S99")
def test_toute_la_fiche_d_un_coup(client, remplie, referente):
    lien = reverse("fiche-modifier", args=[remplie.pk])
    assert f'href="{lien}"' in client.get(reverse("fiche", args=[remplie.pk])).content.decode()
    page = client.get(lien).content.decode()
    assert re.search(r'<button class="btn btn-primary">\s*Modifier</button>', page)
    envoi = lire_formulaire(page, lien)
    assert re.search(r'name="geste" value="annuler" formnovalidate>Annuler</button>', page)
    fiche = reverse("fiche", args=[remplie.pk])
    assert client.post(lien, {**envoi, "nom": "Abandonné", "geste": "annuler"})["Location"] == fiche
    assert attente(remplie) == {}
    reponse = client.post(lien, envoi, follow=True)
    assert "Rien n’a changé" in reponse.content.decode()
    reponse = client.post(lien, {**envoi, "conditions_accueil": "Animaux acceptés", "nom": "Unité A"}, follow=True)
    assert reponse.redirect_chain[-1][0] == reverse("fiche-valider", args=[remplie.pk])
    assert "À partir de quelle date ces modifications comptent-elles" in reponse.content.decode()
    assert attente(remplie) == {"conditions_accueil": "Animaux acceptés", "nom": "Unité A"}


@pytest.mark.exigence("S81", "S82", "S83")
def test_les_trois_textes_libres(client, offre, referente):
    envoi = ouvrir(client, adresse(offre, "conditions"))
    textes = {
        "conditions_admission": "Commission le mardi\r\nVisite",
        "conditions_accueil": "Chambres seules",
        "informations_complementaires": "Parking",
    }
    client.post(adresse(offre, "conditions"), {**envoi, **textes})
    assert attente(offre) == {**textes, "conditions_admission": "Commission le mardi\nVisite"}


@pytest.mark.exigence("S78", "S79", "S80")
def test_selectionner_ajouter_retirer_des_codes(client, offre, referente):
    lien = adresse(offre, "activites")
    envoi = ouvrir(client, lien)
    page = client.post(lien, {**envoi, "activites": ["01", "03"], "geste": "codes-ajouter:activites"}).content.decode()
    envoi = lire_formulaire(page, lien)
    assert sorted(envoi["activites"]) == ["01", "03"]
    assert attente(offre) == {}
    page = client.post(lien, {**envoi, "geste": "codes-retirer:activites:01"}).content.decode()
    client.post(lien, lire_formulaire(page, lien))
    assert attente(offre) == {"activites": ["03"]}


@pytest.mark.exigence("S85")
def test_ajouter_et_retirer_un_contact_sans_perdre_les_autres(client, remplie, referente):
    lien = adresse(remplie, "contacts")
    envoi = ouvrir(client, lien)
    page = client.post(lien, {**envoi, "geste": "contact-ajouter"}).content.decode()
    envoi = lire_formulaire(page, lien)
    assert envoi["contact"][0] == CONTACT
    nouveau = envoi["contact"][1]
    typed = {f"c-{nouveau}-nom": "Accueil", f"c-{nouveau}-t-adresse": "01 99 00 27 18"}
    page = client.post(lien, {**envoi, **typed, "geste": f"telecom-ajouter:{nouveau}"}).content.decode()
    envoi = lire_formulaire(page, lien)
    assert envoi[f"c-{nouveau}-nom"] == ["Accueil"]
    client.post(lien, envoi)
    contacts = attente(remplie)["contacts"]
    assert contacts[CONTACT]["telecoms"][0]["usage"] == "jour"
    assert contacts[nouveau]["nom"] == "Accueil"
    assert contacts[nouveau]["telecoms"] == [{"adresse": "01 99 00 27 18", "canal": "2", "confidentialite": "1"}]
    envoi = ouvrir(client, lien)
    page = client.post(lien, {**envoi, "geste": f"contact-retirer:{CONTACT}"}).content.decode()
    client.post(lien, lire_formulaire(page, lien))
    assert list(attente(remplie)["contacts"]) == [nouveau]


@pytest.mark.parametrize(
    ("section", "saisie", "message"),
    [
        ("informations", {"nom": ""}, "Nom\u00a0: une valeur est attendue."),
        ("informations", {"nom": "x" * 256}, "255 caractères au plus"),
        ("informations", {"age_min": "soixante"}, "Un nombre entier positif est attendu"),
        ("informations", {"age_min": ""}, "Âge minimum\u00a0: une valeur est attendue."),
        ("informations", {"age_min": "-1"}, "Un nombre entier positif est attendu"),
        ("informations", {"age_max": "20"}, "L’âge maximum (20) est inférieur à l’âge minimum (60)."),
        ("accueil", {"temporalite_accueil": "99"}, "Choisissez dans la liste."),
        ("activites", {"activites": ["01", "zz"]}, "Choisissez dans la liste."),
        ("conditions", {"conditions_accueil": "x" * 5001}, "5000 caractères au plus"),
        ("contacts", {f"c-{CONTACT}-t-adresse": "zéro un"}, "n’est pas un numéro"),
        ("contacts", {f"c-{CONTACT}-t-canal": "3"}, "n’est pas une adresse électronique"),
        ("contacts", {f"c-{CONTACT}-nom": "", f"c-{CONTACT}-fonction": ""}, "indiquez un nom, une fonction"),
        ("contacts", {f"c-{CONTACT}-fonction": "zz"}, "cette valeur n’est plus proposée"),
        ("horaires", {"h-p1-1-de": ["25h", "14:00"]}, "n’est pas une heure"),
        ("horaires", {"h-p1-1-a": ["", "17:00"]}, "L’heure manque"),
        (
            "horaires",
            {"h-p1-1-de": ["22h", "14:00"], "h-p1-1-a": ["6h", "17:00"]},
            "ouvert la nuit, jusqu’à 6\u00a0h le lendemain",
        ),
        ("horaires", {"h-p1-feries": "ouvert"}, "indiquez les heures"),
        ("horaires", {"h-p1-8-de": "10", "h-p1-8-a": "12"}, "des heures sont saisies"),
        ("horaires", {"h-p1-feries": "n’importe"}, "choisissez dans la liste"),
    ],
)
@pytest.mark.exigence("S76")
def test_une_faute_est_dite_et_tout_reste_saisi(client, remplie, referente, section, saisie, message):
    envoi = {**ouvrir(client, adresse(remplie, section)), **saisie}
    reponse = client.post(adresse(remplie, section), envoi, headers=HTMX)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in page.replace("&#x27;", "'")
    assert "à corriger" in page or "Vérifiez votre saisie" in page
    rendu = lire_formulaire(page, adresse(remplie, section))
    for nom, valeur in saisie.items():
        if nom not in ("activites", "temporalite_accueil", "h-p1-feries", f"c-{CONTACT}-fonction"):
            assert rendu[nom] == ([valeur] if isinstance(valeur, str) else valeur)
    assert not Modification.objects.filter(etat="attente").exists()


def test_htmx_remplace_la_carte_en_place(client, offre, referente):
    lien = adresse(offre)
    fragment = client.get(lien, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert 'id="informations"' in fragment
    page = client.post(lien, {**lire_formulaire(fragment, lien), "nom": "Unité A"}, headers=HTMX).content.decode()
    carte = page[page.index('id="informations"') :]
    assert "Modifié, non diffusé" in carte
    assert 'id="diffusion"' in page
    assert "data-focus" in carte[: carte.index("</section>")]


def test_une_session_expiree_garde_la_saisie(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    client.logout()
    reponse = client.post(adresse(offre), {**envoi, "nom": "Unité A"}, headers=HTMX)
    assert reponse.status_code == 401
    assert "votre saisie est conservée" in reponse.content.decode()


def test_sans_droit_la_raison_est_dite(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    client.force_login(UtilisateurFactory())
    for reponse in (client.get(adresse(offre)), client.post(adresse(offre), {**envoi, "nom": "X"})):
        assert reponse.status_code == 403
        assert "n’est pas dans votre périmètre" in reponse.content.decode()
    client.force_login(HabilitationFactory(structure=None, role=Role.LECTEUR).utilisateur)
    reponse = client.get(reverse("fiche-modifier", args=[offre.pk]))
    assert "Votre droit Lecteur ne permet pas de modifier les fiches" in reponse.content.decode()
    assert attente(offre) == {}


def test_une_fiche_fermee_le_dit(client, offre, referente):
    Structure.objects.filter(pk=offre.pk).update(etat="DEF")
    reponse = client.get(adresse(offre))
    assert reponse.status_code == 409
    assert "est fermée définitivement" in reponse.content.decode()


@pytest.mark.exigence("S91", "S92", "S93", "S94", "S99", "S100")
def test_ni_champ_finess_ni_type_ni_creation(client, referente, offre):
    for section in ("identification", "adresse"):
        assert client.get(adresse(offre.parent, section)).status_code == 404
    assert client.get(adresse(offre, "inconnue")).status_code == 404
    page = client.get(reverse("fiche-modifier", args=[offre.parent.pk])).content.decode()
    for champ in ("raison_sociale", "siret", "numero_finess", "libelle_voie"):
        assert f'name="{champ}"' not in page
    assert "type_offre" not in client.get(reverse("fiche-modifier", args=[offre.pk])).content.decode()


def test_un_champ_forge_est_ignore(client, offre, referente):
    envoi = ouvrir(client, adresse(offre))
    client.post(adresse(offre), {**envoi, "nom": "Unité A", "raison_sociale": "X", "etat": "DEF", "horaires": "x"})
    assert attente(offre) == {"nom": "Unité A"}


@pytest.mark.parametrize("jeton", ["", "abîmé", "eyJ.abc.def"])
def test_un_formulaire_trop_vieux_garde_la_saisie(client, offre, referente, jeton):
    envoi = ouvrir(client, adresse(offre))
    reponse = client.post(adresse(offre), {**envoi, "nom": "Unité A", "vues": jeton})
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert "vérifiez les valeurs ci-dessous" in page
    suite = lire_formulaire(page, adresse(offre))
    assert suite["nom"] == ["Unité A"]
    client.post(adresse(offre), suite)
    assert attente(offre) == {"nom": "Unité A"}


def test_le_sceau_d_une_autre_fiche_ne_vaut_rien(client, offre, referente):
    autre = ouvrir(client, adresse(offre.parent))
    envoi = ouvrir(client, adresse(offre))
    reponse = client.post(adresse(offre), {**envoi, "vues": autre["vues"], "nom": "Unité A"})
    assert reponse.status_code == 422


def test_deux_personnes_sur_le_meme_champ_ecran_de_fusion(client, remplie, referente, collegue):
    envoi = ouvrir(client, adresse(remplie))
    vues = fiches.lire(remplie)
    actions.enregistrer(structure_id=remplie.pk, auteur=collegue, vues=vues, saisies={"nom": "Unité B"})
    lien = adresse(remplie)
    reponse = client.post(lien, {**envoi, "nom": "Unité A", "age_min": "65"}, headers=HTMX)
    page = reponse.content.decode()
    assert reponse.status_code == 409
    assert reponse["HX-Retarget"] == "#informations"
    assert "Unité A" in page
    assert "Unité B" in page
    assert f"Valeur enregistrée par {collegue}" in page
    choix = lire_formulaire(page, lien)
    assert client.post(lien, choix).status_code == 409  # no answer: asked again, nothing lost
    nom = re.search(r'name="(choix:[^"]+)"', page)[1]
    client.post(lien, {**choix, nom: "imposer"})
    assert attente(remplie) == {"nom": "Unité A", "age_min": 65}


def test_fusion_d_un_contact_nomme_la_ligne_et_garde_l_autre_valeur(client, remplie, referente, collegue):
    lien = adresse(remplie, "contacts")
    envoi = ouvrir(client, lien)
    vues = fiches.lire(remplie)
    autres = {CONTACT: {**vues["contacts"][CONTACT], "description": "le matin"}}
    actions.enregistrer(structure_id=remplie.pk, auteur=collegue, vues=vues, saisies={"contacts": autres})
    page = client.post(lien, {**envoi, f"c-{CONTACT}-description": "le soir"}).content.decode()
    assert "Contact «\u00a0Admissions\u00a0», précision" in page
    nom = re.search(r'name="(choix:[^"]+)"', page)[1]
    client.post(lien, {**lire_formulaire(page, lien), nom: "garder"})
    assert attente(remplie)["contacts"][CONTACT]["description"] == "le matin"


def test_fusion_d_un_jour_d_horaires(client, remplie, referente, collegue):
    lien = adresse(remplie, "horaires")
    envoi = ouvrir(client, lien)
    vues = fiches.lire(remplie)
    autres = {**vues["horaires"], "p1/1": [{"debut": 600, "fin": 720}], "p1/2": [{"debut": 540, "fin": 720}]}
    actions.enregistrer(structure_id=remplie.pk, auteur=collegue, vues=vues, saisies={"horaires": autres})
    page = client.post(lien, {**envoi, "h-p1-1-de": ["8h", "14:00"]}).content.decode()
    assert "Horaires du lundi" in page
    assert "de 8\u00a0h à 12\u00a0h" in page
    assert "de 10\u00a0h à 12\u00a0h" in page
    nom = re.search(r'name="(choix:[^"]+)"', page)[1]
    client.post(lien, {**lire_formulaire(page, lien), nom: "imposer"})
    horaires = attente(remplie)["horaires"]
    assert horaires["p1/1"][0]["debut"] == 480
    assert horaires["p1/2"] == [{"debut": 540, "fin": 720}]


def test_un_code_retire_de_la_liste_reste_choisi(client, remplie, referente):
    ancien = code("JDV_J17", "02")
    ancien.actif = False
    ancien.save()
    lien = adresse(remplie, "activites")
    envoi = ouvrir(client, lien)
    assert sorted(envoi["activites"]) == ["01", "02"]
    client.post(lien, {**envoi, "activites": ["01", "02", "03"]})
    assert attente(remplie) == {"activites": ["01", "02", "03"]}


def test_un_double_envoi_ne_fait_rien_de_plus(client, offre, referente):
    envoi = {**ouvrir(client, adresse(offre)), "nom": "Unité A"}
    client.post(adresse(offre), envoi)
    client.post(adresse(offre), envoi)
    assert attente(offre) == {"nom": "Unité A"}
    assert Modification.objects.count() == 1


@pytest.mark.parametrize("fabrique", [EGFactory, UFFactory])
def test_les_autres_niveaux_se_modifient_aussi(client, listes, offre, referente, fabrique):
    structure = fabrique()
    client.force_login(HabilitationFactory(structure=structure).utilisateur)
    envoi = ouvrir(client, adresse(structure, "conditions"))
    lien = adresse(structure, "conditions")
    reponse = client.post(lien, {**envoi, "informations_complementaires": "Parking"}, headers=HTMX)
    assert reponse.status_code == 200
    assert attente(structure) == {"informations_complementaires": "Parking"}


@pytest.mark.exigence("S18")
def test_le_directeur_et_le_referent_ecrivent_la_meme_fiche_sans_se_perdre(client, offre, referente):
    directeur = HabilitationFactory(structure=offre.parent, role=Role.DIRECTION).utilisateur
    autre = Client()
    autre.force_login(directeur)
    lien = adresse(offre, "conditions")
    du_referent, du_directeur = ouvrir(client, lien), ouvrir(autre, lien)
    client.post(lien, {**du_referent, "conditions_admission": "Dossier complet"})
    autre.post(lien, {**du_directeur, "conditions_accueil": "Animaux acceptés"})
    assert attente(offre) == {"conditions_admission": "Dossier complet", "conditions_accueil": "Animaux acceptés"}
    page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "Dossier complet" in page
    assert "Animaux acceptés" in page


@pytest.mark.exigence("S74")
def test_l_age_maximum_est_facultatif_et_se_dit_en_ans(client, offre, referente):
    page = client.get(adresse(offre)).content.decode()
    assert '<option value="a" selected>Ans</option>' in page
    client.post(adresse(offre), {**lire_formulaire(page, adresse(offre)), "age_max": ""})
    assert attente(offre) == {"age_max": None}


@pytest.mark.exigence("S84")
def test_les_modalites_d_accueil_se_modifient(client, offre, referente):
    code("JDV_J226", "01", "Accueil de jour")
    lien = adresse(offre, "accueil")
    client.post(lien, {**ouvrir(client, lien), "modalites": ["01"]})
    assert attente(offre) == {"modalites": ["01"]}


def test_une_section_ouverte_par_son_adresse_ramene_a_la_fiche(client, offre, referente):
    lien = reverse("fiche-section", args=[offre.pk, "informations"])
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    ici = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{lien}?x=1"}
    reponse = client.post(lien, {**envoi, "nom": "Unité A"}, headers=ici)
    assert (reponse.status_code, reponse["HX-Redirect"]) == (204, f"{reverse('fiche', args=[offre.pk])}#informations")
    reponse = client.post(lien, {**envoi, "geste": "annuler"}, headers=ici)
    assert reponse["HX-Redirect"].endswith("#informations")


def test_la_fiche_dit_en_tete_ce_qui_n_est_pas_diffuse(client, offre, referente):
    page = reverse("fiche", args=[offre.pk])
    assert "Modifiée, non diffusée" not in client.get(page).content.decode()
    lien = reverse("fiche-section", args=[offre.pk, "informations"])
    client.post(lien, {**lire_formulaire(client.get(lien).content.decode(), lien), "nom": "Unité A"})
    lu = client.get(page).content.decode()
    assert lu.index("Modifiée, non diffusée") < lu.index('id="informations"')
