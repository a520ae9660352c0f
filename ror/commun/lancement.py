"""`make run`: the whole portal on one machine under one supervisor.

Servers (ours unless named), migrations, nomenclatures and demonstration data, then the processes of the Procfile. One
line says what is wrong when something is; Ctrl-C, SIGTERM or a closed terminal stop everything and leave no process.
"""

import contextlib
import http.client
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from honcho.environ import parse_procfile
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer

from ror.commun import services_locaux
from ror.commun.services_locaux.verrou import Verrou

MARQUE = "ROR_LANCEMENT"
"""Environment variable that every process of a launch carries: what is left of one is found by it, not by a file."""

PREPARATION = ("migrate", "charger_nomenclatures", "recalculer --si-vide", "charger_demonstration")
"""Commands run at each start, all repeatable; what the last one prints (the accounts) is shown at the end."""


class ArretDemande(BaseException):
    """Ctrl-C, SIGTERM or the end of the terminal before the processes run."""


class Impossible(Exception):
    """The portal cannot run; the message says on one line what to do."""


class Journal(Printer):  # type: ignore[misc]
    """Output of the processes on one screen; remembers which one ended first. Survives a closed terminal."""

    premier_arret: tuple[str, str] | None = None

    def write(self, message: Message) -> None:
        """Print a line of a process; honcho's own lines are only read."""
        if message.name != SYSTEM_PRINTER_NAME:
            with contextlib.suppress(OSError):
                super().write(message)
        elif self.premier_arret is None and (fin := re.match(r"(\w+) stopped \(rc=(-?\d+)\)", message.data)):
            self.premier_arret = (fin[1], fin[2])


def main() -> int:
    """Run the portal until it is stopped. Returns the exit code: 0 when it was asked to stop, else 1."""
    _ecouter_les_arrets()
    try:
        _lancer(services_locaux.dossier_etat(), *_adresse())
    except (Impossible, services_locaux.ServicesIndisponibles) as erreur:
        _dire(str(erreur))
        return 1
    except ArretDemande:
        _dire("Le portail est arrêté.")
    return 0


def _lancer(etat: Path, hote: str, port: int) -> None:
    verrou = Verrou.ouvrir(etat)
    if not verrou.superviser():
        raise Impossible(
            "Le portail tourne déjà depuis ce dossier : utilisez-le, ou arrêtez-le (Ctrl-C dans sa fenêtre) avant d’en "
            "lancer un autre."
        )
    _balayer(etat)
    _verifier_port(hote, port)
    with services_locaux.demarrer(etat) as services:
        environnement = _environnement(etat, hote, port) | services.variables()
        try:
            annonce = _preparer(environnement)
            _superviser(environnement, hote, port, annonce)
        finally:
            _balayer(etat)


# --- before ---------------------------------------------------------------------------------------------------


def _ecouter_les_arrets() -> None:
    def arreter(*_: object) -> None:
        raise ArretDemande

    def terminal_ferme(*_: object) -> None:
        neant = os.open(os.devnull, os.O_WRONLY)
        os.dup2(neant, 1)
        os.dup2(neant, 2)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, arreter)
    signal.signal(signal.SIGTERM, arreter)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, terminal_ferme)
        threading.Thread(target=_guetter_le_terminal, daemon=True).start()


def _guetter_le_terminal() -> None:
    """Raise SIGHUP when nobody reads the output any more: make, between the terminal and us, does not pass it on."""
    guetteur = select.poll()
    guetteur.register(sys.stdout.fileno(), 0)  # no event asked for: only the end is told
    guetteur.poll()
    os.kill(os.getpid(), signal.SIGHUP)


def _adresse() -> tuple[str, int]:
    """Address to listen on, from HOTE and PORT. Raises Impossible."""
    texte = os.environ.get("PORT") or "8000"
    if not texte.isdecimal() or not 1 <= int(texte) <= 65535:
        raise Impossible(f"PORT={texte} n’est pas un numéro de port : donnez un nombre de 1 à 65535, par exemple 8001.")
    return os.environ.get("HOTE") or "127.0.0.1", int(texte)


def _verifier_port(hote: str, port: int) -> None:
    with socket.socket() as prise:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind((hote, port))
        except PermissionError:
            raise Impossible(
                f"Le port {port} est réservé à l’administrateur : choisissez-en un autre, par exemple "
                "PORT=8001 make run."
            ) from None
        except socket.gaierror:
            raise Impossible(f"HOTE={hote} n’est pas une adresse de cette machine.") from None
        except OSError as erreur:
            raise Impossible(
                f"Le port {port} est déjà pris : arrêtez l’autre programme ou choisissez-en un autre, par exemple "
                f"PORT={port + 1 if port < 65535 else 8001} make run. ({erreur.strerror})"
            ) from None


def _environnement(etat: Path, hote: str, port: int) -> dict[str, str]:
    """Environment of every process of the portal: this Python first, no buffering, the mark of the launch."""
    return {
        "DJANGO_SETTINGS_MODULE": "ror.settings.dev",
        "ADRESSE_PORTAIL": f"http://{hote}:{port}",
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "HOTE": hote,
        "PORT": str(port),
        "ROR_ETAT": str(etat),
        MARQUE: str(etat),
    }


def _preparer(environnement: dict[str, str]) -> str:
    """Bring the database up to date. Returns what the last command printed. Raises Impossible."""
    sortie = ""
    for commande in PREPARATION:
        _dire(f"Préparation : {commande}…")
        # Its own session: Ctrl-C reaches this process, which kills the command, instead of both printing their end.
        resultat = subprocess.run(
            [sys.executable, "manage.py", *commande.split(), "--verbosity", "1"],
            cwd=services_locaux.RACINE,
            env=environnement,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        sortie = resultat.stdout
        if resultat.returncode:
            _dire(sortie)
            raise Impossible(f"La commande « {commande} » a échoué : voyez ci-dessus, puis relancez « make run ».")
    return sortie


# --- while it runs --------------------------------------------------------------------------------------------


def _superviser(environnement: dict[str, str], hote: str, port: int, annonce: str) -> None:
    """Run the processes of the Procfile until one ends or a stop is asked. Raises Impossible in the first case."""
    journal = Journal(sys.stdout)
    gestionnaire = Manager(journal)
    commandes = parse_procfile((services_locaux.RACINE / "Procfile").read_text()).processes
    for nom, commande in commandes.items():
        gestionnaire.add_process(nom, commande, env=environnement, cwd=str(services_locaux.RACINE))
    threading.Thread(target=_annoncer, args=(hote, port, annonce), daemon=True).start()
    gestionnaire.loop()
    if gestionnaire.returncode in (130, 143):  # SIGINT, SIGTERM received by honcho
        raise ArretDemande
    nom, code = journal.premier_arret or ("?", "?")
    raise Impossible(
        f"Le processus « {nom} » s’est arrêté (code {code}), tout le portail a été arrêté : voyez ci-dessus."
    )


def _annoncer(hote: str, port: int, annonce: str) -> None:
    """Print the address and the accounts once the web answers."""
    joignable = "127.0.0.1" if hote == "0.0.0.0" else hote
    while (statut := _reponse(joignable, port)) is None:
        time.sleep(0.2)
    if statut >= 500:
        _dire(f"\nLe portail répond par une erreur {statut} : voyez ci-dessus.\n")
    else:
        _dire(f"\n{annonce.strip()}\n\nLe portail est prêt : http://{joignable}:{port}/ror/ (Ctrl-C pour l’arrêter)\n")


def _reponse(hote: str, port: int) -> int | None:
    """HTTP status of the home page, None while nothing answers."""
    connexion = http.client.HTTPConnection(hote, port, timeout=30)
    try:
        connexion.request("GET", "/ror/")
        return connexion.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connexion.close()


# --- after ----------------------------------------------------------------------------------------------------


def _balayer(etat: Path) -> None:
    """End what is left of a launch from this folder, this one or one that was killed; force it after 10 seconds."""
    restes = [processus for processus in psutil.process_iter() if _du_lancement(processus, etat)]
    for demande in (psutil.Process.terminate, psutil.Process.kill):
        for processus in restes:
            with contextlib.suppress(psutil.NoSuchProcess):
                demande(processus)
        _, restes = psutil.wait_procs(restes, timeout=10)


def _du_lancement(processus: psutil.Process, etat: Path) -> bool:
    try:
        return processus.pid != os.getpid() and processus.environ().get(MARQUE) == str(etat)
    except (psutil.Error, OSError):
        return False


def _dire(texte: str) -> None:
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{texte}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
