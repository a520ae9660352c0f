"""The host of the embedded servers: accounts, folders and processes.

Both servers run under the owner of their folder; root, which PostgreSQL refuses, hands them to a system account.
Only the programs of the two wheels are used: the Python code around them shares one lock between all the users of a
machine and opens whole paths to reading.
"""

import importlib.util
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

COMPTE_SYSTEME = "pgserver"
"""System account that runs both servers when root starts them."""

DELAI = 60
"""Seconds given to a server to be ready (crash recovery included) or to stop."""

_enfants: list[subprocess.Popen[bytes]] = []
"""Servers started by this process, remembered so that their end is collected."""


class ServicesIndisponibles(Exception):
    """The servers cannot start; the message, in French and on one line, says what to do."""


def compte_des_services(etat: Path, *, programmes: tuple[Path, ...]) -> pwd.struct_passwd | None:
    """Account the servers run under: None for the current one; for root, the folder's owner or a system account."""
    if os.geteuid() != 0:
        return None
    existants = (dossier.stat().st_uid for dossier in (etat / "postgres", etat) if dossier.exists())
    proprietaire = next((numero for numero in existants if numero != 0), None)
    compte = _compte_systeme() if proprietaire is None else pwd.getpwuid(proprietaire)
    for programme in programmes:
        _ouvrir_lecture(programme.parents[1])
    for chemin in (etat / "postgres", *programmes):
        _ouvrir_passage(chemin)
    return compte


def _compte_systeme() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(COMPTE_SYSTEME)
    except KeyError:
        pass
    try:
        subprocess.run(["useradd", "--system", "--no-create-home", COMPTE_SYSTEME], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as erreur:
        raise ServicesIndisponibles(
            "PostgreSQL refuse de tourner sous root et le compte système de remplacement n’a pas pu être créé : lancez "
            "le portail avec un compte ordinaire, ou nommez des serveurs par DATABASE_URL et BROKER_URL."
        ) from erreur
    return pwd.getpwnam(COMPTE_SYSTEME)


def _ouvrir_passage(chemin: Path) -> None:
    """Let other accounts cross (not list) the folders above a path."""
    for dossier in chemin.resolve().parents:
        mode = dossier.stat().st_mode
        if not mode & 0o001:
            dossier.chmod(mode | 0o001)


def _ouvrir_lecture(installation: Path) -> None:
    """Let other accounts read installed programs, when they were installed under a strict umask."""
    if installation.stat().st_mode & 0o005 == 0o005:
        return
    for chemin in (installation, *installation.rglob("*")):
        if not chemin.is_symlink():
            mode = chemin.stat().st_mode
            chemin.chmod(mode | (0o005 if mode & 0o100 else 0o004))


def paquet(nom: str) -> Path:
    """Folder of an installed wheel: only its programs are used, its Python code is never imported."""
    fiche = importlib.util.find_spec(nom)
    if fiche is None or not fiche.submodule_search_locations:
        raise ServicesIndisponibles(f"Le paquet « {nom} » n’est pas installé : lancez « make run », qui l’installe.")
    return Path(fiche.submodule_search_locations[0])


def preparer_dossier(dossier: Path, compte: pwd.struct_passwd | None) -> None:
    """Make a folder of the servers' account, closed to others. Raises ServicesIndisponibles on someone else's data."""
    dossier.mkdir(mode=0o700, exist_ok=True)
    if compte is not None:
        os.chown(dossier, compte.pw_uid, compte.pw_gid, follow_symlinks=False)
    elif dossier.stat().st_uid != os.geteuid():
        proprietaire = pwd.getpwuid(dossier.stat().st_uid).pw_name
        raise ServicesIndisponibles(
            f"Les données de {dossier} appartiennent au compte « {proprietaire} » : lancez le portail avec ce compte, "
            "ou donnez un autre dossier par la variable ROR_ETAT."
        )


def identite(compte: pwd.struct_passwd | None) -> dict[str, object]:
    """Arguments of subprocess that take the account, no more rights, and a short environment of its own."""
    environnement = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    if compte is None:
        return {"env": environnement}
    return {"env": environnement, "user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []}


def lancer(commande: list[str], dossier: Path, compte: pwd.struct_passwd | None) -> psutil.Process:
    """Start a server in its folder, away from the terminal's signals, its output in `journal.txt`."""
    with (dossier / "journal.txt").open("wb") as journal:
        processus = subprocess.Popen(
            commande,
            cwd=dossier,
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            start_new_session=True,
            **identite(compte),  # type: ignore[call-overload]
        )
    _enfants.append(processus)
    return psutil.Process(processus.pid)


def attendre_pret(nom: str, processus: psutil.Process, dossier: Path, pret: Callable[[], bool]) -> None:
    """Wait until a server answers. Raises ServicesIndisponibles with the reason found in its journal."""
    limite = time.monotonic() + DELAI
    while time.monotonic() < limite and processus.is_running() and processus.status() != psutil.STATUS_ZOMBIE:
        if pret():
            return
        time.sleep(0.03)
    terminer(processus, signal.SIGTERM)
    lignes = (dossier / "journal.txt").read_text(errors="replace").strip().splitlines()
    raison = next((ligne for ligne in lignes if "FATAL" in ligne), lignes[-1] if lignes else "aucun message")
    raise ServicesIndisponibles(f"{nom} n’a pas démarré ({raison}) : voyez {dossier / 'journal.txt'}.")


def processus_du_dossier(dossier: Path, nom: str) -> list[psutil.Process]:
    """Live processes of a server, known by name and working folder: a number in a file may be another's by now."""
    trouves = []
    for processus in psutil.process_iter(["name"]):
        try:
            if (processus.info["name"] or "").startswith(nom) and processus.cwd() == str(dossier):
                trouves.append(processus)
        except psutil.Error:
            continue
    return trouves


def terminer(processus: psutil.Process, demande: signal.Signals) -> None:
    """Ask a process to stop, wait for its end, force it after DELAI seconds."""
    try:
        processus.send_signal(demande)
        try:
            processus.wait(DELAI)
        except psutil.TimeoutExpired:
            processus.kill()
            processus.wait(DELAI)
    except psutil.NoSuchProcess:
        return


def oublier() -> None:
    """Collect the end of the stopped servers this process had started."""
    _enfants[:] = [enfant for enfant in _enfants if enfant.poll() is None]
