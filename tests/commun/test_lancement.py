"""`make run`: one line when it cannot, everything stopped at the end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from ror.commun import lancement, services_locaux
from ror.commun.services_locaux.hote import processus_du_dossier, terminer
from ror.commun.services_locaux.verrou import Verrou

# The data loaded at each start has its own tests: here the real processes find a database merely migrated, and the
# stops are tried on processes that start at once.
VRAI_PORTAIL = """
import sys
from ror.commun import lancement
lancement.PREPARATION = ("migrate",)
sys.exit(lancement.main())
"""
PORTAIL_LEGER = """
import pathlib, sys
from ror.commun import lancement, services_locaux
lancement.PREPARATION = ()
services_locaux.RACINE = pathlib.Path(sys.argv[1])
sys.exit(lancement.main())
"""
PROCFILE_LEGER = """
web: exec python -m http.server --bind $HOTE $PORT
worker: exec sleep 600
"""
DELAI = 60


@pytest.fixture
def etat():
    """An empty state folder, nothing running on it at the end."""
    dossier = Path(tempfile.mkdtemp(prefix="ror-essai-")).resolve()
    yield dossier
    for processus in restes(dossier):
        terminer(processus, signal.SIGKILL)
    shutil.rmtree(dossier)


@pytest.fixture
def lancer(etat):
    """Start the supervisor on a free port, without the settings and servers of the tests; end it with the test."""
    lances = []
    (etat / "Procfile").write_text(PROCFILE_LEGER)

    def demarrer(programme: str = PORTAIL_LEGER, **variables: str) -> subprocess.Popen[str]:
        ignorees = ("DATABASE_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE")
        environnement = {nom: valeur for nom, valeur in os.environ.items() if nom not in ignorees}
        environnement |= {"ROR_ETAT": str(etat), "PORT": str(port_libre()), "PYTHONUNBUFFERED": "1"} | variables
        processus = subprocess.Popen(
            [sys.executable, "-c", programme, str(etat)],
            cwd=services_locaux.RACINE,
            env=environnement,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        lances.append((processus, minuterie := threading.Timer(DELAI, processus.terminate)))
        minuterie.start()
        return processus

    yield demarrer
    for processus, minuterie in lances:
        minuterie.cancel()
        processus.terminate()
    lancement._balayer(etat)
    for processus, _ in lances:
        processus.wait()
        processus.stdout.close()


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def attendre(processus: subprocess.Popen[str], texte: str) -> str:
    """Read the output up to a line that holds a text."""
    lignes = []
    for ligne in processus.stdout:
        lignes.append(ligne)
        if texte in ligne:
            return "".join(lignes)
    pytest.fail(f"« {texte} » n’est pas venu :\n{''.join(lignes)}")


def restes(etat: Path) -> list[psutil.Process]:
    du_portail = [processus for processus in psutil.process_iter() if lancement._du_lancement(processus, etat)]
    return (
        du_portail
        + processus_du_dossier(etat / "postgres", "postgres")
        + processus_du_dossier(etat / "valkey", "valkey-server")
    )


def test_un_port_deja_pris(lancer):
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        port = prise.getsockname()[1]
        processus = lancer(PORT=str(port))
        sortie, _ = processus.communicate()

    assert processus.returncode == 1
    assert sortie.startswith(f"Le port {port} est déjà pris : arrêtez l’autre programme ou choisissez-en un autre")
    assert sortie.count("\n") == 1


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_un_port_qui_n_en_est_pas_un(monkeypatch, capsys, port):
    monkeypatch.setenv("PORT", port)
    monkeypatch.setattr(lancement, "_ecouter_les_arrets", lambda: None)

    assert lancement.main() == 1
    assert capsys.readouterr().out.startswith(f"PORT={port} n’est pas un numéro de port")


def test_un_second_lancement_dans_le_meme_dossier(lancer, etat):
    verrou = Verrou.ouvrir(etat)
    assert verrou.superviser()
    try:
        processus = lancer()
        sortie, _ = processus.communicate()
    finally:
        verrou.fermer()

    assert processus.returncode == 1
    assert sortie.startswith("Le portail tourne déjà depuis ce dossier")
    assert sortie.count("\n") == 1


def test_le_vrai_portail_demarre_et_s_arrete_par_ctrl_c(lancer, etat):
    portail = lancer(VRAI_PORTAIL)
    attendre(portail, "Le portail est prêt")
    assert {"celery", "gunicorn", "postgres", "valkey-server"} <= {processus.name() for processus in restes(etat)}

    portail.send_signal(signal.SIGINT)
    sortie, _ = portail.communicate()

    assert portail.returncode == 0
    assert sortie.endswith("Le portail est arrêté.\n")
    assert restes(etat) == []


def test_un_lancement_tue_puis_relance_puis_arrete(lancer, etat):
    tue = lancer()
    attendre(tue, "Le portail est prêt")
    tue.kill()
    tue.wait()
    assert restes(etat)

    relance = lancer()
    attendre(relance, "Le portail est prêt")
    relance.terminate()
    relance.communicate()

    assert relance.returncode == 0
    assert restes(etat) == []


def test_un_terminal_ferme_arrete_tout(lancer, etat):
    portail = lancer()
    attendre(portail, "Le portail est prêt")
    portail.stdout.close()

    assert portail.wait() == 0
    assert restes(etat) == []


def test_la_fin_d_un_processus_arrete_tout(lancer, etat):
    portail = lancer()
    attendre(portail, "Le portail est prêt")
    worker = next(processus for processus in restes(etat) if processus.name() == "sleep")
    worker.kill()
    sortie, _ = portail.communicate()

    assert portail.returncode == 1
    assert sortie.splitlines()[-1].startswith("Le processus « worker » s’est arrêté (code -9)")
    assert restes(etat) == []
