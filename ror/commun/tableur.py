"""Lists as files for French spreadsheets."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse


def reponse_csv(nom: str, entete: Sequence[str], lignes: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Returns a CSV file sent as it is read: semicolons, a byte order mark so that accents are read right.

    Args:
        nom: name of the file.
        entete: headings of the columns.
        lignes: the rows; a text that a spreadsheet would run as a formula is sent after a quote.
    """
    return StreamingHttpResponse(
        _corps(entete, lignes),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


def sans_formule(valeur: Any) -> str:
    """Returns a text that no spreadsheet runs as a formula."""
    texte = str(valeur)
    return f"'{texte}" if texte.startswith(("=", "+", "-", "@", "\t", "\r")) else texte


class _Ligne:
    """A file whose `write` gives back the line, for the csv writer."""

    def write(self, texte: str) -> str:
        return texte


def _corps(entete: Sequence[str], lignes: Iterable[Sequence[Any]]) -> Iterator[str]:
    ecrivain = csv.writer(_Ligne(), delimiter=";")
    yield "\ufeff"
    yield ecrivain.writerow(entete)
    for ligne in lignes:
        yield ecrivain.writerow([sans_formule(valeur) for valeur in ligne])
