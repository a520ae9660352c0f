"""Comparison of FINESS records, rules, and the checks on identifiers and places."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finess_sync.lecture.modele import CHAMPS_EG, FicheEG, FicheEJ
from finess_sync.rapprochement import (
    REGLES_PAR_DEFAUT,
    Action,
    Ecart,
    Nature,
    Regle,
    code_insee,
    comparer_eg,
    comparer_ej,
    decision,
    distance,
)
from referentiel.identifiants import departement_depuis, finess_valide

textes = st.sampled_from(["", "A", "B", "é"])
jours = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 3))
PAR_TYPE = {
    str: textes,
    bool: st.booleans(),
    date | None: jours,
    float | None: st.none() | st.floats(-60, 60),
    tuple[str, ...]: st.sampled_from([(), ("1",), ("1", "6")]),
}


def fiches(type_fiche, numero="010000024"):
    champs = {champ.name: PAR_TYPE[champ.type] for champ in fields(type_fiche)}
    return st.builds(type_fiche, **champs | {"finess": st.just(numero)})


EG = FicheEG(finess="010000024", finess_ej="010780054", raison_sociale="CH DE FLEYRIAT", latitude=46.2, longitude=5.2)


def appliquer(fiche, ecarts):
    for ecart in ecarts:
        if ecart.champ == "position":
            fiche = replace(fiche, latitude=ecart.apres[0], longitude=ecart.apres[1])
        else:
            fiche = replace(fiche, **{ecart.champ: ecart.apres})
    return fiche


@given(fiches(FicheEG))
def test_une_fiche_identique_n_a_pas_d_ecart(fiche):
    assert comparer_eg(fiche, fiche) == []


@given(fiches(FicheEG), fiches(FicheEG))
def test_appliquer_les_ecarts_eteint_les_ecarts(connue, recue):
    ecarts = comparer_eg(connue, recue)
    apres = appliquer(connue, ecarts)
    assert comparer_eg(apres, recue) == []
    assert len({ecart.champ for ecart in ecarts}) == len(ecarts)
    sans_position = {"latitude": None, "longitude": None}
    assert replace(apres, **sans_position) == replace(recue, **sans_position)


@given(fiches(FicheEJ), fiches(FicheEJ))
def test_les_ej_se_comparent_de_meme(connue, recue):
    assert appliquer(connue, comparer_ej(connue, recue)) == recue


@given(fiches(FicheEG), fiches(FicheEG), st.sets(st.sampled_from(sorted(CHAMPS_EG))))
def test_un_champ_que_la_source_ne_donne_pas_n_est_jamais_touche(connue, recue, champs):
    permis = champs | {"position"}
    assert {ecart.champ for ecart in comparer_eg(connue, recue, champs)} <= permis


@given(fiches(FicheEG), fiches(FicheEG))
def test_tout_ecart_a_une_decision(connue, recue):
    for ecart in [*comparer_eg(connue, recue), *comparer_eg(None, recue), *comparer_eg(connue, None)]:
        assert any(regle.concerne(ecart) for regle in REGLES_PAR_DEFAUT)
        assert decision(ecart) in Action
        assert decision(ecart, ()) is Action.RELIRE


@pytest.mark.parametrize(
    ("modification", "nature", "action"),
    [
        ({"finess_ej": "010780062"}, Nature.EJ_CHANGEE, Action.RELIRE),
        ({"categorie": "355"}, Nature.CATEGORIE_CHANGEE, Action.APPLIQUER),
        ({"raison_sociale": "CH DE VIRIAT"}, Nature.RAISON_SOCIALE_CHANGEE, Action.RELIRE),
        ({"raison_sociale": "C.H. de Fleyriat"}, Nature.RAISON_SOCIALE_CHANGEE, Action.RELIRE),
        ({"raison_sociale": "CH  de « Fleyriat »"}, Nature.MODIFIEE, Action.APPLIQUER),
        ({"ouvert": False}, Nature.FERMEE, Action.RELIRE),
        ({"date_fermeture": date(2027, 1, 1)}, Nature.MODIFIEE, Action.RELIRE),
        ({"telephone": "0474454647"}, Nature.MODIFIEE, Action.APPLIQUER),
        ({"latitude": 46.204}, Nature.DEPLACEE, Action.APPLIQUER),
        ({"latitude": 46.205}, Nature.DEPLACEE, Action.RELIRE),
    ],
)
def test_nature_et_decision(modification, nature, action):
    (ecart,) = comparer_eg(EG, replace(EG, **modification))
    assert (ecart.nature, decision(ecart)) == (nature, action)


def test_creation_absence_reouverture():
    assert comparer_eg(None, EG) == [Ecart(EG.finess, Nature.CREEE)]
    assert comparer_eg(EG, None) == [Ecart(EG.finess, Nature.ABSENTE)]
    fermee = replace(EG, ouvert=False)
    assert comparer_eg(fermee, None) == comparer_eg(None, None) == []
    (reouverture,) = comparer_eg(fermee, EG)
    assert (reouverture.nature, decision(reouverture)) == (Nature.ROUVERTE, Action.RELIRE)
    assert decision(Ecart(EG.finess, Nature.CREEE)) is Action.APPLIQUER


def test_positions():
    sans = replace(EG, latitude=None, longitude=None)
    assert comparer_eg(EG, sans) == []
    (ecart,) = comparer_eg(sans, EG)
    assert (ecart.nature, ecart.champ, ecart.apres) == (Nature.MODIFIEE, "position", (46.2, 5.2))
    assert comparer_eg(EG, replace(EG, latitude=46.200001)) == []


def test_deux_numeros_ne_se_comparent_pas():
    with pytest.raises(ValueError, match="010780062"):
        comparer_eg(EG, replace(EG, finess="010780062"))


def test_la_premiere_regle_l_emporte():
    ecart = Ecart("010000024", Nature.MODIFIEE, "siret", "1", "2")
    regles = [
        Regle(Nature.MODIFIEE, "ape", None, Action.APPLIQUER),
        Regle(Nature.MODIFIEE, "siret", None, Action.RELIRE),
        Regle(Nature.MODIFIEE, None, None, Action.APPLIQUER),
    ]
    assert decision(ecart, regles) is Action.RELIRE
    assert decision(ecart, regles[2:]) is Action.APPLIQUER


points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(points, points, points)
def test_la_distance_est_une_distance(a, b, c):
    assert distance(a, a) == 0
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-3
    assert 0 <= distance(a, b) <= 20_015_115


def test_paris_lyon():
    assert distance((48.8566, 2.3522), (45.7640, 4.8357)) == pytest.approx(391_500, rel=0.002)


@pytest.mark.parametrize("numero", ["010000024", "010780054", "130783293", "970402988", "750712184", "2A0000014"])
def test_numeros_valides(numero):
    assert finess_valide(numero)


@given(st.sampled_from(["010000024", "2A0000014", "750712184"]), st.integers(0, 8), st.sampled_from("0123456789"))
def test_un_chiffre_faux_se_voit(numero, rang, chiffre):
    faux = numero[:rang] + chiffre + numero[rang + 1 :]
    if faux != numero and numero[rang].isdigit():
        assert not finess_valide(faux)


@pytest.mark.parametrize("numero", ["", "10000024", "01000002", "0100000240", "01000002é", "2C0000014", "A10000024"])
def test_numeros_malformes(numero):
    assert not finess_valide(numero)


@pytest.mark.parametrize(
    ("departement", "commune", "insee"),
    [
        ("01", "451", "01451"),
        ("2A", "004", "2A004"),
        ("9D", "411", "97411"),
        ("9A", "123", "97123"),
        ("9J", "613", "98613"),
        ("75", "111", "75111"),
        ("", "451", ""),
        ("01", "45", ""),
    ],
)
def test_code_insee(departement, commune, insee):
    assert code_insee(departement, commune) == insee


@pytest.mark.parametrize(
    ("indices", "departement"),
    [
        ({"commune_cog": "01451", "code_postal": "71000"}, "01"),
        ({"commune_cog": "2B033", "code_postal": "20200"}, "2B"),
        ({"commune_cog": "97411"}, "974"),
        ({"commune_cog": "97123"}, "977"),
        ({"commune_cog": "97127"}, "978"),
        ({"commune_cog": "98613"}, "986"),
        ({"code_postal": "97133"}, "977"),
        ({"code_postal": "97867"}, "974"),
        ({"code_postal": "98800"}, "988"),
        ({"code_postal": "20200", "finess": "2B0000012"}, "2B"),
        ({"finess": "980500003"}, "976"),
        ({"finess": "970100123"}, "971"),
        ({"finess": "750712184"}, "75"),
        ({}, ""),
    ],
)
def test_departement(indices, departement):
    assert departement_depuis(**indices) == departement
