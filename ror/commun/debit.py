"""How often something may be done: counters in the cache, shared by every process."""

from django.core.cache import cache
from django.http import HttpRequest

from .acces import adresse_ip
from .erreurs import TropDEssais


def prendre(cle: str, *, limite: int, secondes: int) -> bool:
    """Counts one more act and tells whether it is still allowed.

    Args:
        cle: what is counted, for instance « reinitialisation:camilledemo ».
        limite: how many acts are allowed in one window.
        secondes: length of the window, from its first act.
    """
    cle = f"debit:{cle}"
    cache.add(cle, 0, secondes)
    try:
        return cache.incr(cle) <= limite
    except ValueError:  # the window closed between the two calls
        return True


def exiger_debit(request: HttpRequest, acte: str, *, limite: int, secondes: int) -> None:
    """Counts one more `acte` from the address of this request.

    Raises:
        TropDEssais: more than `limite` in `secondes`.
    """
    if not prendre(f"{acte}:{adresse_ip(request)}", limite=limite, secondes=secondes):
        raise TropDEssais(
            "Trop de demandes sont venues de votre réseau en peu de temps. "
            f"Réessayez dans {max(1, secondes // 60)} minutes, ou appelez le support."
        )
