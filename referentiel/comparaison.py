"""Two states of a fiche side by side: only what differs, as people read it (B18)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone

from ror.commun.francais import telephone_fr

from . import horaires
from .champs import Champ, Saisie
from .changements import Changement, Genre, Valeur, normaliser
from .fiches import description_de, libelles_utiles
from .libelles import CANAUX, CODES_CONTACT, Libelles, texte_de_valeur
from .recit import CITES, RIEN, DescriptionChamp, dire_lignes


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison.

    Attributes:
        champ: the field.
        sujet: « Nom », « Horaires du lundi », « Contact « Admissions » ».
        avant, apres: both values as texts, « non renseigné » for nothing.
    """

    champ: Champ
    sujet: str
    avant: str
    apres: str


def differences(champs: Mapping[str, Champ], changements: Sequence[Changement]) -> list[Difference]:
    """Returns what differs, line by line: hours as a sentence then day by day, contacts one by one."""
    return [ligne for lignes in differences_par_changement(champs, changements) for ligne in lignes]


def differences_par_changement(
    champs: Mapping[str, Champ], changements: Sequence[Changement]
) -> list[list[Difference]]:
    """Returns the lines of each change; all their labels are read in one query."""
    libelles = libelles_utiles([(champs[c.champ], c) for c in changements])
    jour = timezone.localdate()
    return [list(_lignes(champs[c.champ], c, libelles, jour)) for c in changements]


def _lignes(champ: Champ, changement: Changement, libelles: Libelles, jour: date) -> Iterable[Difference]:
    base, propose = normaliser(changement.base, champ.genre), normaliser(changement.propose, champ.genre)
    if base == propose:
        return
    if champ.genre is not Genre.TABLE:
        yield Difference(champ, champ.libelle, _texte(champ, base, libelles), _texte(champ, propose, libelles))
        return
    tables: tuple[dict[str, Any], dict[str, Any]] = (base, propose)  # type: ignore[assignment]
    if champ.saisie is Saisie.HORAIRES:
        avant, apres = (horaires.phrase(horaires.depuis_table(table), jour) for table in tables)
        if avant != apres:
            yield Difference(champ, f"{champ.libelle}, en clair", avant, apres)
    description = description_de(champ, libelles)
    for cle in dict.fromkeys((*tables[1], *tables[0])):
        avant_ligne, apres_ligne = (table.get(cle) for table in tables)
        if avant_ligne != apres_ligne:
            sujet = description.decrire_ligne(cle, apres_ligne or avant_ligne)  # type: ignore[misc]
            lire = partial(_texte_ligne, champ, description, libelles=libelles)
            textes = dire_lignes(description, cle, tables, lire) or [lire(avant_ligne), lire(apres_ligne)]
            yield Difference(champ, sujet, *textes)


def _texte(champ: Champ, valeur: Valeur, libelles: Libelles) -> str:
    valeurs = valeur if isinstance(valeur, list) else [valeur]
    textes = [texte_de_valeur(champ.nom, champ, v, libelles) for v in valeurs if v not in (None, "")]
    if len(textes) > CITES + 1:
        textes = [*textes[:CITES], f"et {len(textes) - CITES} autres"]
    return ", ".join(textes) or RIEN


def _texte_ligne(champ: Champ, description: DescriptionChamp, ligne: Valeur, libelles: Libelles) -> str:
    if not isinstance(ligne, dict):
        return RIEN if ligne is None else texte_de_valeur(f"{champ.nom}.", champ, ligne, libelles)
    lignes = []
    for colonne, libelle in description.colonnes.items():
        if colonne == "telecoms":
            lignes += [_texte_telecom(telecom, libelles) for telecom in ligne.get(colonne) or []]
        elif ligne.get(colonne):
            texte = texte_de_valeur(f"{champ.nom}.{colonne}", champ, ligne[colonne], libelles)
            lignes.append(f"{libelle.capitalize()}\u00a0: {texte}")
    return "\n".join(lignes) or RIEN


def _texte_telecom(telecom: Mapping[str, Any], libelles: Libelles) -> str:
    """« Téléphone fixe : 01 99 00 27 15 (secrétariat), visible par les professionnels »."""
    canal = libelles.get((CANAUX, telecom.get("canal") or ""), "")
    texte = telephone_fr(telecom.get("adresse"))
    if telecom.get("usage"):
        texte += f" ({telecom['usage']})"
    niveau = telecom.get("confidentialite") or "1"
    if niveau != "1":
        texte += f", {libelles.get((CODES_CONTACT['confidentialite'], niveau), niveau).lower()}"
    return f"{canal}\u00a0: {texte}" if canal else texte
