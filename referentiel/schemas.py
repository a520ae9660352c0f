"""The field schemas of offers, read from the database by lots: models, their fields, types, establishments."""

from collections.abc import Iterable, Sequence

from django.db.models import OuterRef, Subquery

from .changements import Fiche, Valeur
from .details import charger_codes, charger_details, detail_de
from .modeles_saisie import Contexte, SchemaUO, choisir_modele
from .models import EntiteGeographique, ModeleSaisie, Structure
from .niveaux import Niveau


def schema_pour(contexte: Contexte) -> SchemaUO:
    """Returns the rules for an offer of this type, champ d’activité and category of establishment."""
    return _schemas_pour({contexte})[contexte]


def schema_de(structure: Structure, valeurs: Fiche | None = None) -> SchemaUO:
    """Returns the rules of a fiche; those of an offer depend on its type, and on its champ d’activité.

    Args:
        structure: the node; only an offer has a model.
        valeurs: what its editor has before her eyes; the published values without it.
    """
    return schemas_de([(structure, valeurs)])[structure.pk]


def schemas_de(demandes: Sequence[tuple[Structure, Fiche | None]]) -> dict[int, SchemaUO]:
    """Returns node → its rules, of several fiches in as many queries as for one."""
    offres = [(structure, valeurs) for structure, valeurs in demandes if structure.niveau == Niveau.UO]
    charger_details(structure for structure, _ in offres)
    charger_codes([(detail_de(structure), ("type_offre", "champ_activite")) for structure, _ in offres])
    categories = _categories(structure for structure, _ in offres)
    contextes = {s.pk: _contexte(s, valeurs, categories.get(s.pk) or "") for s, valeurs in offres}
    schemas = _schemas_pour(set(contextes.values()))
    return {s.pk: schemas[contextes[s.pk]] if s.pk in contextes else SchemaUO() for s, _ in demandes}


def categorie_de(structure: Structure) -> str:
    """Returns the category of the establishment that holds a node, empty when none is known."""
    return _categories([structure]).get(structure.pk) or ""


def _schemas_pour(contextes: set[Contexte]) -> dict[Contexte, SchemaUO]:
    if not contextes:
        return {}
    lus = ModeleSaisie.objects.pour_types({c.type_offre for c in contextes}).prefetch_related("champs")
    modeles = [modele.decrit() for modele in lus]
    return {contexte: SchemaUO.de(choisir_modele(modeles, contexte)) for contexte in contextes}


def _contexte(structure: Structure, valeurs: Fiche | None, categorie: str) -> Contexte:
    unite = detail_de(structure)
    if valeurs is not None and "champ_activite" in valeurs:
        champ = valeurs["champ_activite"]
    else:
        champ = unite.champ_activite.code if unite.champ_activite else None
    return Contexte(unite.type_offre.code if unite.type_offre else None, _texte(champ), categorie)


def _categories(structures: Iterable[Structure]) -> dict[int, str | None]:
    """Node → category of the establishment above it."""
    pks = [structure.pk for structure in structures]
    au_dessus = EntiteGeographique.objects.filter(
        structure__tree_id=OuterRef("tree_id"),
        structure__lft__lte=OuterRef("lft"),
        structure__rght__gte=OuterRef("rght"),
    )
    lues = Structure.objects.filter(pk__in=pks).annotate(categorie=Subquery(au_dessus.values("categorie")[:1]))
    return dict(lues.values_list("pk", "categorie")) if pks else {}


def _texte(valeur: Valeur) -> str | None:
    return valeur if isinstance(valeur, str) and valeur else None
