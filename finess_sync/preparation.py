"""Staging: the records that are new or changed, by COPY into temporary tables of the run's own connection.

Nothing of it outlives the connection: a run killed while it reads leaves no trace but its row of `Execution`.
"""

import csv
import io
from collections.abc import Collection, Mapping
from operator import attrgetter

from django.db import connection

from referentiel.niveaux import Niveau
from ror.commun.texte import normaliser

from .corrections import ANCIEN_NUMERO, RAISON_ANCIEN_NUMERO, renommer_les_ej
from .correspondance import COLONNES, COMPARES, DETAILS, FICHES, PREPARES
from .lecture.commun import Recue

TABLES = {Niveau.EJ: "finess_recue_ej", Niveau.EG: "finess_recue_eg"}
DIFFERENTES = {Niveau.EJ: "finess_differe_ej", Niveau.EG: "finess_differe_eg"}
"""Numbers of the staged records that differ from what the ROR holds."""

A_CREER = "finess_a_creer"
"""What the ROR has not (`creation.planifier`)."""

_LOT = 5_000

_CONNUE = "EXISTS (SELECT 1 FROM referentiel_structure s WHERE s.numero_finess = {numero} AND s.niveau <> '{niveau}')"
_CLES = {Niveau.EJ: ("finess",), Niveau.EG: ("finess", "finess_ej", "categorie")}
"""Columns the plans look at."""

_INCOHERENCES = {
    Niveau.EJ: [
        (_CONNUE.format(numero="r.finess", niveau="EJ"), "Ce numéro est déjà celui d’une autre sorte de structure."),
        (ANCIEN_NUMERO, RAISON_ANCIEN_NUMERO),
    ],
    Niveau.EG: [
        (_CONNUE.format(numero="r.finess", niveau="EG"), "Ce numéro est déjà celui d’une autre sorte de structure."),
        (ANCIEN_NUMERO, RAISON_ANCIEN_NUMERO),
        (
            f"{_CONNUE.format(numero='r.finess_ej', niveau='EJ')}"
            f" OR EXISTS (SELECT 1 FROM {TABLES[Niveau.EG]} o WHERE o.finess = r.finess_ej)",
            "Le numéro de son entité juridique est celui d’un établissement.",
        ),
    ],
}
"""What cannot be stored, and why: EJ and EG numbers are disjoint (FINESS.md §2.1)."""

_TYPES = {
    "finess": 'text COLLATE "C" PRIMARY KEY',
    "ouvert": "boolean",
    "latitude": "float8",
    "longitude": "float8",
    "sph": "varchar[]",
}


class Preparation:
    """The staging tables of one run; a context manager, which drops them."""

    def __init__(self) -> None:
        self._valeurs = {niveau: attrgetter(*noms) for niveau, noms in PREPARES.items()}
        self._tampons: dict[Niveau, list[tuple]] = {niveau: [] for niveau in FICHES}
        self.nombre = dict.fromkeys(FICHES, 0)

    def __enter__(self) -> "Preparation":
        self._supprimer()
        with connection.cursor() as curseur:
            for niveau, table in TABLES.items():
                colonnes = ", ".join(f"{nom} {_type(nom)}" for nom in PREPARES[niveau])
                curseur.execute(f"CREATE TEMP TABLE {table} ({colonnes}, nom_recherche text, empreinte bigint)")
        return self

    def __exit__(self, *_: object) -> None:
        if connection.is_usable():
            self._supprimer()

    def ajouter(self, recue: Recue) -> None:
        """Stages one record; the caller gives each number once."""
        tampon = self._tampons[recue.niveau]
        nom_recherche = normaliser(recue.fiche.raison_sociale)  # type: ignore[union-attr]
        tampon.append((*self._valeurs[recue.niveau](recue.fiche), nom_recherche, recue.empreinte))
        if len(tampon) >= _LOT:
            self._copier(recue.niveau)

    def ecarter_incoherentes(self) -> list[tuple[str, str]]:
        """Takes out what contradicts the ROR: returns (number, French reason) of each."""
        ecartees = []
        for niveau in FICHES:
            self._copier(niveau)
        renommer_les_ej(TABLES[Niveau.EG])
        for niveau in FICHES:
            with connection.cursor() as curseur:
                for condition, raison in _INCOHERENCES[niveau]:
                    curseur.execute(f"DELETE FROM {TABLES[niveau]} r WHERE {condition} RETURNING r.finess")
                    ecartees += [(ligne[0], raison) for ligne in curseur.fetchall()]
        return ecartees

    def terminer(self, champs: Mapping[Niveau, Collection[str]]) -> None:
        """Copies what is left and notes which records differ from the ROR on the fields their source provides."""
        for niveau in FICHES:
            self._copier(niveau)
            with connection.cursor() as curseur:
                curseur.execute(f"ANALYZE {TABLES[niveau]} ({', '.join(_CLES[niveau])})")
                curseur.execute(
                    f"CREATE TEMP TABLE {DIFFERENTES[niveau]} AS {_sql_differentes(niveau, champs.get(niveau, ()))}"
                )
                curseur.execute(f"ANALYZE {DIFFERENTES[niveau]}")

    def _copier(self, niveau: Niveau) -> None:
        tampon = self._tampons[niveau]
        if not tampon:
            return
        colonnes = [*PREPARES[niveau], "nom_recherche", "empreinte"]
        rang_sph = colonnes.index("sph") if "sph" in colonnes else None
        if rang_sph is not None:
            tampon = [(*v[:rang_sph], f"{{{','.join(v[rang_sph])}}}", *v[rang_sph + 1 :]) for v in tampon]
        texte = io.StringIO()
        csv.writer(texte).writerows(tampon)
        texte.seek(0)
        non_nuls = ", ".join(nom for nom in colonnes if _type(nom) == "text")
        with connection.cursor() as curseur:
            curseur.copy_expert(
                f"COPY {TABLES[niveau]} ({', '.join(colonnes)})"
                f" FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({non_nuls}))",
                texte,
            )
        self.nombre[niveau] += len(tampon)
        self._tampons[niveau] = []

    def _supprimer(self) -> None:
        with connection.cursor() as curseur:
            for table in (*TABLES.values(), *DIFFERENTES.values(), A_CREER):
                curseur.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")


def _type(nom: str) -> str:
    return _TYPES.get(nom, "date" if nom.startswith("date_") else "text")


def _sql_differentes(niveau: Niveau, champs: Collection[str]) -> str:
    """Numbers of the staged records of known structures that differ on what their source provides.

    A provisional EJ is completed as a whole (`creation.completer`).
    """
    detail = DETAILS[niveau]._meta.db_table
    utiles = COMPARES[niveau] & set(champs)
    differences = [
        f"r.{champ} IS DISTINCT FROM d.{COLONNES[niveau][champ]}"
        for champ in sorted(utiles & COLONNES[niveau].keys() - {"latitude", "longitude"})
    ]
    if "latitude" in utiles:
        differences.append(
            "(r.latitude IS NOT NULL AND (r.latitude, r.longitude) IS DISTINCT FROM (d.latitude, d.longitude))"
        )
    if "ouvert" in utiles:
        differences.append("r.ouvert <> (s.etat <> 'DEF')")
    if "departement" in utiles:
        differences.append("r.departement <> s.departement")
    if "finess_ej" in utiles:
        differences.append("r.finess_ej IS DISTINCT FROM p.numero_finess")
    return f"""
        SELECT r.finess FROM {TABLES[niveau]} r
        JOIN referentiel_structure s ON s.numero_finess = r.finess AND s.niveau = '{niveau.value}'
        JOIN {detail} d ON d.structure_id = s.id
        LEFT JOIN referentiel_structure p ON p.id = s.parent_id
        WHERE NOT s.provisoire AND ({" OR ".join(differences) or "false"})"""
