"""« Catégorie de Besoins » and « Filière » (S52): codes grouped by seed data, establishments classed by their codes.

No official list gives these two axes. « Catégorie de Besoins » takes up the « spécialité / catégorie de besoins » of
the types d’UO (S72); « Filière » gathers the types, categories and levels of expertise of one line of care. Both are
inferred, hence data and never rules: `donnees/regroupements.csv` is loaded once, and
`manage.py importer_regroupements FILE` replaces it.

`Classement` is computed from the codes, like lft and rght from parent: at the integration of a dossier, and by a task
for all the rest. A sensitive offer classes nothing, so that no branch tells of it. What is in no grouping is
« non renseigné ».
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from django.db import connection, transaction

from ror.commun.erreurs import SaisieInvalide

from .models import Axe, Code, Regroupement

LIVRES = Path(__file__).parent / "donnees" / "regroupements.csv"
COLONNES = ("axe", "regroupement", "nomenclature", "code")


def charger_livres() -> int:
    """Loads the groupings shipped, for the axes that have none yet; those a person changed are kept.

    Returns:
        How many groupings were created.
    """
    pourvus = set(Regroupement.objects.values_list("axe", flat=True))
    return _ecrire([ligne for ligne in _lire(LIVRES.read_text(encoding="utf-8")) if ligne["axe"] not in pourvus])


@transaction.atomic
def importer(texte: str) -> int:
    """Replaces the groupings of each axis that a CSV file names (axe, regroupement, nomenclature, code[, origine]).

    Returns:
        How many groupings the file holds.

    Raises:
        SaisieInvalide: a column is missing, or a line names an axis or a code that does not exist; nothing is written.
    """
    lignes = _lire(texte)
    Regroupement.objects.filter(axe__in={ligne["axe"] for ligne in lignes}).delete()
    nombre = _ecrire(lignes)
    classer()
    return nombre


def _lire(texte: str) -> list[dict[str, str]]:
    lecteur = csv.DictReader(io.StringIO(texte.removeprefix("\ufeff")))
    if not set(COLONNES) <= set(lecteur.fieldnames or ()):
        raise SaisieInvalide({"fichier": f"Colonnes attendues : {', '.join(COLONNES)}."})
    lignes = list(lecteur)
    for numero, ligne in enumerate(lignes, 2):
        if ligne["axe"] not in Axe.values or not (ligne["regroupement"] or "").strip():
            raise SaisieInvalide({"fichier": f"Ligne {numero} : un axe ({', '.join(Axe.values)}) et un nom attendus."})
    return lignes


def _ecrire(lignes: list[dict[str, str]]) -> int:
    codes = _codes(lignes)
    groupes: dict[tuple[str, str], Regroupement] = {}
    portes = defaultdict(set)
    for ligne in lignes:
        cle = ligne["axe"], ligne["regroupement"].strip()
        rang = len(groupes)
        groupes.setdefault(cle, Regroupement(axe=cle[0], nom=cle[1], rang=rang, origine=ligne.get("origine") or ""))
        portes[cle] |= codes[ligne["nomenclature"], ligne["code"]]
    Regroupement.objects.bulk_create(groupes.values())
    lien = Regroupement.codes.through
    lien.objects.bulk_create(
        lien(regroupement_id=groupes[cle].pk, code_id=pk) for cle, pks in portes.items() for pk in sorted(pks)
    )
    return len(groupes)


def _codes(lignes: list[dict[str, str]]) -> dict[tuple[str, str], set[int]]:
    connus = defaultdict(set)
    listes = {ligne["nomenclature"] for ligne in lignes}
    for liste, code, pk in Code.objects.filter(nomenclature__identifiant__in=listes).values_list(
        "nomenclature__identifiant", "code", "pk"
    ):
        connus[liste, code].add(pk)
    for ligne in lignes:
        if not connus[ligne["nomenclature"], ligne["code"]]:
            raise SaisieInvalide(
                {"fichier": f"La nomenclature {ligne['nomenclature']} n’a pas de code « {ligne['code']} »."}
            )
    return connus


def classer(etablissements: Collection[int] | None = None) -> int:
    """Brings the classes of establishments up to date: only what differs is written.

    Args:
        etablissements: keys of the EG concerned; all when left out.

    Returns:
        How many classes were added or taken away.
    """
    tous = etablissements is None
    concernes = list(etablissements or ())
    with connection.cursor() as curseur:
        curseur.execute(_SQL_CLASSER, {"tous": tous, "eg": concernes})
        return curseur.fetchone()[0]


# Both parts are kept apart from the planner: it cannot guess how few nodes a range holds, and would look the whole tree
# up for each offer.
_SQL_CLASSER = """
WITH porteuses AS MATERIALIZED (
    SELECT rc.regroupement_id, unite.structure_id FROM referentiel_regroupement_codes rc
    JOIN referentiel_uniteoperationnelle unite ON unite.type_offre_id = rc.code_id
    UNION ALL
    SELECT rc.regroupement_id, porte.structure_id FROM referentiel_regroupement_codes rc
    JOIN referentiel_codeporte porte ON porte.code_id = rc.code_id
), sites AS MATERIALIZED (
    SELECT id, tree_id, lft, rght FROM referentiel_structure
    WHERE niveau = 'EG' AND (%(tous)s OR id = ANY(%(eg)s))
), situees AS MATERIALIZED (
    SELECT offre.id AS structure_id, sites.id AS etablissement_id FROM sites
    JOIN referentiel_structure offre ON offre.tree_id = sites.tree_id AND offre.lft BETWEEN sites.lft AND sites.rght
    WHERE NOT EXISTS (
        SELECT FROM referentiel_uniteoperationnelle u WHERE u.structure_id = offre.id AND u.unite_sensible)
), voulu AS MATERIALIZED (
    SELECT porteuses.regroupement_id, situees.etablissement_id
    FROM porteuses JOIN situees ON situees.structure_id = porteuses.structure_id
    UNION
    SELECT rc.regroupement_id, detail.structure_id FROM referentiel_regroupement_codes rc
    JOIN referentiel_code code ON code.id = rc.code_id
    JOIN referentiel_nomenclature liste ON liste.id = code.nomenclature_id AND liste.identifiant = 'FINESS_CATEGORIE'
    JOIN referentiel_entitegeographique detail ON detail.categorie = code.code
    WHERE %(tous)s OR detail.structure_id = ANY(%(eg)s)
), retire AS (
    DELETE FROM referentiel_classement c WHERE (%(tous)s OR c.etablissement_id = ANY(%(eg)s)) AND NOT EXISTS (
        SELECT FROM voulu v WHERE v.regroupement_id = c.regroupement_id AND v.etablissement_id = c.etablissement_id)
    RETURNING 1
), ajoute AS (
    INSERT INTO referentiel_classement (regroupement_id, etablissement_id, axe)
    SELECT v.regroupement_id, v.etablissement_id, r.axe
    FROM voulu v JOIN referentiel_regroupement r ON r.id = v.regroupement_id
    WHERE NOT EXISTS (
        SELECT FROM referentiel_classement c
        WHERE c.regroupement_id = v.regroupement_id AND c.etablissement_id = v.etablissement_id)
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM retire) + (SELECT count(*) FROM ajoute)
"""
