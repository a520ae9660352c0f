"""What a file brings that the ROR has not: EJ and EG by thousands, in SQL, a transaction for each batch of EJ.

An EJ known by its establishments only is provisional until its own line comes (S67). A batch writes its nodes, their
details, their history and their digests together: killed anywhere, a run leaves whole batches, the next one goes on.
"""

from collections.abc import Iterator
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from referentiel import arbre
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.recherche.index import indexer_nouvelles, reindexer

from .correspondance import COLONNES, DETAILS
from .historique import historiser
from .models import Ecart, Empreinte, Execution
from .preparation import A_CREER, TABLES
from .rapprochement import Nature

EJ_PAR_LOT = 10_000

NOM_PROVISOIRE = "'Entité juridique ' || {numero} || ' (nom à recevoir)'"
_RECHERCHE_PROVISOIRE = "'entite juridique ' || lower({numero}) || ' nom a recevoir'"

_ETAT = "CASE WHEN r.ouvert THEN 'OUV' ELSE 'DEF' END"
_INCONNUE = "NOT EXISTS (SELECT 1 FROM referentiel_structure s WHERE s.numero_finess = {numero})"

_SQL_A_CREER = f"""
CREATE TEMP TABLE {A_CREER} AS
SELECT n.*, (dense_rank() OVER (ORDER BY coalesce(finess_parent, numero_finess)) - 1) / %s AS lot
FROM (
    SELECT r.finess AS numero_finess, NULL AS finess_parent, 'EJ' AS niveau, r.raison_sociale AS nom, r.nom_recherche,
        {_ETAT} AS etat, r.departement, '' AS groupe, false AS provisoire, 'FINESS' AS origine
    FROM {TABLES[Niveau.EJ]} r WHERE {_INCONNUE.format(numero="r.finess")}
  UNION ALL
    SELECT r.finess_ej, NULL, 'EJ', {NOM_PROVISOIRE.format(numero="r.finess_ej")},
        {_RECHERCHE_PROVISOIRE.format(numero="r.finess_ej")},
        'OUV', mode() WITHIN GROUP (ORDER BY r.departement), '', true, 'FINESS'
    FROM {TABLES[Niveau.EG]} r
    WHERE {_INCONNUE.format(numero="r.finess_ej")}
        AND NOT EXISTS (SELECT 1 FROM {TABLES[Niveau.EJ]} j WHERE j.finess = r.finess_ej)
    GROUP BY r.finess_ej
  UNION ALL
    SELECT r.finess, r.finess_ej, 'EG', r.raison_sociale, r.nom_recherche,
        {_ETAT}, r.departement, coalesce(c.groupe, ''), false, 'FINESS'
    FROM {TABLES[Niveau.EG]} r LEFT JOIN referentiel_correspondancecategorie c ON c.categorie = r.categorie
    WHERE {_INCONNUE.format(numero="r.finess")}
) n
"""


def planifier() -> dict[str, int]:
    """Prepares what is to be created from the staging tables. Returns how many EG, EJ and provisional EJ."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_A_CREER, [EJ_PAR_LOT])
        curseur.execute(f"CREATE INDEX ON {A_CREER} (lot)")
        curseur.execute(f"ANALYZE {A_CREER}")
        curseur.execute(
            "SELECT count(*) FILTER (WHERE niveau = 'EG'), count(*) FILTER (WHERE niveau = 'EJ' AND NOT provisoire),"
            f" count(*) FILTER (WHERE provisoire) FROM {A_CREER}"
        )
        eg, ej, provisoires = curseur.fetchone()
    return {"eg_creees": eg, "ej_creees": ej, "ej_provisoires": provisoires}


def creer(*, execution: Execution, jour: date, premier: bool) -> Iterator[int]:
    """Creates what `planifier` prepared, yielding how many nodes each batch wrote.

    Args:
        execution: the run.
        jour: date of the data.
        premier: a first load; its creations, which are everything, are counted, neither listed one by one nor doubled
            by their history (the file is their first state).
    """
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT coalesce(max(lot), -1) FROM {A_CREER}")
        dernier = curseur.fetchone()[0]
    for lot in range(dernier + 1):
        with transaction.atomic(), connection.cursor() as curseur:
            # The words of the names of the tree are indexed once, at the end (those of the search wait by ATTENTE_KO).
            curseur.execute("SET LOCAL gin_pending_list_limit = '512MB'")
            # A batch lost by a failure of the machine is done again by the next run: no need to wait for the disk.
            curseur.execute("SET LOCAL synchronous_commit = off")
            curseur.execute(f"CREATE TEMP TABLE finess_lot AS SELECT * FROM {A_CREER} WHERE lot = %s", [lot])
            curseur.execute("ANALYZE finess_lot (numero_finess, niveau)")
            nombre = arbre.charger_en_masse(table="finess_lot")
            for niveau in TABLES:
                _inserer_details(curseur, niveau, jour)
                _empreindre(curseur, niveau, "finess_lot", "numero_finess")
            if not premier:
                _noter_creations(curseur, execution)
            _indexer(curseur)
            curseur.execute("DROP TABLE finess_lot")
        yield nombre
    if dernier < 0:
        return
    with connection.cursor() as curseur:
        for index in ("structure_mots", "recherche_mots"):
            curseur.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        # The plans of what follows must know the new size at once.
        curseur.execute("ANALYZE referentiel_structure, referentiel_ficherecherche")
        for modele in DETAILS.values():
            curseur.execute(f"ANALYZE {modele._meta.db_table} (structure_id)")


def _indexer(curseur) -> None:
    """Writes what « Recherche » reads of the batch."""
    curseur.execute(
        "SELECT l.niveau, array_agg(s.id) FROM finess_lot l"
        " JOIN referentiel_structure s ON s.numero_finess = l.numero_finess GROUP BY l.niveau"
    )
    indexer_nouvelles({Niveau(niveau): pks for niveau, pks in curseur.fetchall()})


def a_completer() -> int:
    """How many provisional EJ the staged lines complete."""
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT count(*) FROM {TABLES[Niveau.EJ]} r"
            " JOIN referentiel_structure s ON s.numero_finess = r.finess AND s.provisoire"
        )
        return curseur.fetchone()[0]


def completer(*, jour: date) -> Iterator[int]:
    """Completes the provisional EJ whose line has come, yielding how many each batch wrote."""
    while True:
        with transaction.atomic(), connection.cursor() as curseur:
            curseur.execute(_SQL_LOT_PROVISOIRES, [EJ_PAR_LOT])
            nombre = curseur.rowcount
            if nombre:
                _completer_lot(curseur, jour)
            curseur.execute("DROP TABLE finess_lot")
        if not nombre:
            return
        yield nombre


def constater_les_identiques(niveau: Niveau, differentes: str) -> int:
    """Notes the digests of the records whose text changed and what the ROR holds of them did not.

    Their écarts still to be reviewed are over. Returns how many they are.
    """
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(
            f"CREATE TEMP TABLE finess_lot AS SELECT r.finess FROM {TABLES[niveau]} r"
            f" JOIN referentiel_structure s ON s.numero_finess = r.finess AND s.niveau = '{niveau.value}'"
            f" WHERE NOT EXISTS (SELECT 1 FROM {differentes} d WHERE d.finess = r.finess)"
            f" AND NOT EXISTS (SELECT 1 FROM {A_CREER} c WHERE c.numero_finess = r.finess)"
        )
        nombre = curseur.rowcount
        curseur.execute(
            f"UPDATE {Ecart._meta.db_table} e SET etat = %s, decide_le = %s FROM finess_lot l"
            " WHERE e.numero_finess = l.finess AND e.etat = %s AND e.nature <> %s",
            [Ecart.Etat.PERIME, timezone.now(), Ecart.Etat.A_RELIRE, Nature.ABSENTE.value],
        )
        _empreindre(curseur, niveau, "finess_lot", "finess")
        curseur.execute("DROP TABLE finess_lot")
    return nombre


_SQL_LOT_PROVISOIRES = f"""
CREATE TEMP TABLE finess_lot AS
SELECT s.id, r.finess FROM {TABLES[Niveau.EJ]} r JOIN referentiel_structure s ON s.numero_finess = r.finess
WHERE s.provisoire ORDER BY s.id LIMIT %s FOR NO KEY UPDATE OF s
"""

_SQL_COMPLETER = f"""
UPDATE referentiel_structure s SET
    nom = CASE WHEN s.nom = {NOM_PROVISOIRE.format(numero="r.finess")} THEN r.raison_sociale ELSE s.nom END,
    nom_recherche = CASE WHEN s.nom = {NOM_PROVISOIRE.format(numero="r.finess")} THEN r.nom_recherche
        ELSE s.nom_recherche END,
    departement = r.departement, etat = {_ETAT}, provisoire = false, version = s.version + 1, modifie_le = now()
FROM finess_lot l JOIN {TABLES[Niveau.EJ]} r ON r.finess = l.finess WHERE s.id = l.id
"""

_SQL_JOURNAL_COMPLETER = f"""
INSERT INTO referentiel_entreejournal (structure_id, version, le, origine, motif, phrases, changements)
SELECT s.id, s.version, now(), 'finess', '',
    jsonb_build_array('Entité juridique reçue de FINESS : ' || r.raison_sociale), '[]'::jsonb
FROM finess_lot l JOIN {TABLES[Niveau.EJ]} r ON r.finess = l.finess JOIN referentiel_structure s ON s.id = l.id
"""


def _completer_lot(curseur, jour: date) -> None:
    colonnes = COLONNES[Niveau.EJ]
    valeurs = ", ".join(f"{colonne} = r.{champ}" for champ, colonne in colonnes.items())
    detail = DETAILS[Niveau.EJ]
    curseur.execute(_SQL_COMPLETER)
    curseur.execute(
        f"UPDATE {detail._meta.db_table} d SET {valeurs}, finess_recu_le = %s"
        f" FROM finess_lot l JOIN {TABLES[Niveau.EJ]} r ON r.finess = l.finess WHERE d.structure_id = l.id",
        [jour],
    )
    curseur.execute("SELECT array_agg(id) FROM finess_lot")
    pks = curseur.fetchone()[0]
    historiser([Structure, detail], pks, "~")
    reindexer(pks)
    curseur.execute(_SQL_JOURNAL_COMPLETER)
    _empreindre(curseur, Niveau.EJ, "finess_lot", "finess")


def _inserer_details(curseur, niveau: Niveau, jour: date) -> None:
    """One detail row for each node of the batch; empty for a provisional EJ."""
    colonnes = COLONNES[niveau]
    inverses = {colonne: champ for champ, colonne in colonnes.items()}
    noms, valeurs = [], []
    for champ in DETAILS[niveau]._meta.concrete_fields:
        noms.append(champ.column)
        if champ.column == "structure_id":
            valeurs.append("s.id")
        elif champ.column == "finess_recu_le":
            valeurs.append("CASE WHEN r.finess IS NOT NULL THEN %(jour)s::date END")
        elif champ.column in inverses:
            source = f"r.{inverses[champ.column]}"
            valeurs.append(source if champ.null else f"coalesce({source}, {_vide(champ)})")
        else:
            valeurs.append("NULL" if champ.null else _vide(champ))
    curseur.execute(
        f"INSERT INTO {DETAILS[niveau]._meta.db_table} ({', '.join(noms)}) SELECT {', '.join(valeurs)}"
        " FROM finess_lot l JOIN referentiel_structure s ON s.numero_finess = l.numero_finess"
        f" LEFT JOIN {TABLES[niveau]} r ON r.finess = l.numero_finess WHERE l.niveau = '{niveau.value}'",
        {"jour": jour},
    )


def _vide(champ) -> str:
    return {"ArrayField": "'{}'", "PositiveSmallIntegerField": "0"}.get(champ.get_internal_type(), "''")


def _empreindre(curseur, niveau: Niveau, lot: str, colonne: str) -> None:
    """Notes the digests of the staged records named in `lot`."""
    curseur.execute(
        f"INSERT INTO {Empreinte._meta.db_table} (numero_finess, niveau, empreinte)"
        f" SELECT r.finess, '{niveau.value}', r.empreinte"
        f" FROM {TABLES[niveau]} r JOIN {lot} l ON l.{colonne} = r.finess"
        " ON CONFLICT (numero_finess) DO UPDATE SET empreinte = excluded.empreinte, niveau = excluded.niveau"
    )


def _noter_creations(curseur, execution: Execution) -> None:
    """Lists the creations of a night: an applied écart and the first state in the history of each."""
    for niveau in TABLES:
        curseur.execute(
            "SELECT array_agg(s.id) FROM finess_lot l JOIN referentiel_structure s"
            " ON s.numero_finess = l.numero_finess WHERE l.niveau = %s",
            [niveau.value],
        )
        historiser([Structure, DETAILS[niveau]], curseur.fetchone()[0], "+")
    curseur.execute(
        f"INSERT INTO {Ecart._meta.db_table}"
        " (execution_id, structure_id, numero_finess, niveau, nature, champ, apres, etat, decide_le, motif)"
        " SELECT %s, s.id, l.numero_finess, l.niveau, %s, '', to_jsonb(l.nom), %s, now(), ''"
        " FROM finess_lot l JOIN referentiel_structure s ON s.numero_finess = l.numero_finess WHERE NOT l.provisoire",
        [execution.pk, Nature.CREEE.value, Ecart.Etat.APPLIQUE.value],
    )
