"""What a search asks, in French: for a saved search, the cover of an export, the filters in force."""

from collections.abc import Mapping, Sequence

from ror.commun.francais import INSECABLE, date_fr, heure_fr

from .communes import noms_de_communes
from .criteres import Cible, Criteres, Facette, Tri
from .facettes import libelles_coches

SANS_TEXTE = "Toutes les fiches"


def dire(criteres: Criteres) -> list[tuple[str, str]]:
    """Returns (label, value) of each thing asked; two queries at most."""
    return dire_ensemble([criteres])[0]


def dire_ensemble(recherches: Sequence[Criteres]) -> list[list[tuple[str, str]]]:
    """Returns what each of these searches asks; two queries at most, whatever their number."""
    libelles = libelles_coches(*recherches)
    communes = noms_de_communes({criteres.commune for criteres in recherches if criteres.commune})
    return [_dire(criteres, libelles, communes) for criteres in recherches]


def _dire(
    criteres: Criteres, libelles: Mapping[tuple[Facette, str], str], communes: Mapping[str, str]
) -> list[tuple[str, str]]:
    dits = [("Texte", f"«\u00a0{criteres.texte}\u00a0»{', exactement' if criteres.exact else ''}")]
    dits = dits if criteres.texte else []
    if criteres.cible is not Cible.OFFRE:
        dits.append(("Je cherche", criteres.cible.libelle))
    for facette, valeurs in criteres.facettes.items():
        dits.append((facette.libelle, ", ".join(libelles[facette, valeur] for valeur in valeurs)))
    if lieu := _dire_lieu(criteres, communes):
        dits.append(("Où", lieu))
    if criteres.maintenant:
        dits.append(("Ouverture", "ouvert maintenant"))
    elif criteres.ouvert_le:
        dits.append(("Ouverture", f"ouvert le {date_fr(criteres.ouvert_le)} à {heure_fr(criteres.ouvert_le)}"))
    if criteres.fermees:
        dits.append(("Fermées", "y compris fermées définitivement"))
    if criteres.tri is not Tri.PERTINENCE:
        dits.append(("Ordre", criteres.tri.libelle))
    return dits


def _dire_lieu(criteres: Criteres, communes: Mapping[str, str]) -> str:
    """« à 20 km au plus de Melun (77) », « à 10 km au plus de la position 48,860 ; 2,350 », « à Melun (77) »; empty
    without a place."""
    if criteres.autour:
        position = f"{criteres.autour.latitude:.3f} ; {criteres.autour.longitude:.3f}".replace(".", ",")
        return f"à {criteres.autour.rayon_km}{INSECABLE}km au plus de la position {position}"
    if not criteres.commune:
        return ""
    nom = communes[criteres.commune]
    return f"à {criteres.rayon_km}{INSECABLE}km au plus de {nom}" if criteres.rayon_km else f"à {nom}"


def nommer(criteres: Criteres) -> str:
    """A name to begin with for a search that is saved: « cardiologie, Seine-et-Marne »."""
    morceaux = [criteres.texte] if criteres.texte else []
    morceaux += [valeur for libelle, valeur in dire(criteres) if libelle not in ("Texte", "Ordre", "Fermées")]
    return ", ".join(morceaux)[:120].rstrip(", ") or SANS_TEXTE
