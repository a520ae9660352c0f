"""Many rows in one statement: Django's `bulk_create` and `bulk_update` cost ten to fifty times more here.

No signal is sent and no `auto_now` is set: the caller gives every value.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model


def inserer(modele: type[Model], objets: Sequence[Any], *, avec_cle: bool = False) -> None:
    """Inserts unsaved objects, in this order; no key is brought back.

    Args:
        modele: their model.
        objets: the objects.
        avec_cle: they bring their key, as the detail of a node does; else the database gives it.
    """
    if not objets:
        return
    champs = [champ for champ in modele._meta.concrete_fields if avec_cle or not champ.primary_key]
    colonnes, attributs = [champ.column for champ in champs], [champ.attname for champ in champs]
    table, noms = modele._meta.db_table, ", ".join(colonnes)
    lignes = [dict(zip(colonnes, (getattr(o, a) for a in attributs), strict=True)) for o in objets]
    _executer(
        f"INSERT INTO {table} ({noms}) SELECT {noms} FROM json_populate_recordset(NULL::{table}, %s::json)", lignes
    )


def mettre_a_jour(modele: type[Model], colonnes: Collection[str], objets: Sequence[Any]) -> None:
    """Writes these columns of saved objects."""
    if not objets or not colonnes:
        return
    table, cle = modele._meta.db_table, modele._meta.pk.attname
    lignes = [{colonne: getattr(objet, colonne) for colonne in (cle, *colonnes)} for objet in objets]
    affectations = ", ".join(f"{colonne} = n.{colonne}" for colonne in colonnes)
    _executer(
        f"UPDATE {table} t SET {affectations}"
        f" FROM json_populate_recordset(NULL::{table}, %s::json) n WHERE t.{cle} = n.{cle}",
        lignes,
    )


def _executer(sql: str, lignes: list[dict[str, Any]]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(sql, [json.dumps(lignes, default=_en_texte)])


def _en_texte(valeur: Any) -> str:
    """A date, a moment to the microsecond, an amount or a key, as PostgreSQL reads it."""
    return valeur.isoformat() if isinstance(valeur, date) else str(valeur)
