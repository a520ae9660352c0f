"""Code lists: all those of the ROR are shipped; a newer official file replaces one without losing a code in use."""

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from referentiel import nomenclatures
from referentiel.lecture_nomenclatures import ListeIllisible, identifiant_court, lire_liste
from referentiel.models import Code, CorrespondanceCategorie, Nomenclature
from referentiel.nomenclatures import charger_livrees
from tests.fabriques import UOFactory

NOS = "https://mos.esante.gouv.fr/NOS"
URL_J30 = f"{NOS}/TRE_R240-TemporaliteAccueil/FHIR/TRE-R240-TemporaliteAccueil"


def _csv(*lignes: str, entete: str = "code,libelle") -> bytes:
    return "\n".join([entete, *lignes]).encode()


def _valueset(*codes: tuple[str, str], version: str = "20300101120000", **autres) -> dict:
    contient = [{"system": URL_J30, "code": code, "display": libelle} for code, libelle in codes]
    return {
        "resourceType": "ValueSet",
        "id": "JDV-J30-TemporaliteAccueil-ROR",
        "url": f"{NOS}/JDV_J30-TemporaliteAccueil-ROR/FHIR/JDV-J30-TemporaliteAccueil-ROR",
        "name": "JDV_J30_TemporaliteAccueil_ROR",
        "version": version,
        "expansion": {"contains": contient},
        **autres,
    }


@pytest.fixture
def importer(tmp_path: Path, capsys, monkeypatch, db):
    """Runs the command on a file, in a portal that ships two lists only."""
    livrees = tmp_path / "livrees"
    livrees.mkdir()
    entete, *fiches = (nomenclatures.LIVREES / "index.csv").read_text().splitlines(keepends=True)
    deux = [fiche for fiche in fiches if fiche.startswith(("JDV_J30,", "JDV_J186,"))]
    (livrees / "index.csv").write_text("".join([entete, *deux]))
    for liste in ("JDV_J30", "JDV_J186"):
        shutil.copy(nomenclatures.LIVREES / f"{liste}.csv", livrees)
    monkeypatch.setattr(nomenclatures, "LIVREES", livrees)
    charger_livrees()

    def executer(contenu: bytes | dict, nom: str = "liste.json", **options) -> str:
        fichier = tmp_path / nom
        fichier.write_bytes(json.dumps(contenu).encode() if isinstance(contenu, dict) else contenu)
        call_command("importer_nomenclature", str(fichier), **options)
        return capsys.readouterr().out

    return executer


def _j30() -> dict[str, tuple[str, bool]]:
    return {c.code: (c.libelle, c.actif) for c in Code.objects.de("JDV_J30")}


# --- those shipped --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("nomenclatures_livrees")
class TestLivrees:
    """The lists shipped, loaded once by the command for these tests."""

    def test_all_the_lists_of_the_ror_are_loaded_with_their_versions(self):
        jdv = Nomenclature.objects.filter(identifiant__startswith="JDV_")
        assert (jdv.count(), Code.objects.filter(nomenclature__in=jdv).count()) == (61, 3444)
        assert not jdv.filter(version="").exists()
        assert not Nomenclature.objects.annotate(n=Count("codes")).filter(n=0).exists()
        activites = jdv.get(identifiant="JDV_J17")
        assert (activites.oid, activites.version) == ("1.2.250.1.213.3.4.5", "20260629120000")
        assert Code.objects.de("JDV_J238").count() == 273
        assert Code.objects.get(nomenclature__identifiant="FINESS_CATEGORIE", code="500").proprietes["domaine"] == "SOC"
        assert Code.objects.get(nomenclature=activites, code="050").libelle_recherche.startswith("geriatrie")

    def test_types_of_offers_carry_state_definition_and_a_discipline_told_as_inferred(self):
        types = Code.objects.de("TRE_R244")
        assert (types.count(), types.proposes().count()) == (313, 299)
        ime = types.get(code="48")
        assert ime.proprietes["discipline_inferee"] == "MSS"
        assert types.exclude(definition="").count() == 31

    def test_a_second_loading_writes_nothing_and_keeps_what_a_person_corrected(self, django_assert_num_queries, capsys):
        CorrespondanceCategorie.objects.filter(categorie="362").update(groupe="SSR")
        with django_assert_num_queries(4):
            call_command("charger_nomenclatures")
        assert capsys.readouterr().out == "Nomenclatures à jour.\n"
        assert CorrespondanceCategorie.objects.get(categorie="362").groupe == "SSR"

    def test_groups_of_categories_say_where_they_come_from(self):
        origines = dict(CorrespondanceCategorie.objects.values_list("categorie", "origine"))
        assert (origines["183"], origines["156"], origines["355"]) == ("BI ANS, CNSA", "BI ANS", "proposition forte")
        assert CorrespondanceCategorie.objects.get(categorie="500").groupe == "MSS"


# --- a newer official file ------------------------------------------------------------------------------------


def test_a_newer_list_adds_changes_and_withdraws_without_deleting(importer):
    UOFactory(_detail={"age_min": 60, "temporalite_accueil": Code.objects.de("JDV_J30").get(code="01")})
    sortie = importer(_valueset(("02", "Accueil permanent"), ("03", "Séquentiel")))
    assert _j30() == {"01": ("Temporaire", False), "02": ("Accueil permanent", True), "03": ("Séquentiel", True)}
    assert str(Code.objects.de("JDV_J30").get(code="01").date_fin) == "2030-01-01"
    assert "+ 03  Séquentiel" in sortie
    assert "~ 02  Permanent → Accueil permanent" in sortie
    assert "- 01  Temporaire" in sortie
    charger_livrees()
    assert _j30()["03"] == ("Séquentiel", True), "the shipped list, older, does not come back"


def test_a_withdrawn_code_comes_back(importer):
    importer(_valueset(("02", "Permanent")))
    importer(_valueset(("01", "Temporaire"), ("02", "Permanent"), version="20310101120000"))
    assert _j30() == {"01": ("Temporaire", True), "02": ("Permanent", True)}
    assert Code.objects.de("JDV_J30").get(code="01").date_fin is None


def test_a_plain_csv_keeps_what_it_does_not_tell(importer):
    importer(_csv("01;Temporaire", "02;Permanent (PÉ)", entete="code;libelle"), "JDV_J30-ROR-20300101.csv")
    permanent = Code.objects.de("JDV_J30").get(code="02")
    assert (permanent.libelle, permanent.libelle_recherche) == ("Permanent (PÉ)", "permanent pe")
    assert permanent.systeme_url == URL_J30


def test_a_simulation_writes_nothing(importer):
    avant = _j30()
    assert "rien n’est écrit" in importer(_valueset(("02", "Autre"), ("03", "Séquentiel")), simuler=True)
    assert _j30() == avant
    assert Nomenclature.objects.get(identifiant="JDV_J30").version == "20200424120000"


def test_an_older_version_is_refused_unless_forced(importer):
    ancienne = _valueset(("01", "Provisoire"), ("02", "Permanent"), version="20190101120000")
    with pytest.raises(CommandError, match="plus ancienne que celle chargée"):
        importer(ancienne)
    assert _j30()["01"] == ("Temporaire", True)
    importer(ancienne, forcer=True)
    assert _j30()["01"] == ("Provisoire", True)


@pytest.mark.parametrize(
    ("contenu", "nom", "options", "message"),
    [
        (b"PK\x03\x04\0\0", "liste.xlsx", {}, "n’est pas du texte"),
        (b"nom,valeur\na,b\n", "JDV_J30-20300101.csv", {}, "Format inconnu"),
        (_csv("01,Temporaire,de trop"), "JDV_J30-20300101.csv", {}, "Ligne 2"),
        (_csv("01,Temporaire", "01,Bis"), "JDV_J30-20300101.csv", {}, "deux fois"),
        (_csv("01,"), "JDV_J30-20300101.csv", {}, "le code et le libellé sont attendus"),
        (_csv(f"01,{'x' * 401}"), "JDV_J30-20300101.csv", {}, "au plus 20 caractères"),
        (_csv(), "JDV_J30-20300101.csv", {}, "aucun code"),
        (_csv("01,Temporaire"), "liste.csv", {}, "quelle liste"),
        (_csv("01,Temporaire"), "JDV_J30.csv", {}, "version du fichier"),
        (_csv("01,Temporaire"), "JDV_J30.csv", {"edition": "demain"}, "version du fichier"),
        (_csv("98,Autre", "99,Autre"), "JDV_J30-20300101.csv", {}, "retirerait 2 codes sur 2"),
        (b"{pas du json", "JDV_J30.json", {}, "JSON illisible"),
        ({"resourceType": "Patient"}, "JDV_J30.json", {}, "ValueSet ou un CodeSystem"),
        ({"resourceType": "ValueSet", "expansion": {"contains": [{"code": "01"}]}}, "a.json", {}, "forme attendue"),
        ({"resourceType": "ValueSet", "compose": {"include": [{"system": NOS}]}}, "a.json", {}, "son expansion"),
        (_valueset(("01", "Temporaire")), "a.json", {"liste": "JDV_J31"}, "contient la liste JDV_J30, pas JDV_J31"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_and_changes_nothing(importer, contenu, nom, options, message):
    avant = _j30()
    with pytest.raises(CommandError, match=message) as refus:
        importer(contenu, nom, **options)
    assert "\n" not in str(refus.value)
    assert _j30() == avant


def test_a_missing_file_is_told(importer):
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("importer_nomenclature", "absent.csv")


# --- reading --------------------------------------------------------------------------------------------------


def test_a_code_system_with_nested_concepts_and_states_is_read():
    concept = {"code": "1", "display": "Un", "definition": "Le premier", "concept": [{"code": "2", "display": "Deux"}]}
    concept["property"] = [
        {"code": "status", "valueCode": "deprecated"},
        {"code": "dateFin", "valueDateTime": "2026-01-31T00:00:00+01:00"},
    ]
    lue = lire_liste(
        json.dumps(
            {
                "resourceType": "CodeSystem",
                "url": f"{NOS}/TRE_R999-Essai/FHIR/TRE-R999-Essai",
                "version": "20300101120000",
                "identifier": [{"value": "urn:oid:1.2.3"}],
                "concept": [concept],
            }
        ).encode()
    )
    assert (lue.identifiant, lue.nom, lue.oid, lue.version) == ("TRE_R999", "Essai", "1.2.3", "20300101120000")
    assert [(c.code, c.retire, c.definition, str(c.date_fin)) for c in lue.codes] == [
        ("1", True, "Le premier", "2026-01-31"),
        ("2", False, "", "None"),
    ]
    assert lue.codes[0].systeme == "TRE_R999-Essai"


def test_a_composed_value_set_is_read():
    inclus = [{"system": URL_J30, "concept": [{"code": "01", "display": "Temporaire"}]}]
    lue = lire_liste(json.dumps({"resourceType": "ValueSet", "compose": {"include": inclus}}).encode())
    assert [(c.code, c.systeme) for c in lue.codes] == [("01", "TRE_R240-TemporaliteAccueil")]


def test_a_windows_csv_keeps_its_accents():
    assert lire_liste("code;libelle\r\n1;Année\r\n".encode("cp1252")).codes[0].libelle == "Année"


def test_a_code_of_several_terminologies_must_say_which(importer):
    with pytest.raises(CommandError, match="code_system"):
        importer(_csv("52,Orthophoniste"), "JDV_J186-20300101.csv", forcer=True)


@pytest.mark.parametrize(
    ("texte", "identifiant"),
    [
        ("JDV-J17-ActiviteOperationnelle-ROR", "JDV_J17"),
        ("JDV_J238-TypeOffre-ROR-20250625.csv", "JDV_J238"),
        ("TRE_G15-ProfessionSante", "TRE_G15"),
        ("FINESS_CATEGORIE.csv", "FINESS_CATEGORIE"),
        ("liste.csv", ""),
    ],
)
def test_identifiers_are_short(texte, identifiant):
    assert identifiant_court(texte) == identifiant


def test_dates_of_a_csv_are_checked():
    with pytest.raises(ListeIllisible, match="Ligne 2 : date illisible"):
        lire_liste(_csv("1,Un,31/12/2020", entete="code,libelle,date_fin"))
