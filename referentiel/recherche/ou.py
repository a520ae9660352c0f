"""« Où ? » of the search form: typed words become a commune, or are told not to be one (B25)."""

from dataclasses import dataclass

from django.http import QueryDict

from .communes import chercher_communes, nom_de_commune
from .criteres import RAYONS_KM, Criteres


@dataclass(frozen=True, slots=True)
class Ou:
    """The place as the form shows it.

    Attributes:
        texte: what the field holds.
        avis: why what was typed is no place; empty when it is one, or nothing was typed.
        choix: the communes it may mean: (name, the search there).
        tape: it was typed in the form, and is understood: the address should say the commune.
        rayons: the distances offered.
    """

    texte: str = ""
    avis: str = ""
    choix: tuple[tuple[str, Criteres], ...] = ()
    tape: bool = False
    rayons: tuple[int, ...] = RAYONS_KM


def lire_ou(parametres: QueryDict) -> tuple[Criteres, Ou]:
    """Returns the criteria of an address, the place typed in the form included, and how the form shows it."""
    criteres = Criteres.depuis(parametres)
    tape = " ".join(parametres.get("ou", "").replace("\x00", " ").split())[:100]
    if not tape:
        nom = nom_de_commune(criteres.commune) if criteres.commune else ""
        if nom and nom == criteres.commune:
            avis = f"Aucune commune n’a le code INSEE «\u00a0{nom}\u00a0»."
            return criteres.avec(commune="", rayon_km=None), Ou(nom, avis)
        return criteres, Ou(nom)
    communes = chercher_communes(tape)
    if len(communes) == 1:
        ((code, nom),) = communes
        return _la(parametres, code), Ou(nom, tape=True)
    choix = tuple((nom, _la(parametres, code)) for code, nom in communes)
    avis = (
        f"Plusieurs communes répondent à «\u00a0{tape}\u00a0»\u00a0: laquelle\u00a0?"
        if choix
        else (f"Aucune commune ne s’appelle «\u00a0{tape}\u00a0». Écrivez son nom, son code postal ou son code INSEE.")
    )
    return criteres.avec(autour=None, commune="", rayon_km=None), Ou(tape, avis, choix)


def _la(parametres: QueryDict, code: str) -> Criteres:
    """The same search in a commune, with the distance asked."""
    voulus = parametres.copy()
    for nom in ("lat", "lon", "page"):
        voulus.pop(nom, None)
    voulus["commune"] = code
    return Criteres.depuis(voulus)
