"""What the support corrected and FINESS still says otherwise: an écart to decide, never an overwriting (S91–S94).

A corrected structure is read again at each run, so that its écart is told as long as it is true. A record under a
number that the support corrected is told among the rejected lines: it would otherwise come back as another structure.
"""

from collections.abc import Collection, Iterable, Mapping

from django.db import connection

from referentiel.models import CorrectionFiness
from referentiel.niveaux import Niveau

from .correspondance import COLONNES, en_json
from .rapprochement import Ecart, Fiche

MOTIF = "Valeur corrigée par le support\u00a0: FINESS dit toujours l’ancienne."

Corrections = Mapping[tuple[int, str], CorrectionFiness]
"""(pk of the structure, column) → correction."""

_ANCIEN_NUMERO = """
SELECT s.numero_finess FROM referentiel_correctionfiness c JOIN referentiel_structure s ON s.id = c.structure_id
WHERE c.champ = 'numero_finess' AND c.valeur_finess = to_jsonb({numero}) AND s.numero_finess <> {numero}
"""

RAISON_ANCIEN_NUMERO = "Numéro corrigé par le support\u00a0: cette structure en porte un autre dans le ROR."
ANCIEN_NUMERO = f"EXISTS ({_ANCIEN_NUMERO.format(numero='r.finess')})"
"""SQL condition on a staged record `r`: its number is one that the support corrected."""


def numeros_corriges() -> set[str]:
    """Numbers of the structures with a correction: their records are read again whatever their digests."""
    lignes = CorrectionFiness.objects.exclude(structure__numero_finess=None)
    return set(lignes.values_list("structure__numero_finess", flat=True))


def renommer_les_ej(table: str) -> None:
    """Gives to the staged EG the present number of an EJ whose number the support corrected."""
    requete = _ANCIEN_NUMERO.format(numero="r.finess_ej")
    with connection.cursor() as curseur:
        curseur.execute(f"UPDATE {table} r SET finess_ej = ({requete}) WHERE EXISTS ({requete})")


def corrections_de(structures: Collection[int]) -> Corrections:
    """The corrections of these structures, in one query."""
    return {(c.structure_id, c.champ): c for c in CorrectionFiness.objects.filter(structure__in=structures)}


def est_repetee(ecart: Ecart, structure_id: int, niveau: Niveau, corrections: Corrections) -> bool:
    """Whether an écart only says again what FINESS said before the support corrected it."""
    correction = corrections.get((structure_id, COLONNES[niveau].get(ecart.champ or "", "")))
    return correction is not None and _meme(en_json(ecart.apres), correction.valeur_finess)


def reprises(
    cas: Iterable[tuple[int, Fiche]], niveau: Niveau, champs: Collection[str], corrections: Corrections
) -> list[int]:
    """pk of the corrections that FINESS has taken up: it gives the corrected value itself."""
    colonnes = {champ: colonne for champ, colonne in COLONNES[niveau].items() if champ in champs}
    return [
        correction.pk
        for structure_id, recue in cas
        for champ, colonne in colonnes.items()
        if (correction := corrections.get((structure_id, colonne)))
        and _meme(en_json(getattr(recue, champ)), correction.valeur)
    ]


def oublier(ecrits: Collection[tuple[int, str]]) -> None:
    """Forgets the corrections of these columns of these structures: a value of FINESS has been written over them."""
    connues = corrections_de({structure for structure, _ in ecrits})
    depassees = [correction.pk for cle, correction in connues.items() if cle in ecrits]
    CorrectionFiness.objects.filter(pk__in=depassees).delete()


def _meme(a: object, b: object) -> bool:
    """Whether two plain values are the same, every « nothing » being one."""
    return (a or None) == (b or None)
