"""Writing to the live fiches: merged, controlled, journaled, within the transaction of who decided it.

Everything is done by lots, in a constant number of queries whatever the number of fiches; one fiche is a lot of one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from ror.commun.ecriture_en_masse import historiser, inserer, mettre_a_jour
from ror.commun.erreurs import FicheInvalide, SaisieInvalide
from ror.commun.texte import normaliser as normaliser_texte

from .. import fermeture, fiches
from ..champs import champs_de
from ..changements import Changement, Choix, Conflit, Fiche, comparer, fusionner_tout
from ..controles import LIES, controler_ensemble, controler_schema
from ..derives import rafraichir
from ..lexique import lexique_partage
from ..modeles_saisie import SchemaUO, est_vide
from ..models import EntreeJournal, Modification, Structure
from ..niveaux import Niveau
from ..schemas import schema_de, schemas_de
from .etat import deriver_etat
from .verifications import verifier_ensemble

_PROPRES = frozenset(champ.name for champ in Structure._meta.concrete_fields)
_VERSION = ("version", "modifie_le")
_RELUES = frozenset({EntreeJournal.Origine.SAISIE, EntreeJournal.Origine.DOSSIER})
"""Origins of what a person typed and others may take as verified that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to be published of one fiche.

    Attributes:
        structure: the node, locked by the caller.
        auteur: who decided it; None for the portal itself.
        changements: what changes.
        choix: answers to the conflicts, by `Conflit.identifiant`.
        origine: of the entry of the journal.
        motif: why.
        modification: the modification published.
        phrases: what the journal tells in place of each change.
        retour_de: the entry of the journal that this undoes.
    """

    structure: Structure
    auteur: Any
    changements: Sequence[Changement]
    choix: Mapping[str, Choix] | None = None
    origine: str = EntreeJournal.Origine.SAISIE
    motif: str = ""
    modification: Modification | None = None
    phrases: Sequence[str] | None = None
    retour_de: EntreeJournal | None = None


@dataclass(frozen=True, slots=True)
class Preparee:
    """A publication merged into what is published now and controlled; nothing is written yet.

    Attributes:
        publication: what was asked.
        actuelles: the present values.
        ecrits: what really changes.
        conflits: what is left open; then nothing is to be written.
        refus: the rules that the result breaks, by field; then nothing is to be written.
    """

    publication: Publication
    actuelles: Fiche
    ecrits: tuple[Changement, ...] = ()
    conflits: tuple[Conflit, ...] = ()
    refus: Mapping[str, str] | None = None

    @property
    def structure(self) -> Structure:
        return self.publication.structure

    @property
    def a_ecrire(self) -> bool:
        return bool(self.ecrits) and not self.conflits and not self.refus


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
    publication = Publication(
        structure=structure,
        auteur=auteur,
        changements=tuple(changements),
        choix=choix,
        origine=origine,
        motif=motif,
        modification=modification,
        phrases=phrases,
        retour_de=retour_de,
    )
    return publier_lot([publication])[0]


def publier_lot(publications: Sequence[Publication]) -> list[tuple[Conflit, ...]]:
    """Does what `publier_changements` does for several fiches, each once; the caller has locked their nodes.

    Returns:
        The conflicts left open on each fiche, in the same order: a fiche that has some is left as it is.

    Raises:
        FicheInvalide: the values of a fiche would contradict one another; nothing is written of any.
    """
    preparees = preparer_lot(publications)
    for preparee in preparees:
        if preparee.refus:
            raise FicheInvalide(preparee.structure.pk, dict(preparee.refus))
    ecrire_lot(preparees)
    return [preparee.conflits for preparee in preparees]


def preparer_lot(publications: Sequence[Publication]) -> list[Preparee]:
    """Merges publications into what is published now and controls them; writes nothing.

    Raises:
        ValueError: a fiche comes twice.
    """
    if len({p.structure.pk for p in publications}) < len(publications):
        raise ValueError("A fiche comes twice in one lot: its second publication would not see the first.")
    lues = fiches.lire_ensemble([(p.structure, LIES | {c.champ for c in p.changements}) for p in publications])
    fusionnees = [_fusionner(p, actuelles) for p, actuelles in zip(publications, lues, strict=True)]
    a_voir = [p for p in fusionnees if p.a_ecrire and p.publication.retour_de is None and _vides(p.ecrits)]
    schemas = schemas_de([(p.structure, None) for p in a_voir])  # what was published empty may be so again
    return [_verifier_vides(p, schemas[p.structure.pk]) if p.structure.pk in schemas else p for p in fusionnees]


@lexique_partage()
def ecrire_lot(preparees: Iterable[Preparee]) -> None:
    """Writes and journals the prepared publications that have neither conflict nor refusal."""
    preparees = [preparee for preparee in preparees if preparee.a_ecrire]
    if not preparees:
        return
    champs = {niveau: champs_de(niveau) for niveau in {p.structure.type_niveau for p in preparees}}
    racontees = fiches.raconter_ensemble([(champs[p.structure.type_niveau], p.ecrits) for p in preparees])
    fiches.ecrire_ensemble([(p.structure, {c.champ: c.propose for c in p.ecrits}, p.actuelles) for p in preparees])
    noms = [{c.champ for c in p.ecrits} for p in preparees]
    for preparee, ecrits, phrases in zip(preparees, noms, racontees, strict=True):
        if preparee.structure.niveau == Niveau.UO and not ecrits.isdisjoint(fermeture.CHAMPS):
            phrases += deriver_etat(preparee.structure)
            ecrits.add("etat")
    _enregistrer_noeuds([(p.structure, ecrits & _PROPRES) for p, ecrits in zip(preparees, noms, strict=True)])
    verifier_ensemble(
        (
            p.structure,
            p.publication.auteur,
            sorted({champs[p.structure.type_niveau][c.champ].section for c in p.ecrits}),
        )
        for p in preparees
        if p.publication.origine in _RELUES and p.publication.auteur is not None
    )
    inserer(EntreeJournal, [_entree(p, phrases) for p, phrases in zip(preparees, racontees, strict=True)])
    rafraichir(p.structure.pk for p in preparees)


def controler_vides(structure: Structure, ecrits: Iterable[Changement]) -> None:
    """Refuses to empty a field that this kind of offer needs (S76); the model may have come after the typing."""
    if vides := _vides(ecrits):
        _controler_vides(structure, vides, schema_de(structure))


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


def _fusionner(publication: Publication, actuelles: Fiche) -> Preparee:
    genres = fiches.genres_de(publication.structure.type_niveau)
    nouvelles, conflits = fusionner_tout(publication.changements, actuelles, genres, publication.choix)
    ecrits = comparer(actuelles, nouvelles, genres)
    if ecrits and not conflits:
        try:
            controler_ensemble(nouvelles)
        except SaisieInvalide as erreur:
            return Preparee(publication, actuelles, ecrits, refus=erreur.erreurs)
    return Preparee(publication, actuelles, ecrits, conflits)


def _vides(ecrits: Iterable[Changement]) -> list[Changement]:
    return [c for c in ecrits if est_vide(c.propose)]


def _verifier_vides(preparee: Preparee, schema: SchemaUO) -> Preparee:
    try:
        _controler_vides(preparee.structure, _vides(preparee.ecrits), schema)
    except SaisieInvalide as erreur:
        return replace(preparee, refus=erreur.erreurs)
    return preparee


def _controler_vides(structure: Structure, vides: Sequence[Changement], schema: SchemaUO) -> None:
    controler_schema(schema, champs_de(structure.type_niveau), vides, {c.champ: c.base for c in vides})


def _enregistrer_noeuds(propres: Sequence[tuple[Structure, Collection[str]]]) -> None:
    """Saves nodes under their next version; the history keeps one only when values of its own changed.

    Args:
        propres: each node, and which of its own columns changed.
    """
    instant, changes = timezone.now(), []
    for structure, colonnes in propres:
        structure.version += 1
        structure.modifie_le = instant
        if colonnes:
            structure.nom_recherche = normaliser_texte(structure.nom)
            changes.append(structure)
    colonnes_changees = {"nom_recherche"}.union(*(colonnes for _, colonnes in propres))
    mettre_a_jour(Structure, _VERSION, [structure for structure, colonnes in propres if not colonnes])
    mettre_a_jour(Structure, [*_VERSION, *sorted(colonnes_changees)], changes)
    historiser(changes, "~")


def _entree(preparee: Preparee, racontees: list[str]) -> EntreeJournal:
    publication, structure = preparee.publication, preparee.structure
    return EntreeJournal(
        structure=structure,
        version=structure.version,
        le=timezone.now(),
        auteur=publication.auteur,
        origine=publication.origine,
        motif=publication.motif,
        phrases=list(publication.phrases or racontees),
        changements=[c.en_json() for c in preparee.ecrits],
        modification=publication.modification,
        retour_de=publication.retour_de,
    )
