"""Publishing: now or at a date, all the changes of a fiche together (S101–S103, S108–S109)."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible, SaisieInvalide
from ror.commun.texte import normaliser as normaliser_texte

from .. import fiches
from ..changements import Changement, Choix, Conflit, comparer, fusionner_tout, poser
from ..controles import LIES, controler_ensemble
from ..models import ChangementPropose, EntreeJournal, Modification, Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .fiches import changements_de, exiger_ouverte, modification_en_attente, valeurs_en_cours, verrouiller
from .regles import exiger_a_la_diffusion
from .vu import EtatVu, controler_vu

journal = logging.getLogger(__name__)
Etat = Modification.Etat


@transaction.atomic
def valider(
    *, structure_id: int, auteur, relue: bool, date_effet: date | None = None, vu: EtatVu | None = None
) -> Modification | None:
    """« J’ai relu l’offre et je la valide. »: broadcasts what waits, at once or at a date (S102, S103, S108, S109).

    Without any change it records the yearly re-reading alone (S110).

    Args:
        structure_id: the fiche.
        auteur: who re-read it.
        relue: the box was ticked; an offer is not broadcast without it.
        date_effet: day from which the changes count; today by default.
        vu: what the page showed her; without it nothing is compared.

    Returns:
        The modification, published, scheduled, or to be settled when it contradicts what was published meanwhile;
        None when nothing waited.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        SaisieInvalide: the box is not ticked, the date is past, the values contradict one another, or a blocking
            national rule.
        DejaFait: this very validation was received already.
        EtatIncompatible: the fiche is closed for good, or changed since the page was shown.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    exiger_ouverte(structure)
    modification = modification_en_attente(structure)
    if vu is not None:
        controler_vu(vu, structure, modification)
    aujourdhui = timezone.localdate()
    date_effet = date_effet or aujourdhui
    _controler_validation(structure, relue, date_effet, aujourdhui)
    exiger_a_la_diffusion(structure, valeurs_en_cours(structure, modification))
    if structure.niveau == Niveau.UO:
        _marquer_relue(structure, auteur)
    if modification is None:
        _journaliser(structure, auteur, ["Fiche relue et validée, sans modification."], [])
        return None
    modification.date_effet, modification.validee_par, modification.validee_le = date_effet, auteur, timezone.now()
    _engager(modification, structure, auteur)
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
    if vu is not None and (vu.modification, vu.modifiee_le) != (modification.pk, modification.modifiee_le.isoformat()):
        raise EtatIncompatible(
            "D’autres modifications ont été enregistrées depuis l’affichage de cette page. Relisez-les d’abord."
        )
    _retirer(modification, auteur)
    return True


@transaction.atomic
def annuler(*, modification_id: int, auteur) -> Modification:
    """Cancels a scheduled modification: its changes will not be published.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: it is published or cancelled already.
    """
    modification, structure = _verrouiller_modification(modification_id)
    exiger(auteur, Action.MODIFIER, structure)
    if modification.etat not in (Etat.PROGRAMMEE, Etat.A_ARBITRER):
        etat = modification.get_etat_display().lower()
        raise EtatIncompatible(f"Cette modification est {etat}\u00a0: rien à annuler.")
    _retirer(modification, auteur)
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
        phrases = [f"Non retenu, sur décision\u00a0: {phrase}" for phrase in fiches.phrases(structure, ecartes)]
        _journaliser(structure, auteur, phrases, [], modification=modification)
    _reporter(modification, comparer(actuelles, nouvelles, genres))
    _engager(modification, structure, auteur)
    return modification


def conflits_de(modification: Modification, structure: Structure) -> tuple[tuple[Conflit, ...], dict[str, str]]:
    """Returns what stands against publishing a modification now: its conflicts, and the rules it breaks by field."""
    genres = fiches.genres_de(structure.type_niveau)
    nouvelles, conflits = fusionner_tout(changements_de(modification), fiches.lire(structure), genres)
    try:
        controler_ensemble(nouvelles)
    except SaisieInvalide as erreur:
        return conflits, erreur.erreurs
    return conflits, {}


def publier_echues(jour: date | None = None) -> int:
    """Publishes every scheduled modification whose date has come; called each minute, late or twice without harm.

    Each fiche is its own transaction: a failure stops none of the others and is tried again at the next call.

    Returns:
        How many modifications were published.
    """
    jour = jour or timezone.localdate()
    echues = Modification.objects.filter(etat=Etat.PROGRAMMEE, date_effet__lte=jour)
    publiees = 0
    for pk in list(echues.order_by("date_effet", "validee_le").values_list("pk", flat=True)):
        try:
            publiees += _publier_echue(pk)
        except Exception:  # whatever stops one fiche must not hold back the others: it is logged and tried again
            journal.exception("Publication impossible de la modification %s", pk)
    return publiees


def publier_changements(
    *,
    structure: Structure,
    auteur,
    changements: Iterable[Changement],
    choix: Mapping[str, Choix] | None = None,
    origine: str = EntreeJournal.Origine.SAISIE,
    motif: str = "",
    modification: Modification | None = None,
) -> tuple[Conflit, ...]:
    """Merges changes into the live fiche, writes them and journals them; the caller has locked the node.

    Returns:
        The conflicts left open; then nothing is written.

    Raises:
        SaisieInvalide: the values would contradict one another; nothing is written.
    """
    changements = tuple(changements)
    genres = fiches.genres_de(structure.type_niveau)
    actuelles = fiches.lire(structure, LIES | {c.champ for c in changements})
    nouvelles, conflits = fusionner_tout(changements, actuelles, genres, choix)
    if conflits:
        return conflits
    ecrits = comparer(actuelles, nouvelles, genres)
    if ecrits:
        controler_ensemble(nouvelles)
        phrases = fiches.phrases(structure, ecrits)
        fiches.ecrire(structure, {c.champ: c.propose for c in ecrits})
        structure.nom_recherche = normaliser_texte(structure.nom)
        structure.version += 1
        structure.save()
        _journaliser(structure, auteur, phrases, ecrits, origine=origine, motif=motif, modification=modification)
    return ()


@transaction.atomic
def _publier_echue(modification_id: int) -> int:
    modification, structure = _verrouiller_modification(modification_id)
    if modification.etat != Etat.PROGRAMMEE:
        return 0
    try:
        _engager(modification, structure, modification.validee_par)
    except SaisieInvalide:
        modification.etat = Etat.A_ARBITRER
        modification.save()
    return int(modification.etat == Etat.PUBLIEE)


def _verrouiller_modification(modification_id: int) -> tuple[Modification, Structure]:
    """Locks the fiche of a modification, then reads that modification as it is now."""
    structure = verrouiller(Modification.objects.values_list("structure_id", flat=True).get(pk=modification_id))
    modification = (
        Modification.objects.select_related("validee_par").prefetch_related("changements").get(pk=modification_id)
    )
    return modification, structure


def _engager(modification: Modification, structure: Structure, auteur) -> None:
    """Publishes a validated modification, or schedules it; a contradiction leaves it to be settled by a person.

    Raises:
        SaisieInvalide: with these values the fiche would contradict itself; nothing is written.
    """
    if not modification.changements.all():
        _retirer(modification, auteur)
        return
    if modification.date_effet and modification.date_effet > timezone.localdate():
        conflits, erreurs = conflits_de(modification, structure)
        if erreurs:
            raise SaisieInvalide(erreurs)
        suite = Etat.PROGRAMMEE
    else:
        conflits = publier_changements(
            structure=structure,
            auteur=modification.validee_par,
            changements=changements_de(modification),
            modification=modification,
        )
        suite = Etat.PUBLIEE
    modification.etat = Etat.A_ARBITRER if conflits else suite
    modification.conflits = [conflit.identifiant for conflit in conflits]
    modification.publiee_le = timezone.now() if modification.etat == Etat.PUBLIEE else None
    modification.save()


def _retirer(modification: Modification, auteur) -> None:
    modification.etat = Etat.ANNULEE
    modification.annulee_par, modification.annulee_le = auteur, timezone.now()
    modification.save()


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


def _controler_validation(structure: Structure, relue: bool, date_effet: date, aujourdhui: date) -> None:
    erreurs = {}
    if structure.niveau == Niveau.UO and not relue:
        erreurs["relue"] = "Cochez «\u00a0J’ai relu l’offre et je la valide.\u00a0» avant de valider."
    if date_effet < aujourdhui:
        erreurs["date_effet"] = "La date d’effet est passée\u00a0: choisissez aujourd’hui ou une date à venir."
    elif date_effet > aujourdhui.replace(year=aujourdhui.year + 2, day=1):
        erreurs["date_effet"] = "La date d’effet est à plus de deux ans\u00a0: choisissez une date plus proche."
    if erreurs:
        raise SaisieInvalide(erreurs)


def _marquer_relue(structure: Structure, auteur) -> None:
    unite = fiches.detail_de(structure)  # the very row that publishing then writes: another copy would be overwritten
    unite.relue_le, unite.relue_par = timezone.now(), auteur
    unite.save()


def _journaliser(
    structure: Structure,
    auteur,
    phrases: list[str],
    changements: Iterable[Changement],
    *,
    origine: str = EntreeJournal.Origine.SAISIE,
    motif: str = "",
    modification: Modification | None = None,
) -> None:
    EntreeJournal.objects.create(
        structure=structure,
        version=structure.version,
        le=timezone.now(),
        auteur=auteur,
        origine=origine,
        motif=motif,
        phrases=phrases,
        changements=[c.en_json() for c in changements],
        modification=modification,
    )
