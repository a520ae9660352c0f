"""Values that a form shows without letting them be typed: nothing a fiche holds is hidden in silence."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..champs import Champ
from ..changements import Fiche
from ..libelles import libelles_codes, texte_de_valeur
from ..modeles_saisie import SchemaUO, est_vide

NON_PREVU = "ce champ n’est pas prévu pour ce type"
EN_LECTURE = "ce champ se lit, il ne se modifie pas"


@dataclass(frozen=True, slots=True)
class ValeurLue:
    """A value shown: `motif` says why it is not typed."""

    libelle: str
    texte: str
    motif: str


def valeurs_lues(champs: Iterable[Champ], schema: SchemaUO, valeurs: Fiche) -> dict[str, list[ValeurLue]]:
    """Returns section → the values that these fields hold; at most one query, for the labels."""
    portes = [(champ, valeurs.get(champ.nom)) for champ in champs if not _muet(champ, valeurs)]
    demandes: dict[str, set[str]] = {}
    for champ, valeur in portes:
        if champ.nomenclature:
            demandes.setdefault(champ.nomenclature, set()).update(valeur if isinstance(valeur, list) else [str(valeur)])
    libelles = libelles_codes(demandes) if demandes else {}
    resultat: dict[str, list[ValeurLue]] = {}
    for champ, valeur in portes:
        morceaux = valeur if isinstance(valeur, list) else [valeur]
        texte = ", ".join(texte_de_valeur(champ.nom, champ, v, libelles) for v in morceaux)
        motif = EN_LECTURE if schema.visible(champ) else NON_PREVU
        resultat.setdefault(champ.section, []).append(ValeurLue(champ.libelle, texte, motif))
    return resultat


def _muet(champ: Champ, valeurs: Fiche) -> bool:
    """Whether there is nothing to say: no value, « non » that nobody typed, the unit of an age without age."""
    valeur = valeurs.get(champ.nom)
    return est_vide(valeur) or valeur is False or isinstance(valeur, dict) or champ.nom.endswith("_unite")
