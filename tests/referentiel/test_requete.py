"""From what is typed to the query of the index (B22). Pure."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referentiel.recherche.requete import (
    Numero,
    en_tsquery,
    etiquettes,
    lire_numero,
    lire_synonymes,
    mots_de,
    presque_tous,
    termes,
)

SYNONYMES = lire_synonymes(
    ["EHPAD | établissement d’hébergement pour personnes âgées dépendantes", "hôpital > CH", "MAS", "saint | st"]
)


def requete(texte: str, **options) -> str:
    return en_tsquery(termes(texte, SYNONYMES), **options)


@pytest.mark.exigence("B22")
@pytest.mark.parametrize(
    ("texte", "mots"),
    [
        ("Hôpital de l’Œuvre", ["hopital", "oeuvre"]),
        ("C.H.U. de Valmont-sur-Lys", ["chu", "valmont", "lys"]),
        ("c h u valmont", ["chu", "valmont"]),
        ("l’accueil", ["accueil"]),
        ("de la", ["de", "la"]),
        ("  ", []),
    ],
)
def test_words_without_accents_nor_empty_ones(texte, mots):
    assert mots_de(texte) == mots


@pytest.mark.exigence("B22")
def test_a_short_form_and_its_full_name_ask_the_same_both_ways():
    sigle, pleine = requete("ehpad valmont"), requete("établissement hébergement personnes âgées dépendantes valmont")
    assert "ehpad" in sigle
    assert "hebergement:*" in sigle
    assert " | ehpad" in pleine
    assert sigle.endswith("& (valmont:*)")
    assert "saint:*" in requete("st martin")
    assert "(st" in requete("st martin") or "| st" in requete("saint martin")


def test_a_one_way_form_does_not_come_back():
    assert "ch" in requete("hopital").split(" | ")[-1]
    assert "hopital" not in requete("ch")


def test_a_short_form_is_never_the_beginning_of_a_word():
    assert requete("mas") == "(mas)"
    assert requete("mass") == "(mass:*)"


def test_plurals_and_weights():
    assert requete("urgences") == "(urgence:*)"
    assert requete("urgences", poids="A", entiers=True) == "((urgences:A | urgence:A))"
    assert requete("valmont", poids="ABC") == "(valmont:*ABC)"


@pytest.mark.exigence("B22")
@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("77 000 001 2", Numero("770000012", True)),
        ("2a0000014", Numero("2A0000014", True)),
        ("260 100 045 00012", Numero("26010004500012", True)),
        ("01.99.00.27.15", Numero("0199002715", True, telephone=True)),
        ("+33 1 99 00 27 15", Numero("0199002715", True, telephone=True)),
        ("0033199002715", Numero("0199002715", True, telephone=True)),
        ("770000", Numero("770000", False)),
        ("75013", None),
        ("ehpad 12", None),
        ("cardiologie", None),
    ],
)
def test_numbers_whatever_their_spaces(texte, attendu):
    assert lire_numero(texte) == attendu


def test_all_the_terms_but_one():
    assert presque_tous(termes("un deux trois", SYNONYMES)) == "((deux:*) & (trois:*))" or "|" in presque_tous(
        termes("ehpad valmont lys", SYNONYMES)
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80))
def test_whatever_is_typed_gives_a_query_of_words_only(texte):
    requete = en_tsquery(termes(texte, SYNONYMES))
    assert not set(requete) - set("abcdefghijklmnopqrstuvwxyz0123456789 :*|&()")


def test_the_marks_cannot_be_forged():
    assert etiquettes(["@gMSS", "@g'|x"]) == "('@gMSS' | '@g|x')"
