"""The embedded PostgreSQL and Valkey: kept data, crashes, sharing, paths."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from ror.commun import services_locaux
from ror.commun.services_locaux import ServicesIndisponibles, demarrer
from ror.commun.services_locaux.hote import processus_du_dossier, terminer
from ror.commun.services_locaux.valkey import SANS_RELANCE

# Another process starts the servers on argv[1], leaves a row and a queued item, says so, then waits to be killed.
AUTRE_PROCESSUS = """
import pathlib, sys, time
import psycopg2, redis
from ror.commun.services_locaux import demarrer
services = demarrer(pathlib.Path(sys.argv[1]))
base = psycopg2.connect(services.database_url)
base.cursor().execute("CREATE TABLE note AS SELECT 'gardée' AS texte")
base.commit()
redis.Redis.from_url(services.broker_url).rpush("file", "tâche")
time.sleep(1.1)  # appendfsync everysec
print("prêt", flush=True)
time.sleep(60)
"""


@pytest.fixture
def etat(monkeypatch):
    """An empty state folder, and no named server."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("BROKER_URL")
    dossier = Path(tempfile.mkdtemp(prefix="ror-essai-")).resolve()
    yield dossier
    for processus in serveurs(dossier):
        terminer(processus, signal.SIGKILL)
    shutil.rmtree(dossier)


@pytest.fixture
def autre_processus(etat):
    """Another user of the same state folder, ready."""
    with subprocess.Popen(
        [sys.executable, "-c", AUTRE_PROCESSUS, str(etat)],
        cwd=services_locaux.RACINE,
        stdout=subprocess.PIPE,
        text=True,
    ) as processus:
        assert processus.stdout.readline() == "prêt\n"
        yield processus
        processus.kill()


def serveurs(etat: Path) -> list[psutil.Process]:
    return processus_du_dossier(etat / "postgres", "postgres") + processus_du_dossier(etat / "valkey", "valkey-server")


def note(services) -> str:
    connexion = psycopg2.connect(services.database_url)
    try:
        with connexion.cursor() as curseur:
            curseur.execute("SELECT texte FROM note")
            return curseur.fetchone()[0]
    finally:
        connexion.close()


def file_attente(services) -> list[bytes]:
    with redis.Redis.from_url(services.broker_url) as client:
        return client.lrange("file", 0, -1)


def test_rien_ne_se_perd_quand_tout_est_tue(etat, autre_processus):
    autre_processus.kill()
    autre_processus.wait()
    for serveur in serveurs(etat):
        serveur.kill()
    psutil.wait_procs(serveurs(etat), timeout=10)
    # The number of the dead postmaster now belongs to a stranger, who must be left alone.
    fichier = etat / "postgres" / "postmaster.pid"
    fichier.write_text("\n".join([str(os.getpid()), *fichier.read_text().splitlines()[1:]]) + "\n")

    with demarrer(etat) as services:
        assert note(services) == "gardée"
        assert file_attente(services) == ["tâche".encode()]

    assert serveurs(etat) == []


def test_des_serveurs_orphelins_sont_repris_puis_arretes(etat, autre_processus):
    autre_processus.kill()
    autre_processus.wait()
    maitre = (etat / "postgres" / "postmaster.pid").read_text().split()[0]

    with demarrer(etat) as services:
        assert note(services) == "gardée"
        assert (etat / "postgres" / "postmaster.pid").read_text().split()[0] == maitre

    assert serveurs(etat) == []


def test_le_dernier_parti_arrete_les_serveurs(etat, autre_processus):
    with demarrer(etat) as services:
        assert note(services) == "gardée"
    assert serveurs(etat), "l’autre processus s’en sert encore"

    autre_processus.kill()
    autre_processus.wait()
    with demarrer(etat):
        pass
    assert serveurs(etat) == []


def test_un_chemin_trop_long_pour_un_socket(etat):
    long = etat / ("é" * 60)

    with demarrer(long, durable=False) as services:
        connexion = psycopg2.connect(services.database_url)
        dossier_socket = Path(connexion.info.host)
        connexion.close()
        assert dossier_socket.stat().st_mode & 0o077 == 0
        assert not dossier_socket.is_relative_to(etat)

    assert not dossier_socket.exists()


def test_valkey_n_ecoute_que_cette_machine_et_demande_le_mot_de_passe(etat):
    with demarrer(etat, durable=False) as services:
        (valkey,) = processus_du_dossier(etat / "valkey", "valkey-server")
        ecoutes = {prise.laddr.ip for prise in valkey.net_connections() if prise.status == psutil.CONN_LISTEN}
        assert ecoutes == {"127.0.0.1"}
        port = services.broker_url.rpartition(":")[2].partition("/")[0]
        with redis.Redis(port=int(port), retry=SANS_RELANCE) as inconnu, pytest.raises(redis.AuthenticationError):
            inconnu.ping()


def test_des_serveurs_nommes_dispensent_des_notres(etat, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://serveur/ror")
    monkeypatch.setenv("BROKER_URL", "redis://serveur/0")

    with demarrer(etat) as services:
        assert services.variables() == {
            "DATABASE_URL": "postgresql://serveur/ror",
            "BROKER_URL": "redis://serveur/0",
        }
    assert list(etat.iterdir()) == []


def test_un_dossier_inaccessible_se_dit_en_une_ligne(etat):
    (etat / "fichier").touch()

    with pytest.raises(ServicesIndisponibles, match="ROR_ETAT") as erreur:
        demarrer(etat / "fichier" / "etat")
    assert "\n" not in str(erreur.value)
