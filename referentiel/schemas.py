"""The field schema of an offer, read from the database: one query for the models, one for the establishment."""

from .changements import Fiche, Valeur
from .fiches import detail_de
from .modeles_saisie import Contexte, SchemaUO, choisir_modele
from .models import EntiteGeographique, ModeleSaisie, Structure
from .niveaux import Niveau


def schema_pour(contexte: Contexte) -> SchemaUO:
    """Returns the rules for an offer of this type, champ d’activité and category of establishment."""
    modeles = ModeleSaisie.objects.pour_type(contexte.type_offre).prefetch_related("champs")
    return SchemaUO.de(choisir_modele([m.decrit() for m in modeles], contexte))


def schema_de(structure: Structure, valeurs: Fiche | None = None) -> SchemaUO:
    """Returns the rules of a fiche; those of an offer depend on its type, and on its champ d’activité.

    Args:
        structure: the node; only an offer has a model.
        valeurs: what its editor has before her eyes; the published values without it.
    """
    if structure.niveau != Niveau.UO:
        return SchemaUO()
    unite = detail_de(structure)
    if valeurs is not None and "champ_activite" in valeurs:
        champ = valeurs["champ_activite"]
    else:
        champ = unite.champ_activite.code if unite.champ_activite else None
    return schema_pour(
        Contexte(unite.type_offre.code if unite.type_offre else None, _texte(champ), categorie_de(structure))
    )


def categorie_de(structure: Structure) -> str:
    """Returns the category of the establishment that holds a node, empty when none is known."""
    au_dessus = EntiteGeographique.objects.filter(
        structure__tree_id=structure.tree_id, structure__lft__lte=structure.lft, structure__rght__gte=structure.rght
    )
    return au_dessus.values_list("categorie", flat=True).first() or ""


def _texte(valeur: Valeur) -> str | None:
    return valeur if isinstance(valeur, str) and valeur else None
