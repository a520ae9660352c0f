"""Guards (B36, M14): what must hold for a file to be applied. Thresholds are data, each verdict explains itself."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.utils.formats import number_format

from ror.commun.erreurs import ErreurMetier
from ror.commun.francais import date_fr

from .models import Garde


class Refus(ErreurMetier):
    """A guard does not hold: nothing of the file is applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesures:
    """What the guards look at, counted on the file and on what is known.

    `lues` are the structures of the main level read, `connues` those of the levels provided; `vides` gives, by label
    of a field, (filled in the ROR, of which empty in the file).
    """

    nom_niveau: str
    lues: int
    lignes: int
    malformees: int
    connues: int
    absentes: int
    ouvertes: int
    fermees: int
    positions: int
    deplacees: int
    vides: Mapping[str, tuple[int, int]]
    temoins_absents: tuple[str, ...]
    date_donnees: date | None
    date_connue: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one guard says, in French."""

    code: str
    libelle: str
    passe: bool
    message: str

    def en_json(self) -> dict[str, str | bool]:
        return asdict(self)


def examiner(mesures: Mesures, *, complet: bool) -> list[Verdict]:
    """Every guard told one by one. An extract (`complet` False) is not expected to hold everything known."""
    gardes = {garde.code: garde for garde in Garde.objects.all()}
    verdicts = []
    for code, (controle, stock_seulement) in _CONTROLES.items():
        garde = gardes.get(code)
        if garde is None or (stock_seulement and not complet):
            continue
        passe, message = controle(mesures, garde.seuil)
        verdicts.append(Verdict(code, garde.libelle, passe, message))
    return verdicts


def exiger(verdicts: list[Verdict]) -> None:
    """Raises `Refus` with the sentence of every guard that does not hold."""
    motifs = [verdict.message for verdict in verdicts if not verdict.passe]
    if motifs:
        raise Refus(" ".join(motifs))


def nombre(valeur: float) -> str:
    """A number as the French write it."""
    entier = float(valeur).is_integer()
    return number_format(int(valeur) if entier else round(valeur, 1), use_l10n=True, force_grouping=True)


def _pour_cent(partie: int, tout: int) -> float:
    return 100 * partie / tout if tout else 0.0


def _lignes_minimum(m: Mesures, seuil: float) -> tuple[bool, str]:
    if m.lues < seuil:
        return False, (
            f"Fichier trop court : {nombre(m.lues)} {m.nom_niveau} lues, il en faut au moins {nombre(seuil)}."
            " Le fichier est sans doute incomplet."
        )
    return True, f"{nombre(m.lues)} {m.nom_niveau} lues, au moins {nombre(seuil)} attendues."


def _part(partie: int, tout: int, seuil: float, refus: str, accord: str) -> tuple[bool, str]:
    part = _pour_cent(partie, tout)
    detail = f"{nombre(partie)} sur {nombre(tout)} ({nombre(part)} %, {nombre(seuil)} % au plus)"
    return (False, f"{refus} : {detail}.") if part > seuil else (True, f"{accord} : {detail}.")


def _absents(m: Mesures, seuil: float) -> tuple[bool, str]:
    return _part(m.absentes, m.connues, seuil, "Trop de structures connues manquent", "Structures connues absentes")


def _malformees(m: Mesures, seuil: float) -> tuple[bool, str]:
    return _part(m.malformees, m.lignes, seuil, "Trop de lignes inexploitables", "Lignes inexploitables")


def _fermetures(m: Mesures, seuil: float) -> tuple[bool, str]:
    return _part(m.fermees, m.ouvertes, seuil, "Trop de fermetures d’un coup", "Fermetures")


def _deplaces(m: Mesures, seuil: float) -> tuple[bool, str]:
    return _part(
        m.deplacees,
        m.positions,
        seuil,
        f"{nombre(m.deplacees)} établissements se déplaceraient de plus de 500 m",
        "Établissements déplacés de plus de 500 m",
    )


def _champ_disparu(m: Mesures, seuil: float) -> tuple[bool, str]:
    disparus = [
        f"« {libelle} » (renseigné pour {nombre(remplis)}, vide pour {nombre(vides)})"
        for libelle, (remplis, vides) in m.vides.items()
        if _pour_cent(vides, remplis) > seuil
    ]
    if disparus:
        return False, f"Un champ a disparu du fichier : {', '.join(disparus)}."
    return True, "Aucun champ n’a disparu du fichier."


def _temoins(m: Mesures, seuil: float) -> tuple[bool, str]:
    if len(m.temoins_absents) > seuil:
        return False, (
            f"Établissements témoins absents : {', '.join(m.temoins_absents)}. Ce fichier n’est pas le stock national."
        )
    return True, "Les établissements témoins sont présents."


def _anciennete(m: Mesures, seuil: float) -> tuple[bool, str]:
    if m.date_donnees is None:
        return True, "Le fichier ne dit pas sa date."
    dit = f"données du {date_fr(m.date_donnees)}"
    if m.date_connue and (m.date_connue - m.date_donnees).days > seuil:
        return False, (
            f"Fichier plus ancien que ce qui est chargé : {dit}, le ROR a celles du {date_fr(m.date_connue)}."
        )
    return True, dit[0].upper() + dit[1:] + "."


_CONTROLES: dict[str, tuple[Callable[[Mesures, float], tuple[bool, str]], bool]] = {
    "malformees": (_malformees, False),
    "lignes_minimum": (_lignes_minimum, True),
    "temoins": (_temoins, True),
    "anciennete": (_anciennete, True),
    "absents": (_absents, True),
    "fermetures": (_fermetures, False),
    "deplaces": (_deplaces, False),
    "champ_disparu": (_champ_disparu, False),
}
"""Code of the guard → its control, and whether only a complete stock is expected to satisfy it."""
