"""The real national file, when it is beside the project (FINESS.md §5)."""

import gzip
import re
from pathlib import Path

import pytest
from django.db import connection

from finess_sync.models import Execution
from referentiel import arbre
from referentiel.models import Structure

from .test_synchronisation import lignes_ecrites

REELS = Path(__file__).resolve().parents[3] / "shared" / "finess"
NATIONAL = REELS / "classique" / "etalab-cs1100507-stock-20210108-RECONSTRUIT.csv.gz"
EJ = REELS / "classique" / "etalab-cs1100501-stock-20260311-EXTRAIT-normalise.csv"
PLUS = REELS / "finessplus" / "finess-structures-journalier-20260309-EXTRAIT.json"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.national,
    pytest.mark.skipif(not NATIONAL.exists(), reason="the real FINESS files are not beside the project"),
]


@pytest.mark.exigence("S67", "S173")
def test_the_national_file_then_itself_then_one_percent_of_it_changed(lancer, tmp_path):
    premiere = lancer(NATIONAL)
    assert premiere.etat == Execution.Etat.REUSSI, premiere.motif
    assert all(garde["passe"] for garde in premiere.gardes)
    assert Structure.objects.filter(niveau="EG").count() == 95_333
    assert Structure.objects.filter(niveau="EJ").count() == 47_084
    assert arbre.verifier() == []
    avant = lignes_ecrites()
    assert lancer(NATIONAL).etat == Execution.Etat.INCHANGE
    recompresse = tmp_path / "etalab-cs1100507.csv"
    recompresse.write_bytes(gzip.decompress(NATIONAL.read_bytes()))
    assert lancer(recompresse).etat == Execution.Etat.INCHANGE
    assert lignes_ecrites() == avant
    change = tmp_path / "etalab-cs1100507-1.csv"
    touches = changer_un_pour_cent(recompresse, change)
    execution = lancer(change)
    assert execution.compteurs["appliques"] == len(touches)
    with connection.cursor() as curseur:
        curseur.execute("SELECT id FROM referentiel_structure WHERE numero_finess = ANY(%s)", [touches])
        attendus = {ligne[0] for ligne in curseur.fetchall()}
    assert {cle for _, cle, _ in lignes_ecrites() ^ avant} == attendus
    completer_et_ajouter(lancer)


def changer_un_pour_cent(source: Path, cible: Path) -> list[str]:
    """Writes the file with another telephone on one establishment out of a hundred; returns their numbers."""
    lignes, touches = source.read_text(encoding="utf-8").split("\n"), []
    for rang in range(1, len(lignes), 100):
        if re.match(r"structureet;[^\"]*$", lignes[rang]):
            valeurs = lignes[rang].split(";")
            valeurs[16] = "0199001234"
            lignes[rang] = ";".join(valeurs)
            touches.append(valeurs[1])
    cible.write_text("\n".join(lignes), encoding="utf-8")
    return touches


def completer_et_ajouter(lancer) -> None:
    """The extracts of 2026 on the stock of 2021: EJ completed, FINESS+ compared with the classic file."""
    assert lancer(EJ, complet=False).compteurs["ej_completees"] == 47
    convert = Structure.objects.get(numero_finess="010000156")
    assert (convert.nom, convert.provisoire) == ("CLINIQUE CONVERT", False)
    execution = lancer(PLUS, complet=False)
    assert execution.etat == Execution.Etat.REUSSI, execution.motif
    assert Structure.objects.get(numero_finess="010787190").etat == "DEF"
    assert arbre.verifier() == []
