"""FINESS: first load, unchanged run, 1 % changed, on a generated national FINESS+ file and on the real classic file.

Floor: reading the file as a stream (ijson's C backend, or the lines of the classic file) and, for a first load, `COPY`
of the rows it wrote into bare tables. Each measure and each floor is a process of its own, for its peak memory.
Budget (ARCHITECTURE §9), for the national FINESS+ file: first load 4 × (parse + COPY) and 500 MB; 1 % changed, 1.5 ×
parse. The classic file, a tenth as long to read, is told beside it.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bancs.fichier_finess import NOMBRE_EG, NOMBRE_EJ, ecrire
from bancs.mesures import Mesure

REEL = (
    Path(__file__).resolve().parents[2] / "shared/finess/classique/etalab-cs1100507-stock-20210108-RECONSTRUIT.csv.gz"
)
BUDGET_CHARGE, BUDGET_NUIT, BUDGET_MEMOIRE = 4, 1.5, 500
ECRITES = (
    "referentiel_structure",
    "referentiel_entitejuridique",
    "referentiel_entitegeographique",
    "referentiel_ficherecherche",
    "finess_sync_empreinte",
)
"""Tables a first load fills."""

_NOM = "finess-structures-journalier-{}.json.gz"


def mesurer() -> Iterator[Mesure]:
    """Yields the lines of both files."""
    with tempfile.TemporaryDirectory(prefix="ror-banc-finess-") as dossier:
        jours = {"2026-11-19": 0, "2026-11-20": 0, "2026-11-21": 100}
        fichiers = [Path(dossier) / _NOM.format(jour.replace("-", "")) for jour in jours]
        for chemin, (jour, change_sur) in zip(fichiers, jours.items(), strict=True):
            ecrire(chemin, jour=jour, change_sur=change_sur)
        yield from _fichier(f"FINESS+ généré, {NOMBRE_EJ} EJ et {NOMBRE_EG} EG", fichiers, budget=True)
        if REEL.exists():
            yield from _fichier("cs1100507 réel, 95 333 EG", [REEL, *_variantes(Path(dossier))], budget=False)


def _fichier(nom: str, fichiers: list[Path], *, budget: bool) -> Iterator[Mesure]:
    premier, identique, change = fichiers
    _isoler("vider")
    parse, _ = _isoler("lire_nu", premier)
    duree, memoire = _isoler("synchroniser", premier)
    copie, _ = _isoler("copier_nu")
    plancher = parse + copie
    detail = f"plancher : lecture {parse:.1f} s + COPY {copie:.1f} s"
    yield Mesure(
        f"{nom} : premier chargement", duree, plancher, "s", BUDGET_CHARGE * plancher if budget else None, detail
    )
    yield Mesure(f"{nom} : mémoire du premier chargement", memoire, None, "Mo", BUDGET_MEMOIRE)
    for mot, chemin in (("fichier inchangé", identique), ("1 % de changements", change)):
        parse, _ = _isoler("lire_nu", chemin)
        duree, memoire = _isoler("synchroniser", chemin)
        yield Mesure(
            f"{nom} : {mot}", duree, parse, "s", BUDGET_NUIT * parse if budget else None, f"mémoire {memoire:.0f} Mo"
        )


def _variantes(dossier: Path) -> Iterator[Path]:
    """The real file compressed again, then with another telephone on one line out of a hundred."""
    lignes = gzip.decompress(REEL.read_bytes()).decode().split("\n")
    for nom, pas in (("identique", 0), ("change", 100)):
        if pas:
            for rang in range(1, len(lignes), pas):
                valeurs = lignes[rang].split(";")
                if valeurs[0] == "structureet" and '"' not in lignes[rang]:
                    valeurs[16] = "0199001234"
                    lignes[rang] = ";".join(valeurs)
        chemin = dossier / f"cs1100507-{nom}.csv.gz"
        chemin.write_bytes(gzip.compress("\n".join(lignes).encode(), 1))
        yield chemin


def _isoler(acte: str, *chemins: Path) -> tuple[float, float]:
    """Runs one act of this module in a process of its own: (seconds of the act, peak memory in MB)."""
    commande = [sys.executable, "-W", "ignore", "-m", "bancs.finess", acte, *map(str, chemins)]
    resultat = subprocess.run(commande, env=os.environ, capture_output=True, text=True, check=False)
    if resultat.returncode:
        raise RuntimeError(resultat.stderr)
    duree, memoire = json.loads(resultat.stdout.splitlines()[-1])
    return duree, memoire


# --- what the processes do ---


def lire_nu(chemin: Path) -> None:
    """Reads every record and does nothing of it."""
    if chemin.name.endswith(".json.gz"):
        import ijson

        with gzip.open(chemin) as flux:
            for _ in ijson.items(flux, "pmej.item", use_float=True):
                pass
    else:
        with gzip.open(chemin, "rt", encoding="utf-8") as flux:
            for ligne in flux:
                ligne.rstrip("\n").split(";")


def copier_nu() -> float:
    """Copies the rows the first load wrote into bare tables; returns the seconds of the COPY alone."""
    import io

    from django.db import connection

    duree = 0.0
    with connection.cursor() as curseur:
        for table in ECRITES:
            texte = io.StringIO()
            curseur.copy_expert(f"COPY {table} TO STDOUT", texte)
            curseur.execute(f"CREATE TABLE banc_copie AS SELECT * FROM {table} LIMIT 0")
            texte.seek(0)
            debut = time.perf_counter()
            curseur.copy_expert("COPY banc_copie FROM STDIN", texte)
            duree += time.perf_counter() - debut
            curseur.execute("DROP TABLE banc_copie")
    return duree


def synchroniser(chemin: Path) -> None:
    """One real run."""
    from finess_sync.application import synchroniser as lancer
    from finess_sync.models import Execution, Temoin
    from finess_sync.sources import SourceLocale

    Temoin.objects.all().delete()
    execution = lancer(source=SourceLocale([chemin]), simulation=False, declenchee_par="Banc")
    if execution.etat not in (Execution.Etat.REUSSI, Execution.Etat.INCHANGE):
        raise RuntimeError(execution.motif)


def vider() -> None:
    """Back to an empty referential."""
    from django.db import connection

    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE referentiel_structure, finess_sync_empreinte, finess_sync_execution CASCADE")


def _memoire() -> float:
    """Peak memory of this process in MB; unlike ru_maxrss, it owes nothing to the process that started it."""
    lignes = Path("/proc/self/status").read_text().splitlines()
    return next(int(ligne.split()[1]) for ligne in lignes if ligne.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    import django

    django.setup()
    _acte, _chemins = globals()[sys.argv[1]], [Path(nom) for nom in sys.argv[2:]]
    _debut = time.perf_counter()
    _rendu = _acte(*_chemins)
    _duree = _rendu if isinstance(_rendu, float) else time.perf_counter() - _debut
    sys.stdout.write(json.dumps([_duree, _memoire()]) + "\n")
