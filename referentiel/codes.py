"""Coded values: how a code is written in a fiche, found again in its list, and shown.

A value is the code alone, but in a list made of several terminologies where one code means two things (JDV_J186: « 10 »
is a doctor in TRE_G15 and something else in TRE_R94): there it is « TRE_G15|10 ».
"""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from .communes import nom_complet

COMMUNES = "COG_COMMUNE"
AMBIGUES = frozenset({"JDV_J186"})
SEPARATEUR = "|"


def valeur_de(liste: str, code: str, systeme: str) -> str:
    """Returns the value of a fiche that means this code of this list."""
    terminologie = systeme.partition("-")[0]
    return f"{terminologie}{SEPARATEUR}{code}" if liste in AMBIGUES and terminologie else code


def condition(demandes: Mapping[str, Iterable[str | None]]) -> Q:
    """Returns the condition on `Code` that keeps the codes these values mean.

    Args:
        demandes: code list → values.
    """
    resultat = Q(pk__in=[])
    for liste, valeurs in demandes.items():
        simples = []
        for valeur in filter(None, valeurs):
            terminologie, separateur, code = valeur.partition(SEPARATEUR)
            if separateur and liste in AMBIGUES:
                resultat |= Q(nomenclature__identifiant=liste, systeme__startswith=f"{terminologie}-", code=code)
            else:
                simples.append(valeur)
        if simples:
            resultat |= Q(nomenclature__identifiant=liste, code__in=simples)
    return resultat


def libelle_montre(liste: str, code: str, libelle: str) -> str:
    """Returns the label people read: a commune carries its département, since many share a name."""
    return nom_complet(code, libelle) if liste == COMMUNES else libelle
