"""What the national rules look at in an offer and in an establishment, and what they answer: pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Etat(StrEnum):
    CONFORME = "Conforme"
    ECART = "À corriger"
    NON_EVALUABLE = "Non évaluable"


Trouve = tuple[Etat, str] | tuple[Etat, str, str] | None
"""State, message and field to correct; None when the rule does not concern the fiche."""


class Autorisation(StrEnum):
    """What FINESS authorises an establishment to do, as far as the rules ask it."""

    URGENCES = "urgences"
    URGENCES_PEDIATRIQUES = "urgences pédiatriques"
    REANIMATION = "réanimation adulte"
    REANIMATION_PEDIATRIQUE = "réanimation pédiatrique"
    REANIMATION_NEONAT = "réanimation néonatale"
    SOINS_INTENSIFS_NEONAT = "soins intensifs de néonatalogie"
    NEONAT = "néonatalogie"
    OBSTETRIQUE = "obstétrique"
    MCO = "médecine, chirurgie, obstétrique"
    PSY = "psychiatrie"
    SMR = "soins médicaux et de réadaptation"


Autorisations = frozenset[Autorisation] | None
"""None: the Répertoire does not hold the authorisations of FINESS."""


# fmt: off
CATEGORIES_MEDICO_SOCIALES = frozenset({
    "178", "182", "183", "186", "188", "189", "190", "192", "194", "195", "196", "197", "198", "202", "207",
    "209", "221", "228", "238", "246", "249", "252", "253", "255", "354", "370", "377", "379", "381", "382",
    "390", "395", "396", "402", "437", "445", "446", "448", "449", "460", "500", "501", "502",
})
# fmt: on
"""The médico-social perimeter of CP5 and CP6."""

CATEGORIES_VILLE = frozenset({"SA05", "SA07", "SA08", "SA09"})
"""Ville: out of the rules about establishments."""

AUTORISATIONS_ABSENTES = "Les autorisations d’activité de FINESS ne sont pas dans le Répertoire."


@dataclass(frozen=True, slots=True, kw_only=True)
class FaitsOffre:
    """What the rules look at in an offer; codes are those of the official lists, "" for none.

    Attributes:
        nom: its name.
        nom_uf: name of the UF right above it.
        categorie: category of its establishment.
        mode_prise_en_charge: code of J19.
        type_offre: type d’UO (TRE_R244).
        temporalite_accueil: code of J30.
        activites, actes: codes of J17 and J16.
        unite_sensible: flagged so.
        niveaux: niveaux d’expertise (J227, types of maternity are 01 to 04); None when the Répertoire holds none.
        places_installees: None when the Répertoire holds none.
        mise_a_jour: day of its last update.
        relue: re-read within a year, as the guides ask.
        autorisations: those of its establishment.
    """

    nom: str
    nom_uf: str = ""
    categorie: str = ""
    mode_prise_en_charge: str = ""
    type_offre: str = ""
    temporalite_accueil: str = ""
    activites: frozenset[str] = frozenset()
    actes: frozenset[str] = frozenset()
    unite_sensible: bool = False
    niveaux: frozenset[str] | None = None
    places_installees: int | None = None
    mise_a_jour: date | None = None
    relue: bool = False
    autorisations: Autorisations = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaitsEtablissement:
    """What the rules look at in an establishment.

    Attributes:
        jour: today.
        categorie: its category.
        numero_finess, siret: its identifiers, "" for none.
        doublons: other establishments of the region with the same identifier.
        fermee: closed in the Répertoire.
        date_fermeture: day of closing received from FINESS.
        recue: FINESS has told of it.
        etat_finess, ej_finess, categorie_finess: what FINESS says otherwise, in words; "" when it agrees.
        autorisations: what FINESS authorises it to do.
        offres: its offers not closed for good.
    """

    jour: date
    categorie: str = ""
    numero_finess: str = ""
    siret: str = ""
    doublons: int = 0
    fermee: bool = False
    date_fermeture: date | None = None
    recue: bool = False
    etat_finess: str = ""
    ej_finess: str = ""
    categorie_finess: str = ""
    autorisations: Autorisations = None
    offres: tuple[FaitsOffre, ...] = ()
