"""The files of an export: CSV sent as it is read, XLSX with its cover; their names."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any

from django.utils.text import slugify

from ror.commun.francais import date_fr, heure_fr, pluriel
from ror.commun.tableur import Classeur, corps_csv

from .registre import LOT, Extrait, Liste

MIMES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Formats offered and their types."""

Avancer = Callable[[int], None]
"""Told how many rows are written, now and then."""


def nom_de_fichier(liste: str, format: str, moment: datetime) -> str:
    """Returns « ror-mes-etablissements-2026-11-27.xlsx »."""
    return f"ror-{slugify(liste)}-{moment:%Y-%m-%d}.{format}"


def ecrire(
    fichier: IO[bytes], format: str, *, liste: Liste, extrait: Extrait, auteur, moment: datetime, avancer: Avancer
) -> int:
    """Writes a whole list to a file opened for writing. Returns how many rows it holds.

    Args:
        fichier: where to write.
        format: one of `MIMES`.
        liste, extrait: what to write.
        auteur: who asked.
        moment: when.
        avancer: told of the rows written, lot by lot.
    """
    ecrites = 0

    def rangees() -> Iterator[list[Any]]:
        nonlocal ecrites
        for rangee in extrait.rangees():
            yield rangee
            ecrites += 1
            if ecrites % LOT == 0:
                avancer(ecrites)

    if format == "csv":
        for ligne in corps_csv(extrait.entete, rangees()):
            fichier.write(ligne.encode())
    else:
        classeur = Classeur(liste.titre, extrait.entete, extrait.largeurs)
        for rangee in rangees():
            classeur.ajouter(rangee)
        classeur.expliquer("À propos", presenter(liste, extrait, ecrites, auteur, moment))
        classeur.enregistrer(fichier)
    return ecrites


def presenter(liste: Liste, extrait: Extrait, nombre: int, auteur, moment: datetime) -> list[tuple[str, Any]]:
    """Returns what the cover of a workbook says: what the list is, its filters, when and by whom it was made."""
    filtres = [(f"Filtre\u00a0: {libelle}", valeur) for libelle, valeur in extrait.filtres]
    return [
        ("Liste", liste.titre),
        ("Ce qu’elle contient", liste.definition),
        ("Lignes", pluriel(nombre, "ligne")),
        *(filtres or [("Filtres", "Aucun\u00a0: toute la liste")]),
        ("Exporté le", f"{date_fr(moment)} à {heure_fr(moment)}"),
        ("Par", str(auteur)),
        ("Source", "Répertoire Opérationnel des Ressources (ROR), état à cette date"),
    ]
