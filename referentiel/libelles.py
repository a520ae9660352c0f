"""Labels of coded values and texts of plain ones, as people read them."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q
from django.utils.formats import date_format

from .champs import Champ, Saisie
from .changements import Valeur
from .horaires import texte_ligne
from .models import Code

Libelles = Mapping[tuple[str, str], str]
"""(code list, code) → label."""

CODES_CONTACT = {"fonction": "JDV_J220", "nature": "JDV_J221", "confidentialite": "JDV_J222"}
"""Coded columns of a contact and their lists."""

CANAUX = "JDV_J225"
"""List of the channels of a contact: telephone, e-mail…"""


def libelles_codes(demandes: Mapping[str, set[str]]) -> dict[tuple[str, str], str]:
    """Returns (list, code) → label for the codes asked of each list, in one query."""
    condition = Q()
    for nomenclature, codes in demandes.items():
        condition |= Q(nomenclature__identifiant=nomenclature, code__in=[code for code in codes if code])
    if not demandes:
        return {}
    lignes = Code.objects.filter(condition).values_list("nomenclature__identifiant", "code", "libelle")
    return {(nomenclature, code): libelle for nomenclature, code, libelle in lignes}


def texte_de_valeur(nom: str, champ: Champ | None, valeur: Valeur, libelles: Libelles) -> str:
    """Returns one value as a French text; `nom` is the field, or « contacts.column » inside a table."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if champ is not None and champ.nomenclature:
        return libelles.get((champ.nomenclature, str(valeur)), str(valeur))
    if champ is not None and champ.saisie is Saisie.DATE:
        return date_format(date.fromisoformat(str(valeur)), "j F Y")
    table, _, colonne = nom.partition(".")
    if table == "horaires":
        return texte_ligne(colonne, valeur)
    if nom == "contacts.telecoms" and isinstance(valeur, list):
        return ", ".join(t.get("adresse", "") for t in valeur)
    nomenclature = CODES_CONTACT.get(nom.removeprefix("contacts."))
    return libelles.get((nomenclature, str(valeur)), str(valeur)) if nomenclature else str(valeur)
