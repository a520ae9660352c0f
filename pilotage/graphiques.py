"""Bars of a rate over groups, as a template draws them: conclusion, values, places (COMPOSANTS §2.18)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .indicateurs import PAR_CODE, Definition, Ligne, Taux

BARRES = 15
"""A chart of more lines than this shows the lowest ones; the table has them all."""

_PAS, _GAUCHE, _LARGEUR = 27, 150, 200


@dataclass(frozen=True, slots=True)
class Barre:
    """One line of a chart: its name, its rate, its place."""

    nom: str
    texte: str
    y: int
    milieu: int
    largeur: float
    atteint: bool


@dataclass(frozen=True, slots=True)
class Graphique:
    """Bars of one rate over groups.

    Attributes:
        definition: the indicator.
        titre: its conclusion, read in place of the drawing.
        barres: the lines drawn.
        lignes: all the lines (name, rate).
        hauteur: of the drawing.
        objectif: where the line of the target stands, None without any.
    """

    definition: Definition
    titre: str
    barres: tuple[Barre, ...]
    lignes: tuple[tuple[str, str], ...]
    hauteur: int
    objectif: float | None

    @property
    def partiel(self) -> bool:
        return len(self.barres) < len(self.lignes)


def graphique(code: str, lignes: Sequence[Ligne], quoi: str) -> Graphique | None:
    """Returns the chart of a rate by département or by champ; None for fewer than two groups that have one.

    Args:
        code: the indicator.
        lignes: the groups.
        quoi: « par département ».
    """
    definition = PAR_CODE[code]
    mesurees = [(ligne, ligne.taux(code)) for ligne in lignes if ligne.taux(code).pour_cent is not None]
    if len(mesurees) < 2:
        return None
    bas = min(mesurees, key=lambda m: m[1].pour_cent)
    haut = max(mesurees, key=lambda m: m[1].pour_cent)
    dessinees = mesurees
    if len(mesurees) > BARRES:
        dessinees = sorted(mesurees, key=lambda m: m[1].pour_cent)[:BARRES]
    objectif = definition.objectif
    vise = f", {definition.objectif_mot}" if objectif else ""
    titre = (
        f"{definition.titre} {quoi}{vise}. Le plus bas : {bas[0].nom}, {bas[1].texte}. "
        f"Le plus haut : {haut[0].nom}, {haut[1].texte}."
    )
    return Graphique(
        definition,
        titre,
        tuple(_barres(dessinees, objectif)),
        tuple((ligne.nom, taux.texte) for ligne, taux in mesurees),
        _PAS * len(dessinees) + 28,
        None if objectif is None else _GAUCHE + _LARGEUR * objectif / 100,
    )


def _barres(mesurees: Iterable[tuple[Ligne, Taux]], objectif: int | None) -> Iterable[Barre]:
    for rang, (ligne, taux) in enumerate(mesurees):
        valeur = taux.pour_cent or 0.0
        atteint = objectif is not None and valeur >= objectif
        haut = _PAS * rang + 6
        yield Barre(ligne.court, taux.texte, haut, haut + 14, round(_LARGEUR * valeur / 100, 1), atteint)
