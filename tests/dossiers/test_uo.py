"""Creating an UO in a dossier: type, fields of the type, name, waiting or finalised (S70–S77)."""

import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dossiers.models import Dossier, FicheDossier
from dossiers.nommage import est_conforme, nom_propose
from referentiel.models import ModeleSaisie
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
EHPAD = "Accueil ou hébergement pour personnes âgées dépendantes, sans spécificité"


@pytest.fixture
def ehpad(client):
    RegionFactory()
    for liste, valeur, libelle in (
        ("JDV_J20", "04", "Médico-social (MS)"),
        ("JDV_J19", "46", "Hébergement (accueil jour et nuit)"),
        ("JDV_J17", "001", "Kinésithérapie"),
        ("JDV_J17", "002", "Consultation mémoire"),
        ("JDV_J28", "03", "Année complète"),
    ):
        code(liste, valeur, libelle)
    for valeur, libelle, discipline, specialite in (
        ("21", EHPAD, "MSS", "Personnes âgées"),
        ("48", "Institut médico-éducatif (IME)", "MSS", "Personnes handicapées"),
        ("10", "Centre Médico-Psychologique (CMP) Adulte", "PSY", "Psychiatrie de l’adulte"),
    ):
        type_uo = code("TRE_R244", valeur, libelle)
        type_uo.proprietes = {"discipline_inferee": discipline, "specialite_proposee": specialite}
        type_uo.save()
    modele = ModeleSaisie.objects.create(
        identifiant="P-PA", titre="Personnes âgées", statut="active", origine="proposition", types=["21"]
    )
    noms = ("nom", "champ_activite", "mode_prise_en_charge", "age_min", "age_max", "activites", "ouverture_annuelle")
    for rang, nom in enumerate(noms):
        obligatoire = nom not in ("age_max", "ouverture_annuelle")
        modele.champs.create(
            champ=nom, ordre=rang, obligatoire=obligatoire, codes=["001"] if nom == "activites" else []
        )
    modele.champs.filter(champ="champ_activite").update(defaut="04")
    etablissement = EGFactory(groupe="MSS", nom="EHPAD TEST")
    client.force_login(HabilitationFactory(structure=etablissement).utilisateur)
    return etablissement


def lien(ehpad):
    return reverse("dossier-creer-fiche", args=[ehpad.pk])


def ouvrir(client, adresse):
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    return lire_formulaire(reponse.content.decode(), adresse)


def choisir(client, adresse, envoi, **saisies):
    """« Continuer » after a type, as without script."""
    reponse = client.post(adresse, {**envoi, **saisies, "geste": "type"})
    assert reponse.status_code == 200
    return reponse.content.decode()


def adresse_de(fiche):
    return reverse("dossier-fiche", args=[fiche.dossier_id, fiche.cle])


def complete(client, ehpad):
    page = choisir(client, lien(ehpad), ouvrir(client, lien(ehpad)), type_offre="21")
    envoi = lire_formulaire(page, lien(ehpad))
    return {**envoi, "age_min": "60", "mode_prise_en_charge": "46", "activites": ["001"]}


@pytest.mark.exigence("S70", "S71", "S72", "S73", "S74")
def test_le_formulaire_demande_nom_groupe_type_et_ages(client, ehpad):
    page = client.get(lien(ehpad)).content.decode()
    for libelle in (
        "★ Grand groupe de disciplines",
        "1 - Filtrez les types d’UO par discipline",
        "2 - Filtrez les types d’UO par spécialité / catégorie de besoins",
        "Type d’UO",
        "Âge minimum",
        "Âge maximum",
        "Ans",
        "Mois",
    ):
        assert libelle in page
    envoi = lire_formulaire(page, lien(ehpad))
    assert envoi["groupe"] == ["MSS"]
    assert envoi["age_min_unite"] == ["a"]
    assert "mode_prise_en_charge" not in envoi


@pytest.mark.exigence("S72")
def test_sans_script_les_deux_filtres_reduisent_la_liste(client, ehpad):
    envoi = ouvrir(client, lien(ehpad))
    page = client.post(lien(ehpad), {**envoi, "discipline": "MSS", "geste": "filtrer"}).content.decode()
    assert EHPAD in page
    assert "Centre Médico-Psychologique" not in page
    deux = {**envoi, "discipline": "MSS", "specialite": "Personnes handicapées", "geste": "filtrer"}
    page = client.post(lien(ehpad), deux).content.decode()
    assert "Institut médico-éducatif" in page
    assert f">{EHPAD}<" not in page


@pytest.mark.exigence("S75", "S77")
def test_choisir_le_type_fait_apparaitre_ses_champs_et_propose_le_nom(client, ehpad):
    envoi = ouvrir(client, lien(ehpad))
    page = choisir(client, lien(ehpad), envoi, type_offre="21", age_min="60")
    suite = lire_formulaire(page, lien(ehpad))
    assert suite["nom"] == [f"Unité {EHPAD[0].lower()}{EHPAD[1:]}"]
    assert suite["champ_activite"] == ["04"]
    assert suite["age_min"] == ["60"]
    assert {"mode_prise_en_charge", "ouverture_annuelle"} <= set(suite)
    assert "temporalite_accueil" not in suite
    assert "Kinésithérapie" in page
    assert "Consultation mémoire" not in page


@pytest.mark.exigence("S75")
def test_changer_de_type_dit_ce_qui_ne_servira_plus_et_le_rend_si_on_revient(client, ehpad):
    code("JDV_J30", "02", "Permanent")
    envoi = {**complete(client, ehpad), "ouverture_annuelle": "03"}
    autre = ModeleSaisie.objects.create(
        identifiant="P-PH", titre="Handicap", statut="active", origine="proposition", types=["48"]
    )
    autre.champs.create(champ="activites")
    page = choisir(client, lien(ehpad), envoi, type_offre="48")
    assert "Ce type n’utilise pas" in page
    assert "Ouverture annuelle" in page
    envoi = lire_formulaire(page, lien(ehpad))
    page = choisir(client, lien(ehpad), envoi, type_offre="21")
    assert lire_formulaire(page, lien(ehpad))["ouverture_annuelle"] == ["03"]


@pytest.mark.exigence("S76", "S150", "S156")
def test_mettre_en_attente_ne_bloque_jamais(client, ehpad):
    envoi = ouvrir(client, lien(ehpad))
    reponse = client.post(lien(ehpad), {**envoi, "suite": "attente"}, follow=True)
    page = reponse.content.decode()
    assert "mise en attente" in page
    assert "En attente" in page
    fiche = FicheDossier.objects.get()
    assert (fiche.nom, fiche.etat, fiche.type_offre) == ("Unité opérationnelle en création", "attente", None)
    assert "EHPAD TEST" in page
    assert "Unité opérationnelle en création" in page


@pytest.mark.exigence("S76", "S157")
def test_finaliser_demande_tous_les_champs_etoiles_et_garde_tout(client, ehpad):
    envoi = {**complete(client, ehpad), "mode_prise_en_charge": "", "activites": [], "suite": "finaliser"}
    reponse = client.post(lien(ehpad), envoi)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert "Mode de prise en charge : une valeur est nécessaire pour finaliser." in page.replace("\u00a0", " ")
    assert "Activités opérationnelles : une valeur est nécessaire" in page.replace("\u00a0", " ")
    assert lire_formulaire(page, lien(ehpad))["age_min"] == ["60"]
    assert not FicheDossier.objects.exists()


def test_ce_qui_manque_est_compte_liste_et_mene_a_son_champ(client, ehpad):
    """The number, the list and the links agree, whether the fields of the type are shown already or not."""
    complete_sans = {**complete(client, ehpad), "mode_prise_en_charge": "", "activites": []}
    for envoi, nombre in ((ouvrir(client, lien(ehpad)), 6), (complete_sans, 2)):
        page = client.post(lien(ehpad), {**envoi, "suite": "finaliser"}).content.decode()
        resume = page.split("resume-erreurs-titre")[2].split("</div></div>")[0]
        cibles = re.findall(r'<li><a href="#([^"]+)">', resume)
        assert f"{len(cibles)}\u00a0points à corriger" in resume
        assert (len(cibles), resume.count("une valeur est nécessaire")) == (nombre, nombre)
        for cible in cibles:
            assert f'id="{cible}"' in page, cible


@pytest.mark.exigence("S70", "S71", "S72", "S73", "S76")
def test_une_uo_complete_est_finalisee_dans_le_dossier(client, ehpad):
    reponse = client.post(lien(ehpad), {**complete(client, ehpad), "suite": "finaliser"}, follow=True)
    assert "Finalisée" in reponse.content.decode()
    fiche = FicheDossier.objects.get()
    assert (fiche.etat, fiche.type_offre.code, fiche.groupe) == ("finalisee", "21", "MSS")
    assert fiche.valeurs["age_min"] == 60
    assert fiche.valeurs["activites"] == ["001"]
    adresse = adresse_de(fiche)
    envoi = ouvrir(client, adresse)
    assert envoi["mode_prise_en_charge"] == ["46"]
    client.post(adresse, {**envoi, "age_max": "110", "age_max_unite": "a", "suite": "attente"})
    fiche.refresh_from_db()
    assert (fiche.etat, fiche.valeurs["age_max"]) == ("attente", 110)


def test_une_uo_envoyee_deux_fois_n_est_creee_qu_une_fois(client, ehpad):
    envoi = {**complete(client, ehpad), "suite": "finaliser"}
    assert client.post(lien(ehpad), envoi).url == client.post(lien(ehpad), envoi).url
    assert FicheDossier.objects.get().etat == "finalisee"
    client.post(lien(ehpad), {**complete(client, ehpad), "suite": "finaliser"})
    assert FicheDossier.objects.count() == 2, "another form creates another offer"


@pytest.mark.exigence("S77")
def test_un_autre_nom_est_garde_avec_un_avertissement(client, ehpad):
    envoi = {**complete(client, ehpad), "nom": "Les Glycines", "suite": "finaliser"}
    page = choisir(client, lien(ehpad), envoi)
    assert "Ce nom ne suit pas la forme attendue" in page
    reponse = client.post(lien(ehpad), envoi, follow=True)
    assert "Son nom ne suit pas la forme" in reponse.content.decode()
    assert FicheDossier.objects.get().nom == "Les Glycines"


@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ({"type_offre": "99999"}, "Type d’UO"),
        ({"groupe": "XXX"}, "groupe"),
        ({"age_min": "beaucoup"}, "Un nombre entier positif est attendu"),
        ({"age_min": "60", "age_max": "20"}, "inférieur"),
        ({"activites": ["002"]}, "Choisissez dans la liste"),
        ({"nom": "x" * 300}, "255 caractères au plus"),
    ],
)
def test_une_saisie_impossible_est_dite_et_rien_n_est_perdu(client, ehpad, saisie, message):
    envoi = {**complete(client, ehpad), "conditions_accueil": "Chambres seules", **saisie, "suite": "attente"}
    reponse = client.post(lien(ehpad), envoi)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert "Chambres seules" in reponse.content.decode()
    assert not FicheDossier.objects.exists()


def test_deux_personnes_sur_la_meme_uo_rien_n_est_ecrase_sans_le_dire(client, ehpad):
    client.post(lien(ehpad), {**complete(client, ehpad), "suite": "attente"})
    fiche = FicheDossier.objects.get()
    adresse = adresse_de(fiche)
    vieille, fraiche = ouvrir(client, adresse), ouvrir(client, adresse)
    assert client.post(adresse, {**fraiche, "age_min": "65"}).status_code == 302
    reponse = client.post(adresse, {**vieille, "age_min": "70", "age_max": "99"})
    assert reponse.status_code == 409
    page = reponse.content.decode()
    assert "Votre saisie" in page
    envoi = {n: v for n, v in lire_formulaire(page, adresse).items() if not n.startswith("choix:")}
    assert envoi["age_min"] == ["70"]
    nom = re.search(r'name="(choix:[^"]+)"', page)[1]
    reponse = client.post(adresse, {**envoi, nom: "imposer"})
    assert reponse.status_code == 302
    fiche.refresh_from_db()
    assert (fiche.valeurs["age_min"], fiche.valeurs["age_max"]) == (70, 99)


def test_une_uo_de_dossier_n_existe_pas_pour_les_autres(client, ehpad):
    client.post(lien(ehpad), {**complete(client, ehpad), "suite": "attente"})
    fiche = FicheDossier.objects.get()
    client.force_login(UtilisateurFactory())
    assert client.get(adresse_de(fiche)).status_code == 404
    assert client.get(lien(ehpad)).status_code == 403


@pytest.mark.exigence("S33", "S100")
def test_le_dossier_s_ouvre_ou_se_rejoint_depuis_une_fiche(client, ehpad):
    adresse = reverse("dossier-ouvrir", args=[ehpad.pk])
    Dossier.objects.update(etat="abandonne")  # « Peuplement de … », opened at sign-in
    page = client.get(adresse, follow=True).content.decode()
    assert "Créer un dossier collaboratif" in page
    assert not Dossier.objects.ouverts().exists()
    client.post(adresse)
    dossier = Dossier.objects.ouverts().get()
    assert client.get(adresse).url == reverse("dossier", args=[dossier.pk])


@pytest.mark.parametrize(
    ("nom", "libelle", "conforme"),
    [
        ("Unité hébergement pour personnes âgées dépendantes", "Hébergement pour personnes âgées dépendantes", True),
        ("UNITE D'HEBERGEMENT POUR PERSONNES AGEES DEPENDANTES", "Hébergement pour personnes âgées dépendantes", True),
        (
            "Unité d’hébergement pour personnes âgées dépendantes, Les Lilas",
            "Hébergement pour personnes âgées dépendantes",
            True,
        ),
        ("Unité hospitalière de gynécologie", "Unité hospitalière de gynécologie", True),
        ("Unité de centre médico-psychologique adulte", "Centre Médico-Psychologique (CMP) Adulte", True),
        ("Les Glycines", "Hébergement pour personnes âgées dépendantes", False),
        ("Hébergement pour personnes âgées dépendantes", "Hébergement pour personnes âgées dépendantes", False),
    ],
)
def test_la_regle_de_nommage_tolere_accents_et_de(nom, libelle, conforme):
    assert est_conforme(nom, libelle) is conforme


@given(st.text(alphabet="abcdéèœ ’-(),A", min_size=1, max_size=60).filter(lambda t: t.strip(" ’-(),")))
def test_le_nom_propose_suit_toujours_la_regle(libelle):
    assert est_conforme(nom_propose(libelle), libelle)


@pytest.mark.exigence("S117")
def test_les_horaires_se_saisissent_dans_le_dossier_avec_le_meme_editeur(client, ehpad):
    adresse, envoi = lien(ehpad), complete(client, ehpad)
    page = choisir(client, adresse, envoi)
    assert "data-semaine" in page
    assert "js/semaine.js" in page
    horaires = {"h-p1-1-de": "9h", "h-p1-1-a": "12h30"}
    apercu = client.post(adresse, {**envoi, **horaires, "geste": "apercu"}).content.decode()
    assert "Ouvert le lundi de 9\u00a0h à 12\u00a0h\u00a030." in apercu
    assert "<form" not in apercu, "only the sentence comes back in the page"
    assert not FicheDossier.objects.exists()
    client.post(adresse, {**envoi, **horaires, "suite": "attente"})
    fiche = FicheDossier.objects.get()
    assert fiche.valeurs["horaires"]["p1/1"] == [{"debut": 540, "fin": 750}]
    assert 'value="09:00"' in client.get(adresse_de(fiche)).content.decode()
