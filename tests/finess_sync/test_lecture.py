"""Readers: both layouts, their traps, and what they refuse."""

import gzip
import io
import json
from datetime import date
from pathlib import Path

import pytest

from finess_sync.lecture import flux_json
from finess_sync.lecture.commun import MiseEnPageInconnue, Recue, Rejetee
from finess_sync.lecture.detection import lecteur_de
from referentiel.niveaux import Niveau
from tests.fabriques.structures import finess

ECHANTILLON = Path(__file__).resolve().parents[2] / "finess_sync" / "echantillon"


def lire(chemin: Path, connues=None) -> tuple[dict, list[Rejetee]]:
    """Number → record, and what is rejected."""
    elements = list(lecteur_de(chemin).lire(connues or {}))
    recues = {e.finess: e for e in elements if isinstance(e, Recue)}
    return recues, [e for e in elements if isinstance(e, Rejetee)]


def test_the_sample_says_the_same_in_both_layouts():
    classiques = {}
    for fichier in ECHANTILLON.glob("*.csv"):
        classiques |= lire(fichier)[0]
    plus, rejets = lire(next(ECHANTILLON.glob("*.json.gz")))
    assert not rejets
    assert classiques.keys() == plus.keys()
    assert sum(r.niveau is Niveau.EG for r in plus.values()) == 5
    for numero, recue in plus.items():
        for champ in (
            "raison_sociale",
            "code_postal",
            "localite",
            "commune_cog",
            "departement",
            "telephone",
            "lieu_dit",
        ):
            assert getattr(recue.fiche, champ) == getattr(classiques[numero].fiche, champ), (numero, champ)
        if recue.niveau is Niveau.EG:
            assert recue.fiche.latitude == pytest.approx(classiques[numero].fiche.latitude, abs=1e-5)
            assert recue.fiche.siret == classiques[numero].fiche.siret


@pytest.mark.parametrize(("codage", "nom"), [("utf-8", "HÔPITAL DE L’ÉTÉ"), ("cp1252", "HÔPITAL DE L’ÉTÉ")])
def test_both_encodings_are_read(classique, codage, nom):
    classique.codage = codage
    numero = classique.etablissement(50, rs=nom)
    assert lire(classique.ecrire())[0][numero].fiche.raison_sociale == nom


def test_quotes_gz_and_the_missing_last_separator(classique, tmp_path):
    numero = classique.etablissement(50, rs='LIEU DE VIE "MAVOUNA"')
    texte = classique.ecrire().read_text().replace(";2026-01-01;\n", ";2026-01-01\n")
    compresse = tmp_path / "x.csv.gz"
    compresse.write_bytes(gzip.compress(texte.encode()))
    assert lire(compresse)[0][numero].fiche.raison_sociale == 'LIEU DE VIE "MAVOUNA"'


def test_overseas_positions_follow_their_projection(classique):
    numero = classique.etablissement(50, departement="9D", commune="411", ligneacheminement="97490 STE CLOTILDE")
    classique.positions[numero] = (341000.0, 7688000.0, ",,,,,,UTM_S40")
    fiche = lire(classique.ecrire())[0][numero].fiche
    assert (fiche.commune_cog, fiche.departement) == ("97411", "974")
    assert fiche.latitude == pytest.approx(-20.9, abs=0.1)
    assert fiche.longitude == pytest.approx(55.47, abs=0.1)


@pytest.mark.exigence("B37")
def test_each_bad_line_is_told_with_its_number_and_reason(classique):
    bons = len(classique.eg)
    classique.etablissement(50, rs="")
    classique.etablissement(51, telephone="0" * 41)
    court = classique.etablissement(52)
    classique.eg[court]["nofinesset"] = "10000024"
    classique.en_trop = ["structureet;770000175;trop;court", "autrechose;1"]
    recues, rejets = lire(classique.ecrire())
    assert len(recues) == bons
    raisons = {rejet.raison for rejet in rejets}
    assert "Raison sociale absente." in raisons
    assert "Téléphone : 41 caractères reçus, 40 au plus." in raisons
    assert any("neuf caractères" in r and "tableur" in r for r in raisons)
    assert "4 colonnes au lieu de 32." in raisons
    assert "Section « autrechose » inconnue." in raisons
    assert all(rejet.ligne > 1 for rejet in rejets)


def test_a_wrong_key_is_a_remark_not_a_refusal(classique):
    faux = finess(910_060)
    faux = faux[:-1] + str((int(faux[-1]) + 1) % 10)
    numero = classique.etablissement(60)
    classique.eg[numero]["nofinesset"] = faux
    recues, rejets = lire(classique.ecrire())
    assert faux in recues
    assert [r.retenue for r in rejets] == [True]


def test_default_and_corrupt_dates_are_unknown(classique):
    numero = classique.etablissement(50, dateouv="1901-01-01", dateautor="0201-04-03", datemaj="2026-02-30")
    fiche = lire(classique.ecrire())[0][numero].fiche
    assert (fiche.date_ouverture, fiche.date_autorisation, fiche.date_maj) == (None, None, None)


@pytest.mark.exigence("B36")
@pytest.mark.parametrize(
    ("texte", "motif"),
    [
        ("", "vide"),
        ("nofinesset;rs\n1;2\n", "première ligne"),
        ("finess;etalab;1;2026-01-01\nequipementsocial;1;2\n", "equipementsocial"),
        ("finess;etalab;1;2026-01-01\nstructureet;" + ";" * 40 + "\n", "42 colonnes, 32 sont attendues"),
        ('{"pmej": []}', "version de schéma"),
        ('{"schemaVersion": "v2.0.0", "pmej": []}', "v2.0.0"),
    ],
)
def test_an_unknown_layout_is_refused_with_its_reason(tmp_path, texte, motif):
    chemin = tmp_path / "fichier.csv"
    chemin.write_text(texte)
    with pytest.raises(MiseEnPageInconnue, match=motif):
        list(lecteur_de(chemin).lire({}))


def ege(numero: str, **autres) -> dict:
    general = {"numFinessEge": numero, "nomEgeCourt": "EHPAD", "nomEgeLong": "EHPAD TEST" + " " * 20}
    return {"informationsGeneralesEGE": general, "adresse": [], "contact": [], "etatObjet": "A"} | autres


def pmej(numero: str, *eges: dict) -> dict:
    general = {"numFinessPm": numero, "denominationPm": "ASSOCIATION", "codeApe": "86.10Z"}
    return {"informationsGeneralesPMEJ": general, "adresse": [], "ege": list(eges), "etatObjet": "A"}


def test_finessplus_takes_the_address_of_exercise_and_sorts_the_coordinates(finessplus):
    adresses = [
        {"usageAdresse": "02", "codePostal": "75001", "cogCommune": "75101"},
        {
            "usageAdresse": "03",
            "codePostal": "01000",
            "cogCommune": "01053",
            "coordonneesGeographique": {"coordonneeX": "6570414.61", "coordonneeY": "873766.07"},
        },
    ]
    numero = finess(910_000)
    recues, _ = lire(finessplus([pmej(finess(990_000), ege(numero, adresse=adresses))]))
    fiche = recues[numero].fiche
    assert (fiche.code_postal, fiche.departement, fiche.raison_sociale) == ("01000", "01", "EHPAD TEST")
    assert (fiche.latitude, fiche.longitude) == pytest.approx((46.2112, 5.2542), abs=1e-3)
    assert recues[finess(990_000)].fiche.ape == "8610Z"


def test_finessplus_tells_the_closed_from_the_open(finessplus):
    ferme, futur, passe = finess(910_001), finess(910_002), finess(910_003)
    eges = [ege(ferme, etatObjet="I"), ege(futur), ege(passe)]
    eges[1]["informationsGeneralesEGE"]["dateFermeture"] = "2027-01-01"
    eges[2]["informationsGeneralesEGE"]["dateFermeture"] = "2020-01-01"
    recues, _ = lire(finessplus([pmej(finess(990_000), *eges)]))
    assert [recues[n].fiche.ouvert for n in (ferme, futur, passe)] == [False, True, False]
    assert recues[passe].fiche.date_fermeture == date(2020, 1, 1)


def test_a_closing_date_that_passes_is_a_change(finessplus):
    numero = finess(910_002)
    eg = ege(numero)
    eg["informationsGeneralesEGE"]["dateFermeture"] = "2026-12-01"
    avant = lire(finessplus([pmej(finess(990_000), eg)], jour="2026-11-30"))[0]
    connues = {n: r.empreinte for n, r in avant.items()}
    apres, _ = lire(finessplus([pmej(finess(990_000), eg)], jour="2026-12-02"), connues)
    assert apres[numero].fiche is not None
    assert apres[finess(990_000)].fiche is None


def test_an_odd_object_is_rejected_and_the_rest_is_read(finessplus):
    bizarre = ege(finess(910_004), adresse="rue des Tilleuls")
    chemin = finessplus([pmej(finess(990_000), bizarre, {"egeId": "1"}, ege(finess(910_005))), {"x": 1}])
    recues, rejets = lire(chemin)
    assert finess(910_005) in recues
    assert len(rejets) == 3
    assert all("Forme inattendue" in r.raison for r in rejets)


@pytest.mark.parametrize(
    "tableau",
    [
        [{"a": 1, "b": [{"a": 2}, {"a": {"a": "}, {"}}]}, {"a": 3}, {"b": 4, "a": 5}],
        [{"a": "\ud800"}, {"a": '"a"'}, {}, {"a": 1e400}],
        [1, "a", [{"a": 1}], {"a": 2}, {"a": 3}],
        [{"é": 1}, {"é": 2}],
    ],
)
@pytest.mark.parametrize("espaces", [None, 1])
@pytest.mark.parametrize("bloc", [1, 7, 1 << 20])
def test_objects_end_where_they_end_whatever_they_hold(tableau, espaces, bloc, monkeypatch):
    monkeypatch.setattr(flux_json, "_BLOC", bloc)
    texte = json.dumps({"avant": 1, "pmej": tableau, "apres": [{"a": 9}]}, indent=espaces)
    assert list(flux_json.objets(io.BytesIO(texte.encode()), "pmej")) == json.loads(texte)["pmej"]


@pytest.mark.parametrize("brut", [True, False])
def test_a_truncated_file_is_refused(finessplus, brut):
    chemin = finessplus([pmej(finess(990_000 + i), ege(finess(910_000 + i))) for i in range(50)], brut=brut)
    chemin.write_bytes(chemin.read_bytes()[: -300 if brut else -30])
    with pytest.raises(MiseEnPageInconnue, match="tronqué ou abîmé"):
        list(lecteur_de(chemin).lire({}))
