"""What narrows a search, as labels that are taken away one by one."""

from dataclasses import dataclass

from ror.commun.francais import date_fr, heure_fr

from .communes import nom_de_commune
from .criteres import Criteres
from .facettes import libelles_coches


@dataclass(frozen=True, slots=True)
class Etiquette:
    """One active filter: what it says, and the search without it."""

    libelle: str
    sans: Criteres


def etiquettes_de(criteres: Criteres) -> list[Etiquette]:
    """Returns the active filters, in the order of the screen; a few queries."""
    etiquettes = [
        Etiquette(libelle, criteres.sans_valeur(facette, valeur))
        for (facette, valeur), libelle in libelles_coches(criteres).items()
    ]
    if criteres.autour:
        etiquettes.append(Etiquette(f"À moins de {criteres.autour.rayon_km}\u00a0km", criteres.avec(autour=None)))
    if criteres.commune:
        loin = f" et {criteres.rayon_km}\u00a0km autour" if criteres.rayon_km else ""
        sans = criteres.avec(commune="", rayon_km=None)
        etiquettes.append(Etiquette(f"{nom_de_commune(criteres.commune)}{loin}", sans))
    if criteres.maintenant:
        etiquettes.append(Etiquette("Ouvert maintenant", criteres.avec(maintenant=False)))
    if criteres.ouvert_le:
        moment = f"{date_fr(criteres.ouvert_le)} à {heure_fr(criteres.ouvert_le)}"
        etiquettes.append(Etiquette(f"Ouvert le {moment}", criteres.avec(ouvert_le=None)))
    if criteres.fermees:
        etiquettes.append(Etiquette("Y compris fermées définitivement", criteres.avec(fermees=False)))
    return etiquettes
