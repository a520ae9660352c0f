"""The states of a dossier, what leads from one to another, and who may do it (S161–S172, B4, B8; pure).

One table says it all: an act that is not in `TRANSITIONS` does not exist. The route of a dossier (the steps of
validation it goes through) is data: `RegleValidation`, read by `route_de`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Etat(StrEnum):
    """Where a dossier stands; a step of validation is the state in which it waits for that validator."""

    BROUILLON = "brouillon"
    A_CORRIGER = "a_corriger"
    DIRECTION = "direction"
    GESTIONNAIRE = "gestionnaire"
    TUTELLE = "tutelle"
    APPROUVE = "approuve"
    PUBLIE = "publie"
    REFUSE = "refuse"
    ABANDONNE = "abandonne"
    ANNULE = "annule"

    @property
    def libelle(self) -> str:
        """« En attente de la Direction »…"""
        return LIBELLES[self]


LIBELLES: Mapping[Etat, str] = MappingProxyType(
    {
        Etat.BROUILLON: "Brouillon",
        Etat.A_CORRIGER: "À corriger",
        Etat.DIRECTION: "En attente de la Direction",
        Etat.GESTIONNAIRE: "En cours de validation par un gestionnaire",
        Etat.TUTELLE: "En attente de l’autorité de tutelle",
        Etat.APPROUVE: "Approuvé",
        Etat.PUBLIE: "Publié",
        Etat.REFUSE: "Non retenu",
        Etat.ABANDONNE: "Abandonné",
        Etat.ANNULE: "Publication annulée",
    }
)

ETAPES = (Etat.DIRECTION, Etat.GESTIONNAIRE, Etat.TUTELLE)
"""The steps of validation, in the order in which a dossier that needs several goes through them."""

EN_PREPARATION = frozenset({Etat.BROUILLON, Etat.A_CORRIGER})
ENVOYES = frozenset(ETAPES)
OUVERTS = EN_PREPARATION | ENVOYES | {Etat.APPROUVE}
"""At most one dossier of an establishment is in one of these (S139)."""


class Qui(StrEnum):
    """Who may do an act: which right it takes on the establishment."""

    EDITEUR = "editeur"  # whoever edits the establishment
    PARTICIPANT = "participant"  # whoever sees the dossier: editors and validators
    VALIDEUR = "valideur"  # whoever validates the step at which the dossier waits
    APPROBATEUR = "approbateur"  # whoever may give the last validation of its route
    PORTAIL = "portail"  # nobody: the task that publishes at the date


class Geste(StrEnum):
    """An act on a dossier as a whole; the value is what a refusal says of it."""

    MODIFIER = "modifier"
    RENOMMER = "renommer"
    ENVOYER = "envoyer en validation"
    RETIRER = "retirer de la validation"
    VALIDER = "valider"
    APPROUVER = "approuver"
    CORRIGER = "renvoyer pour correction"
    REFUSER = "ne pas retenir"
    ABANDONNER = "abandonner"
    COMMENTER = "commenter"
    PUBLIER = "publier"
    ARRETER = "arrêter à sa publication"
    ANNULER = "annuler après publication"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table.

    Attributes:
        origines: the states in which the act is possible.
        cible: where it leads; None when the route or the fiches decide (`suivante`, `apres_edition`), or nowhere.
        qui: who may do it.
    """

    origines: frozenset[Etat]
    cible: Etat | None
    qui: Qui


TRANSITIONS: Mapping[Geste, Transition] = MappingProxyType(
    {
        Geste.MODIFIER: Transition(OUVERTS, None, Qui.EDITEUR),
        Geste.RENOMMER: Transition(OUVERTS, None, Qui.EDITEUR),
        Geste.ENVOYER: Transition(EN_PREPARATION, None, Qui.EDITEUR),
        Geste.RETIRER: Transition(ENVOYES | {Etat.APPROUVE}, Etat.BROUILLON, Qui.EDITEUR),
        Geste.VALIDER: Transition(frozenset({Etat.DIRECTION}), None, Qui.VALIDEUR),
        Geste.APPROUVER: Transition(frozenset({Etat.GESTIONNAIRE, Etat.TUTELLE}), None, Qui.VALIDEUR),
        Geste.CORRIGER: Transition(ENVOYES, Etat.A_CORRIGER, Qui.VALIDEUR),
        Geste.REFUSER: Transition(ENVOYES, Etat.REFUSE, Qui.VALIDEUR),
        Geste.ABANDONNER: Transition(OUVERTS, Etat.ABANDONNE, Qui.EDITEUR),
        Geste.COMMENTER: Transition(OUVERTS, None, Qui.PARTICIPANT),
        Geste.PUBLIER: Transition(frozenset({Etat.APPROUVE}), Etat.PUBLIE, Qui.PORTAIL),
        Geste.ARRETER: Transition(frozenset({Etat.APPROUVE}), None, Qui.PORTAIL),
        Geste.ANNULER: Transition(frozenset({Etat.PUBLIE}), Etat.ANNULE, Qui.APPROBATEUR),
    }
)


def possible(geste: Geste, etat: Etat) -> bool:
    """Whether the act exists in this state."""
    return etat in TRANSITIONS[geste].origines


def refus_d_etat(geste: Geste, etat: Etat) -> str | None:
    """Returns why the act is not possible in this state, in French; None when it is."""
    if possible(geste, etat):
        return None
    return f"Ce dossier est «\u00a0{etat.libelle.lower()}\u00a0»\u00a0: impossible de {_sur_lui(geste)}."


def _sur_lui(geste: Geste) -> str:
    """« le valider », « ne pas le retenir », « l’approuver »."""
    verbe = geste.value
    if verbe.startswith("ne pas "):
        return f"ne pas le {verbe.removeprefix('ne pas ')}"
    return f"l’{verbe}" if verbe[0] in "aeé" else f"le {verbe}"


def suivante(route: Sequence[Etat], etat: Etat) -> Etat:
    """Returns where a dossier goes once the validator of `etat` has said yes: the next step, or approved."""
    reste = list(route[route.index(etat) + 1 :])
    return reste[0] if reste else Etat.APPROUVE


def est_derniere(route: Sequence[Etat], etat: Etat) -> bool:
    """Whether the validator of this step is the last one, who chooses the date of publication."""
    return etat in route and suivante(route, etat) is Etat.APPROUVE


def apres_edition(route: Sequence[Etat], etat: Etat, *, toutes_finalisees: bool) -> Etat:
    """Returns where a dossier stands after an edit: what was validated was something else (B4).

    A sent or approved dossier starts its route again; one that holds an unfinished fiche is a draft again.
    """
    if etat not in ENVOYES and etat is not Etat.APPROUVE:
        return etat
    return route[0] if toutes_finalisees and route else Etat.BROUILLON


# --- routes ---


@dataclass(frozen=True, slots=True)
class Regle:
    """One rule of validation; an empty criterion admits everything (B6).

    Attributes:
        groupes, disciplines, departements, categories: what a fiche must be for the rule to hold.
        etapes: the steps that a dossier with such a fiche goes through.
        poids: among the rules that hold, the heaviest decides.
    """

    groupes: frozenset[str] = frozenset()
    disciplines: frozenset[str] = frozenset()
    departements: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    etapes: tuple[Etat, ...] = (Etat.GESTIONNAIRE,)
    poids: int = 0


@dataclass(frozen=True, slots=True)
class Champ:
    """What a touched fiche is, as the rules look at it.

    Attributes:
        groupe: « grand groupe de disciplines » of the Répertoire.
        discipline: MCO, SSR, PSY, MSPA, MSPH, empty when not known.
        departement: code of its département.
        categorie: FINESS category of its establishment.
    """

    groupe: str = ""
    discipline: str = ""
    departement: str = ""
    categorie: str = ""


PAR_DEFAUT = Regle()
"""Without any rule that holds, the regional manager validates (S168)."""


def regle_pour(regles: Iterable[Regle], champ: Champ) -> Regle:
    """Returns the rule that decides for one fiche."""
    return max((r for r in regles if _admet(r, champ)), key=lambda r: r.poids, default=PAR_DEFAUT)


def route_de(regles: Iterable[Regle], champs: Iterable[Champ]) -> tuple[Etat, ...]:
    """Returns the steps of a dossier: all those its fiches need, each once."""
    regles = list(regles)
    voulues = {etape for champ in set(champs) for etape in regle_pour(regles, champ).etapes}
    return tuple(etape for etape in ETAPES if etape in voulues) or PAR_DEFAUT.etapes


def _admet(regle: Regle, champ: Champ) -> bool:
    criteres = (
        (regle.groupes, champ.groupe),
        (regle.disciplines, champ.discipline),
        (regle.departements, champ.departement),
        (regle.categories, champ.categorie),
    )
    return all(not admis or valeur in admis for admis, valeur in criteres)
