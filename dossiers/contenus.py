"""The values of the fiches of a dossier, as its editors see them: read by lots, nothing is written here."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from referentiel import fiches as lecture
from referentiel.champs import Champ, Stockage, champs_de
from referentiel.changements import Fiche, Genre, Valeur, normaliser, poser
from referentiel.modeles_saisie import Contexte, SchemaUO, est_vide
from referentiel.models import Code, Structure
from referentiel.niveaux import Niveau
from referentiel.schemas import categorie_de, schema_pour

from .models import Dossier, FicheDossier
from .nommage import nom_en_creation
from .superposition import Noeud

TYPES = "TRE_R244"
DETAILS = ("unite__type_offre", "organisation_interne", "entite_geographique")


@dataclass(frozen=True, slots=True)
class Contenu:
    """What a node of the dossier holds.

    Attributes:
        valeurs: its values as the dossier has them.
        publiees: the live ones; those of an empty fiche for a creation.
        type_offre: its type in the dossier, None when it has none.
        type_publie: its type in the Répertoire.
    """

    valeurs: Fiche
    publiees: Fiche
    type_offre: Code | None = None
    type_publie: Code | None = None


def champs_du_dossier(niveau: Niveau) -> dict[str, Champ]:
    """Returns the fields of a fiche in a dossier: its name may wait too (S156)."""
    return {nom: replace(c, obligatoire=False) if nom == "nom" else c for nom, c in champs_de(niveau).items()}


def contenus_de(noeuds: Sequence[Noeud]) -> dict[str, Contenu]:
    """Returns the content of nodes, the changes of the dossier laid over what is live."""
    vivants = structures_de(n.structure for n in noeuds if n.structure is not None)
    lues = lecture.lire_ensemble([(structure, None) for structure in vivants.values()])
    publiees = dict(zip(vivants, lues, strict=True))
    return {
        n.cle: _contenu(n.niveau, n.fiche, vivants.get(n.structure or 0), publiees.get(n.structure or 0))
        for n in noeuds
    }


def contenu_de(noeud: Noeud) -> Contenu:
    """Returns the content of one node."""
    return contenus_de([noeud])[noeud.cle]


def structures_de(pks) -> dict[int, Structure]:
    """Returns live nodes with their detail, by key."""
    return Structure.objects.select_related(*DETAILS).in_bulk(list(pks))


def _contenu(
    niveau: Niveau, fiche: FicheDossier | None, structure: Structure | None, publiees: Fiche | None
) -> Contenu:
    if structure is None or publiees is None:
        assert fiche is not None
        nom = {} if fiche.nom == nom_en_creation(niveau) else {"nom": fiche.nom}
        return Contenu({**neuves(niveau), **nom, **fiche.valeurs}, neuves(niveau), fiche.type_offre)
    publie = getattr(lecture.detail_de(structure), "type_offre", None)
    if fiche is None:
        return Contenu(publiees, publiees, publie, publie)
    valeurs = poser(fiche.changements_moteur(), publiees, lecture.genres_de(niveau))
    return Contenu(valeurs, publiees, fiche.type_offre or publie, publie)


def contenu_neuf(niveau: Niveau) -> Contenu:
    """Returns what a fiche that has just been created holds."""
    return Contenu(neuves(niveau), neuves(niveau))


def neuves(niveau: Niveau) -> dict[str, Valeur]:
    """Returns the values of a fiche that has just been created: what its columns hold without anything typed."""
    modele = lecture.DETAILS[niveau]
    return {
        nom: normaliser(lecture.lire_colonne(modele(), champ), champ.genre)
        for nom, champ in champs_de(niveau).items()
        if champ.stockage is Stockage.DETAIL and not modele._meta.get_field(nom).is_relation
    }


def schema_du_dossier(dossier: Dossier, niveau: Niveau, type_offre: str | None, champ_activite: Valeur) -> SchemaUO:
    """Returns the rules of a fiche of this dossier; only an offer has a model."""
    return schema_sous(dossier.etablissement, niveau, type_offre, champ_activite)


def schema_sous(etablissement: Structure, niveau: Niveau, type_offre: str | None, champ_activite: Valeur) -> SchemaUO:
    """Returns the rules of a fiche of this establishment; only an offer has a model."""
    if niveau is not Niveau.UO:
        return SchemaUO()
    champ = champ_activite if isinstance(champ_activite, str) and champ_activite else None
    return schema_pour(Contexte(type_offre or None, champ, categorie_de(etablissement)))


def valeurs_perdues(schema: SchemaUO, niveau: Niveau, valeurs: Fiche) -> dict[str, Valeur]:
    """Returns field → the value it takes, for those that say something and that this type does not have (S160)."""
    vierges = neuves(niveau)
    return {
        nom: vierges.get(nom)
        for nom, c in champs_de(niveau).items()
        if not c.finess
        and not schema.visible(c)
        and not est_vide(valeurs.get(nom))
        and valeurs[nom] != vierges.get(nom)
    }


def recopier(niveau: Niveau, valeurs: Fiche) -> dict[str, Valeur]:
    """Returns the values of a copy: what FINESS owns is left out, each contact and each row has a key of its own."""
    champs = champs_de(niveau)
    copie = {nom: v for nom, v in valeurs.items() if nom in champs and not champs[nom].finess and not est_vide(v)}
    for nom, valeur in copie.items():
        if champs[nom].genre is Genre.TABLE and champs[nom].stockage is not Stockage.HORAIRES:
            copie[nom] = {str(uuid.uuid4()): ligne for ligne in valeur.values()}  # type: ignore[union-attr]
    return copie
