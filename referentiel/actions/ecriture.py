"""Writing to the live fiche: merged, controlled, journaled, within the transaction of who decided it."""

from collections.abc import Iterable, Mapping

from django.utils import timezone

from ror.commun.texte import normaliser as normaliser_texte

from .. import fermeture, fiches
from ..champs import champs_de
from ..changements import Changement, Choix, Conflit, comparer, fusionner_tout
from ..controles import LIES, controler_ensemble, controler_schema
from ..modeles_saisie import est_vide
from ..models import EntreeJournal, Modification, Structure
from ..niveaux import Niveau
from ..schemas import schema_de
from .etat import deriver_etat
from .verifications import verifier_sections


def publier_changements(
    *,
    structure: Structure,
    auteur,
    changements: Iterable[Changement],
    choix: Mapping[str, Choix] | None = None,
    origine: str = EntreeJournal.Origine.SAISIE,
    motif: str = "",
    modification: Modification | None = None,
    phrases: list[str] | None = None,
    retour_de: EntreeJournal | None = None,
) -> tuple[Conflit, ...]:
    """Merges changes into the live fiche, writes them and journals them; the caller has locked the node.

    The journal tells each change, or `phrases` in their place when given.

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
        if retour_de is None:  # what was published empty may be so again
            controler_vides(structure, ecrits)
        racontees = fiches.phrases(structure, ecrits)
        fiches.ecrire(structure, {c.champ: c.propose for c in ecrits}, actuelles)
        ecrits_noms = {c.champ for c in ecrits}
        if structure.niveau == Niveau.UO and not ecrits_noms.isdisjoint(fermeture.CHAMPS):
            racontees += deriver_etat(structure)
            ecrits_noms.add("etat")
        _enregistrer_noeud(structure, ecrits_noms)
        if origine == EntreeJournal.Origine.SAISIE and auteur is not None:
            champs = champs_de(structure.type_niveau)
            verifier_sections(structure, auteur, sorted({champs[c.champ].section for c in ecrits}))
        journaliser(
            structure,
            auteur,
            phrases or racontees,
            ecrits,
            origine=origine,
            motif=motif,
            modification=modification,
            retour_de=retour_de,
        )
    return ()


def controler_vides(structure: Structure, ecrits: Iterable[Changement]) -> None:
    """Refuses to empty a field that this kind of offer needs (S76); the model may have come after the typing."""
    vides = [c for c in ecrits if est_vide(c.propose)]
    if vides:
        champs = champs_de(structure.type_niveau)
        controler_schema(schema_de(structure), champs, vides, {c.champ: c.base for c in vides})


def _enregistrer_noeud(structure: Structure, champs: set[str]) -> None:
    """Saves the node under its next version; its history keeps it only when one of its own values changed."""
    structure.version += 1
    colonnes = ["version", "modifie_le"]
    if propres := champs & {champ.name for champ in Structure._meta.concrete_fields}:
        structure.nom_recherche = normaliser_texte(structure.nom)
        structure.save(update_fields=[*colonnes, *propres, "nom_recherche"])
    else:
        structure.save_without_historical_record(update_fields=colonnes)


def journaliser(
    structure: Structure,
    auteur,
    phrases: list[str],
    changements: Iterable[Changement],
    *,
    origine: str = EntreeJournal.Origine.SAISIE,
    motif: str = "",
    modification: Modification | None = None,
    retour_de: EntreeJournal | None = None,
) -> None:
    """Writes one line of the history of a fiche, under its present version."""
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
        retour_de=retour_de,
    )
