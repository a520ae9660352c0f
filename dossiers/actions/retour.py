"""« Annuler la publication »: undoing a published dossier as a new traced act (B5)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from referentiel.actions.ecriture import Publication, journaliser, publier_lot
from referentiel.actions.suppression import instantaner, restaurer
from referentiel.arbre import reorganiser, verrouiller_arbres
from referentiel.changements import Choix
from referentiel.derives import rafraichir
from referentiel.models import EntreeJournal, FicheSupprimee, Structure, UniteOperationnelle
from referentiel.regroupements import classer
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..etats import Etat, Geste
from ..models import Dossier
from ..retour import Contradiction, Retour, place_de, preparer
from ..superposition import arbre_publie
from .avis import avertir_fin
from .commun import noter, verrouiller


class ChoixAFaire(EtatIncompatible):
    """What was changed since must be settled first; `contradictions` says what."""

    def __init__(self, contradictions: list[Contradiction]) -> None:
        super().__init__("Des fiches ont changé depuis la publication\u00a0: choisissez ce qu’il faut garder.")
        self.contradictions = contradictions


@transaction.atomic
def annuler_integration(
    *, dossier_id: int, auteur, motif: str, choix: Mapping[str, Choix] | None = None, vu: str | None = None
) -> Dossier:
    """Gives back what was there before a dossier was published; what others changed since is asked, never lost.

    Args:
        dossier_id: the dossier.
        auteur: who undoes it.
        motif: why.
        choix: her answers, by `Contradiction.nom`.
        vu: when the dossier she was shown was last changed (ISO).

    Raises:
        DroitManquant: she may not approve this dossier.
        EtatIncompatible: it is not published, changed since it was shown, or something forbids to undo it.
        ChoixAFaire: what was changed since has no answer.
        SaisieInvalide: no reason, or too long.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.ANNULER, vu)
    motif = motif.strip()
    if not motif or len(motif) > 255:
        raise SaisieInvalide({"motif": "Dites pourquoi, en 255 caractères au plus."})
    _verrouiller_arbre(dossier)
    retour = preparer(dossier, choix)
    if retour.empechements:
        raise EtatIncompatible(" ".join(retour.empechements[:3]))
    if retour.contradictions:
        raise ChoixAFaire(retour.contradictions)
    _restaurer(retour)
    _replacer(retour, auteur, motif)
    _rendre(retour, auteur, motif)
    classer([dossier.etablissement_id])
    de = dossier.etat_dossier
    dossier.etat = Etat.ANNULE.value
    dossier.save()
    retour.integration.annulee_par, retour.integration.annulee_le = auteur, timezone.now()
    retour.integration.save(update_fields=["annulee_par", "annulee_le"])
    noter(
        dossier,
        auteur,
        Geste.ANNULER,
        "Publication annulée\u00a0: le Répertoire est revenu à l’état d’avant.",
        de=de,
        message=motif,
    )
    avertir_fin(dossier, auteur, de)
    return dossier


def _verrouiller_arbre(dossier: Dossier) -> None:
    verrouiller_arbres([dossier.etablissement_id])
    place = Structure.objects.values("tree_id", "lft", "rght").get(pk=dossier.etablissement_id)
    dessous = Structure.objects.filter(tree_id=place["tree_id"], lft__gte=place["lft"], rght__lte=place["rght"])
    list(dessous.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _restaurer(retour: Retour) -> None:
    tombes: list[FicheSupprimee] = retour.a_restaurer
    if not tombes:
        return
    restaurees = {t.cle for t in tombes}
    vivantes = Structure.objects.in_bulk({place_de(t) for t in tombes} - restaurees)
    parents = {t.cle: p if (p := place_de(t)) in restaurees else vivantes[p] for t in tombes}
    restaurer(tombes, racine=retour.dossier.etablissement, parents=parents)


def _replacer(retour: Retour, auteur, motif: str) -> None:
    """Moves back, then deletes what the dossier had created; what is kept of it stays readable."""
    arbre = arbre_publie(retour.dossier.etablissement)
    chemins = {s.pk: arbre.chemin(f"s{s.pk}") for s in retour.a_supprimer if f"s{s.pk}" in arbre}
    raison = f"Annulation du dossier «\u00a0{retour.dossier.nom}\u00a0»\u00a0: {motif}"
    if retour.a_supprimer:
        instantaner(retour.a_supprimer, auteur=auteur, motif=raison, chemins=chemins)
    reorganiser(
        racine=retour.dossier.etablissement,
        deplacements=retour.a_replacer,
        suppressions=[s.pk for s in retour.a_supprimer],
    )


def _rendre(retour: Retour, auteur, motif: str) -> None:
    """Gives types and values back, with a line of history on each fiche."""
    raison = f"Annulation du dossier «\u00a0{retour.dossier.nom}\u00a0»\u00a0: {motif}"[:255]
    unites = list(UniteOperationnelle.objects.filter(structure__in=list(retour.types)))
    for unite in unites:
        unite.type_offre_id = retour.types[unite.structure_id]
    if unites:
        bulk_update_with_history(unites, UniteOperationnelle, ["type_offre"])
        rafraichir(unite.structure_id for unite in unites)
    frais = Structure.objects.in_bulk([x.structure.pk for x in retour.lignes if x.changements])
    publier_lot(
        [
            Publication(
                structure=frais[x.structure.pk],
                auteur=auteur,
                changements=x.changements,
                origine=EntreeJournal.Origine.DOSSIER,
                motif=raison,
                retour_de=x.entree,
            )
            for x in retour.lignes
            if x.changements
        ]
    )
    autres = ({*retour.a_replacer, *retour.types, *(t.cle for t in retour.a_restaurer)}) - frais.keys()
    for structure in Structure.objects.in_bulk(autres).values():
        phrase = "Fiche rendue à sa place et à son type d’avant ce dossier."
        if structure.pk in {t.cle for t in retour.a_restaurer}:
            phrase = "Fiche rétablie dans le Répertoire."
        journaliser(structure, auteur, [phrase], [], origine=EntreeJournal.Origine.DOSSIER, motif=raison)
