"""Finding codes in a list too long to be shown: words of the label in any order, without accents, or a code."""

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Case, Count, IntegerField, Q, Value, When

from ror.commun.francais import nombre_fr
from ror.commun.texte import normaliser

from .codes import COMMUNES, condition, libelle_montre, valeur_de
from .communes import Annuaire
from .models import Code
from .nomenclatures import DONNEES

EPCI = "COG_EPCI"
LIMITE = 50
MOTS_MAX = 8
FAMILLES = {"JDV_J17": ("JDV_J51", "familles_serafin")}
"""Code list whose codes have a family → the list of the families, the property that holds it (ASS_A14)."""


@dataclass(frozen=True, slots=True)
class Trouvailles:
    """What a search found.

    Attributes:
        codes: (value, label), the best first, 50 at most.
        nombre: how many match.
        total: how many the list has.
    """

    codes: tuple[tuple[str, str], ...]
    nombre: int
    total: int

    @property
    def bilan(self) -> str:
        """« 12 sur 1 305 », « 50 affichés, 230 trouvés sur 1 305 : précisez la recherche »."""
        total = nombre_fr(self.total)
        if not self.nombre:
            return f"Rien de tel parmi {total}."
        if self.nombre > len(self.codes):
            reste = "précisez la recherche."
            return f"{len(self.codes)} affichés, {nombre_fr(self.nombre)} trouvés sur {total}\u00a0: {reste}"
        return f"{nombre_fr(self.nombre)} sur {total}"


def chercher(liste: str, texte: str = "", *, famille: str = "", parmi: Collection[str] | None = None) -> Trouvailles:
    """Searches the codes still offered of a list; two queries.

    Args:
        liste: the code list.
        texte: what was typed; empty, the list is given from its beginning.
        famille: code of the family the codes must have.
        parmi: the only values that may be found, None for the whole list.
    """
    mots = normaliser(texte).split()[:MOTS_MAX]
    offerts = Code.objects.de(liste).proposes()
    if parmi is not None:
        offerts = offerts.filter(condition({liste: parmi}))
    voulus = Q()
    for mot in mots:
        voulus &= Q(libelle_recherche__contains=mot) | Q(code__istartswith=mot)
    if liste == COMMUNES and mots:
        voulus |= Q(code__in=_anciennes_nommees(mots))
    if famille and liste in FAMILLES:
        voulus &= _de_la_famille(liste, famille)
    comptes = offerts.aggregate(total=Count("pk"), nombre=Count("pk", filter=voulus) if voulus else Count("pk"))
    if not comptes["nombre"]:
        return Trouvailles((), 0, comptes["total"])
    debut = " ".join(mot for mot in mots if not mot.isdigit()) or " ".join(mots)
    rang = Case(
        When(code__iexact=debut, then=Value(0)),
        When(libelle_recherche=debut, then=Value(1)),
        When(libelle_recherche__startswith=debut, then=Value(2)),
        When(libelle_recherche__contains=f" {debut}", then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    trouves = offerts.filter(voulus)
    trouves = trouves.order_by(rang, "libelle", "pk") if mots else trouves.order_by("libelle", "pk")
    lignes = trouves.values_list("code", "systeme", "libelle")[:LIMITE]
    paires = (
        (valeur_de(liste, code, systeme), libelle_montre(liste, code, libelle)) for code, systeme, libelle in lignes
    )
    return Trouvailles(tuple(paires), comptes["nombre"], comptes["total"])


def communes_des_epci(epci: Iterable[str]) -> list[str]:
    """Returns the INSEE codes of the communes of these groups, as the portal knows them; one query."""
    lignes = Code.objects.de(EPCI).filter(code__in=list(epci)).values_list("proprietes__communes", flat=True)
    return sorted({code for communes in lignes for code in (communes or "").split()})


def annuaire_des_communes() -> Annuaire:
    """Returns the communes as `communes.Annuaire` reads pasted lists; one query of the whole list."""
    lignes = Code.objects.filter(nomenclature__identifiant=COMMUNES, actif=True).values_list("code", "libelle")
    return Annuaire(dict(lignes.order_by("code")), anciennes())


@lru_cache(maxsize=1)
def anciennes() -> tuple[tuple[str, str, str], ...]:
    """The communes déléguées and associées shipped (INSEE, COG 2024): code, name, code of the present commune."""
    with (DONNEES / "communes_deleguees.csv").open(encoding="utf-8", newline="") as fichier:
        return tuple((ligne["code"], ligne["libelle"], ligne["commune"]) for ligne in csv.DictReader(fichier))


@lru_cache(maxsize=1)
def _noms_des_anciennes() -> tuple[tuple[str, str], ...]:
    return tuple((normaliser(nom), commune) for _, nom, commune in anciennes())


def _anciennes_nommees(mots: list[str]) -> list[str]:
    """The present communes of the former ones whose name has these words."""
    return sorted({commune for nom, commune in _noms_des_anciennes() if all(mot in nom for mot in mots)})


def _de_la_famille(liste: str, famille: str) -> Q:
    """A property names a family by its code, or by the SERAFIN number that begins its label."""
    familles, propriete = FAMILLES[liste]
    libelle = Code.objects.de(familles).filter(code=famille).values_list("libelle", flat=True).first() or ""
    return Q(**{f"proprietes__{propriete}__in": [famille, libelle.split(" ")[0]]})
