"""« Modèles de saisie »: which fields an offer shows, demands and offers, by its type (MODELE_ROR §8; pure).

The rules are data. One model is chosen for an offer, the most precise that fits it; a field no model speaks of follows
`COMMUNS`. Names that `champs` does not know are kept in the data and have no effect until the field exists.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .champs import SUFFIXE_UNITE, Champ, Saisie, Stockage
from .changements import Fiche, Valeur
from .fermeture import CHAMPS as CHAMPS_FERMETURE

COMMUNS = frozenset(
    {
        "nom",
        "contacts",
        "lieux",
        "boites_mss",
        "horaires",
        *CHAMPS_FERMETURE,
        "conditions_admission",
        "conditions_accueil",
        "informations_complementaires",
    }
)
"""Fields of every offer: the official models leave them to other screens, or do not know them (S81–S87)."""

GROUPES = frozenset({"zones_intervention"})
"""Sections that a model names as one: its rule is that of each of their fields."""

NATIONAUX = frozenset({"nom", "champ_activite", "mode_prise_en_charge", "age_min", "activites"})
"""What the exposition model demands of every offer (MODELE_ROR §2.1), where no model says otherwise."""

SANS_ETOILE = frozenset({Saisie.CONTACTS, Saisie.HORAIRES, Saisie.BOOLEEN})
"""Kinds whose absence is never held against a fiche: a boolean not ticked is an answer."""


class Origine(StrEnum):
    OFFICIELLE = "officielle"
    PROPOSITION = "proposition"


class Statut(StrEnum):
    """Life of a model, in the words of FHIR (`Questionnaire.status`)."""

    BROUILLON = "draft"
    ACTIF = "active"
    RETIRE = "retired"


@dataclass(frozen=True, slots=True)
class RegleChamp:
    """What a model says of one field.

    Attributes:
        champ: its name in `champs`.
        ordre: rank in its section.
        visible: shown and typed for this kind of offer.
        obligatoire: starred, demanded to finalise or to broadcast (S76).
        repetable: as the official file says; told on the screen, never enforced: the exposition model allows many.
        lecture_seule: shown, not typed.
        codes: codes offered; empty offers the whole list.
        defaut: value of a new offer.
    """

    champ: str
    ordre: int = 0
    visible: bool = True
    obligatoire: bool = False
    repetable: bool = True
    lecture_seule: bool = False
    codes: tuple[str, ...] = ()
    defaut: Valeur = None


@dataclass(frozen=True, slots=True)
class Modele:
    """One model. An empty context fits every offer.

    Attributes:
        identifiant: « MS-141 ».
        version: as the file says it, « 1 » or a date.
        types: codes of TRE_R244.
        champs_activite: codes of JDV_J20.
        categories: categories of establishment.
        regles: one per field.
    """

    identifiant: str
    titre: str
    version: str = ""
    statut: Statut = Statut.ACTIF
    origine: Origine = Origine.PROPOSITION
    types: frozenset[str] = frozenset()
    champs_activite: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    regles: tuple[RegleChamp, ...] = ()


@dataclass(frozen=True, slots=True)
class Contexte:
    """What is known of an offer; None is not known yet."""

    type_offre: str | None = None
    champ_activite: str | None = None
    categorie: str | None = None


def choisir_modele(modeles: Iterable[Modele], contexte: Contexte) -> Modele | None:
    """Returns the model of an offer: the most precise by type, then champ d’activité, then category; official first.

    A model of some types needs one of them; a champ d’activité or a category not known yet contradicts no model.
    """
    convenables = [
        m
        for m in modeles
        if m.statut is Statut.ACTIF
        and (not m.types or contexte.type_offre in m.types)
        and (not m.champs_activite or contexte.champ_activite in {*m.champs_activite, None})
        and (not m.categories or contexte.categorie in {*m.categories, None, ""})
    ]
    return max(convenables, key=lambda m: _precision(m, contexte), default=None)


def _precision(modele: Modele, contexte: Contexte) -> tuple:
    return (
        contexte.type_offre in modele.types,
        contexte.champ_activite in modele.champs_activite,
        contexte.categorie in modele.categories,
        modele.origine is Origine.OFFICIELLE,
        modele.identifiant,
    )


@dataclass(frozen=True, slots=True)
class SchemaUO:
    """The rules of one offer, field by field. Without a model every field is shown and `champs` alone demands."""

    modele: Modele | None = None
    regles: Mapping[str, RegleChamp] = field(default_factory=dict)

    @classmethod
    def de(cls, modele: Modele | None) -> "SchemaUO":
        """The schema of a model, or of none."""
        return cls(modele, {regle.champ: regle for regle in modele.regles} if modele else {})

    def regle(self, champ: Champ) -> RegleChamp:
        """Returns the rule of a field; the unit of an age follows its age."""
        if self.modele is None:
            return RegleChamp(champ.nom, obligatoire=champ.obligatoire or champ.nom in NATIONAUX)
        regle = self.regles.get(champ.nom if champ.section not in GROUPES else champ.section)
        if regle is not None:
            nomme = champ.stockage is Stockage.STRUCTURE  # no model may hide the name of a fiche
            return replace(
                regle,
                visible=regle.visible or nomme,
                lecture_seule=regle.lecture_seule and not nomme,
                obligatoire=nomme or (regle.visible and (regle.obligatoire or champ.obligatoire)),
            )
        mesure = self.regles.get(champ.nom.removesuffix(SUFFIXE_UNITE))
        if mesure is not None:
            return RegleChamp(champ.nom, ordre=mesure.ordre, visible=mesure.visible, obligatoire=champ.obligatoire)
        visible = champ.nom in COMMUNS or champ.finess
        return RegleChamp(champ.nom, ordre=_DERNIER, visible=visible, obligatoire=champ.obligatoire and visible)

    def visible(self, champ: Champ) -> bool:
        return self.regle(champ).visible

    def modifiable(self, champ: Champ) -> bool:
        """Whether it is typed: shown, and not read only."""
        regle = self.regle(champ)
        return regle.visible and not regle.lecture_seule

    def obligatoire(self, champ: Champ) -> bool:
        """Whether it is starred (S76)."""
        return self.regle(champ).obligatoire and champ.saisie not in SANS_ETOILE

    def propose(self, champ: Champ, code: str) -> bool:
        """Whether the model offers this code."""
        codes = self.regle(champ).codes
        return not codes or code in codes

    def ordonner(self, champs: Iterable[Champ]) -> list[Champ]:
        """Returns fields section by section as `champs` has them, each section in the order of the model."""
        champs = list(champs)
        sections = {c.section: rang for rang, c in reversed(list(enumerate(champs)))}
        return sorted(champs, key=lambda c: (sections[c.section], self.regle(c).ordre))

    def manquants(self, champs: Iterable[Champ], valeurs: Fiche) -> list[Champ]:
        """Returns the starred fields without a value, in the order of the fiche."""
        return [c for c in champs if self.obligatoire(c) and est_vide(valeurs.get(c.nom))]

    def valeurs_par_defaut(self, champs: Iterable[Champ]) -> dict[str, Valeur]:
        """Returns what a new offer starts with."""
        return {c.nom: d for c in champs if (d := self.regle(c).defaut) is not None and self.visible(c)}


_DERNIER = 10_000


def est_vide(valeur: Valeur) -> bool:
    """Whether nothing is said: 0 and « non » are values."""
    return valeur is None or valeur in ([], {}) or (isinstance(valeur, str) and not valeur.strip())


def champs_inconnus(modele: Modele, connus: Iterable[str]) -> Sequence[str]:
    """Returns the fields of a model that the portal does not have (yet)."""
    return sorted({regle.champ for regle in modele.regles} - set(connus))
