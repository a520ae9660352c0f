"""Lists as files for French spreadsheets: CSV sent as it is read, XLSX written row by row."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

LIGNES_PAR_FEUILLE = 1_000_000
"""Rows of one sheet: a spreadsheet takes 1 048 576 of them."""
_CELLULE_MAX = 32_767
_DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ILLISIBLES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML file may hold."""


def reponse_csv(nom: str, entete: Sequence[str], lignes: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Returns a CSV file sent as it is read: semicolons, a byte order mark so that accents are read right.

    Args:
        nom: name of the file.
        entete: headings of the columns.
        lignes: the rows; a text that a spreadsheet would run as a formula is sent after a quote.
    """
    return StreamingHttpResponse(
        corps_csv(entete, lignes),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


def sans_formule(valeur: Any) -> str:
    """Returns a text that no spreadsheet runs as a formula."""
    texte = str(valeur)
    return f"'{texte}" if texte.lstrip(" ").startswith(_DEBUTS_DE_FORMULE) else texte


def corps_csv(entete: Sequence[str], lignes: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Returns the text of a CSV file, line by line: French dates, « oui » and « non », decimal commas."""
    ecrivain = csv.writer(_Ligne(), delimiter=";")
    yield "\ufeff"
    yield ecrivain.writerow(entete)
    for ligne in lignes:
        yield ecrivain.writerow([_texte(valeur) for valeur in ligne])


class Classeur:
    """A workbook written row by row: memory does not follow its length. Texts stay texts, numbers and dates are such.

    Args:
        titre: name of the first sheet.
        entete: headings, kept in view.
        largeurs: width of each column, in characters.
    """

    def __init__(self, titre: str, entete: Sequence[str], largeurs: Sequence[int]) -> None:
        self._classeur = Workbook(write_only=True)
        self._titre, self._entete, self._largeurs = _nom_de_feuille(titre), entete, largeurs
        self._lignes = self._feuilles = 0
        self._feuille: Any = None
        self._ouvrir_feuille()

    def ajouter(self, ligne: Sequence[Any]) -> None:
        """Writes one row, on a new sheet when this one is full."""
        if self._lignes >= LIGNES_PAR_FEUILLE:
            self._ouvrir_feuille()
        self._feuille.append([_cellule(self._feuille, valeur) for valeur in ligne])
        self._lignes += 1

    def expliquer(self, titre: str, lignes: Iterable[tuple[str, Any]]) -> None:
        """Adds a last sheet that says what the list is: (label, value)."""
        feuille = self._classeur.create_sheet(titre)
        feuille.column_dimensions["A"].width, feuille.column_dimensions["B"].width = 26, 90
        for libelle, valeur in lignes:
            gauche, droite = _cellule(feuille, libelle), _cellule(feuille, valeur)
            gauche.font, gauche.alignment = Font(bold=True), Alignment(vertical="top")
            droite.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
            feuille.append([gauche, droite])

    def enregistrer(self, fichier: IO[bytes]) -> None:
        """Writes the file; nothing may be added afterwards."""
        self._classeur.save(fichier)

    def _ouvrir_feuille(self) -> None:
        self._feuilles += 1
        suite = f" ({self._feuilles})" if self._feuilles > 1 else ""
        self._feuille = self._classeur.create_sheet(f"{self._titre[: 31 - len(suite)]}{suite}")
        self._feuille.freeze_panes = "A2"
        for rang, largeur in enumerate(self._largeurs, start=1):
            self._feuille.column_dimensions[get_column_letter(rang)].width = largeur
        cellules = [_cellule(self._feuille, mot) for mot in self._entete]
        for cellule in cellules:
            cellule.font, cellule.fill = Font(bold=True), PatternFill("solid", fgColor="E3EEF0")
            cellule.alignment = Alignment(wrap_text=True, vertical="top")
        self._feuille.append(cellules)
        self._lignes = 0


class _Ligne:
    """A file whose `write` gives back the line, for the csv writer."""

    def write(self, texte: str) -> str:
        return texte


def _texte(valeur: Any) -> str:
    """A value as a French spreadsheet reads it in a text file."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, datetime):
        return _local(valeur).strftime("%d/%m/%Y %H:%M")
    if isinstance(valeur, date):
        return valeur.strftime("%d/%m/%Y")
    if isinstance(valeur, float):
        return str(valeur).replace(".", ",")
    return str(valeur) if isinstance(valeur, int) else sans_formule(valeur)


def _cellule(feuille: Any, valeur: Any) -> WriteOnlyCell:
    """A cell that says this value; a text is never a formula, whatever it begins with, nor loses its zeros."""
    if isinstance(valeur, bool):
        valeur = "oui" if valeur else "non"
    if isinstance(valeur, datetime):
        cellule = WriteOnlyCell(feuille, value=_local(valeur).replace(tzinfo=None))
        cellule.number_format = "dd/mm/yyyy hh:mm"
    elif isinstance(valeur, date):
        cellule = WriteOnlyCell(feuille, value=valeur)
        cellule.number_format = "dd/mm/yyyy"
    elif valeur is None or isinstance(valeur, int | float):
        cellule = WriteOnlyCell(feuille, value=valeur)
    else:
        cellule = WriteOnlyCell(feuille, value=_ILLISIBLES.sub("", str(valeur))[:_CELLULE_MAX])
        cellule.data_type, cellule.number_format = "s", "@"
    return cellule


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def _nom_de_feuille(titre: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", titre)[:31] or "Liste"
