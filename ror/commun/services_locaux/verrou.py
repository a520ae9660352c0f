"""Who uses the embedded servers: record locks on one file of the state folder, dropped with their process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .hote import ServicesIndisponibles

_MANOEUVRE, _USAGE, _LANCEMENT = 0, 1, 2
"""Bytes of the file: one process at a time starts or stops; each user holds a share; one supervisor at most."""


@dataclass(frozen=True)
class Verrou:
    """The open lock file. A process opens it once: closing any copy drops all its locks."""

    descripteur: int

    @classmethod
    def ouvrir(cls, etat: Path) -> Self:
        """Open the lock file of a state folder, made if missing. Raises ServicesIndisponibles."""
        try:
            etat.mkdir(parents=True, exist_ok=True)
            descripteur = os.open(etat / "verrou", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as erreur:
            raise ServicesIndisponibles(
                f"Le dossier {etat} n’est pas accessible en écriture ({erreur.strerror}) : lancez le portail avec le "
                "compte qui l’a créé, ou donnez un autre dossier par la variable ROR_ETAT."
            ) from erreur
        if os.geteuid() == 0:
            os.fchown(descripteur, etat.stat().st_uid, -1)
        return cls(descripteur)

    @contextlib.contextmanager
    def manoeuvre(self) -> Iterator[None]:
        """Alone to start or stop the servers."""
        fcntl.lockf(self.descripteur, fcntl.LOCK_EX, 1, _MANOEUVRE)
        try:
            yield
        finally:
            fcntl.lockf(self.descripteur, fcntl.LOCK_UN, 1, _MANOEUVRE)

    def utiliser(self) -> None:
        """Count among the users, until the process ends or leaves."""
        fcntl.lockf(self.descripteur, fcntl.LOCK_SH, 1, _USAGE)

    def dernier(self) -> bool:
        """Whether nobody else uses the servers."""
        return self._exclusif(_USAGE)

    def superviser(self) -> bool:
        """Become the one supervisor of this folder; False when there is one already."""
        return self._exclusif(_LANCEMENT)

    def _exclusif(self, octet: int) -> bool:
        try:
            fcntl.lockf(self.descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, octet)
        except OSError:
            return False
        return True

    def fermer(self) -> None:
        """Leave."""
        os.close(self.descripteur)
