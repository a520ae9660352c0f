"""What an address asks that no search can take: left out, and said in French."""

from collections.abc import Iterator

from django.http import QueryDict
from django.utils import timezone

from ror.commun.francais import date_fr

from .communes import nom_de_commune
from .criteres import Criteres, Facette, illisibles, texte_entier
from .facettes import LIBELLES, libelles_connus
from .filtres import MARQUES
from .mots import lexique_courant
from .ouvertures import dernier_jour
from .resultats import autour_de


def ecarter(parametres: QueryDict, criteres: Criteres) -> tuple[Criteres, list[str]]:
    """Returns the criteria without the values that no list knows, and the sentences that say what is left out.

    Two queries at most without a distance, none without a ticked value.
    """
    inconnues = list(_inconnues(criteres))
    for facette, valeur in inconnues:
        criteres = criteres.sans_valeur(facette, valeur)
    dits = [*illisibles(parametres), *((facette.libelle, valeur) for facette, valeur in inconnues)]
    phrases = []
    if dits:
        choix = ", ".join(f"{nom} «\u00a0{valeur[:40]}\u00a0»" for nom, valeur in dits[:5])
        phrases.append(f"{choix}\u00a0: ce choix n’existe pas, il n’est pas pris en compte.")
    if criteres.ouvert_le and not timezone.localdate() <= criteres.ouvert_le.date() <= dernier_jour():
        bornes = f"d’aujourd’hui au {date_fr(dernier_jour())}"
        phrases.append(
            f"Les horaires se cherchent {bornes}\u00a0: «\u00a0ouvert le {date_fr(criteres.ouvert_le)}\u00a0»"
            " n’est pas pris en compte."
        )
        criteres = criteres.avec(ouvert_le=None)
    if criteres.commune and criteres.rayon_km and autour_de(criteres) is None:
        phrases.append(
            f"Aucun établissement situé n’est connu à {nom_de_commune(criteres.commune)}\u00a0: la distance ne peut pas"
            " en être comptée. Choisissez une commune voisine, ou «\u00a0Près de moi\u00a0»."
        )
        criteres = criteres.avec(rayon_km=None)
    if texte_entier(parametres) != criteres.texte:
        lus = len(criteres.texte)
        phrases.append(f"Le texte est trop long\u00a0: seuls ses {lus} premiers caractères sont pris en compte.")
    return criteres, phrases


def _inconnues(criteres: Criteres) -> Iterator[tuple[Facette, str]]:
    """The ticked values that neither a list nor a fiche has."""
    connus = libelles_connus(criteres)
    doutes = [(f, v) for f, valeurs in criteres.facettes.items() for v in valeurs if (f, v) not in connus]
    marques = lexique_courant().marques if doutes else {}
    for facette, valeur in doutes:
        if facette in LIBELLES or MARQUES[facette] + valeur not in marques:
            yield facette, valeur
