"""« J’ai relu ces offres et je les valide. »: the yearly re-reading of several offers of one establishment (S110, B28).

What `valider` does of an offer without any change, for a whole lot in a constant number of queries. Nothing unseen is
confirmed: an offer that changed since it was shown, or where changes wait, is left to be re-read, and the reason told.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from ror.commun.ecriture_en_masse import historiser, inserer, mettre_a_jour
from ror.commun.erreurs import SaisieInvalide

from ..derives import rafraichir
from ..details import charger_details, detail_de
from ..models import EntreeJournal, Modification, Structure, UniteOperationnelle
from ..niveaux import Niveau
from ..permissions import Action, exiger, filtre
from ..qualite.constats import constats_des_offres
from .fiches import motif_fermee, verrouiller_libres
from .verifications import sections_verifiables, verifier_ensemble

LOT = 200
"""Offers confirmed by one act at most: those that one page shows."""

PHRASE = "Fiche relue et validée, sans modification."


class Sort(StrEnum):
    """What became of an offer."""

    RELUE = "relue"
    DEJA = "déjà relue"
    ECARTEE = "écartée"


@dataclass(frozen=True, slots=True)
class OffreVue:
    """What a page showed of an offer.

    Attributes:
        version: of the published fiche.
        relue_le: when it was last re-read (ISO), None for never.
    """

    version: int
    relue_le: str | None

    @classmethod
    def de(cls, structure: Structure) -> "OffreVue":
        """The state of an offer now."""
        relue_le = detail_de(structure).relue_le
        return cls(structure.version, relue_le.isoformat() if relue_le else None)


@dataclass(slots=True)
class Bilan:
    """What became of each offer: (key, name, why it was not confirmed)."""

    relues: list[Structure] = field(default_factory=list)
    deja: list[tuple[int, str, str]] = field(default_factory=list)
    ecartees: list[tuple[int, str, str]] = field(default_factory=list)


@transaction.atomic
def relire_offres(*, etablissement_id: int, auteur, vues: Mapping[int, OffreVue], relu: bool, motif: str = "") -> Bilan:
    """Records that offers were re-read and are right as they are published; nothing else changes (S110).

    Args:
        etablissement_id: their EG.
        auteur: who re-read them.
        vues: offer → what she was shown of it.
        relu: she said « J’ai relu… ».
        motif: told in the history beside each.

    Returns:
        The offers confirmed, those that were already, and those left to be re-read with the reason.

    Raises:
        DroitManquant: she may broadcast nothing at all.
        SaisieInvalide: the box is not ticked, no offer, or more than `LOT`.
    """
    exiger(auteur, Action.DIFFUSER)
    if not vues or len(vues) > LOT:
        raise SaisieInvalide({"offres": f"Choisissez de une à {LOT} offres à valider."})
    if not relu:
        raise SaisieInvalide({"relu": "Cochez «\u00a0J’ai relu ces offres et je les valide.\u00a0» avant de valider."})
    etablissement = Structure.objects.select_related("entite_geographique").get(pk=etablissement_id)
    libres = verrouiller_libres(vues)
    permises = etablissement.get_descendants().filter(filtre(auteur, Action.DIFFUSER), niveau=Niveau.UO)
    sorts = _juger(libres, etablissement, set(permises.filter(pk__in=vues).values_list("pk", flat=True)), vues)
    bilan = Bilan()
    for pk, nom in _noms(vues):
        sort, raison = sorts.get(pk, (Sort.ECARTEE, "Quelqu’un l’enregistre en ce moment\u00a0: recommencez."))
        if sort is Sort.RELUE:
            bilan.relues.append(libres[pk])
        else:
            (bilan.deja if sort is Sort.DEJA else bilan.ecartees).append((pk, nom, raison))
    _marquer(bilan.relues, auteur, motif)
    return bilan


def _noms(vues: Collection[int]) -> list[tuple[int, str]]:
    return list(Structure.objects.filter(pk__in=vues).order_by("nom_recherche", "pk").values_list("pk", "nom"))


def _juger(
    offres: Mapping[int, Structure], etablissement: Structure, permises: Collection[int], vues: Mapping[int, OffreVue]
) -> dict[int, tuple[Sort, str]]:
    """What is to become of each locked offer, and why."""
    charger_details(offres.values())
    prefetch_related_objects([detail_de(offre) for offre in offres.values()], "relue_par")
    attente = Modification.objects.filter(structure__in=offres, etat=Modification.Etat.EN_ATTENTE)
    en_attente = set(attente.values_list("structure_id", flat=True))
    bloquees = _bloquees(etablissement)
    return {
        pk: _juger_une(offre, pk in permises, vues[pk], pk in en_attente, bloquees.get(pk, ""))
        for pk, offre in offres.items()
    }


def _juger_une(offre: Structure, permise: bool, vue: OffreVue, en_attente: bool, bloquee: str) -> tuple[Sort, str]:
    actuelle = OffreVue.de(offre)
    if not permise:
        return Sort.ECARTEE, "Elle n’est plus dans cet établissement, ou plus dans votre périmètre."
    if motif := motif_fermee(offre):
        return Sort.ECARTEE, motif
    if actuelle.version != vue.version:
        return Sort.ECARTEE, "Elle a changé depuis l’affichage de la page\u00a0: relisez-la."
    if actuelle.relue_le != vue.relue_le:
        return Sort.DEJA, f"Déjà relue et validée par {detail_de(offre).relue_par or 'une autre personne'}."
    if en_attente:
        return Sort.ECARTEE, "Des modifications non diffusées attendent\u00a0: validez-les ou abandonnez-les d’abord."
    return (Sort.ECARTEE, bloquee) if bloquee else (Sort.RELUE, "")


def _bloquees(etablissement: Structure) -> dict[int, str]:
    """Offer → the blocking national rules it breaks as it is published, in words."""
    phrases: dict[int, list[str]] = defaultdict(list)
    for pk, constats in constats_des_offres(etablissement).items():
        phrases[pk] += [
            f"Règle nationale {c.regle.code}. {c.message} {c.regle.instruction}" for c in constats if c.bloquant
        ]
    return {pk: " ".join(textes) for pk, textes in phrases.items() if textes}


def _marquer(offres: Collection[Structure], auteur, motif: str) -> None:
    """Dates the re-reading of locked offers and of all their sections, and journals it."""
    instant, unites = timezone.now(), [detail_de(offre) for offre in offres]
    for unite in unites:
        unite.relue_le, unite.relue_par, unite._history_user = instant, auteur, auteur
    mettre_a_jour(UniteOperationnelle, ("relue_le", "relue_par_id"), unites)
    historiser(unites, "~")
    rafraichir(offre.pk for offre in offres)
    sections = sections_verifiables(Niveau.UO)
    verifier_ensemble([(offre, auteur, sections) for offre in offres], instant)
    inserer(
        EntreeJournal,
        [
            EntreeJournal(
                structure=offre,
                version=offre.version,
                le=instant,
                auteur=auteur,
                origine=EntreeJournal.Origine.SAISIE,
                motif=motif,
                phrases=[PHRASE],
                changements=[],
            )
            for offre in offres
        ],
    )
