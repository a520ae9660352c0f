"""What every act on a dossier begins and ends with: lock, right, state, what was seen; then what an edit leads to."""

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from ror.commun.erreurs import EtatIncompatible, StructureInvalide

from ..droits import exiger_geste
from ..etats import EN_PREPARATION, Etat, Geste, apres_edition
from ..models import Dossier, Evenement, FicheDossier
from .avis import avertir_reprise


def etablissement_de(structure: Structure) -> Structure:
    """Returns the EG that holds `structure`.

    Raises:
        StructureInvalide: an EJ is above every establishment.
    """
    if structure.niveau == Niveau.EG:
        return structure
    etablissement = structure.get_ancestors().filter(niveau=Niveau.EG).first()
    if etablissement is None:
        raise StructureInvalide("Un dossier collaboratif porte sur un établissement géographique (EG).")
    return etablissement


def verrouiller(dossier_id: int, auteur, geste: Geste, vu: str | None = None) -> Dossier:
    """Locks a dossier until the commit, and returns it once the act is known to be possible.

    Args:
        dossier_id: the dossier.
        auteur: who acts; None for the portal itself.
        geste: the act.
        vu: when the dossier she was shown was last changed (ISO); None compares nothing.

    Raises:
        DroitManquant: her rights do not allow it here.
        EtatIncompatible: not in this state, or the dossier changed since it was shown.
    """
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("etablissement").get(pk=dossier_id)
    exiger_geste(auteur, dossier, geste)
    if vu is not None and vu != dossier.modifie_le.isoformat():
        raise EtatIncompatible("Ce dossier a changé depuis l’affichage de la page. Relisez-le, puis recommencez.")
    return dossier


def noter(
    dossier: Dossier, auteur, geste: Geste, phrase: str, *, de: Etat | None = None, message: str = ""
) -> Evenement:
    """Writes one line of the timeline."""
    return Evenement.objects.create(
        dossier=dossier,
        geste=geste.name.lower(),
        auteur=auteur,
        de=de or "",
        vers=dossier.etat if de is not None else "",
        phrase=phrase[:500],
        message=message,
    )


def toucher(dossier: Dossier, auteur, phrase: str = "") -> None:
    """Saves a dossier whose content has just changed: what was validated was something else (B4).

    Args:
        dossier: locked.
        auteur: who changed it.
        phrase: told in the timeline; empty for what is not worth a line.
    """
    de = dossier.etat_dossier
    attend = dossier.fiches.filter(etat=FicheDossier.Etat.ATTENTE).exists() if de not in EN_PREPARATION else False
    vers = apres_edition(dossier.etapes, de, toutes_finalisees=not attend)
    if vers is not de or de not in EN_PREPARATION:
        dossier.etat = vers
        dossier.approuve_par = dossier.approuve_le = dossier.date_effet = None
    dossier.save()
    if de not in EN_PREPARATION:
        suite = "il repart au début de ses validations" if vers is not Etat.BROUILLON else "il redevient un brouillon"
        noter(
            dossier, auteur, Geste.MODIFIER, f"{phrase or 'Dossier modifié.'} Modifié après son envoi, {suite}.", de=de
        )
        avertir_reprise(dossier, auteur)
    elif phrase:
        noter(dossier, auteur, Geste.MODIFIER, phrase)
