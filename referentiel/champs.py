"""The fields of a fiche, level by level: name, label, section, kind, code list, and which belong to FINESS.

Data for the form, the reader, the change engine and the history alike: a field described here needs no other code.
Sources: MODELE_ROR §2 (attributes, code lists), EXIGENCES S70–S94.
"""

from dataclasses import dataclass
from enum import StrEnum

from .changements import Genre
from .niveaux import Niveau


class Saisie(StrEnum):
    """How a value is typed and shown."""

    TEXTE = "texte"
    TEXTE_LONG = "texte_long"
    ENTIER = "entier"
    BOOLEEN = "booleen"
    DATE = "date"
    CODE = "code"
    CODES = "codes"
    CONTACTS = "contacts"
    HORAIRES = "horaires"


class Stockage(StrEnum):
    """Where a value lives."""

    STRUCTURE = "structure"
    DETAIL = "detail"
    CODES = "codes"
    CONTACTS = "contacts"
    HORAIRES = "horaires"


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
        finess: True when FINESS owns it: shown, never typed here (S67, S91–S94).
        obligatoire: a value is needed (S76).
        max_longueur: in characters.
        aide: one French sentence below the field.
    """

    nom: str
    libelle: str
    section: str
    saisie: Saisie = Saisie.TEXTE
    stockage: Stockage = Stockage.DETAIL
    nomenclature: str | None = None
    finess: bool = False
    obligatoire: bool = False
    max_longueur: int | None = None
    aide: str = ""

    @property
    def genre(self) -> Genre:
        if self.saisie is Saisie.CODES:
            return Genre.ENSEMBLE
        if self.saisie in (Saisie.CONTACTS, Saisie.HORAIRES):
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

SECTIONS: dict[str, str] = {
    "informations": "Informations générales",
    "identification": "Identification",
    "adresse": "Adresse",
    "contacts": "Contacts",
    "activites": "Activités opérationnelles",
    "actes": "Actes spécifiques",
    "accueil": "Public et modalités d’accueil",
    "conditions": "Conditions",
    "horaires": "Horaires",
    "lieu": "Lieu",
    "adresse_pratique": "Adresse pratique",
    "acces": "Accès et stationnement",
}

_NOM = Champ("nom", "Nom", "informations", stockage=Stockage.STRUCTURE, obligatoire=True, max_longueur=255)
_CONTACTS = Champ("contacts", "Contacts", "contacts", Saisie.CONTACTS, Stockage.CONTACTS)
_INFORMATIONS = Champ(
    "informations_complementaires", "Informations complémentaires", "conditions", Saisie.TEXTE_LONG, max_longueur=5000
)


def _finess(nom: str, libelle: str, section: str = "identification", saisie: Saisie = Saisie.TEXTE, **autres) -> Champ:
    return Champ(nom, libelle, section, saisie, finess=True, **autres)


_ADRESSE_FINESS = (
    _finess("complement_adresse", "Complément d’adresse", "adresse"),
    _finess("numero_voie", "N° de voie", "adresse"),
    _finess("complement_voie", "Complément de voie", "adresse"),
    _finess("type_voie", "Type de voie", "adresse"),
    _finess("libelle_voie", "Voie", "adresse"),
    _finess("lieu_dit", "Lieu-dit, boîte postale", "adresse"),
    _finess("code_postal", "Code postal", "adresse"),
    _finess("localite", "Localité", "adresse"),
    _finess("commune_cog", "Commune (code INSEE)", "adresse"),
)

_UNITE = {"section": "informations", "saisie": Saisie.CODE, "obligatoire": True}

_ORGANISATION = (
    _NOM,
    Champ("code_interne", "Code interne", "informations", max_longueur=40),
    _CONTACTS,
    _INFORMATIONS,
)

CHAMPS: dict[Niveau, tuple[Champ, ...]] = {
    Niveau.EJ: (
        _NOM,
        _finess("numero_finess", "Numéro FINESS", stockage=Stockage.STRUCTURE),
        _finess("raison_sociale", "Raison sociale"),
        _finess("nom_court", "Nom court"),
        _finess("complement", "Complément de raison sociale"),
        _finess("siren", "SIREN"),
        _finess("statut_juridique", "Statut juridique", saisie=Saisie.CODE, nomenclature="FINESS_STATUT_JURIDIQUE"),
        _finess("code_ape", "Code APE"),
        _finess("telephone", "Téléphone"),
        _finess("date_creation", "Date de création", saisie=Saisie.DATE),
        _finess("date_fermeture", "Date de fermeture", saisie=Saisie.DATE),
        *_ADRESSE_FINESS,
        _CONTACTS,
    ),
    Niveau.EG: (
        _NOM,
        _finess("numero_finess", "Numéro FINESS", stockage=Stockage.STRUCTURE),
        _finess("raison_sociale", "Raison sociale"),
        _finess("nom_court", "Nom court"),
        _finess("complement", "Complément de raison sociale"),
        _finess("siret", "SIRET"),
        _finess("categorie", "Catégorie", saisie=Saisie.CODE, nomenclature="FINESS_CATEGORIE"),
        _finess("mode_tarif", "Mode de fixation des tarifs", saisie=Saisie.CODE, nomenclature="TRE_R74"),
        _finess("participation_sph", "Participation au service public", saisie=Saisie.CODES, nomenclature="JDV_J202"),
        _finess("code_ape", "Code APE"),
        _finess("telephone", "Téléphone"),
        _finess("telecopie", "Télécopie"),
        _finess("courriel", "Courriel"),
        _finess("numero_uai", "N° UAI"),
        _finess("date_ouverture", "Date d’ouverture", saisie=Saisie.DATE),
        _finess("date_autorisation", "Première autorisation", saisie=Saisie.DATE),
        _finess("date_fermeture", "Date de fermeture", saisie=Saisie.DATE),
        *_ADRESSE_FINESS,
        _CONTACTS,
        _INFORMATIONS,
    ),
    Niveau.P: _ORGANISATION,
    Niveau.S: _ORGANISATION,
    Niveau.UF: _ORGANISATION,
    Niveau.UO: (
        _NOM,
        Champ("champ_activite", "Champ d’activité", "informations", Saisie.CODE, nomenclature="JDV_J20"),
        Champ("mode_prise_en_charge", "Mode de prise en charge", "informations", Saisie.CODE, nomenclature="JDV_J19"),
        Champ("age_min", "Âge minimum", "informations", Saisie.ENTIER, obligatoire=True),
        Champ(
            "age_min_unite",
            "Unité de l’âge minimum",
            "informations",
            Saisie.CODE,
            nomenclature="JDV_J37",
            obligatoire=True,
        ),
        Champ("age_max", "Âge maximum", "informations", Saisie.ENTIER),
        Champ(
            "age_max_unite",
            "Unité de l’âge maximum",
            "informations",
            Saisie.CODE,
            nomenclature="JDV_J37",
            obligatoire=True,
        ),
        Champ(
            "unite_sensible",
            "Unité sensible",
            "informations",
            Saisie.BOOLEEN,
            obligatoire=True,
            aide="Oui pour les unités pénitentiaires et NRBC, et elles seules (règle nationale CO3).",
        ),
        _CONTACTS,
        Champ(
            "activites", "Activités opérationnelles", "activites", Saisie.CODES, Stockage.CODES, nomenclature="JDV_J17"
        ),
        Champ("actes", "Actes spécifiques", "actes", Saisie.CODES, Stockage.CODES, nomenclature="JDV_J16"),
        Champ("publics", "Public pris en charge", "accueil", Saisie.CODES, Stockage.CODES, nomenclature="JDV_J29"),
        Champ("modalites", "Modalités d’accueil", "accueil", Saisie.CODES, Stockage.CODES, nomenclature="JDV_J226"),
        Champ("temporalite_accueil", "Temporalité d’accueil", "accueil", Saisie.CODE, nomenclature="JDV_J30"),
        Champ("ouverture_annuelle", "Ouverture annuelle", "accueil", Saisie.CODE, nomenclature="JDV_J28"),
        Champ("conditions_admission", "Conditions d’admission", "conditions", Saisie.TEXTE_LONG, max_longueur=5000),
        Champ("conditions_accueil", "Conditions d’accueil", "conditions", Saisie.TEXTE_LONG, max_longueur=5000),
        _INFORMATIONS,
        Champ("horaires", "Horaires", "horaires", Saisie.HORAIRES, Stockage.HORAIRES),
    ),
}

CHAMPS_LIEU: dict[str, Champ] = {
    champ.nom: champ
    for champ in (
        Champ("nom", "Nom", "lieu", obligatoire=True, max_longueur=120),
        Champ("fonction", "Fonction", "lieu", Saisie.CODE, nomenclature="JDV_J198"),
        Champ("description", "Description", "lieu", Saisie.TEXTE_LONG, max_longueur=5000),
        Champ(
            "complement_adresse", "Complément d’adresse", "adresse_pratique", max_longueur=80, aide="Bâtiment, étage…"
        ),
        Champ("numero_voie", "N° de voie", "adresse_pratique", max_longueur=10),
        Champ("complement_voie", "Bis, ter…", "adresse_pratique", max_longueur=10),
        Champ("type_voie", "Type de voie", "adresse_pratique", max_longueur=40, aide="Rue, avenue, allée…"),
        Champ("libelle_voie", "Voie", "adresse_pratique", max_longueur=120),
        Champ("lieu_dit", "Lieu-dit, boîte postale", "adresse_pratique", max_longueur=80),
        Champ("code_postal", "Code postal", "adresse_pratique", max_longueur=5),
        Champ("localite", "Localité", "adresse_pratique", max_longueur=80),
        Champ("acces", "Accès et stationnement", "acces", Saisie.TEXTE_LONG, max_longueur=5000),
    )
}
"""The fields of a lieu: its practical address is edited, unlike the address of FINESS (EXIGENCES §0, 4)."""


def champs_de(niveau: Niveau) -> dict[str, Champ]:
    """Returns name → field of a level, in the order of the fiche."""
    return {champ.nom: champ for champ in CHAMPS[niveau]}


def sections_de(niveau: Niveau) -> dict[str, tuple[Champ, ...]]:
    """Returns section key → fields of a level, in the order of the fiche."""
    resultat: dict[str, list[Champ]] = {}
    for champ in CHAMPS[niveau]:
        resultat.setdefault(champ.section, []).append(champ)
    return {cle: tuple(champs) for cle, champs in resultat.items()}


def modifiables(niveau: Niveau) -> frozenset[str]:
    """Names of the fields a person may type: all but those of FINESS."""
    return frozenset(champ.nom for champ in CHAMPS[niveau] if not champ.finess)
