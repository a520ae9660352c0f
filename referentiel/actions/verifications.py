"""Verifying a section of a fiche: alone, « Marquer comme à jour », or with what is re-read and published (M9)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ror.commun.ecriture_en_masse import inserer_lignes
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..champs import SECTIONS, sections_de
from ..models import EntreeJournal, Structure, VerificationSection
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .fiches import changements_de, exiger_ouverte, modification_en_attente, verrouiller
from .vu import DejaFait


def sections_verifiables(niveau: Niveau) -> list[str]:
    """Returns the sections that people fill and verify; those of FINESS have its date of reception."""
    return [cle for cle, champs in sections_de(niveau).items() if not all(champ.finess for champ in champs)]


def verifier_sections(structure: Structure, auteur, sections: Iterable[str], le: datetime | None = None) -> None:
    """Dates sections of a fiche, now or `le`; the caller has locked the node and journals."""
    verifier_ensemble([(structure, auteur, sections)], le)


def verifier_ensemble(relues: Iterable[tuple[Structure, Any, Iterable[str]]], le: datetime | None = None) -> None:
    """Does what `verifier_sections` does for (node, author, sections) of several fiches."""
    le = le or timezone.now()
    lignes = [
        {"structure_id": structure.pk, "section": section, "verifiee_le": le, "verifiee_par_id": auteur.pk}
        for structure, auteur, sections in relues
        for section in sorted(sections)
    ]
    inserer_lignes(VerificationSection, lignes, uniques=("structure_id", "section"))


@transaction.atomic
def marquer_a_jour(*, structure_id: int, auteur, section: str, version_vue: int) -> VerificationSection:
    """« Marquer comme à jour »: what is published in one section was verified today; nothing else changes (M9).

    The yearly re-reading of the offer stays a thing of its own (S110).

    Args:
        structure_id: the fiche.
        auteur: who verified it.
        section: key of `champs.SECTIONS`.
        version_vue: version of the fiche she read.

    Raises:
        DroitManquant: she may not broadcast this fiche.
        SaisieInvalide: no such section to verify on this fiche.
        DejaFait: it was verified today already.
        EtatIncompatible: the fiche is closed for good, the section changed since she read it, or changes wait in it.
    """
    structure = verrouiller(structure_id)
    exiger(auteur, Action.DIFFUSER, structure)
    exiger_ouverte(structure)
    if section not in sections_verifiables(structure.type_niveau):
        raise SaisieInvalide({"section": "Cette section ne se marque pas comme à jour."})
    titre = SECTIONS[section]
    noms = {champ.nom for champ in sections_de(structure.type_niveau)[section]}
    if _changes_depuis(structure, version_vue) & noms:
        raise EtatIncompatible(
            f"{titre}\u00a0: cette section a changé depuis l’affichage de la page. Relisez-la, puis recommencez."
        )
    if any(c.champ in noms for c in changements_de(modification_en_attente(structure))):
        raise EtatIncompatible(
            f"{titre}\u00a0: des modifications non diffusées attendent dans cette section. Validez-les d’abord."
        )
    verification = structure.verifications.filter(section=section).select_related("verifiee_par").first()
    if verification and timezone.localdate(verification.verifiee_le) == timezone.localdate():
        raise DejaFait(f"{titre}\u00a0: section déjà vérifiée aujourd’hui par {verification.verifiee_par}.")
    verifier_sections(structure, auteur, [section])
    EntreeJournal.objects.create(
        structure=structure,
        version=structure.version,
        le=timezone.now(),
        auteur=auteur,
        origine=EntreeJournal.Origine.SAISIE,
        phrases=[f"{titre}\u00a0: vérifié et marqué comme à jour, sans modification."],
    )
    return structure.verifications.get(section=section)


def _changes_depuis(structure: Structure, version: int) -> set[str]:
    """Names of the fields published after a version."""
    lots = EntreeJournal.objects.filter(structure=structure, version__gt=version).values_list("changements", flat=True)
    return {changement["champ"] for lot in lots for changement in lot}
