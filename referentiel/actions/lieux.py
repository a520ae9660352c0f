"""Editing a lieu: at once, for all the offers given there; journaled on the EG that manages it (S44, S90)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from .. import fiches
from ..champs import CHAMPS_LIEU, Champ, Stockage
from ..changements import Changement, Choix, Fiche, Valeur, comparer, fusionner_tout, normaliser
from ..controles import controler, controler_formes
from ..derives import rafraichir
from ..lignes import ecrire_lignes, lire_lignes
from ..models import EntreeJournal, Lieu
from ..permissions import Action, exiger
from .fiches import exiger_ouverte, verrouiller

PREFIXE_LIEU = "lieu/"
"""Fields of the journal that begin so are those of a lieu, not of the fiche."""

GENRES = {nom: champ.genre for nom, champ in CHAMPS_LIEU.items()}


def prefixe_journal(lieu: Lieu) -> str:
    """What precedes the names of the fields of a lieu in the journal of its establishment."""
    return f"{PREFIXE_LIEU}{lieu.cle}/"


def lire_lieu(lieu: Lieu) -> dict[str, Valeur]:
    """Returns the values of a lieu, normalised."""
    return {nom: normaliser(_lire(lieu, champ), champ.genre) for nom, champ in CHAMPS_LIEU.items()}


def lieu_vide() -> dict[str, Valeur]:
    """Returns the values that the form of a new lieu shows."""
    return {"statut": Lieu().statut}


def _lire(lieu: Lieu, champ: Champ) -> Valeur:
    return lire_lignes(lieu, champ) if champ.stockage is Stockage.LIGNES else fiches.lire_colonne(lieu, champ)


@transaction.atomic
def modifier_lieu(
    *,
    lieu_id: int,
    auteur,
    vues: Fiche,
    saisies: Fiche,
    choix: Mapping[str, Choix] | None = None,
    motif: str = "",
    retour_de: EntreeJournal | None = None,
) -> Lieu:
    """Saves typed values of a lieu, merged with what others saved since the form was opened.

    Args:
        lieu_id: the lieu.
        auteur: who typed.
        vues: the values her form showed.
        saisies: the values she sent; a field left out is untouched.
        choix: her answers to the conflicts of a former try.
        motif: why, told in the history.
        retour_de: the entry of the journal that this undoes.

    Raises:
        DroitManquant: she may not edit the establishment.
        EtatIncompatible: the establishment is closed for good.
        SaisieInvalide: a value breaks a rule of its field.
        ConflitDeVersion: somebody else changed the same values since the form was opened.
    """
    lieu = Lieu.objects.get(pk=lieu_id)
    structure = verrouiller(lieu.etablissement_id)
    lieu = Lieu.objects.select_for_update(of=("self",), no_key=True).select_related("fonction").get(pk=lieu_id)
    exiger(auteur, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    controler_formes(CHAMPS_LIEU, saisies)
    gestes = comparer(vues, saisies, GENRES)
    controler(CHAMPS_LIEU, gestes, lieu)
    actuelles = lire_lieu(lieu)
    nouvelles, conflits = fusionner_tout(gestes, actuelles, GENRES, choix)
    if conflits:
        raise ConflitDeVersion(conflits)
    ecrits = comparer(actuelles, nouvelles, GENRES)
    if ecrits:
        for changement in ecrits:
            champ = CHAMPS_LIEU[changement.champ]
            if champ.stockage is Stockage.LIGNES:
                ecrire_lignes(lieu, champ, changement.propose or {})  # type: ignore[arg-type]
            else:
                fiches.ecrire_colonne(lieu, champ, changement.propose)
        lieu.version += 1
        lieu.save()
        rafraichir(lieu.unites.values_list("pk", flat=True))
        _journaliser(lieu, structure, auteur, ecrits, motif=motif, retour_de=retour_de)
    return lieu


@transaction.atomic
def creer_lieu(*, etablissement_id: int, auteur, saisies: Fiche) -> Lieu:
    """Adds a lieu to an establishment; seen at once, like every change of a lieu.

    Args:
        etablissement_id: the EG.
        auteur: who adds it.
        saisies: its values, as `modifier_lieu` takes them.

    Raises:
        DroitManquant: she may not edit the establishment.
        EtatIncompatible: the establishment is closed for good.
        SaisieInvalide: a value breaks a rule of its field, or the establishment has a lieu of that name.
    """
    structure = verrouiller(etablissement_id)
    exiger(auteur, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    controler_formes(CHAMPS_LIEU, saisies)
    nom = str(saisies.get("nom") or "").strip()
    if Lieu.objects.filter(etablissement=structure, nom__iexact=nom).exists():
        raise SaisieInvalide({"nom": f"Nom\u00a0: cet établissement a déjà un lieu «\u00a0{nom}\u00a0»."})
    lieu = Lieu(etablissement=structure)
    gestes = comparer(lieu_vide(), saisies, GENRES)
    controler(CHAMPS_LIEU, gestes)
    for geste in gestes:
        fiches.ecrire_colonne(lieu, CHAMPS_LIEU[geste.champ], geste.propose)
    lieu.save()
    _journaliser(lieu, structure, auteur, gestes)
    return lieu


def _journaliser(lieu: Lieu, structure, auteur, ecrits: tuple[Changement, ...], **autres) -> None:
    prefixe = prefixe_journal(lieu)
    (phrases,) = fiches.raconter(CHAMPS_LIEU, [ecrits])
    EntreeJournal.objects.create(
        structure=structure,
        version=structure.version,
        le=timezone.now(),
        auteur=auteur,
        origine=EntreeJournal.Origine.SAISIE,
        phrases=[f"Lieu «\u00a0{lieu.nom}\u00a0», {phrase}" for phrase in phrases],
        changements=[{**c.en_json(), "champ": prefixe + c.champ} for c in ecrits],
        **autres,
    )
