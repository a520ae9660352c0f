"""The portal's own PostgreSQL and Valkey, when DATABASE_URL and BROKER_URL name no server (ARCHITECTURE §6).

`demarrer(etat)` starts what is missing, or joins what another process already started for the same state folder, and
returns the addresses. The last process to leave stops the servers.

Who uses them is told by record locks on one file of the state folder: the kernel drops them when a process dies,
whatever the death, so no lock can be stale. Children do not hold them: the addresses are in their environment.
"""

import atexit
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from . import hote, postgres, valkey
from .hote import ServicesIndisponibles
from .verrou import Verrou

__all__ = ["Services", "ServicesIndisponibles", "demarrer", "dossier_etat", "fournir"]

RACINE = Path(__file__).resolve().parents[3]


@dataclass
class Services:
    """Addresses of running servers. Also a context manager, which leaves them at the end."""

    database_url: str
    broker_url: str
    etat: Path | None = None
    _verrou: Verrou | None = field(default=None, repr=False)
    _createur: int = field(default_factory=os.getpid, repr=False)

    def variables(self) -> dict[str, str]:
        """Environment of the processes that use these servers."""
        return {"DATABASE_URL": self.database_url, "BROKER_URL": self.broker_url}

    def arreter(self) -> None:
        """Leave the servers; stop them if nobody else uses them. Harmless when repeated or in a forked child."""
        if self._verrou is None or self.etat is None or os.getpid() != self._createur:
            return
        verrou, self._verrou = self._verrou, None
        with verrou.manoeuvre():
            if verrou.dernier():
                valkey.arreter(self.etat / "valkey")
                postgres.arreter(self.etat / "postgres")
                hote.oublier()
        verrou.fermer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.arreter()


def dossier_etat() -> Path:
    """Folder that keeps the data of the embedded servers: ROR_ETAT, else `.local` beside manage.py."""
    return Path(os.environ.get("ROR_ETAT") or RACINE / ".local").expanduser().resolve()


def fournir() -> Services:
    """Put DATABASE_URL and BROKER_URL in the environment, from our own servers where they are missing, until exit.

    Ends the program with one line when the servers cannot start.
    """
    try:
        services = demarrer(dossier_etat())
    except ServicesIndisponibles as erreur:
        raise SystemExit(str(erreur)) from erreur
    os.environ.update(services.variables())
    atexit.register(services.arreter)
    return services


def demarrer(etat: Path, *, durable: bool = True) -> Services:
    """Return the named servers, or those of the state folder, started if they are not running.

    A process calls it once per folder. `durable=False` trades safety for speed (throw-away test data).
    Raises ServicesIndisponibles.
    """
    etat = etat.resolve()
    base, file_attente = os.environ.get("DATABASE_URL", ""), os.environ.get("BROKER_URL", "")
    if base and file_attente:
        return Services(base, file_attente)
    verrou = Verrou.ouvrir(etat)
    services = Services(base, file_attente, etat, verrou)
    try:
        with verrou.manoeuvre():
            verrou.utiliser()
            compte = hote.compte_des_services(etat, programmes=(postgres.programme(), valkey.programme()))
            if not base:
                services.database_url = postgres.demarrer(etat / "postgres", compte=compte, durable=durable)
            if not file_attente:
                services.broker_url = valkey.demarrer(etat / "valkey", compte=compte, durable=durable)
    except BaseException:
        services.arreter()
        raise
    return services
