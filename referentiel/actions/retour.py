"""Undoing what was published: the inverse of an entry of the journal, merged like any change, as a new act (M4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, DroitManquant, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import fiches
from ..champs import CHAMPS_LIEU, Champ, champs_de
from ..changements import Changement, Choix, Conflit, Fiche, comparer, fusionner_tout, inverser
from ..controles import controler, controler_ensemble
from ..models import ChangementPropose, EntreeJournal, Lieu, Modification, Structure
from ..permissions import Action, refus
from .ecriture import publier_changements
from .engagement import engager
from .fiches import exiger_ouverte, verrouiller
from .lieux import PREFIXE_LIEU, lire_lieu, modifier_lieu, prefixe_journal
from .publication import erreur_de_date, erreur_de_motif
from .vu import DejaFait

Etat = Modification.Etat


@dataclass(frozen=True, slots=True)
class Retour:
    """What undoing an entry of the journal would do now.

    Attributes:
        entree: what is to be undone.
        lieu: the lieu it is about, None for the fiche itself.
        champs: the fields, by name.
        actuelles: the present values.
        inverses: the changes that undo the entry.
        ecrits: what would really change, once merged into the present values.
        conflits: what was changed since to something else, to be chosen by a person.
    """

    entree: EntreeJournal
    lieu: Lieu | None
    champs: Mapping[str, Champ]
    actuelles: Fiche
    inverses: tuple[Changement, ...]
    ecrits: tuple[Changement, ...]
    conflits: tuple[Conflit, ...]

    @property
    def finess(self) -> bool:
        """It gives back a value that FINESS owns."""
        return self.lieu is None and any(self.champs[c.champ].finess for c in self.inverses)

    @property
    def version(self) -> int:
        """The version of what would be written, which tells whether it moved since a page was shown."""
        return self.lieu.version if self.lieu else self.entree.structure.version


def preparer_retour(entree: EntreeJournal, choix: Mapping[str, Choix] | None = None) -> Retour:
    """Returns what undoing this entry would do now; writes nothing.

    Args:
        entree: the entry, with its fiche as it is now.
        choix: the answers to the conflicts.

    Raises:
        EtatIncompatible: the entry changed no value that can be given back.
    """
    changements = [Changement.depuis_json(c) for c in entree.changements]
    if not changements:
        raise EtatIncompatible("Cette ligne de l’historique ne change aucune valeur\u00a0: il n’y a rien à annuler.")
    lieu = _lieu_de(entree, changements)
    if lieu is not None:
        prefixe = prefixe_journal(lieu)
        changements = [Changement(c.champ.removeprefix(prefixe), c.base, c.propose) for c in changements]
    champs = CHAMPS_LIEU if lieu else champs_de(entree.structure.type_niveau)
    if any(c.champ not in champs for c in changements):
        raise EtatIncompatible(
            "Ce changement touche autre chose que les champs de la fiche (état, place dans l’arborescence…)\u00a0:"
            " faites le geste inverse depuis la fiche."
        )
    genres = {nom: champ.genre for nom, champ in champs.items()}
    inverses = tuple(inverser(c) for c in reversed(changements))
    actuelles = lire_lieu(lieu) if lieu else fiches.lire(entree.structure)
    nouvelles, conflits = fusionner_tout(inverses, actuelles, genres, choix)
    return Retour(entree, lieu, champs, actuelles, inverses, comparer(actuelles, nouvelles, genres), conflits)


def refus_de_retour(utilisateur, retour: Retour) -> str | None:
    """Returns why this person may not undo, or None: a lieu is edited, a fiche broadcast, FINESS is for the support."""
    structure = retour.entree.structure
    motif = refus(utilisateur, Action.MODIFIER if retour.lieu else Action.DIFFUSER, structure)
    if motif or not retour.finess or refus(utilisateur, Action.CORRIGER_FINESS, structure) is None:
        return motif
    return (
        "Ce changement porte sur des données qui viennent de FINESS\u00a0: seul le support peut l’annuler."
        " Depuis la fiche, demandez-lui une correction."
    )


@transaction.atomic
def annuler_publication(
    *,
    entree_id: int,
    auteur,
    motif: str = "",
    choix: Mapping[str, Choix] | None = None,
    date_effet: date | None = None,
    version_vue: int | None = None,
) -> EntreeJournal | Modification:
    """Undoes a published change as a new act: merged into the present values, controlled, traced, undoable in turn.

    Args:
        entree_id: the entry of the journal.
        auteur: who undoes it.
        motif: why; may be empty.
        choix: her answers to the conflicts.
        date_effet: the day the values come back; today by default.
        version_vue: the version of the fiche (of the lieu) her page showed; None compares nothing.

    Returns:
        The new entry of the journal, or the scheduled modification when the day is to come.

    Raises:
        DroitManquant: she may not broadcast this fiche, or the values belong to FINESS.
        EtatIncompatible: nothing to undo, the fiche is closed for good, or changed since the page was shown.
        DejaFait: everything is back already, or will be at a day already chosen.
        ConflitDeVersion: values changed since to something else, without an answer.
        SaisieInvalide: the date or the reason is refused, or the values would break a rule.
    """
    structure = verrouiller(EntreeJournal.objects.values_list("structure_id", flat=True).get(pk=entree_id))
    entree = EntreeJournal.objects.get(pk=entree_id)
    entree.structure = structure
    motif, aujourdhui = motif.strip(), timezone.localdate()
    retour = preparer_retour(entree, choix)
    refuse = refus_de_retour(auteur, retour)
    if refuse:
        raise DroitManquant(refuse)
    exiger_ouverte(structure)
    _exiger_du_nouveau(retour, choix)
    if version_vue is not None and version_vue != retour.version:
        raise EtatIncompatible("La fiche a changé depuis l’affichage de cette page. Relisez avant de confirmer.")
    plus_tard = date_effet is not None and date_effet > aujourdhui
    _controler(retour, motif, date_effet or aujourdhui, plus_tard)
    if retour.conflits:
        raise ConflitDeVersion(retour.conflits, "Choisissez la valeur à garder pour chaque différence.")
    if retour.lieu:
        return _annuler_lieu(retour, auteur, motif, choix)
    if plus_tard:
        return _programmer(retour, structure, auteur, motif, date_effet)
    origines = EntreeJournal.Origine
    publier_changements(
        structure=structure,
        auteur=auteur,
        changements=retour.ecrits,
        origine=origines.SUPPORT if retour.finess else origines.SAISIE,
        motif=motif,
        retour_de=entree,
    )
    return _derniere(structure)


def _lieu_de(entree: EntreeJournal, changements: list[Changement]) -> Lieu | None:
    if not all(c.champ.startswith(PREFIXE_LIEU) for c in changements):
        return None
    cle = changements[0].champ.split("/")[1]
    lieu = Lieu.objects.filter(etablissement=entree.structure_id, cle=cle).select_related("fonction").first()
    if lieu is None:
        raise EtatIncompatible("Ce lieu n’existe plus\u00a0: son changement ne s’annule pas.")
    return lieu


def _exiger_du_nouveau(retour: Retour, choix: Mapping[str, Choix] | None) -> None:
    """Refuses to undo twice, or to undo nothing."""
    if not retour.ecrits and not retour.conflits:
        if choix:
            raise DejaFait("Les valeurs en place sont gardées\u00a0: rien n’est annulé.")
        raise DejaFait("Les valeurs d’avant ce changement sont déjà celles de la fiche\u00a0: il n’y a rien à annuler.")
    prevue = Modification.objects.filter(retour_de=retour.entree, etat__in=[Etat.PROGRAMMEE, Etat.A_ARBITRER]).first()
    if prevue is not None:
        raise DejaFait(f"L’annulation de ce changement est déjà prévue le {date_fr(prevue.date_effet)}.")


def _controler(retour: Retour, motif: str, date_effet: date, plus_tard: bool) -> None:
    """The rules of any other change: the codes are still offered, the whole fiche does not contradict itself."""
    erreurs = {"date_effet": erreur_de_date(date_effet, timezone.localdate()), "motif": erreur_de_motif(motif)}
    if plus_tard and (retour.finess or retour.lieu):
        erreurs["date_effet"] = "Ce changement s’annule tout de suite\u00a0: laissez la date d’aujourd’hui."
    if any(erreurs.values()):
        raise SaisieInvalide({nom: erreur for nom, erreur in erreurs.items() if erreur})
    saisis = [c for c in retour.ecrits if not retour.champs[c.champ].finess]
    controler(retour.champs, saisis, None if retour.lieu else retour.entree.structure)
    controler_ensemble({**retour.actuelles, **{c.champ: c.propose for c in retour.ecrits}})


def _annuler_lieu(retour: Retour, auteur, motif: str, choix: Mapping[str, Choix] | None) -> EntreeJournal:
    assert retour.lieu is not None
    modifier_lieu(
        lieu_id=retour.lieu.pk,
        auteur=auteur,
        vues={c.champ: c.base for c in retour.inverses},
        saisies={c.champ: c.propose for c in retour.inverses},
        choix=choix,
        motif=motif,
        retour_de=retour.entree,
    )
    return _derniere(retour.entree.structure)


def _programmer(retour: Retour, structure: Structure, auteur, motif: str, date_effet: date | None) -> Modification:
    modification = Modification.objects.create(
        structure=structure,
        etat=Etat.PROGRAMMEE,
        auteur=auteur,
        date_effet=date_effet,
        validee_par=auteur,
        validee_le=timezone.now(),
        motif=motif,
        retour_de=retour.entree,
    )
    ChangementPropose.objects.bulk_create(
        ChangementPropose(modification=modification, champ=c.champ, base=c.base, propose=c.propose, auteur=auteur)
        for c in retour.ecrits
    )
    engager(modification, structure, auteur)
    return modification


def _derniere(structure: Structure) -> EntreeJournal:
    return EntreeJournal.objects.filter(structure=structure).latest("pk")
