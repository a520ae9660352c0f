"""Labels of coded values and texts of plain ones, as people read them."""

from collections.abc import Mapping, MutableMapping
from datetime import date

from django.utils.formats import date_format

from .champs import LISTE_LIEUX, Champ, Saisie
from .changements import Valeur
from .horaires import texte_ligne
from .lexique import lire_codes
from .lieux import noms_de

Libelles = Mapping[tuple[str, str], str]
"""(code list, code) → label."""

CODES_CONTACT = {"fonction": "JDV_J220", "nature": "JDV_J221", "confidentialite": "JDV_J222"}
"""Coded columns of a contact and their lists."""

CANAUX = "JDV_J225"
"""List of the channels of a contact: telephone, e-mail…"""


def libelles_codes(demandes: Mapping[str, set[str]]) -> dict[tuple[str, str], str]:
    """Returns (list, code) → label for the codes asked of each list, in one query; the names of lieux in another."""
    lieux = {(LISTE_LIEUX, cle): nom for cle, nom in noms_de(demandes.get(LISTE_LIEUX, ())).items()}
    listes = {liste: codes for liste, codes in demandes.items() if liste != LISTE_LIEUX}
    return lieux | {cle: code.libelle for cle, code in lire_codes(listes).items()}


def codes_de_lignes(champ: Champ, table: Valeur, demandes: MutableMapping[str, set[str]]) -> None:
    """Adds to `demandes` (code list → codes) those that the rows of a table carry."""
    for ligne in (table or {}).values():  # type: ignore[union-attr]
        for colonne in champ.colonnes if isinstance(ligne, dict) else ():
            valeur = ligne.get(colonne.nom)
            if colonne.nomenclature and valeur:
                demandes[colonne.nomenclature].update(valeur if isinstance(valeur, list) else [valeur])


def texte_de_valeur(nom: str, champ: Champ | None, valeur: Valeur, libelles: Libelles) -> str:
    """Returns one value as a French text; `nom` is the field, or « contacts.column » inside a table."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if champ is not None and champ.saisie is Saisie.LIGNES:
        colonne = next(c for c in champ.colonnes if c.nom == nom.partition(".")[2])
        return texte_de_valeur(colonne.nom, colonne, valeur, libelles)
    if champ is not None and isinstance(valeur, list) and champ.nomenclature:
        return ", ".join(texte_de_valeur(nom, champ, code, libelles) for code in valeur)
    if champ is not None and champ.saisie is Saisie.MONTANT:
        return f"{valeur}\u00a0€".replace(".", ",")
    if champ is not None and champ.nomenclature:
        return libelles.get((champ.nomenclature, str(valeur)), str(valeur))
    if champ is not None and champ.saisie is Saisie.CHOIX:
        return dict(champ.choix).get(str(valeur), str(valeur))
    if champ is not None and champ.saisie is Saisie.DATE:
        return date_format(date.fromisoformat(str(valeur)), "j F Y")
    table, _, partie = nom.partition(".")
    if table == "horaires":
        return texte_ligne(partie, valeur)
    if nom == "contacts.rang":
        return str(int(valeur) + 1)  # type: ignore[arg-type]
    if nom == "contacts.telecoms" and isinstance(valeur, list):
        return ", ".join(t.get("adresse", "") for t in valeur)
    nomenclature = CODES_CONTACT.get(nom.removeprefix("contacts."))
    return libelles.get((nomenclature, str(valeur)), str(valeur)) if nomenclature else str(valeur)
