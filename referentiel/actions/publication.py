"""Publishing: now or at a date, all the changes of a fiche together (S101–S103, S108–S109)."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import fiches
from ..changements import Changement, Choix, comparer, fusionner_tout, poser
from ..confidentialite import NIVEAUX_PROFESSIONNELS, changement_lisible
from ..derives import rafraichir
from ..models import ChangementPropose, Modification, Structure
from ..models.modification import LONGUEUR_MOTIF
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .ecriture import journaliser
from .engagement import engager, retirer
from .fiches import changements_de, exiger_ouverte, modification_en_attente, valeurs_en_cours, verrouiller
from .regles import exiger_a_la_diffusion
from .verifications import sections_verifiables, verifier_sections
from .vu import EtatVu, controler_vu

journal = logging.getLogger(__name__)
Etat = Modification.Etat


@transaction.atomic
def valider(
    *,
    structure_id: int,
    auteur,
    relue: bool,
    date_effet: date | None = None,
    vu: EtatVu | None = None,
    motif: str = "",
) -> Modification | None:
    """« J’ai relu l’offre et je la valide. »: broadcasts what waits, at once or at a date (S102, S103, S108, S109).

    Without any change it records the yearly re-reading alone (S110).

    Args:
        structure_id: the fiche.
        auteur: who re-read it.
        relue: the box was ticked; an offer is not broadcast without it.
        date_effet: day from which the changes count; today by default.
        vu: what the page showed her; without it nothing is compared.
        motif: why, told in the history; may be empty (B15).

    Returns:
        The modification, published, scheduled, or to be settled when it contradicts what was published meanwhile;
        None when nothing waited.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        SaisieInvalide: the box is not ticked, the date is past, the reason too long, the values contradict one
            another, or a blocking national rule.
        DejaFait: this very validation was received already.
        EtatIncompatible: the fiche is closed for good, or changed since the page was shown.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    exiger_ouverte(structure)
    modification = modification_en_attente(structure)
    if vu is not None:
        controler_vu(vu, structure, modification)
    date_effet, motif = date_effet or timezone.localdate(), motif.strip()
    _controler_validation(structure, relue, date_effet, motif)
    exiger_a_la_diffusion(structure, valeurs_en_cours(structure, modification))
    if structure.niveau == Niveau.UO:
        _marquer_relue(structure, auteur)
    if modification is None:
        journaliser(structure, auteur, ["Fiche relue et validée, sans modification."], [], motif=motif)
        return None
    modification.date_effet, modification.validee_par, modification.validee_le = date_effet, auteur, timezone.now()
    modification.motif = motif
    engager(modification, structure, auteur)
    return modification


@transaction.atomic
def abandonner(*, structure_id: int, auteur, vu: EtatVu | None = None) -> bool:
    """Gives up all the changes of a fiche that wait.

    Args:
        structure_id: the fiche.
        auteur: who gives them up.
        vu: what the page showed her, so that nothing unseen is given up; None compares nothing.

    Returns:
        False when nothing waits any more.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: the changes are not those she was shown.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.MODIFIER, structure)
    modification = modification_en_attente(structure)
    if modification is None:
        return False
    if vu is not None and not vu.montrait(modification):
        raise EtatIncompatible(
            "D’autres modifications ont été enregistrées depuis l’affichage de cette page. Relisez-les d’abord."
        )
    retirer(modification, auteur)
    return True


@transaction.atomic
def annuler(*, modification_id: int, auteur, vu: EtatVu | None = None) -> Modification:
    """Cancels a scheduled modification: its changes will not be published.

    Args:
        modification_id: the modification.
        auteur: who cancels it.
        vu: what the page showed her of it, so that nothing unseen is cancelled; None compares nothing.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: it is published or cancelled already, or is not as she was shown.
    """
    modification, structure = _verrouiller_modification(modification_id)
    exiger(auteur, Action.MODIFIER, structure)
    if modification.etat not in (Etat.PROGRAMMEE, Etat.A_ARBITRER):
        etat = modification.get_etat_display().lower()
        raise EtatIncompatible(f"Cette modification est {etat}\u00a0: rien à annuler.")
    if vu is not None and not vu.montrait(modification):
        raise EtatIncompatible("Cette modification a changé depuis l’affichage de cette page. Relisez-la d’abord.")
    retirer(modification, auteur)
    return modification


@transaction.atomic
def changer_date(*, modification_id: int, auteur, date_effet: date, date_vue: date | None = None) -> Modification:
    """« Changer la date » of a scheduled modification, by the rules of « Valider » (B21); today publishes it at once.

    Args:
        modification_id: the modification.
        auteur: who moves it.
        date_effet: its new day.
        date_vue: the day her page showed, so that a move by somebody else is not undone unseen.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: it is not scheduled any more, was moved meanwhile, or the fiche is closed for good.
        SaisieInvalide: the date is past, too far, the same, or the values would contradict one another.
    """
    modification, structure = _verrouiller_modification(modification_id)
    exiger(auteur, Action.DIFFUSER, structure)
    exiger_ouverte(structure)
    if modification.etat != Etat.PROGRAMMEE:
        etat = modification.get_etat_display().lower()
        raise EtatIncompatible(f"Cette modification est {etat}\u00a0: sa date ne se change plus.")
    ancienne = modification.date_effet
    if date_vue is not None and date_vue != ancienne:
        raise EtatIncompatible(f"Quelqu’un a déjà déplacé cette modification au {date_fr(ancienne)}.")
    erreur = erreur_de_date(date_effet, timezone.localdate())
    if date_effet == ancienne:
        erreur = "C’est déjà la date prévue\u00a0: choisissez-en une autre."
    if erreur:
        raise SaisieInvalide({"date_effet": erreur})
    modification.date_effet = date_effet
    phrase = f"Modification programmée\u00a0: date d’effet déplacée du {date_fr(ancienne)} au {date_fr(date_effet)}."
    journaliser(structure, auteur, [phrase], [], modification=modification)
    engager(modification, structure, auteur)
    return modification


@transaction.atomic
def arbitrer(*, modification_id: int, auteur, choix: Mapping[str, Choix]) -> Modification:
    """Settles the conflicts that stopped a publication, then publishes it, or schedules it again before its date.

    What is not kept is written in the journal with its author: nothing is lost without a recorded choice.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: nothing is to be settled any more.
        ConflitDeVersion: a conflict has no answer, or its values moved since it was asked.
        SaisieInvalide: the values would contradict one another.
    """
    modification, structure = _verrouiller_modification(modification_id)
    exiger(auteur, Action.DIFFUSER, structure)
    if modification.etat != Etat.A_ARBITRER:
        raise EtatIncompatible("Il n’y a plus rien à arbitrer sur cette modification.")
    genres = fiches.genres_de(structure.type_niveau)
    actuelles = fiches.lire(structure)
    changements = changements_de(modification)
    nouvelles, conflits = fusionner_tout(changements, actuelles, genres, choix)
    if conflits:
        raise ConflitDeVersion(conflits, "Choisissez la valeur à garder pour chaque différence.")
    ecartes = comparer(nouvelles, {c.champ: _voulue(c, actuelles, genres) for c in changements}, genres)
    if ecartes:
        lus = [changement_lisible(c, NIVEAUX_PROFESSIONNELS) for c in ecartes]
        phrases = fiches.phrases(structure, [c for c, _ in lus])
        phrases += ["modification réservée à la régulation"] if any(reserve for _, reserve in lus) else []
        phrases = [f"Non retenu, sur décision\u00a0: {phrase}" for phrase in phrases]
        journaliser(structure, auteur, phrases, [], modification=modification)
    _reporter(modification, comparer(actuelles, nouvelles, genres))
    engager(modification, structure, auteur)
    return modification


def _verrouiller_modification(modification_id: int) -> tuple[Modification, Structure]:
    """Locks the fiche of a modification, then reads that modification as it is now."""
    structure = verrouiller(Modification.objects.values_list("structure_id", flat=True).get(pk=modification_id))
    modification = (
        Modification.objects.select_related("validee_par", "retour_de")
        .prefetch_related("changements")
        .get(pk=modification_id)
    )
    return modification, structure


def _reporter(modification: Modification, changements: Iterable[Changement]) -> None:
    """Replaces the changes of a modification by what a person decided, starting from what is published."""
    auteurs = dict(modification.changements.values_list("champ", "auteur_id"))
    modification.changements.all().delete()
    ChangementPropose.objects.bulk_create(
        ChangementPropose(
            modification=modification, champ=c.champ, base=c.base, propose=c.propose, auteur_id=auteurs[c.champ]
        )
        for c in changements
    )
    vars(modification).pop("_prefetched_objects_cache", None)


def _voulue(changement: Changement, actuelles, genres):
    """The value of a field if every answer had been « impose »."""
    return poser([changement], actuelles, genres)[changement.champ]


def erreur_de_date(date_effet: date, aujourdhui: date) -> str | None:
    """Returns why nothing may be broadcast from this day on, or None (S102)."""
    if date_effet < aujourdhui:
        return "La date d’effet est passée\u00a0: choisissez aujourd’hui ou une date à venir."
    if date_effet > aujourdhui.replace(year=aujourdhui.year + 2, day=1):
        return "La date d’effet est à plus de deux ans\u00a0: choisissez une date plus proche."
    return None


def erreur_de_motif(motif: str) -> str | None:
    """Returns why this reason cannot be kept, or None (B15)."""
    if len(motif) > LONGUEUR_MOTIF:
        return f"Motif\u00a0: {LONGUEUR_MOTIF} caractères au plus ({len(motif)} saisis)."
    return "Motif\u00a0: un caractère ne peut pas être enregistré. Retapez ce texte." if "\x00" in motif else None


def _controler_validation(structure: Structure, relue: bool, date_effet: date, motif: str) -> None:
    sans_case = structure.niveau == Niveau.UO and not relue
    erreurs = {
        "relue": "Cochez «\u00a0J’ai relu l’offre et je la valide.\u00a0» avant de valider." if sans_case else None,
        "date_effet": erreur_de_date(date_effet, timezone.localdate()),
        "motif": erreur_de_motif(motif),
    }
    if any(erreurs.values()):
        raise SaisieInvalide({nom: erreur for nom, erreur in erreurs.items() if erreur})


def _marquer_relue(structure: Structure, auteur) -> None:
    unite = fiches.detail_de(structure)  # the very row that publishing then writes: another copy would be overwritten
    unite.relue_le, unite.relue_par = timezone.now(), auteur
    unite.save(update_fields=["relue_le", "relue_par"])
    rafraichir([structure.pk])
    verifier_sections(structure, auteur, sections_verifiables(structure.type_niveau), unite.relue_le)
