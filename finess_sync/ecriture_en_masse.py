"""Many rows in one statement: Django's `bulk_create` and `bulk_update` cost ten to fifty times more here."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model


def inserer(modele: type[Model], objets: Sequence[Any]) -> None:
    """Inserts unsaved objects whose key the database gives; no signal, no key brought back."""
    colonnes = [champ.column for champ in modele._meta.concrete_fields if not champ.primary_key]
    attributs = [champ.attname for champ in modele._meta.concrete_fields if not champ.primary_key]
    if not objets:
        return
    table, noms = modele._meta.db_table, ", ".join(colonnes)
    lignes = [dict(zip(colonnes, (getattr(o, a) for a in attributs), strict=True)) for o in objets]
    _executer(
        f"INSERT INTO {table} ({noms}) SELECT {noms} FROM json_populate_recordset(NULL::{table}, %s::json)", lignes
    )


def mettre_a_jour(modele: type[Model], colonnes: Sequence[str], objets: Sequence[Any]) -> None:
    """Writes these columns of saved objects."""
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
        curseur.execute(sql, [json.dumps(lignes, cls=DjangoJSONEncoder)])
