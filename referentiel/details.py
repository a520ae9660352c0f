"""The detail row of a fiche, where its single values are: read and written by lots, with its history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

from ror.commun.ecriture_en_masse import historiser, inserer, mettre_a_jour

from .champs import Champ, Saisie, Stockage, champs_de
from .changements import Valeur
from .codes_portes import cles_de_codes
from .ecritures import Ecriture
from .lexique import lexique_partage, lire_codes
from .models import Code, EntiteGeographique, EntiteJuridique, OrganisationInterne, Structure, UniteOperationnelle
from .niveaux import Niveau

DETAILS = {
    Niveau.EJ: EntiteJuridique,
    Niveau.EG: EntiteGeographique,
    Niveau.P: OrganisationInterne,
    Niveau.S: OrganisationInterne,
    Niveau.UF: OrganisationInterne,
    Niveau.UO: UniteOperationnelle,
}
"""The detail table of each level."""


def detail_de(structure: Structure):
    """Returns the detail row of a node, an unsaved empty one when there is none yet."""
    modele = DETAILS[structure.type_niveau]
    relation = modele._meta.get_field("structure").remote_field.related_name
    try:
        return getattr(structure, relation)
    except ObjectDoesNotExist:
        return modele(structure=structure)


def detail_comme(structure: Structure, valeurs: Mapping[str, Valeur]):
    """Returns an unsaved copy of the detail row that holds the plain texts of `valeurs`: another state, to be read."""
    detail = copy(detail_de(structure))
    for nom, champ in champs_de(structure.type_niveau).items():
        if champ.stockage is Stockage.DETAIL and champ.saisie is Saisie.TEXTE:
            setattr(detail, nom, valeurs.get(nom) or "")
    return detail


def charger_details(structures: Iterable[Structure]) -> None:
    """Reads the details of nodes in one query per table, for `detail_de`; those read already stay as they are."""
    manquants: dict[type[Model], list[Structure]] = defaultdict(list)
    for structure in structures:
        modele = DETAILS[structure.type_niveau]
        if not modele._meta.get_field("structure").remote_field.is_cached(structure):
            manquants[modele].append(structure)
    for modele, lot in manquants.items():
        lien = modele._meta.get_field("structure")
        lus = modele._default_manager.in_bulk([structure.pk for structure in lot])
        for structure in lot:
            if detail := lus.get(structure.pk):
                lien.set_cached_value(detail, structure)
                lien.remote_field.set_cached_value(structure, detail)
            else:
                modele(structure=structure)  # which `structure` then holds


def charger_codes(details: Sequence[tuple[Model, Iterable[str]]]) -> None:
    """Reads in one query the codes that these columns of details point to, instead of one query each."""
    a_lire = [
        (detail, colonne, pk)
        for detail, noms in details
        for colonne in _colonnes_codees(type(detail))
        if colonne.name in noms and (pk := getattr(detail, colonne.attname)) and not colonne.is_cached(detail)
    ]
    codes = Code.objects.in_bulk({pk for _, _, pk in a_lire}) if a_lire else {}
    for detail, colonne, pk in a_lire:
        colonne.set_cached_value(detail, codes[pk])


def lire_colonne(detail, champ: Champ) -> Valeur:
    """Returns the plain value of a field kept in a column of `detail`."""
    valeur = getattr(detail, champ.nom)
    if isinstance(valeur, Code):
        return valeur.code
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur


def ecrire_colonne(detail, champ: Champ, valeur: Valeur) -> None:
    """Sets the column of a field; the caller saves `detail`."""
    colonne = detail._meta.get_field(champ.nom)
    if colonne.is_relation:
        setattr(detail, colonne.attname, None if valeur is None else _cle_de_code(champ, str(valeur)))
    elif champ.saisie is Saisie.DATE:
        setattr(detail, champ.nom, date.fromisoformat(valeur) if valeur else None)
    elif valeur is None and not colonne.null:
        setattr(detail, champ.nom, colonne.get_default())
    else:
        setattr(detail, champ.nom, valeur)


def ecrire_details(ecritures: Sequence[Ecriture], existants: Iterable[Structure] = ()) -> None:
    """Writes single values to the details of their nodes, one UPDATE and one set of history rows per table.

    Args:
        ecritures: the values.
        existants: nodes whose detail must exist, whether a value goes in it or not.

    Raises:
        Code.DoesNotExist: a code that its list does not know.
    """
    details: dict[type[Model], dict[int, Model]] = defaultdict(dict)
    colonnes: dict[type[Model], set[str]] = defaultdict(set)
    for structure in existants:
        if (detail := detail_de(structure))._state.adding:
            details[type(detail)][structure.pk] = detail
    with lexique_partage():
        lire_codes(_codes_demandes(ecritures))
        for structure, champ, _, valeur in ecritures:
            detail = detail_de(structure)
            ecrire_colonne(detail, champ, valeur)
            details[type(detail)][structure.pk] = detail
            colonnes[type(detail)].add(detail._meta.get_field(champ.nom).attname)
    for modele, lot in details.items():
        _enregistrer(modele, list(lot.values()), sorted(colonnes[modele]))


def _enregistrer(modele, details: Sequence[Model], colonnes: Sequence[str]) -> None:
    nouveaux = [detail for detail in details if detail._state.adding]
    anciens = [detail for detail in details if not detail._state.adding]
    inserer(modele, nouveaux, avec_cle=True)
    for detail in nouveaux:
        detail._state.adding = False
    historiser(nouveaux, "+")
    mettre_a_jour(modele, colonnes, anciens)
    historiser(anciens, "~")


def _codes_demandes(ecritures: Iterable[Ecriture]) -> dict[str, set[str]]:
    """The codes that go in a column which points to them, by list."""
    demandes: dict[str, set[str]] = defaultdict(set)
    for structure, champ, _, valeur in ecritures:
        if valeur is not None and DETAILS[structure.type_niveau]._meta.get_field(champ.nom).is_relation:
            demandes[champ.nomenclature or ""].add(str(valeur))
    return demandes


def _colonnes_codees(modele: type[Model]) -> list:
    return [colonne for colonne in modele._meta.concrete_fields if colonne.related_model is Code]


def _cle_de_code(champ: Champ, valeur: str) -> int:
    liste = champ.nomenclature or ""
    return cles_de_codes({liste: {valeur}})[liste, valeur]
