"""Modèles de saisie: choice, reading of a Questionnaire, import, screen, and what they change in the edition."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.champs import champs_de
from referentiel.import_modeles import LIVRES, charger_modeles_livres, importer
from referentiel.lecture_modeles import ModeleIllisible, champ_de, chemin_de, lire_modele
from referentiel.modeles_saisie import Contexte, Modele, Origine, RegleChamp, SchemaUO, Statut, choisir_modele
from referentiel.models import CodePorte, ModeleSaisie, Role, Structure
from referentiel.niveaux import Niveau
from referentiel.schemas import schema_de
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import HabilitationFactory, code
from tests.formulaires import lire_formulaire

QUESTIONNAIRE = (Path(__file__).parent / "donnees" / "Questionnaire-MS-141.json").read_bytes()
UO = champs_de(Niveau.UO)


def modele(identifiant="M", **options) -> Modele:
    return Modele(identifiant, identifiant, **options)


# --- pure rules


def test_le_plus_precis_l_emporte_puis_l_officiel():
    general = modele("G")
    par_type = modele("T", types=frozenset({"157"}))
    officiel = modele("O", types=frozenset({"157"}), origine=Origine.OFFICIELLE)
    precis = modele("P", types=frozenset({"157"}), champs_activite=frozenset({"01"}))
    contexte = Contexte("157", "01", "355")
    assert choisir_modele([general, par_type], contexte) == par_type
    assert choisir_modele([general, par_type, officiel], contexte) == officiel
    assert choisir_modele([officiel, precis], contexte) == precis
    assert choisir_modele([general, officiel, precis], Contexte("158", "01", "355")) == general
    assert choisir_modele([replace(officiel, statut=Statut.RETIRE)], contexte) is None


def test_une_categorie_etrangere_ecarte_un_modele_une_inconnue_non():
    officiel = modele(types=frozenset({"157"}), categories=frozenset({"355"}))
    assert choisir_modele([officiel], Contexte("157", None, "500")) is None
    assert choisir_modele([officiel], Contexte("157", None, "")) == officiel


@given(st.permutations([modele(c, types=frozenset(t)) for c, t in (("A", ""), ("B", "1"), ("C", "12"), ("D", "2"))]))
def test_le_choix_ne_depend_pas_de_l_ordre(modeles):
    assert choisir_modele(modeles, Contexte("1")).identifiant == "C"


@given(st.sets(st.sampled_from(sorted(UO))), st.sets(st.sampled_from(sorted(UO))))
def test_un_champ_n_est_obligatoire_que_s_il_est_montre(visibles, obligatoires):
    regles = tuple(RegleChamp(n, visible=n in visibles, obligatoire=n in obligatoires) for n in UO)
    schema = SchemaUO.de(modele(regles=regles))
    assert schema.visible(UO["nom"])
    assert schema.obligatoire(UO["nom"])
    for champ in UO.values():
        assert schema.visible(champ) or not schema.obligatoire(champ)
    assert {c.nom for c in schema.ordonner(UO.values())} == set(UO)
    assert not schema.manquants(UO.values(), dict.fromkeys(UO, "x"))


# --- reading


def test_le_questionnaire_ms_141_dit_la_meme_chose_que_le_modele_livre():
    lu, livre = lire_modele(QUESTIONNAIRE), lire_modele((LIVRES / "MS-141.json").read_bytes()).modele
    assert (lu.modele.types, lu.modele.categories, lu.modele.champs_activite) == (
        livre.types,
        livre.categories,
        livre.champs_activite,
    )
    regles = {r.champ: (r.obligatoire, set(r.codes)) for r in lu.modele.regles}
    assert regles == {r.champ: (r.obligatoire, set(r.codes)) for r in livre.regles}
    assert {r.champ: r.defaut for r in lu.modele.regles}["age_min_unite"] == "d"
    assert [i for i in lu.ignores if "Mode d'adressage" in i]


@pytest.mark.parametrize(
    ("definition", "champ"),
    [
        ("…#HealthcareService.characteristic:careMode.coding", "mode_prise_en_charge"),
        ("Hs1.specialty:operationalActivityFamily.coding", "famille_activite"),
        ("Hs1.specialty:operationalActivity.coding", "activites"),
        (
            "…#HealthcareService.extension:ror-healthcareservice-patient-type.extension:ageRange.value.low.value",
            "age_min",
        ),
        ("…#HealthcareService.nameless", ""),
    ],
)
def test_chaque_element_fhir_a_son_champ(definition, champ):
    assert champ_de(chemin_de(definition)) == champ


def modifie(**changements) -> bytes:
    return json.dumps({**json.loads(QUESTIONNAIRE), **changements}).encode()


ILLISIBLES = [
    (b"\xff\xfe\x00", "JSON lisible"),
    (b"[" * 100_000, "JSON lisible"),
    (b"[]", "Questionnaire FHIR est attendu"),
    (modifie(resourceType="Patient"), "un Questionnaire est attendu"),
    (modifie(subjectType=["Location"]), "ne porte pas sur une offre"),
    (modifie(item=[]), "ne décrit aucun champ"),
    (modifie(item=[{"type": "string", "definition": "#HealthcareService.name", "required": "oui"}]), "forme"),
    (modifie(status="publié"), "forme"),
    (modifie(identifier=[{"value": "a b<c>"}]), "identifiant"),
    (modifie(title="x" * 300), "titre"),
]


@pytest.mark.parametrize(("contenu", "message"), ILLISIBLES)
def test_un_fichier_illisible_est_refuse_d_une_phrase(contenu, message):
    with pytest.raises(ModeleIllisible, match=message):
        lire_modele(contenu)


# --- import


@pytest.mark.django_db
def test_les_modeles_livres_se_chargent_une_fois_et_respectent_les_decisions():
    assert {b.identifiant for b in charger_modeles_livres()} >= {"MS-141", "PROPOSITION-PSY", "PROPOSITION-OFFRE"}
    ModeleSaisie.objects.filter(identifiant="PROPOSITION-PSY").update(statut="retired")
    assert charger_modeles_livres() == []
    assert ModeleSaisie.objects.get(identifiant="PROPOSITION-PSY").statut == "retired"


@pytest.mark.django_db
def test_la_commande_importe_simule_et_refuse(tmp_path, capsys):
    fichier = tmp_path / "MS-141.json"
    fichier.write_bytes(QUESTIONNAIRE)
    call_command("importer_modele_saisie", fichier, simuler=True)
    assert "simulation : rien n’est écrit" in capsys.readouterr().out
    assert not ModeleSaisie.objects.exists()
    call_command("importer_modele_saisie", fichier)
    assert "Mode d'adressage" in capsys.readouterr().out
    assert ModeleSaisie.objects.get().champs.get(champ="activites").codes[0] == "022"
    fichier.write_bytes(modifie(version="0"))
    with pytest.raises(CommandError, match="plus ancienne"):
        call_command("importer_modele_saisie", fichier)
    fichier.write_bytes(b"{")
    with pytest.raises(CommandError, match="JSON lisible"):
        call_command("importer_modele_saisie", fichier)
    assert ModeleSaisie.objects.get().version == "1"


@pytest.mark.django_db
def test_un_nouvel_import_dit_ce_qui_change():
    importer(contenu=QUESTIONNAIRE)
    document = json.loads(QUESTIONNAIRE)
    document["version"] = "2"
    document["item"][0]["item"][4]["item"][0]["answerOption"].pop()
    bilan = importer(contenu=json.dumps(document).encode())
    assert (bilan.avant, bilan.version) == ("1", "2")
    assert bilan.changements == (
        "Activités opérationnelles\u00a0: affiché, obligatoire, 15\u00a0codes (0 codes ajoutés, 1 retirés).",
    )


# --- screen


@pytest.fixture
def support(client, offre):
    personne = HabilitationFactory(structure=None, role=Role.ADMINISTRATEUR).utilisateur
    client.force_login(personne)
    return personne


def test_l_ecran_verifie_importe_retire(client, support):
    adresse = reverse("modele-importer")
    envoi = {"fichier": SimpleUploadedFile("MS-141.json", QUESTIONNAIRE), "verifier": "1"}
    page = client.post(adresse, envoi).content.decode()
    assert "Ce que ce fichier changerait" in page
    assert "Mode d&#x27;adressage" in page
    assert not ModeleSaisie.objects.exists()
    reponse = client.post(adresse, {"fichier": SimpleUploadedFile("MS-141.json", QUESTIONNAIRE)}, follow=True)
    assert "MS-141" in reponse.content.decode()
    lien = reverse("modele-saisie", args=[ModeleSaisie.objects.get().pk])
    client.post(lien, {"statut": "retired", "statut_vu": "active"})
    assert ModeleSaisie.objects.get().statut == "retired"
    assert "déjà" in client.post(lien, {"statut": "active", "statut_vu": "active"}, follow=True).content.decode()
    assert "MS-141" in client.get(reverse("modeles-saisie")).content.decode()


@pytest.mark.parametrize("contenu", [b"", b"{", modifie(resourceType="Patient")])
def test_l_ecran_refuse_un_mauvais_fichier(client, support, contenu):
    reponse = client.post(reverse("modele-importer"), {"fichier": SimpleUploadedFile("x.json", contenu)})
    assert reponse.status_code == 422
    assert not ModeleSaisie.objects.exists()


def test_l_ecran_est_reserve(client, referente):
    for nom in ("modeles-saisie", "modele-importer"):
        assert client.get(reverse(nom)).status_code == 403


# --- edition of an offer


@pytest.fixture
def gynecologie(offre, referente):
    """The offer, of a type whose model shows few fields and offers one activity."""
    offre.unite.type_offre = code("TRE_R244", "157", "Unité hospitalière de gynécologie")
    offre.unite.temporalite_accueil = code("JDV_J30", "02")
    offre.unite.save()
    CodePorte.objects.create(structure=offre, attribut="activites", code=code("JDV_J17", "02"))
    code("JDV_J19", "28", "Hospitalisation complète (HC)")
    choisi = ModeleSaisie.objects.create(
        identifiant="MS-1", titre="Gynécologie", statut="active", origine="officielle", types=["157"]
    )
    for rang, (nom, obligatoire, codes) in enumerate(
        [("mode_prise_en_charge", True, ["28"]), ("nom", True, []), ("age_min", True, []), ("activites", True, ["01"])]
    ):
        choisi.champs.create(champ=nom, ordre=rang, obligatoire=obligatoire, codes=codes)
    return Structure.objects.get(pk=offre.pk)


def lien(offre, section):
    return reverse("fiche-section", args=[offre.pk, section])


@pytest.mark.exigence("S75", "S100")
def test_le_formulaire_suit_le_modele_et_verrouille_le_type(client, gynecologie):
    page = client.get(lien(gynecologie, "informations")).content.decode()
    assert page.index('name="mode_prise_en_charge"') < page.index('name="nom"') < page.index('name="age_min"')
    assert 'name="champ_activite"' not in page
    assert "Le type d’UO se change dans un dossier collaboratif" in page
    assert f'href="{reverse("dossier-ouvrir", args=[gynecologie.pk])}"' in page
    assert 'name="type_offre"' not in page
    assert '<span class="requis" aria-hidden="true">*</span>' in page


@pytest.mark.exigence("S75")
def test_un_code_hors_modele_reste_et_se_dit(client, gynecologie):
    adresse = lien(gynecologie, "activites")
    page = client.get(adresse).content.decode()
    assert "Consultation mémoire (hors modèle)" in page
    assert "Kinésithérapie" in page
    assert "Psychomotricité" not in page
    envoi = lire_formulaire(page, adresse)
    assert client.post(adresse, {**envoi, "activites": ["01", "02"]}).status_code == 302
    forge = client.post(adresse, {**envoi, "activites": ["02", "03"]})
    assert forge.status_code == 422


@pytest.mark.exigence("S75")
def test_une_valeur_non_prevue_se_lit_et_ne_se_modifie_pas(client, gynecologie, referente):
    page = client.get(reverse("fiche", args=[gynecologie.pk])).content.decode()
    assert "ce champ n’est pas prévu pour ce type" in page
    assert f'href="{lien(gynecologie, "accueil")}"' not in page
    entiere = client.get(reverse("fiche-modifier", args=[gynecologie.pk])).content.decode()
    assert "ce champ n’est pas prévu pour ce type" in entiere
    code("JDV_J28", "03")
    vues = fiches.lire(gynecologie)
    with pytest.raises(SaisieInvalide, match="n’est pas prévu pour ce type"):
        actions.enregistrer(
            structure_id=gynecologie.pk, auteur=referente, vues=vues, saisies={"ouverture_annuelle": "03"}
        )


@pytest.mark.exigence("S76")
def test_ce_qui_manquait_avertit_et_ce_qu_on_vide_est_refuse(client, gynecologie):
    adresse = lien(gynecologie, "informations")
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    assert client.post(adresse, {**envoi, "nom": "Unité A"}).status_code == 302
    page = client.get(reverse("fiche-valider", args=[gynecologie.pk])).content.decode()
    assert "À compléter pour ce type d’UO" in page
    assert f'<a href="{adresse}">Mode de prise en charge</a>' in page
    refus = client.post(adresse, {**envoi, "age_min": ""})
    assert refus.status_code == 422
    assert "Âge minimum\u00a0: une valeur est attendue." in refus.content.decode()
    valider = reverse("fiche-valider", args=[gynecologie.pk])
    client.post(valider, {**lire_formulaire(page, valider), "relue": "1"})
    assert Structure.objects.get(pk=gynecologie.pk).nom == "Unité A"
    client.post(adresse, {**envoi, "nom": "Unité A", "mode_prise_en_charge": "28"})
    assert modification_en_attente(gynecologie) is not None


@pytest.mark.django_db
def test_lire_un_schema_coute_le_meme_prix_quel_que_soit_le_nombre_de_modeles(gynecologie, django_assert_num_queries):
    structure = Structure.objects.select_related("unite__type_offre", "unite__champ_activite").get(pk=gynecologie.pk)
    for charger in (charger_modeles_livres, list):
        with django_assert_num_queries(3):
            assert schema_de(structure).modele.identifiant == "MS-1"
        charger()
