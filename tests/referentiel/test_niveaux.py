"""Levels and allowed parents."""

from itertools import product

import pytest

from referentiel.niveaux import GROUPES_SANITAIRES, PARENTS, Niveau, refus_de_parent

EJ, EG, P, S, UF, UO = Niveau
ADMIS = {(EG, EJ), (P, EG), (S, P), (UF, P), (UF, S), (UO, UF), (UO, EG), (EJ, None)}


@pytest.mark.parametrize(("niveau", "parent"), list(product(Niveau, [*Niveau, None])))
def test_matrice_des_parents(niveau, parent):
    refus = refus_de_parent(niveau, parent)
    assert (refus is None) == ((niveau, parent) in ADMIS)
    if refus:
        assert niveau.nom.lower() in refus.lower()


@pytest.mark.parametrize("groupe", sorted(GROUPES_SANITAIRES))
def test_une_uo_sanitaire_demande_une_uf(groupe):
    assert "unité fonctionnelle" in refus_de_parent(UO, EG, groupe)
    assert refus_de_parent(UO, UF, groupe) is None
    assert refus_de_parent(P, EG, groupe) is None


@pytest.mark.parametrize("groupe", ["MSS", "VIL", "SMA", "", None, "INCONNU"])
def test_une_uo_se_rattache_directement_ailleurs(groupe):
    assert refus_de_parent(UO, EG, groupe) is None


def test_phrases():
    assert refus_de_parent(UF, EG) == (
        "Une unité fonctionnelle se rattache à un pôle ou à un service, et non à une entité géographique."
    )
    assert refus_de_parent(S, None) == "Un service se rattache à un pôle."
    assert refus_de_parent(EJ, EG).startswith("Une entité juridique est au sommet de l’arborescence\u00a0:")


def test_noms_et_codes():
    assert [niveau.nom for niveau in (P, UO)] == ["Pôle", "Unité opérationnelle"]
    assert UF.pluriel == "Unités fonctionnelles"
    assert [niveau.feminin for niveau in Niveau] == [True, True, False, False, True, True]


def test_tout_niveau_mene_a_une_ej():
    for niveau in Niveau:
        vus = {niveau}
        while PARENTS[niveau]:
            niveau = PARENTS[niveau][0]
            assert niveau not in vus
            vus.add(niveau)
        assert niveau is EJ
