"""The report of the proven rows."""

import pytest

from outils.exigences import ErreurExigences, etendre, lire_exigences, rapport


def test_les_lignes_sont_dans_l_ordre_de_la_specification():
    lignes = list(lire_exigences())

    assert lignes[:2] == ["S1", "S2"]
    assert lignes[175:177] == ["S176", "B1"]
    assert lignes[-1] == "M18"


def test_une_ligne_par_exigence_puis_les_totaux():
    lignes = rapport({"S1": "Entrer", "S2": "Sortir"}, {"S1": ["tests/a.py::test_a", "tests/b.py::test_b"]})

    assert lignes == [
        "S1  2  tests/a.py::test_a, tests/b.py::test_b",
        "S2  0  Sortir",
        "Total : 2 exigences, 1 prouvées, 1 sans test",
    ]


def test_une_marque_inconnue_est_une_erreur():
    with pytest.raises(ErreurExigences, match="S999"):
        rapport({"S1": "Entrer"}, {"S999": ["tests/a.py::test_a"]})


def test_intervalles():
    assert etendre("S1-S3, B12") == ["S1", "S2", "S3", "B12"]


@pytest.mark.parametrize("texte", ["14b", "S3-S1", "S1-B2", ""])
def test_intervalle_refuse(texte):
    with pytest.raises(ErreurExigences):
        etendre(texte)
