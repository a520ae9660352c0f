"""Many rows in one statement: Django's `bulk_create` and `bulk_update` cost ten to fifty times more here.

No signal is sent and no `auto_now` is set: the caller gives every value.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from simple_history.utils import get_change_reason_from_object


def inserer(modele: type[Model], objets: Sequence[Any], *, avec_cle: bool = False) -> None:
    """Inserts unsaved objects, in this order; no key is brought back.

    Args:
        modele: their model.
        objets: the objects.
        avec_cle: they bring their key, as the detail of a node does; else the database gives it.
    """
    champs = [champ for champ in modele._meta.concrete_fields if avec_cle or not champ.primary_key]
    colonnes, attributs = [str(champ.column) for champ in champs], [champ.attname for champ in champs]
    inserer_lignes(modele, [dict(zip(colonnes, (getattr(o, a) for a in attributs), strict=True)) for o in objets])


def inserer_lignes(modele: type[Model], lignes: Sequence[Mapping[str, Any]], *, uniques: Collection[str] = ()) -> None:
    """Inserts rows given as column → value, all of the same columns, in this order.

    Args:
        modele: their model.
        lignes: the rows.
        uniques: columns of a unique constraint: where it holds a row already, that row takes the other values.
    """
    if not lignes:
        return
    table, noms = modele._meta.db_table, ", ".join(lignes[0])
    sql = f"INSERT INTO {table} ({noms}) SELECT {noms} FROM json_populate_recordset(NULL::{table}, %s::json)"
    if uniques:
        autres = ", ".join(f"{colonne} = EXCLUDED.{colonne}" for colonne in lignes[0] if colonne not in uniques)
        sql += f" ON CONFLICT ({', '.join(uniques)}) DO UPDATE SET {autres}"
    _executer(sql, lignes)


def historiser(objets: Sequence[Any], genre: str) -> None:
    """Writes the present state of objects of one model in its history, as django-simple-history does of each.

    Args:
        objets: tracked objects, saved.
        genre: « + » created, « ~ » changed.
    """
    if not objets:
        return
    historique = type(objets[0]).history.model
    suivis = [(champ.column, champ.attname) for champ in historique.tracked_fields]
    instant, lignes = timezone.now(), []
    for objet in objets:
        auteur = historique.get_default_history_user(objet)
        ligne = {colonne: getattr(objet, attribut) for colonne, attribut in suivis}
        ligne |= {"history_date": instant, "history_type": genre, "history_user_id": auteur and auteur.pk}
        lignes.append(ligne | {"history_change_reason": get_change_reason_from_object(objet)})
    inserer_lignes(historique, lignes)


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


def _executer(sql: str, lignes: Sequence[Mapping[str, Any]]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(sql, [json.dumps(lignes, default=_en_texte)])


def _en_texte(valeur: Any) -> str:
    """A date, a moment to the microsecond, an amount or a key, as PostgreSQL reads it."""
    return valeur.isoformat() if isinstance(valeur, date) else str(valeur)
