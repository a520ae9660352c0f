"""The rates of the Répertoire over a perimeter: how they are counted, and what is said of them (S66, B53).

One reading of the figures of the establishments, grouped by département and by champ; everything else is sums of those
groups. What each rate means is written here, once, and shown with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from referentiel.departements import nom_departement
from referentiel.models.structure import Groupe
from referentiel.permissions import Action, filtre
from ror.commun.francais import INSECABLE, nombre_fr, pluriel

from .models import BilanEtablissement, BilanOffre
from .referents import avec_referent_actif

OBJECTIF_SEGUR = 85
"""Percents of « peuplement » that the programme expects (EXIGENCES §4)."""


@dataclass(frozen=True, slots=True)
class Filtres:
    """What the page is narrowed to; empty is all of the perimeter."""

    departement: str = ""
    groupe: str = ""
    territoire: str = ""

    @property
    def condition(self) -> Q:
        """The condition on the figures of establishments and of offers."""
        condition = Q()
        if self.departement:
            condition &= Q(departement=self.departement)
        if self.groupe:
            condition &= Q(groupe=self.groupe)
        return condition

    def parmi(self, cellules: Mapping[tuple[str, str], "Sommes"]) -> dict[tuple[str, str], "Sommes"]:
        """Returns those of these groups that the département and the champ keep."""
        return {
            (departement, groupe): sommes
            for (departement, groupe), sommes in cellules.items()
            if self.departement in ("", departement) and self.groupe in ("", groupe)
        }


@dataclass(frozen=True, slots=True)
class Sommes:
    """What is counted in a group of establishments.

    Attributes:
        eg: establishments.
        attendus, peuples: those of the national perimeter, and among them those whose every offer is described.
        offres, finalisees, relues: offers, described as the national rule asks, re-read within a year.
        somme_scores: of the completeness of the offers.
        re12_concernes, re12_conformes: establishments that RE1.2 concerns, and that obey it.
        sans_referent: establishments that nobody keeps up to date.
    """

    eg: int = 0
    attendus: int = 0
    peuples: int = 0
    offres: int = 0
    finalisees: int = 0
    relues: int = 0
    somme_scores: int = 0
    re12_concernes: int = 0
    re12_conformes: int = 0
    sans_referent: int = 0

    def __add__(self, autre: "Sommes") -> "Sommes":
        return Sommes(*(getattr(self, f.name) + getattr(autre, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Taux:
    """A rate, rounded down to a tenth: what is not reached is never shown as reached."""

    partie: int
    tout: int

    @property
    def dixiemes(self) -> int | None:
        return 1000 * self.partie // self.tout if self.tout else None

    @property
    def pour_cent(self) -> float | None:
        return None if self.dixiemes is None else self.dixiemes / 10

    @property
    def texte(self) -> str:
        """« 84,6 % », « sans objet » of nothing."""
        return "sans objet" if self.pour_cent is None else f"{nombre_fr(self.pour_cent)}{INSECABLE}%"


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator.

    Attributes:
        code: its name in addresses.
        titre: its name on the screen.
        court: its name in a table.
        definition: what is counted, in one sentence.
        mots: what is counted, as `pluriel` takes it.
        lire: its rate in some sums.
        objectif: percents expected, None without any.
        objectif_mot: how that is said.
        liste: name of the URL of the list behind it, and its query.
        lien: what that link says.
    """

    code: str
    titre: str
    court: str
    definition: str
    mots: str
    lire: Callable[[Sommes], Taux]
    objectif: int | None
    objectif_mot: str
    liste: tuple[str, str]
    lien: str


INDICATEURS = (
    Definition(
        "peuplement",
        "Peuplement",
        "Peuplement",
        "Part des établissements du périmètre national (sanitaires autorisés et médico-sociaux) dont toutes les offres "
        "sont décrites selon la règle nationale : champ d’activité, mode de prise en charge, âges, activité, adresse, "
        "contact. Un établissement sans offre décrite ne compte pas comme peuplé.",
        "établissement",
        lambda s: Taux(s.peuples, s.attendus),
        OBJECTIF_SEGUR,
        f"objectif Ségur : {OBJECTIF_SEGUR}{INSECABLE}%",
        ("tableau-etablissements", "filtre=a-peupler"),
        "Établissements à peupler",
    ),
    Definition(
        "fraicheur",
        "Offres relues depuis moins d’un an",
        "Offres relues",
        "Part des offres relues et validées depuis moins d’un an. C’est l’obligation réglementaire : une mise à jour "
        "au minimum une fois par an.",
        "offre",
        lambda s: Taux(s.relues, s.offres),
        100,
        f"obligation réglementaire : 100{INSECABLE}%",
        ("tableau-offres", "filtre=non-verifiees"),
        "Offres non vérifiées",
    ),
    Definition(
        "re12",
        "Établissements conformes à RE1.2",
        "RE1.2",
        "Règle nationale de récence, moins exigeante que l’obligation annuelle : moins de 8 offres, au moins une mise "
        "à jour dans l’année ; 8 offres ou plus, au moins 25 % d’entre elles. Sans offre, il est conforme.",
        "établissement",
        lambda s: Taux(s.re12_conformes, s.re12_concernes),
        100,
        f"règle nationale : 100{INSECABLE}%",
        ("tableau-etablissements", "filtre=re12"),
        "Établissements non conformes",
    ),
    Definition(
        "completude",
        "Complétude moyenne des offres",
        "Complétude des offres",
        "Moyenne des complétudes des offres, de 0 à 100 : chaque élément d’une fiche compte selon son utilité pour qui "
        "cherche une offre.",
        "offre",
        lambda s: Taux(s.somme_scores, 100 * s.offres),
        None,
        "de 0 à 100, expliquée sur chaque fiche",
        ("tableau-offres", "tri=score"),
        "Offres, de la moins complète",
    ),
    Definition(
        "referents",
        "Établissements avec un référent actif",
        "Avec référent",
        "Part des établissements dont au moins une personne, Référent ou Direction sur l’établissement ou son entité "
        "juridique, a un compte ouvert et s’est connectée (ou a été invitée) depuis moins d’un an.",
        "établissement",
        lambda s: Taux(s.eg - s.sans_referent, s.eg),
        100,
        f"attendu : 100{INSECABLE}%",
        ("tableau-etablissements", "filtre=sans-referent"),
        "Établissements sans référent actif",
    ),
)
PAR_CODE: Mapping[str, Definition] = {definition.code: definition for definition in INDICATEURS}


@dataclass(frozen=True, slots=True)
class Ligne:
    """The rates of one group: a département or a champ; `court` is what a chart has room for."""

    code: str
    nom: str
    court: str
    sommes: Sommes

    def taux(self, code: str) -> Taux:
        """Returns one of its rates."""
        return PAR_CODE[code].lire(self.sommes)


def etablissements_de(utilisateur) -> QuerySet[BilanEtablissement]:
    """Returns the figures of the establishments of the perimeter where she steers."""
    return BilanEtablissement.objects.filter(filtre(utilisateur, Action.LIRE_TABLEAU))


def offres_de(utilisateur) -> QuerySet[BilanOffre]:
    """Returns the figures of the offers of that perimeter."""
    return BilanOffre.objects.filter(filtre(utilisateur, Action.LIRE_TABLEAU))


def compter(bilans: QuerySet[BilanEtablissement]) -> dict[tuple[str, str], Sommes]:
    """Returns (département, champ) → what is counted there, in one query."""
    lignes = (
        bilans.order_by()
        .values_list("departement", "groupe")
        .annotate(
            eg=Count("pk"),
            attendus=Count("pk", filter=Q(attendu=True)),
            peuples=Count("pk", filter=Q(attendu=True, peuple=True)),
            n_offres=_somme("offres"),
            n_finalisees=_somme("finalisees"),
            n_relues=_somme("relues"),
            scores=_somme("somme_scores"),
            re12_concernes=Count("re12"),
            re12_conformes=Count("pk", filter=Q(re12=True)),
            sans_referent=Count("pk", filter=~avec_referent_actif()),
        )
    )
    return {(departement, groupe): Sommes(*nombres) for departement, groupe, *nombres in lignes}


def total(cellules: Mapping[tuple[str, str], Sommes]) -> Sommes:
    """Returns what is counted in all of them."""
    return sum(cellules.values(), Sommes())


def par_departement(cellules: Mapping[tuple[str, str], Sommes]) -> list[Ligne]:
    """Returns the groups by département, in the order of their codes."""
    return _regrouper(cellules, 0, nom_departement, nom_departement)


def par_champ(cellules: Mapping[tuple[str, str], Sommes]) -> list[Ligne]:
    """Returns the groups by champ, in the order of « Afficher les structures »."""
    return _regrouper(cellules, 1, nom_groupe, lambda code: code or nom_groupe(code))


def nom_groupe(code: str) -> str:
    """« Psychiatrie », « Sans champ connu »."""
    return Groupe(code).label if code in Groupe.values else "Sans champ connu"


def situer(definition: Definition, taux: Taux) -> tuple[str, str]:
    """Returns the pill of a rate, its state and what it says; nothing without target."""
    if taux.pour_cent is None:
        return "info", "Rien à compter"
    if definition.objectif is None:
        return "", ""
    manque = 10 * definition.objectif - (taux.dixiemes or 0)
    if manque <= 0:
        return "ok", "Objectif atteint"
    reste = taux.tout - taux.partie
    if definition.objectif == 100:
        return "attente", f"{pluriel(reste, definition.mots)} en écart"
    return "attente", f"À {nombre_fr(manque / 10)}{INSECABLE}{'point' if manque < 20 else 'points'}"


def _regrouper(
    cellules: Mapping[tuple[str, str], Sommes], rang: int, nommer: Callable[[str], str], abreger: Callable[[str], str]
) -> list[Ligne]:
    sommes: dict[str, Sommes] = {}
    for cle, compte in cellules.items():
        sommes[cle[rang]] = sommes.get(cle[rang], Sommes()) + compte
    codes = sorted(sommes, key=lambda code: (not code, code))
    return [Ligne(code, nommer(code), abreger(code), sommes[code]) for code in codes]


def _somme(colonne: str) -> Coalesce:
    return Coalesce(Sum(colonne), 0)
