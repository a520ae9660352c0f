"""Which tests prove which row of docs/exigences.csv: `make exigences`.

One line per row: « S104  3  first test, second test… »; 0 when no test proves it; totals on the last line.
`--verifier S1-S22,S34` prints nothing more but ends in error when one of these rows has no test.
"""

import argparse
import contextlib
import csv
import io
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]
FICHIER = RACINE / "docs" / "exigences.csv"


class ErreurExigences(Exception):
    """The marks or the arguments name what does not exist; the message says which."""


class Collecte:
    """pytest plugin that reads the `exigence` marks of every test, without running any."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = defaultdict(list)
        self.erreurs: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note each test under the rows it names; the cases of a parametrised test count once."""
        for item in items:
            test = item.nodeid.partition("[")[0]
            for marque in item.iter_markers("exigence"):
                for ligne in marque.args:
                    if test not in self.tests[ligne]:
                        self.tests[ligne].append(test)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note the files that cannot be read: their tests would be missing in silence."""
        if report.failed:
            self.erreurs.append(f"{report.nodeid} : {report.longreprtext.strip().splitlines()[-1]}")


def cle(ligne: str) -> tuple[int, int]:
    """Order of the rows: S, then B, then M, each by number. Raises ErreurExigences on anything else."""
    if not re.fullmatch(r"[SBM][0-9]+", ligne):
        raise ErreurExigences(f"« {ligne} » n’est pas une exigence (attendu : S104, B12, M1).")
    return "SBM".index(ligne[0]), int(ligne[1:])


def etendre(texte: str) -> list[str]:
    """Rows named by « S1-S22,S34 », bounds included, both of the same letter. Raises ErreurExigences."""
    lignes = []
    for morceau in texte.replace(" ", "").split(","):
        debut, _, fin = morceau.partition("-")
        (lettre, premier), (lettre_fin, dernier) = cle(debut), cle(fin or debut)
        if lettre != lettre_fin or dernier < premier:
            raise ErreurExigences(f"« {morceau} » n’est pas un intervalle d’exigences.")
        lignes += [f"{debut[0]}{numero}" for numero in range(premier, dernier + 1)]
    return lignes


def lire_exigences() -> dict[str, str]:
    """Rows of the specification and their demand, in order."""
    with FICHIER.open(encoding="utf-8", newline="") as fichier:
        lignes = {ligne["id"]: ligne["demande"] for ligne in csv.DictReader(fichier)}
    return dict(sorted(lignes.items(), key=lambda ligne: cle(ligne[0])))


def collecter() -> dict[str, list[str]]:
    """Tests of the project by row they prove. Raises ErreurExigences when a test file cannot be read."""
    collecte = Collecte()
    with contextlib.redirect_stdout(io.StringIO()):
        code = pytest.main(["--collect-only", "-q", "--rootdir", str(RACINE), str(RACINE / "tests")], [collecte])
    if collecte.erreurs or code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise ErreurExigences("Des tests sont illisibles :\n" + "\n".join(collecte.erreurs or [f"code {code}"]))
    return dict(collecte.tests)


def rapport(exigences: dict[str, str], tests: dict[str, list[str]]) -> list[str]:
    """Lines of the report. Raises ErreurExigences when a mark names an unknown row."""
    if inconnues := sorted(set(tests) - set(exigences)):
        raison = ", ".join(f"{ligne} ({tests[ligne][0]})" for ligne in inconnues)
        raise ErreurExigences(f"Des tests citent des exigences inconnues : {raison}.")
    lignes = [
        f"{ligne}  {len(tests.get(ligne, []))}  {', '.join(tests.get(ligne, [])) or demande}"
        for ligne, demande in exigences.items()
    ]
    prouvees = sum(1 for ligne in exigences if tests.get(ligne))
    return [
        *lignes,
        f"Total : {len(exigences)} exigences, {prouvees} prouvées, {len(exigences) - prouvees} sans test",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the report. Returns the exit code: 1 on an unknown row or a row to verify without test."""
    analyse = argparse.ArgumentParser(prog="make exigences", description="Tests qui prouvent chaque exigence.")
    analyse.add_argument("--verifier", metavar="S1-S22,S34", help="échoue si l’une de ces exigences n’a aucun test")
    options = analyse.parse_args(arguments)
    try:
        exigences, tests = lire_exigences(), collecter()
        sys.stdout.write("\n".join(rapport(exigences, tests)) + "\n")
        demandees = etendre(options.verifier) if options.verifier else []
    except ErreurExigences as erreur:
        sys.stderr.write(f"{erreur}\n")
        return 1
    if manquantes := [ligne for ligne in demandees if not tests.get(ligne)]:
        sys.stderr.write(f"Sans test : {', '.join(manquantes)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
