"""What describes a field: how it is typed, where it lives, its section, its code list."""

from dataclasses import dataclass
from enum import StrEnum

from ..changements import Genre


class Saisie(StrEnum):
    """How a value is typed and shown."""

    TEXTE = "texte"
    TEXTE_LONG = "texte_long"
    ENTIER = "entier"
    BOOLEEN = "booleen"
    DATE = "date"
    CODE = "code"
    CODES = "codes"
    MONTANT = "montant"
    CHOIX = "choix"
    CONTACTS = "contacts"
    HORAIRES = "horaires"
    LIGNES = "lignes"
    TEXTES = "textes"


class Stockage(StrEnum):
    """Where a value lives."""

    STRUCTURE = "structure"
    DETAIL = "detail"
    CODES = "codes"
    CONTACTS = "contacts"
    HORAIRES = "horaires"
    LIGNES = "lignes"
    LIEUX = "lieux"


@dataclass(frozen=True, slots=True)
class Champ:
    """One field.

    Attributes:
        nom: attribute of the model, or name of the several-valued attribute.
        libelle: French label, verbatim from the guides where they give one.
        section: key of `SECTIONS`.
        saisie: how it is typed.
        stockage: where it lives.
        nomenclature: identifier of its code list.
        choix: (value, label) of a closed choice that no list holds.
        finess: True when FINESS owns it: shown, never typed here (S67, S91–S94).
        obligatoire: a fiche cannot be kept without it; what finalising needs is said by `modeles_saisie` (S76).
        max_longueur: in characters.
        aide: one French sentence below the field.
        defaut: of a column, what a new row shows first.
        colonnes: of a table of rows, in the order of the form; the first ones name the row.
        singulier: how one row of the table is called (« Tarif »), or one code of a long selection (« commune »).
        vaste: the code list is too long to be shown whole: it is searched.
    """

    nom: str
    libelle: str
    section: str
    saisie: Saisie = Saisie.TEXTE
    stockage: Stockage = Stockage.DETAIL
    nomenclature: str | None = None
    choix: tuple[tuple[str, str], ...] = ()
    finess: bool = False
    obligatoire: bool = False
    max_longueur: int | None = None
    aide: str = ""
    defaut: str | int | None = None
    colonnes: tuple["Champ", ...] = ()
    singulier: str = ""
    vaste: bool = False

    @property
    def genre(self) -> Genre:
        if self.saisie in (Saisie.CODES, Saisie.TEXTES):
            return Genre.ENSEMBLE
        if self.saisie in (Saisie.CONTACTS, Saisie.HORAIRES, Saisie.LIGNES):
            return Genre.TABLE
        return Genre.VALEUR


SUFFIXE_UNITE = "_unite"
"""« age_min_unite » is the unit of « age_min »: both are typed and read together."""

UNITES_TEMPS = {
    "a": "ans",
    "mo": "mois",
    "wk": "semaines",
    "d": "jours",
    "h": "heures",
    "min": "minutes",
    "s": "secondes",
}
"""Units of age (JDV_J37) as the guides show them (S73); the official list says « année »."""

LISTE_LIEUX = "LIEU"
"""Stands for a code list: the « codes » of the field are the keys of the lieux of the establishment."""

SECTIONS: dict[str, str] = {
    "informations": "Informations générales",
    "identification": "Identification",
    "adresse": "Adresse",
    "contacts": "Contacts",
    "activites": "Activités opérationnelles",
    "actes": "Actes spécifiques",
    "accueil": "Public et modalités d’accueil",
    "expertise": "Spécialisations, compétences et expertise",
    "psychiatrie": "Psychiatrie",
    "zones_intervention": "Territoire d’intervention",
    "services": "Accessibilité, hébergement et aides",
    "tarifs": "Tarifs",
    "territoires": "Territoires de santé",
    "crise": "Crise et secours",
    "conditions": "Conditions",
    "horaires": "Horaires",
    "lieux": "Adresse et lieux",
    "lieu": "Lieu",
    "adresse_pratique": "Adresse pratique",
    "acces": "Accès et stationnement",
    "capacitaire": "Capacitaire",
    "equipements": "Équipements spécifiques",
}

PROFIL_1_SEUL = frozenset({"unite_sensible", "niveau_orsan", "zone_poser"})
"""Fields that the ROR opens to the access profile 1 only (regulation and crisis management, and the editors of the
fiche): read by who reads the contacts of level 3 (J222)."""

ZONES = ("zones_communes", "zones_departements", "zones_regions", "zones_territoires_sante")
"""The parts of the territoire d’intervention (zoneIntervention, J223), in the order of the form."""


def finess(nom: str, libelle: str, section: str = "identification", saisie: Saisie = Saisie.TEXTE, **autres) -> Champ:
    """A field that FINESS owns."""
    return Champ(nom, libelle, section, saisie, finess=True, **autres)


def codes(nom: str, libelle: str, section: str, nomenclature: str, **autres) -> Champ:
    """A field of several codes of one list."""
    return Champ(nom, libelle, section, Saisie.CODES, Stockage.CODES, nomenclature=nomenclature, **autres)
