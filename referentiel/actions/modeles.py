"""Acts on the modèles de saisie: import, activate, retire. A model is never deleted."""

import logging

from django.db import transaction

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..import_modeles import BilanModele, importer
from ..modeles_saisie import Statut
from ..models import ModeleSaisie
from ..permissions import Action, exiger

journal = logging.getLogger(__name__)


def importer_modele(*, auteur, contenu: bytes, simuler: bool = False, forcer: bool = False) -> BilanModele:
    """Loads an official Questionnaire from a file, or says what it would change.

    Raises:
        DroitManquant: `auteur` may not manage the models.
        ModeleIllisible: the file cannot be read as a model.
        ModeleRefuse: an older version than the loaded one, without `forcer`.
    """
    exiger(auteur, Action.REGLER_MODELES)
    bilan = importer(contenu=contenu, simuler=simuler, forcer=forcer)
    if not simuler:
        journal.info("%s : modèle %s importé, version %s", auteur, bilan.identifiant, bilan.version)
    return bilan


@transaction.atomic
def changer_statut(*, auteur, modele_id: int, statut: str, statut_vu: str) -> ModeleSaisie:
    """Activates a model, or retires it: the offers of its types then follow the next most precise one.

    Args:
        auteur: who decides.
        modele_id: the model.
        statut: « active » or « retired ».
        statut_vu: what the page showed; a decision taken meanwhile by somebody else is not undone unseen.

    Raises:
        DroitManquant: `auteur` may not manage the models.
        SaisieInvalide: no such state.
        EtatIncompatible: the state is not the one shown.
    """
    exiger(auteur, Action.REGLER_MODELES)
    if statut not in (Statut.ACTIF, Statut.RETIRE):
        raise SaisieInvalide({"statut": "Choisissez d’activer ou de retirer ce modèle."})
    modele = ModeleSaisie.objects.select_for_update().get(pk=modele_id)
    if modele.statut != statut_vu:
        raise EtatIncompatible(f"Ce modèle est déjà «\u00a0{modele.get_statut_display().lower()}\u00a0».")
    modele.statut = statut
    modele.save(update_fields=["statut", "modifie_le"])
    journal.info("%s : modèle %s, %s", auteur, modele.identifiant, statut)
    return modele
