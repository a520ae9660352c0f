"""The rules of validation, written by who administers the portal (B6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from referentiel.departements import NOMS
from referentiel.models.structure import Groupe
from referentiel.permissions import Action, exiger
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..etats import ETAPES
from ..models import RegleValidation
from ..nommage import DISCIPLINES

CHAMPS = ("nom", "groupes", "disciplines", "departements", "categories", "etapes", "poids", "delai_jours", "active")


@dataclass(frozen=True, slots=True)
class _Borne:
    """How far a number may go."""

    minimum: int
    maximum: int


_BORNES = {"poids": _Borne(0, 1000), "delai_jours": _Borne(1, 365)}


@transaction.atomic
def enregistrer_regle(
    *, auteur, valeurs: Mapping[str, Any], regle_id: int | None = None, vu: Mapping[str, Any] | None = None
) -> RegleValidation:
    """Adds a rule, or changes one; it holds for the dossiers sent from now on.

    Args:
        auteur: who writes it.
        valeurs: all the fields of `CHAMPS`.
        regle_id: the rule to change, None to add one.
        vu: the values that the form showed.

    Raises:
        DroitManquant: she does not administer the portal.
        EtatIncompatible: the rule changed since it was shown, or is gone.
        SaisieInvalide: a value is unknown or out of bounds, no step, or a name that another rule has.
    """
    exiger(auteur, Action.REGLER_CIRCUIT)
    regle = RegleValidation()
    if regle_id is not None:
        trouvee = RegleValidation.objects.select_for_update().filter(pk=regle_id).first()
        if trouvee is None:
            raise EtatIncompatible("Cette règle n’existe plus.")
        if vu is not None and dict(vu) != valeurs_de(trouvee):
            raise EtatIncompatible("Cette règle a changé depuis l’affichage. Relisez-la, puis recommencez.")
        regle = trouvee
    _controler(valeurs)
    for champ in CHAMPS:
        setattr(regle, champ, valeurs[champ])
    regle.etapes = [e.value for e in ETAPES if e.value in valeurs["etapes"]]
    regle.nom = " ".join(valeurs["nom"].split())
    try:
        with transaction.atomic():
            regle.save()
    except IntegrityError:
        raise SaisieInvalide({"nom": "Une autre règle porte déjà ce nom."}) from None
    return regle


def valeurs_de(regle: RegleValidation) -> dict[str, Any]:
    """Returns the fields of a rule as a form shows them, and gives them back."""
    return {champ: getattr(regle, champ) for champ in CHAMPS}


def _controler(valeurs: Mapping[str, Any]) -> None:
    erreurs: dict[str, str] = {}
    nom = " ".join(str(valeurs["nom"]).split())
    if not nom or len(nom) > 120 or "\x00" in nom:
        erreurs["nom"] = "Nom\u00a0: de 1 à 120 caractères."
    connus: Mapping[str, Collection[str]] = {
        "groupes": Groupe.values,
        "disciplines": DISCIPLINES,
        "departements": NOMS,
        "etapes": [e.value for e in ETAPES],
    }
    for champ, admis in connus.items():
        if inconnus := [v for v in valeurs[champ] if v not in admis]:
            erreurs[champ] = f"Valeur inconnue\u00a0: {', '.join(map(str, inconnus))[:80]}."
    if any(not (c.isascii() and c.isdigit() and 3 <= len(c) <= 4) for c in valeurs["categories"]):
        erreurs["categories"] = "Catégories FINESS\u00a0: 3 ou 4 chiffres chacune, par exemple «\u00a0500, 183\u00a0»."
    if not valeurs["etapes"] and "etapes" not in erreurs:
        erreurs["etapes"] = "Choisissez au moins une étape."
    for champ, borne in _BORNES.items():
        if not borne.minimum <= valeurs[champ] <= borne.maximum:
            erreurs[champ] = f"Un nombre entre {borne.minimum} et {borne.maximum}."
    if erreurs:
        raise SaisieInvalide(erreurs)
