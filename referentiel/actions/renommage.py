"""« Renommer »: at once, outside any dossier (S59, S60, S101)."""

from django.db import transaction

from ror.commun.erreurs import ConflitDeVersion

from .. import fiches
from ..champs import champs_de
from ..changements import Changement
from ..controles import controler, controler_formes
from ..models import Structure
from ..permissions import Action, exiger
from .ecriture import publier_changements
from .fiches import exiger_ouverte, verrouiller
from .regles import exiger_a_la_saisie


@transaction.atomic
def renommer(*, structure_id: int, auteur, nom: str, nom_vu: str | None = None) -> Structure:
    """Gives a fiche another name at once (S59, S101); the raison sociale of FINESS stays (S94).

    Args:
        structure_id: the fiche.
        auteur: who renames it.
        nom: the new name.
        nom_vu: the name the box showed; a fiche renamed meanwhile by somebody else is then not overwritten.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: the fiche is closed for good.
        SaisieInvalide: the name is empty, too long, or breaks a blocking national rule.
        ConflitDeVersion: somebody else renamed it meanwhile.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    changement = Changement("nom", nom_vu or structure.nom, nom.strip())
    champs = champs_de(structure.type_niveau)
    controler_formes(champs, {"nom": changement.propose})
    controler(champs, [changement], structure)
    publiees = fiches.lire(structure)
    exiger_a_la_saisie(structure, publiees, {**publiees, "nom": changement.propose}, champ="nom")
    conflits = publier_changements(structure=structure, auteur=auteur, changements=[changement])
    if conflits:
        raise ConflitDeVersion(conflits, f"Cette fiche a été renommée entre-temps «\u00a0{structure.nom}\u00a0».")
    return structure
