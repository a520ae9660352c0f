"""Pasted lists of communes: what fits one commune only is recognised, every other line comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.communes import Annuaire, departement_de
from ror.commun.texte import normaliser

NOMS = {
    "77288": "Melun",
    "77079": "Champagne-sur-Seine",
    "93066": "Saint-Denis",
    "97411": "Saint-Denis",
    "01033": "Valserhône",
    "2A004": "Ajaccio",
    "75113": "Paris 13e Arrondissement",
    "77284": "Meaux",
    "95219": "Ermont",
}
ANNUAIRE = Annuaire(NOMS, [("01091", "Châtillon-en-Michaille", "01033"), ("01033", "Bellegarde", "01033")])


@pytest.mark.parametrize(
    ("ligne", "code"),
    [
        ("77288", "77288"),
        ("melun", "77288"),
        ("  MELUN  ", "77288"),
        ("Melun (77)", "77288"),
        ("Melun (Seine-et-Marne)", "77288"),
        ("77000 Melun", "77288"),
        ("Melun 77288", "77288"),
        ("champagne sur seine", "77079"),
        ("St-Denis (93)", "93066"),
        ("97400 St Denis", "97411"),
        ("Saint-Denis La Réunion", "97411"),
        ("2a004", "2A004"),
        ("20000 Ajaccio", "2A004"),
        ("Paris 13", "75113"),
        ("paris 13e", "75113"),
        ("01091", "01033"),
        ("Chatillon en Michaille", "01033"),
    ],
)
def test_a_line_is_recognised(ligne, code):
    lecture = ANNUAIRE.lire(ligne)
    assert (lecture.codes, lecture.questions) == ([code], [])


def test_a_former_commune_is_told():
    assert ANNUAIRE.lire("Châtillon-en-Michaille").remplacees == ["Châtillon-en-Michaille → Valserhône (01)"]


@pytest.mark.parametrize(
    ("ligne", "raison", "propositions"),
    [
        ("Saint-Denis", "plusieurs communes portent ce nom", {"93066", "97411"}),
        ("Melum", "aucune commune ne porte ce nom", {"77288"}),
        ("Melun (93)", "autre département", {"77288"}),
        ("99999", "code postal", set()),
        ("Xyzzy", "aucune commune ne porte ce nom", set()),
    ],
)
def test_a_line_in_doubt_comes_back_with_what_it_may_mean(ligne, raison, propositions):
    lecture = ANNUAIRE.lire(ligne)
    (question,) = lecture.questions
    assert lecture.codes == []
    assert question.ligne == ligne
    assert raison in question.raison
    assert {code for code, _ in question.propositions} == propositions


def test_separators_and_doubles():
    lecture = ANNUAIRE.lire("Melun, Meaux;77288\nErmont\tMelun\r\n\n,")
    assert lecture.codes == ["77288", "77284", "95219"]
    assert lecture.questions == []


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r,;\t|\x85"), max_size=30)))
def test_no_line_is_dropped_in_silence(lignes):
    lecture = ANNUAIRE.lire("\n".join(lignes))
    dites = len(lecture.codes) + len(lecture.questions)
    attendues = {normaliser(" ".join(ligne.split())) for ligne in lignes} - {""}
    assert dites <= len(attendues)
    assert {normaliser(q.ligne) for q in lecture.questions} <= attendues
    non_lues = attendues - {normaliser(q.ligne) for q in lecture.questions}
    assert bool(lecture.codes) == bool(non_lues)


@given(st.sampled_from(sorted(NOMS)))
def test_a_code_stands_for_itself(code):
    assert ANNUAIRE.lire(code).codes == [code]


def test_departement():
    assert [departement_de(c) for c in ("77288", "2A004", "97411", "98818")] == ["77", "2A", "974", "988"]
