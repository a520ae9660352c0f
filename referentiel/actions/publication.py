"""Publishing: now or at a date, all the changes of a fiche together (S101–S103, S108–S109)."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.texte import normaliser as normaliser_texte

from .. import fiches
from ..changements import Changement, Choix, Conflit, comparer, fusionner_tout
from ..models import EntreeJournal, Modification, Structure, UniteOperationnelle
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .fiches import changements_de, modification_en_attente, verrouiller

journal = logging.getLogger(__name__)


@transaction.atomic
def valider(
    *, structure_id: int, auteur, relue: bool, date_effet: date | None = None, vue_le: datetime | None = None
) -> Modification | None:
    """« J’ai relu l’offre et je la valide. »: broadcasts what waits, at once or at a date (S102, S103, S108, S109).

    Without any change it records the yearly re-reading alone (S110).

    Args:
        structure_id: the fiche.
        auteur: who re-read it.
        relue: the box was ticked; an offer is not broadcast without it.
        date_effet: day from which the changes count; today by default.
        vue_le: `modifiee_le` of the waiting changes shown to her, so that nothing unseen is broadcast.

    Returns:
        The published or scheduled modification, None when nothing waited.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        SaisieInvalide: the box is not ticked, or the date is past.
        EtatIncompatible: somebody added changes since the page was shown.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    aujourdhui = timezone.localdate()
    date_effet = date_effet or aujourdhui
    _controler_validation(structure, relue, date_effet, aujourdhui)
    modification = modification_en_attente(structure)
    if modification is not None and vue_le is not None and modification.modifiee_le > vue_le:
        raise EtatIncompatible(
            f"{modification.auteur} a enregistré d’autres modifications depuis l’affichage de cette page."
            " Relisez-les avant de valider."
        )
    if structure.niveau == Niveau.UO:
        _marquer_relue(structure, auteur)
    if modification is None:
        _journaliser(structure, auteur, ["Fiche relue et validée, sans modification."], [])
        return None
    modification.etat = Modification.Etat.PROGRAMMEE
    modification.date_effet, modification.validee_par, modification.validee_le = date_effet, auteur, timezone.now()
    modification.save()
    if date_effet <= aujourdhui:
        _publier(modification, structure)
    return modification


@transaction.atomic
def annuler(*, modification_id: int, auteur) -> Modification:
    """Cancels a scheduled modification: its changes will not be published.

    Raises:
        DroitManquant: she may not edit this fiche.
        EtatIncompatible: it is published or cancelled already.
    """
    modification = Modification.objects.get(pk=modification_id)
    structure = verrouiller(modification.structure_id)
    modification.refresh_from_db()
    exiger(auteur, Action.MODIFIER, structure)
    if modification.etat not in (Modification.Etat.PROGRAMMEE, Modification.Etat.A_ARBITRER):
        raise EtatIncompatible(f"Cette modification est {modification.get_etat_display().lower()} : rien à annuler.")
    modification.etat = Modification.Etat.ANNULEE
    modification.annulee_par, modification.annulee_le = auteur, timezone.now()
    modification.save()
    return modification


@transaction.atomic
def arbitrer(*, modification_id: int, auteur, choix: Mapping[str, Choix]) -> Modification:
    """Settles the conflicts that stopped a scheduled publication, then publishes it.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        EtatIncompatible: nothing is to be settled any more.
    """
    modification = Modification.objects.get(pk=modification_id)
    structure = verrouiller(modification.structure_id)
    modification.refresh_from_db()
    exiger(auteur, Action.DIFFUSER, structure)
    if modification.etat != Modification.Etat.A_ARBITRER:
        raise EtatIncompatible("Il n’y a plus rien à arbitrer sur cette modification.")
    _publier(modification, structure, choix)
    return modification


def publier_echues(jour: date | None = None) -> int:
    """Publishes every scheduled modification whose date has come; called each minute, late or twice without harm.

    Each fiche is its own transaction: a failure stops none of the others and is tried again at the next call.

    Returns:
        How many modifications were published.
    """
    jour = jour or timezone.localdate()
    echues = Modification.objects.filter(etat=Modification.Etat.PROGRAMMEE, date_effet__lte=jour)
    publiees = 0
    for pk, structure_id in list(echues.order_by("date_effet", "validee_le").values_list("pk", "structure_id")):
        try:
            publiees += _publier_echue(pk, structure_id)
        except Exception:
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
    """
    genres = fiches.genres_de(structure.type_niveau)
    actuelles = fiches.lire(structure)
    nouvelles, conflits = fusionner_tout(changements, actuelles, genres, choix)
    if conflits:
        return conflits
    ecrits = comparer(actuelles, nouvelles, genres)
    if ecrits:
        phrases = fiches.phrases(structure, ecrits)
        fiches.ecrire(structure, {c.champ: c.propose for c in ecrits})
        structure.nom_recherche = normaliser_texte(structure.nom)
        structure.version += 1
        structure.save()
        _journaliser(structure, auteur, phrases, ecrits, origine=origine, motif=motif, modification=modification)
    return ()


@transaction.atomic
def _publier_echue(modification_id: int, structure_id: int) -> int:
    structure = verrouiller(structure_id)
    modification = Modification.objects.get(pk=modification_id)
    if modification.etat != Modification.Etat.PROGRAMMEE:
        return 0
    return int(_publier(modification, structure))


def _publier(modification: Modification, structure: Structure, choix: Mapping[str, Choix] | None = None) -> bool:
    """Publishes one validated modification; a conflict leaves it to be settled by a person, nothing written."""
    conflits = publier_changements(
        structure=structure,
        auteur=modification.validee_par,
        changements=changements_de(modification),
        choix=choix,
        modification=modification,
    )
    if conflits:
        modification.etat = Modification.Etat.A_ARBITRER
        modification.conflits = [conflit.identifiant for conflit in conflits]
    else:
        modification.etat, modification.publiee_le = Modification.Etat.PUBLIEE, timezone.now()
        modification.conflits = []
    modification.save()
    return not conflits


def _controler_validation(structure: Structure, relue: bool, date_effet: date, aujourdhui: date) -> None:
    erreurs = {}
    if structure.niveau == Niveau.UO and not relue:
        erreurs["relue"] = "Cochez « J’ai relu l’offre et je la valide. » avant de valider."
    if date_effet < aujourdhui:
        erreurs["date_effet"] = "La date d’effet est passée : choisissez aujourd’hui ou une date à venir."
    elif date_effet > aujourdhui.replace(year=aujourdhui.year + 2, day=1):
        erreurs["date_effet"] = "La date d’effet est à plus de deux ans : choisissez une date plus proche."
    if erreurs:
        raise SaisieInvalide(erreurs)


def _marquer_relue(structure: Structure, auteur) -> None:
    unite = UniteOperationnelle.objects.get(structure=structure)
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
