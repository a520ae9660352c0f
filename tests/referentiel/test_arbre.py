"""The tree: every writer keeps lft, rght and levels right, alone or at several."""

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from referentiel import arbre
from referentiel.models import Structure
from ror.commun.erreurs import StructureInvalide
from tests.fabriques import EGFactory, EJFactory, PoleFactory, UFFactory, UOFactory
from tests.paralleles import en_parallele

pytestmark = pytest.mark.django_db


def test_insertions_keep_the_numbers_right():
    eg = EGFactory(groupe="MCO")
    uf = UFFactory(parent=PoleFactory(parent=eg))
    UOFactory(parent=uf)
    UOFactory(parent=uf)
    assert arbre.verifier() == []
    assert Structure.objects.get(pk=eg.pk).get_descendant_count() == 4


@pytest.mark.exigence("S64")
def test_an_offer_does_not_hang_directly_under_a_hospital():
    with pytest.raises(StructureInvalide):
        UOFactory(parent=EGFactory(groupe="MCO"))


def test_moving_carries_the_branch_and_refuses_a_cycle():
    eg = EGFactory(groupe="MCO")
    pole, autre = PoleFactory(parent=eg), PoleFactory(parent=eg)
    uf = UFFactory(parent=pole)
    uo = UOFactory(parent=uf)
    arbre.deplacer(structure=uf, vers=autre)
    assert Structure.objects.get(pk=uo.pk).is_descendant_of(Structure.objects.get(pk=autre.pk))
    with pytest.raises(StructureInvalide):
        arbre.deplacer(structure=autre, vers=uf)
    assert arbre.verifier() == []


def test_an_establishment_changes_of_legal_entity():
    eg = EGFactory()
    UOFactory(parent=eg)
    autre = EJFactory()
    arbre.deplacer_en_masse(deplacements=[(eg.pk, autre.pk)])
    assert arbre.verifier() == []
    assert Structure.objects.get(pk=autre.pk).get_descendant_count() == 2
    assert Structure.objects.get(pk=eg.pk).tree_id == Structure.objects.get(pk=autre.pk).tree_id


def test_deleting_asks_for_an_empty_node():
    eg = EGFactory()
    uo = UOFactory(parent=eg)
    with pytest.raises(StructureInvalide):
        arbre.supprimer(structure=eg)
    arbre.supprimer(structure=uo)
    assert arbre.verifier() == []


def test_mass_loading_numbers_new_and_known_roots():
    connue = EJFactory(numero_finess="770000001")
    EGFactory(parent=connue)
    with connection.cursor() as curseur:
        curseur.execute(
            "CREATE TEMP TABLE a_charger (numero_finess text, finess_parent text, niveau text, nom text,"
            " nom_recherche text, etat text, departement text, groupe text, provisoire bool, origine text)"
        )
        lignes = [("750000001", None, "EJ"), ("750000011", "750000001", "EG"), ("750000012", "750000001", "EG")]
        lignes += [("770000011", "770000001", "EG"), ("780000001", None, "EJ")]
        for numero, parent, niveau in lignes:
            curseur.execute(
                "INSERT INTO a_charger VALUES (%s, %s, %s, 'Nom', 'nom', 'OUV', '75', '', false, 'FINESS')",
                [numero, parent, niveau],
            )
    assert arbre.charger_en_masse(table="a_charger") == 5
    assert arbre.verifier() == []
    assert Structure.objects.get(numero_finess="770000011").parent_id == connue.pk


def test_a_corrupted_tree_is_told_and_mended():
    eg = EGFactory()
    uo = UOFactory(parent=eg)
    with connection.cursor() as curseur:
        curseur.execute("UPDATE referentiel_structure SET lft = lft + 50, rght = rght + 50 WHERE id = %s", [uo.pk])
    anomalies = arbre.verifier()
    assert anomalies
    assert arbre.reparer({a.tree_id for a in anomalies}) == 1
    assert arbre.verifier() == []


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_duplicated_number():
    eg = EGFactory()
    uo, autre = UOFactory(parent=eg), UOFactory(parent=eg)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_structure SET lft = %s, rght = %s WHERE id = %s", [autre.lft, autre.rght, uo.pk]
        )


def _a_plusieurs(gestes) -> list[Exception]:
    """Runs each act in its own thread, all at once. Returns what went wrong."""
    return [rendu for rendu in en_parallele(*gestes) if isinstance(rendu, Exception)]


def _geste_alternatif(pole_a, pole_b, uf):
    def geste() -> None:
        for tour in range(12):
            uo = UOFactory(parent=uf)
            arbre.deplacer(structure=uf, vers=pole_a if tour % 2 else pole_b)
            if tour % 3 == 0:
                arbre.supprimer(structure=uo)

    return geste


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verrous", [True, False])
def test_concurrent_writers_need_the_locks(verrous, monkeypatch):
    """Eight writers on one tree: right with the locks; without them the database has to refuse some writes."""
    eg = EGFactory(groupe="MCO")
    poles = [PoleFactory(parent=eg) for _ in range(4)]
    ufs = [UFFactory(parent=poles[i % 4]) for i in range(8)]
    if not verrous:
        monkeypatch.setattr(arbre, "verrouiller_arbres", lambda noeuds: None)
    erreurs = _a_plusieurs([_geste_alternatif(poles[i % 4], poles[(i + 1) % 4], uf) for i, uf in enumerate(ufs)])
    if verrous:
        assert erreurs == []
        assert arbre.verifier() == []
    else:
        assert erreurs or arbre.verifier()
