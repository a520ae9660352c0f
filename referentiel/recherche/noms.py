"""Finding a fiche by words of its name, a number, a skill or a person: one query builder for the screens."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from ror.commun.texte import normaliser

from ..models import Code, Contact, Structure
from ..models.structure import Etat
from ..niveaux import Niveau
from .criteres import Cible

LIMITE = 50
CONFIDENTIALITES_CHERCHEES = ("1", "2")
"""Levels of contacts (J222) that a search may reveal: those every signed-in professional reads."""
_FINESS = re.compile(r"\d[\dAB][\d ]*", re.IGNORECASE)


RANG_NIVEAU = Case(*(When(niveau=n, then=Value(rang)) for rang, n in enumerate(Niveau)), output_field=IntegerField())
"""Orders fiches from the top level down."""


@dataclass(frozen=True, slots=True)
class Resultat:
    """A fiche found.

    Attributes:
        structure: the fiche.
        chemin: what is above it, from the EJ down.
        groupe: group of its EG, empty when it has none.
    """

    structure: Structure
    chemin: list[Structure]
    groupe: str


def chercher_cible(cible: Cible, texte: str, *, fermees: bool = False) -> QuerySet[Structure]:
    """Returns the fiches that answer, the highest levels first, then by name.

    Args:
        cible: a structure or offer by its name or number (FINESS, SIRET, phone), an offer by one of its coded
            activities or acts, or a fiche by the name or function of one of its contacts.
        texte: words or figures as typed.
        fermees: « y compris fermées », those closed for good too; left out by default.
    """
    parmi = Structure.objects.all() if fermees else Structure.objects.exclude(etat=Etat.FERMEE)
    if cible is Cible.COMPETENCE:
        trouvees = parmi.filter(pk__in=_porteuses(texte))
    elif cible is Cible.PROFESSIONNEL:
        trouvees = parmi.filter(pk__in=_contacts(texte))
    else:
        numero = _numero(texte)
        trouvees = filtrer(parmi, texte) if numero is None else parmi.filter(numero)
    return trouvees.order_by(RANG_NIVEAU, "nom_recherche", "pk")


def motifs_de(structures: Collection[Structure], texte: str) -> dict[int, list[str]]:
    """Returns pk → labels of the activities and acts for which each fiche was found, in one query."""
    motifs: dict[int, list[str]] = {structure.pk: [] for structure in structures}
    portes = Structure.objects.filter(pk__in=motifs, codes_portes__code__in=_codes(texte))
    for pk, libelle in portes.values_list("pk", "codes_portes__code__libelle").order_by("codes_portes__code__libelle"):
        motifs[pk].append(libelle)
    return motifs


def _mots(colonne: str, texte: str) -> Q | None:
    """Each word typed begins a word of `colonne`; None without any word."""
    condition = Q()
    for mot in normaliser(texte).split():
        condition &= Q(**{f"{colonne}__regex": rf"\m{mot}"})
    return condition or None


def _codes(texte: str) -> QuerySet[Code]:
    condition = _mots("libelle_recherche", texte)
    return Code.objects.none() if condition is None else Code.objects.filter(condition)


def _porteuses(texte: str) -> QuerySet:
    return Structure.objects.filter(codes_portes__code__in=_codes(texte)).values("pk")


def _contacts(texte: str) -> QuerySet:
    fonctions = _mots("fonction__libelle_recherche", texte)
    if fonctions is None:
        return Contact.objects.none().values("structure")
    noms = Q()
    for mot in texte.split():
        noms &= Q(nom__icontains=mot)
    lisibles = Contact.objects.filter(confidentialite__in=CONFIDENTIALITES_CHERCHEES)
    return lisibles.filter(fonctions | noms).values("structure")


def _numero(texte: str) -> Q | None:
    """The condition of a whole FINESS number, SIREN, SIRET or phone number, whatever the spaces; None for words."""
    numero = re.sub(r"[\s.]", "", texte)
    if not numero.isdecimal():
        return None
    if len(numero) == 14:
        return Q(pk__in=Structure.objects.filter(entite_geographique__siret=numero).values("pk"))
    if len(numero) == 9:
        return Q(numero_finess=numero) | Q(pk__in=Structure.objects.filter(entite_juridique__siren=numero).values("pk"))
    if len(numero) == 10:
        publics = Contact.objects.filter(
            confidentialite__in=CONFIDENTIALITES_CHERCHEES,
            telecoms__confidentialite__in=CONFIDENTIALITES_CHERCHEES,
            telecoms__adresse=numero,
        )
        accueils = Structure.objects.filter(entite_geographique__telephone=numero)
        return Q(pk__in=accueils.values("pk")) | Q(pk__in=publics.values("structure"))
    return None


def filtrer(structures: QuerySet, texte: str) -> QuerySet:
    """Keeps the fiches whose name has, for each word typed, a word beginning with it, or whose FINESS number does."""
    texte = texte.strip()
    if _FINESS.fullmatch(texte):
        return structures.filter(numero_finess__startswith=texte.replace(" ", "").upper())
    mots = normaliser(texte).split()
    if not mots:
        return structures.none()
    requete = SearchQuery(" & ".join(f"{mot}:*" for mot in mots), config="simple", search_type="raw")
    return structures.alias(mots=SearchVector("nom_recherche", config="simple")).filter(mots=requete)


def chercher(texte: str, limite: int = LIMITE, parmi: QuerySet | None = None) -> tuple[list[Resultat], bool]:
    """Returns the first fiches found, the highest levels first, each with its way, in two queries.

    Args:
        texte: words or figures as typed.
        limite: how many at most.
        parmi: the fiches among which to look; all when left out.

    Returns:
        The results, and whether there are more.
    """
    structures = Structure.objects.all() if parmi is None else parmi
    trouvees = list(filtrer(structures, texte).order_by(RANG_NIVEAU, "nom_recherche", "pk")[: limite + 1])
    encore, trouvees = len(trouvees) > limite, trouvees[:limite]
    chemins = chemins_de(trouvees)
    resultats = []
    for structure in trouvees:
        chemin = chemins[structure.pk]
        groupe = next((s.groupe for s in [*chemin, structure] if s.niveau == Niveau.EG), "")
        resultats.append(Resultat(structure, chemin, groupe))
    return resultats, encore


def chercher_etablissements(texte: str, limite: int = 20) -> tuple[list[Structure], bool]:
    """Returns the establishments (EG) found that are not closed for good, with their legal entity, in two queries.

    Args:
        texte: words of the name, or first figures of the FINESS number.
        limite: how many at most.

    Returns:
        The establishments in alphabetical order, and whether there are more.
    """
    ouverts = Structure.objects.filter(niveau=Niveau.EG).exclude(etat=Etat.FERMEE)
    trouves = filtrer(ouverts, texte).select_related("parent", "entite_geographique").order_by("nom_recherche", "pk")
    liste = list(trouves[: limite + 1])
    return liste[:limite], len(liste) > limite


def chemins_de(structures: list[Structure]) -> dict[int, list[Structure]]:
    """Returns pk → ancestors from the EJ down, in one query for all."""
    chemins: dict[int, list[Structure]] = {s.pk: [] for s in structures}
    for ancetre in Structure.objects.raw(_SQL_ANCETRES, [list(chemins)]):
        chemins[ancetre.descendante].append(ancetre)
    return chemins


_SQL_ANCETRES = """
SELECT a.*, d.id AS descendante FROM referentiel_structure d
JOIN referentiel_structure a ON a.tree_id = d.tree_id AND a.lft < d.lft AND a.rght > d.rght
WHERE d.id = ANY(%s) ORDER BY a.level
"""
