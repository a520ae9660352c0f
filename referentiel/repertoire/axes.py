"""The ways whose roots are values: catégories de besoins, territoires de santé, filières (S52).

An establishment is under each of its values, or under « non renseigné »: nothing is out of reach. Below a value come
the départements, unless there is only one, then the EJ, then the establishments with all that they hold.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import BooleanField, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import BaseExpression, RawSQL

from ..models import Classement, Code, CodePorte, Regroupement, Structure
from ..models.repertoire import Axe
from ..niveaux import Niveau
from .cles import Cle
from .fiches import eg_visibles, ej_qui_ont
from .noeuds import DEPARTEMENT, NIVEAUX_AXES, Noeud, Par, Regard, titre_departement

VOIES = {Par.BESOINS: "be", Par.TERRITOIRE: "te", Par.FILIERE: "fi"}
TERRITOIRES = "territoires_sante"
NON_RENSEIGNE = {
    "be": "Catégorie de besoins non renseignée",
    "te": "Territoire non renseigné",
    "fi": "Filière non renseignée",
}
_AXES = {"be": Axe.BESOINS, "fi": Axe.FILIERE}


def racines(voie: str, regard: Regard) -> list[Noeud]:
    """Returns the values that have an establishment, each with how many, then « non renseigné »."""
    visibles, lignes = eg_visibles(regard), _appartenances(voie)
    if regard.masques:
        lignes = lignes.exclude(**{f"{_colonne(voie)}__groupe__in": regard.masques})
    nombres = dict(lignes.values_list("valeur").annotate(n=Count("pk")).order_by())
    noms = _noms(voie, nombres)
    noeuds = [Noeud(f"{voie}-{pk}", NIVEAUX_AXES[voie], noms[pk], nombres[pk], Niveau.EG) for pk in noms]
    reste = visibles.filter(perimetre(voie, 0)).count()
    if reste:
        noeuds.append(Noeud(f"{voie}-0", NIVEAUX_AXES[voie], NON_RENSEIGNE[voie], reste, Niveau.EG))
    return noeuds


def branche(cle: Cle, regard: Regard) -> list[Noeud]:
    """Returns the départements of a value, or its EJ: those of a département, or all when there is only one."""
    eg = eg_visibles(regard).filter(perimetre(cle.voie, int(cle.valeur)))
    if cle.departement is not None:
        return ej_qui_ont(eg.filter(departement=cle.code), cle.texte, regard)
    lignes = list(eg.values_list("departement").annotate(n=Count("pk")).order_by("departement"))
    if len(lignes) == 1:
        return ej_qui_ont(eg, f"{cle.texte}-{lignes[0][0] or 0}", regard)
    return [Noeud(f"{cle.texte}-{code or 0}", DEPARTEMENT, titre_departement(code), n, Niveau.EG) for code, n in lignes]


def chemin(eg: Structure, voie: str, valeur: int | None, regard: Regard) -> list[str]:
    """Returns the keys down to the EJ of an establishment.

    Args:
        eg: the establishment.
        voie: be, te or fi.
        valeur: the value under which it was chosen; another of its own when it is not there.
        regard: who looks.
    """
    siennes = valeurs_de([eg.pk], voie)[eg.pk]
    racine = valeur if valeur in siennes else siennes[0]
    departement = eg.departement or "0"
    visibles = eg_visibles(regard).filter(perimetre(voie, racine))
    plusieurs = visibles.exclude(departement=eg.departement).exists()
    milieu = [f"{voie}-{racine}-{departement}"] if plusieurs else []
    return [f"{voie}-{racine}", *milieu, f"{voie}-{racine}-{departement}-{eg.parent_id}"]


def valeurs_de(etablissements: Collection[int], voie: str) -> dict[int, list[int]]:
    """Returns, for each establishment, the values it is under, in the order of the tree; [0] when it has none."""
    valeurs: dict[int, list[int]] = defaultdict(list)
    lignes = _appartenances(voie).filter(**{f"{_colonne(voie)}__in": list(etablissements)})
    for eg, valeur in lignes.order_by(*_ordre(voie)).values_list(_colonne(voie), "valeur"):
        valeurs[eg].append(valeur)
    return {eg: valeurs.get(eg) or [0] for eg in etablissements}


def titres(voie: str, valeurs: Collection[int]) -> dict[int, str]:
    """Returns the name of each value, 0 included."""
    return {**_noms(voie, valeurs), 0: NON_RENSEIGNE[voie]}


def marques(voie: str, valeur: int, regard: Regard) -> dict[tuple[str, str], BaseExpression]:
    """Returns the mark of the fiches that are, or that lead to, the offers for which an establishment is there."""
    if voie not in _AXES or not valeur:
        return {}
    mot = "de cette catégorie" if voie == "be" else "de cette filière"
    condition = RawSQL(_SQL_Y_MENE, [regard.cachees, valeur, valeur], output_field=BooleanField())
    return {("check-circle-fill", mot): condition}


_SQL_Y_MENE = """EXISTS (
    SELECT FROM referentiel_structure offre
    LEFT JOIN referentiel_uniteoperationnelle unite ON unite.structure_id = offre.id
    WHERE offre.tree_id = referentiel_structure.tree_id AND offre.id <> ALL(%s)
        AND offre.lft BETWEEN referentiel_structure.lft AND referentiel_structure.rght
        AND (unite.type_offre_id IN (
                SELECT code_id FROM referentiel_regroupement_codes WHERE regroupement_id = %s)
            OR EXISTS (
                SELECT FROM referentiel_codeporte porte JOIN referentiel_regroupement_codes voulu USING (code_id)
                WHERE porte.structure_id = offre.id AND voulu.regroupement_id = %s)))"""


def perimetre(voie: str, valeur: int) -> Q:
    """Returns the condition that keeps the establishments of a value, or those without any for 0."""
    lignes, colonne = _appartenances(voie), _colonne(voie)
    if valeur:
        return Q(pk__in=lignes.filter(valeur=valeur).values(colonne))
    return ~Q(Exists(lignes.filter(**{colonne: OuterRef("pk")})))


def _appartenances(voie: str) -> QuerySet:
    """One row per establishment and value, the latter named `valeur`."""
    if voie == "te":
        return CodePorte.objects.filter(attribut=TERRITOIRES).annotate(valeur=F("code_id"))
    return Classement.objects.filter(axe=_AXES[voie]).annotate(valeur=F("regroupement_id"))


def _colonne(voie: str) -> str:
    return "structure" if voie == "te" else "etablissement"


def _ordre(voie: str) -> tuple[str, ...]:
    return ("code__libelle_recherche",) if voie == "te" else ("regroupement__rang", "regroupement__nom")


def _noms(voie: str, valeurs: Collection[int]) -> dict[int, str]:
    """Names of values, in the order of the tree."""
    if voie == "te":
        portes = Code.objects.filter(pk__in=list(valeurs))
        return dict(portes.order_by("libelle_recherche", "pk").values_list("pk", "libelle"))
    return dict(Regroupement.objects.filter(pk__in=list(valeurs)).order_by("rang", "nom").values_list("pk", "nom"))
