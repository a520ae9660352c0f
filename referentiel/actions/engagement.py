"""What becomes of a validated modification: published now, scheduled, to be settled by a person, or cancelled."""

from collections.abc import Sequence

from django.utils import timezone

from ror.commun.ecriture_en_masse import mettre_a_jour
from ror.commun.erreurs import SaisieInvalide

from .. import fiches
from ..changements import Changement, Conflit, comparer, fusionner_tout
from ..controles import controler_ensemble
from ..models import Modification, Structure
from .ecriture import Publication, controler_vides, ecrire_lot, preparer_lot
from .fiches import changements_de, changements_par_lot

Etat = Modification.Etat

_SUITE = ("etat", "conflits", "publiee_le", "modifiee_le")


def engager(modification: Modification, structure: Structure, auteur) -> None:
    """Publishes a validated modification, or schedules it; a contradiction leaves it to be settled by a person.

    The caller has locked the fiche.

    Raises:
        SaisieInvalide: with these values the fiche would contradict itself; nothing is written.
    """
    if not modification.changements.all():
        retirer(modification, auteur)
        return
    if modification.date_effet and modification.date_effet > timezone.localdate():
        conflits, erreurs = conflits_de(modification, structure)
        if erreurs:
            raise SaisieInvalide(erreurs)
        _noter(modification, Etat.PROGRAMMEE, conflits)
    else:
        (preparee,) = preparer_lot([_publication(modification, structure, changements_de(modification))])
        if preparee.refus:
            raise SaisieInvalide(dict(preparee.refus))
        ecrire_lot([preparee])
        _noter(modification, Etat.PUBLIEE, preparee.conflits)
    modification.save()


def engager_lot(echues: Sequence[tuple[Modification, Structure]]) -> None:
    """Publishes validated modifications whose day has come, of different fiches, all or none.

    One that contradicts what is published, or whose fiche would contradict itself, is left to be settled by a person;
    one without any change is cancelled. The caller has locked the fiches.
    """
    changements = changements_par_lot([modification.pk for modification, _ in echues])
    for modification, _ in echues:
        if not changements[modification.pk]:
            retirer(modification, modification.validee_par)
    restent = [(modification, structure) for modification, structure in echues if changements[modification.pk]]
    preparees = preparer_lot([_publication(m, structure, changements[m.pk]) for m, structure in restent])
    ecrire_lot(preparees)
    modifications = [modification for modification, _ in restent]
    for modification, preparee in zip(modifications, preparees, strict=True):
        _noter(modification, Etat.A_ARBITRER if preparee.refus else Etat.PUBLIEE, preparee.conflits)
        modification.modifiee_le = timezone.now()
    mettre_a_jour(Modification, _SUITE, modifications)


def retirer(modification: Modification, auteur) -> None:
    """Cancels a modification: its changes will not be published."""
    modification.etat = Etat.ANNULEE
    modification.annulee_par, modification.annulee_le = auteur, timezone.now()
    modification.save()


def conflits_de(modification: Modification, structure: Structure) -> tuple[tuple[Conflit, ...], dict[str, str]]:
    """Returns what stands against publishing a modification now: its conflicts, and the rules it breaks by field."""
    genres = fiches.genres_de(structure.type_niveau)
    actuelles = fiches.lire(structure)
    nouvelles, conflits = fusionner_tout(changements_de(modification), actuelles, genres)
    try:
        controler_ensemble(nouvelles)
        if modification.retour_de is None:
            controler_vides(structure, comparer(actuelles, nouvelles, genres))
    except SaisieInvalide as erreur:
        return conflits, erreur.erreurs
    return conflits, {}


def _publication(modification: Modification, structure: Structure, changements: Sequence[Changement]) -> Publication:
    return Publication(
        structure=structure,
        auteur=modification.validee_par,
        changements=changements,
        motif=modification.motif,
        modification=modification,
        retour_de=modification.retour_de,
    )


def _noter(modification: Modification, suite: str, conflits: Sequence[Conflit]) -> None:
    modification.etat = Etat.A_ARBITRER if conflits else suite
    modification.conflits = [conflit.identifiant for conflit in conflits]
    modification.publiee_le = timezone.now() if modification.etat == Etat.PUBLIEE else None
