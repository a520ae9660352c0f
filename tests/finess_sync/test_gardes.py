"""Each guard refuses with its own sentence, and nothing is applied (B36, M14)."""

import pytest
import time_machine

from finess_sync.models import Execution, Garde, Temoin
from finess_sync.presentation import alarmes
from referentiel.models import Structure
from tests.fabriques.structures import finess

from .test_lecture import ege, pmej

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("petit_stock")]


def refusee(execution: Execution, motif: str) -> None:
    """The run is refused for this reason, told by its guard, and no structure was written."""
    assert execution.etat == Execution.Etat.REFUSE, execution.compteurs
    assert motif in execution.motif
    assert any(not garde["passe"] and garde["message"] in execution.motif for garde in execution.gardes)


@pytest.mark.exigence("B36")
def test_too_few_rows(classique, lancer):
    Garde.objects.filter(pk="lignes_minimum").update(seuil=50_000)
    refusee(lancer(classique.ecrire()), "Fichier trop court : 10 entités géographiques lues")
    assert not Structure.objects.exists()


@pytest.mark.exigence("B36")
def test_a_canary_is_gone(classique, lancer):
    Temoin.objects.create(numero_finess="130783293", nom="La Timone")
    refusee(lancer(classique.ecrire()), "130783293 (La Timone)")


@pytest.mark.exigence("B36")
def test_too_many_known_are_missing(classique, lancer):
    lancer(classique.ecrire())
    for numero in list(classique.eg)[:2]:
        del classique.eg[numero]
    refusee(lancer(classique.ecrire()), "Trop de structures connues manquent : 2 sur 10")
    assert not Structure.objects.filter(entite_geographique__absences__gt=0).exists()


@pytest.mark.exigence("B36")
def test_too_many_malformed_lines(classique, lancer):
    classique.en_trop = ["structureet;1;2"]
    execution = lancer(classique.ecrire())
    refusee(execution, "Trop de lignes inexploitables : 1 sur 11")
    assert execution.rejets.get().raison == "3 colonnes au lieu de 32."
    assert not Structure.objects.exists()


@pytest.mark.exigence("B36")
def test_older_than_what_is_loaded(classique, lancer):
    lancer(classique.ecrire())
    classique.jour = "2026-09-01"
    classique.etablissement(70)
    refusee(lancer(classique.ecrire()), "Fichier plus ancien que ce qui est chargé")
    assert Structure.objects.filter(niveau="EG").count() == 10


@pytest.mark.exigence("M14")
def test_a_field_that_vanishes_is_named(classique, lancer):
    lancer(classique.ecrire())
    for eg in classique.eg.values():
        eg["siret"] = ""
    refusee(lancer(classique.ecrire()), "« SIRET (EG) » (renseigné pour 10, vide pour 10)")


@pytest.mark.exigence("M14")
def test_a_mass_move_is_counted(classique, lancer):
    lancer(classique.ecrire())
    for numero in list(classique.eg)[:3]:
        x, y, source = classique.positions[numero]
        classique.positions[numero] = (x + 700, y, source)
    refusee(lancer(classique.ecrire()), "3 établissements se déplaceraient de plus de 500 m")


@pytest.mark.exigence("B36")
def test_too_many_closings_at_once(finessplus, lancer):
    eges = [ege(finess(910_000 + i)) for i in range(10)]
    lancer(finessplus([pmej(finess(990_000), *eges)]))
    eges[0]["etatObjet"] = "I"
    execution = lancer(finessplus([pmej(finess(990_000), *eges)], jour="2026-11-20"))
    refusee(execution, "Trop de fermetures d’un coup : 1 sur 11")


@pytest.mark.exigence("B36")
def test_an_unknown_layout_applies_nothing(tmp_path, lancer):
    chemin = tmp_path / "autre.csv"
    chemin.write_text("finess;etalab;1;2026-01-01\nequipementsocial;1;2\n")
    execution = lancer(chemin)
    assert execution.etat == Execution.Etat.REFUSE
    assert "equipementsocial" in execution.motif


@pytest.mark.exigence("B36", "M14")
def test_frozen_data_raise_an_alarm_and_are_not_a_success(classique, lancer):
    lancer(classique.ecrire())
    with time_machine.travel("2026-10-08 12:00"):
        assert alarmes() == []
    with time_machine.travel("2026-10-09 12:00"):
        assert alarmes()[0][0] == "Données inchangées depuis 8 jours."
        classique.jour = "2026-10-09"
        execution = lancer(classique.ecrire())
        assert execution.etat == Execution.Etat.INCHANGE
        assert alarmes()[0][0] == "Données inchangées depuis 8 jours."
