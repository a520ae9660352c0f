"""Tables of rows (prices, mailboxes, capacity, equipment…): read from and written to their model, column by column.

Which columns a table has, their labels and their code lists, are in `champs`; a table described there needs no other
code here than its model.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.utils import timezone

from ror.commun.ecriture_en_masse import inserer, mettre_a_jour

from .champs import Champ, Saisie
from .changements import Genre, Valeur, normaliser
from .models import BoiteMss, CapaciteAccueil, CapaciteHabitation, Equipement, Tarif
from .models.ligne import Ligne

MODELES: Mapping[str, type[Ligne]] = {
    "tarifs": Tarif,
    "boites_mss": BoiteMss,
    "capacites": CapaciteAccueil,
    "habitations": CapaciteHabitation,
    "equipements": Equipement,
}
"""The model of each table, by the name of its field; it is also the name of the relation from its parent."""


def lire_lignes(parent: models.Model, champ: Champ) -> dict[str, Valeur]:
    """Returns the rows of a table by key, in the order of the fiche; one query, none when they are prefetched."""
    return {str(ligne.cle): _lire(ligne, champ) for ligne in getattr(parent, champ.nom).all()}


def dates_de(parent: models.Model, champ: Champ) -> list[datetime]:
    """Returns when each row of `lire_lignes` last changed, in the same order."""
    return [ligne.maj_le for ligne in getattr(parent, champ.nom).all()]


def lire_tables(parents: Iterable[int], champ: Champ) -> dict[int, dict[str, Valeur]]:
    """Returns parent → the rows of its table by key, in the order of the fiche; one query for all."""
    modele, resultat = MODELES[champ.nom], defaultdict[int, dict[str, Valeur]](dict)
    for ligne in modele._default_manager.filter(**{f"{_parent(modele)}__in": list(parents)}):
        resultat[getattr(ligne, f"{_parent(modele)}_id")][str(ligne.cle)] = _lire(ligne, champ)
    return resultat


def ecrire_lignes(parent: models.Model, champ: Champ, table: Mapping[str, Mapping[str, Valeur]]) -> None:
    """Makes the rows of a table those given: only a row that changes is written, and dated."""
    ecrire_tables(champ, [(parent, table)])


def ecrire_tables(champ: Champ, tables: Sequence[tuple[models.Model, Mapping[str, Mapping[str, Valeur]]]]) -> None:
    """Makes the rows of the tables of several parents those given, in as many queries as for one."""
    modele, maintenant = MODELES[champ.nom], timezone.now()
    parent = _parent(modele)
    presentes: dict[int, dict[str, Ligne]] = defaultdict(dict)
    for ligne in modele._default_manager.filter(**{f"{parent}__in": [p.pk for p, _ in tables]}):
        presentes[getattr(ligne, f"{parent}_id")][str(ligne.cle)] = ligne
    parties = [x.pk for p, table in tables for cle, x in presentes[p.pk].items() if cle not in table]
    if parties:
        modele._default_manager.filter(pk__in=parties).delete()
    nouvelles, changees = [], []
    for p, table in tables:
        for rang, (cle, valeurs) in enumerate(table.items()):
            ligne = presentes[p.pk].get(cle) or modele(cle=UUID(cle), rang=rang, **{parent: p})
            if ligne.pk is None:
                nouvelles.append(ligne)
            elif _lire(ligne, champ) != normaliser({cle: valeurs}, Genre.TABLE)[cle]:  # type: ignore[dict-item, index, call-overload]
                changees.append(ligne)
            else:
                continue
            ligne.maj_le = maintenant
            for colonne in champ.colonnes:
                setattr(ligne, colonne.nom, _en_base(modele, colonne, valeurs.get(colonne.nom)))
    inserer(modele, nouvelles)
    mettre_a_jour(modele, ["maj_le", *(colonne.nom for colonne in champ.colonnes)], changees)


def appartient(parent: models.Model | None, champ: Champ, cles: list[str]) -> bool:
    """Whether none of these keys is that of a row of another fiche or lieu."""
    modele = MODELES[champ.nom]
    d_ailleurs = modele._default_manager.filter(cle__in=cles)
    return not d_ailleurs.exclude(**{_parent(modele): parent}).exists() if parent else not d_ailleurs.exists()


def nommer_ligne(champ: Champ, ligne: Valeur, texte) -> str:
    """« Tarif « Forfait socle hébergement » »: a row is called by its first column that says something.

    Args:
        champ: the table.
        ligne: the values of the row.
        texte: (column, value) → its French text.
    """
    valeurs = ligne if isinstance(ligne, dict) else {}
    nom = next((texte(c, valeurs[c.nom]) for c in champ.colonnes if valeurs.get(c.nom)), "")
    return f"{champ.singulier} «\u00a0{nom}\u00a0»" if nom else champ.singulier


def _parent(modele: type[Ligne]) -> str:
    return "lieu" if any(champ.name == "lieu" for champ in modele._meta.fields) else "structure"


def _lire(ligne: Ligne, champ: Champ) -> Valeur:
    valeurs = {colonne.nom: _en_valeur(getattr(ligne, colonne.nom)) for colonne in champ.colonnes}
    table = normaliser({"a": valeurs}, Genre.TABLE)
    return table["a"]  # type: ignore[index, call-overload]


def _en_valeur(brute) -> Valeur:
    if isinstance(brute, Decimal):
        return f"{brute:.2f}"
    if isinstance(brute, date):
        return brute.isoformat()
    return sorted(brute) if isinstance(brute, list) else brute


def _en_base(modele: type[Ligne], colonne: Champ, valeur: Valeur):
    if valeur is None:
        return modele._meta.get_field(colonne.nom).get_default()  # type: ignore[union-attr]
    if colonne.saisie is Saisie.MONTANT:
        return Decimal(str(valeur))
    if colonne.saisie is Saisie.DATE:
        return date.fromisoformat(str(valeur))
    return valeur
