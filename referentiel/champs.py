"""The fields of a fiche, level by level: name, label, section, kind, code list, and which belong to FINESS.

Data for the form, the reader, the change engine and the history alike: a field described here needs no other code.
Sources: MODELE_ROR §2 (attributes, code lists), EXIGENCES S70–S94.
"""

from dataclasses import dataclass
from enum import StrEnum

from .changements import Genre
from .fermeture import MESSAGE_MAX, TYPES
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

_NOM = Champ("nom", "Nom", "informations", stockage=Stockage.STRUCTURE, obligatoire=True, max_longueur=255)
_CONTACTS = Champ("contacts", "Contacts", "contacts", Saisie.CONTACTS, Stockage.CONTACTS)
_INFORMATIONS = Champ(
    "informations_complementaires", "Informations complémentaires", "conditions", Saisie.TEXTE_LONG, max_longueur=5000
)
_NOM_OPERATIONNEL = Champ(
    "nom_operationnel",
    "Nom d’usage",
    "informations",
    max_longueur=255,
    aide="Le nom que tous emploient, s’il diffère du nom de la fiche.",
)
_BOITES_MSS = Champ(
    "boites_mss",
    "Messagerie sécurisée (MSSanté)",
    "contacts",
    Saisie.LIGNES,
    Stockage.LIGNES,
    singulier="Boîte MSSanté",
    aide="Adresses d’un domaine en mssante.fr, avec leur usage\u00a0: comptes rendus, admissions…",
    colonnes=(
        Champ("adresse", "Adresse MSSanté", "", obligatoire=True, max_longueur=254),
        Champ("usage", "Usage", "", max_longueur=120),
        Champ("confidentialite", "Visible par", "", Saisie.CODE, nomenclature="JDV_J222", obligatoire=True, defaut="2"),
    ),
)
_TARIFS = Champ(
    "tarifs",
    "Tarifs",
    "tarifs",
    Saisie.LIGNES,
    Stockage.LIGNES,
    singulier="Tarif",
    aide="Choisissez d’abord le type\u00a0: il dit quelles précisions sont attendues.",
    colonnes=(
        Champ("type_tarif", "Type de tarif", "", Saisie.CODE, nomenclature="JDV_J36", obligatoire=True),
        Champ("nom", "Intitulé", "", max_longueur=120),
        Champ("montant", "Montant (€)", "", Saisie.MONTANT, obligatoire=True),
        Champ("unite_prix", "Unité", "", Saisie.CODE, nomenclature="JDV_J205", obligatoire=True),
        Champ("date_debut", "Applicable depuis le", "", Saisie.DATE),
        Champ("type_habitation", "Type d’habitation", "", Saisie.CODE, nomenclature="JDV_J32"),
        Champ("temporalite_accueil", "Temporalité d’accueil", "", Saisie.CODE, nomenclature="JDV_J30"),
        Champ("moins_60_ans", "Tarif des moins de 60 ans", "", Saisie.BOOLEEN),
        Champ("groupe_dependance", "Groupe tarifaire dépendance", "", Saisie.CODE, nomenclature="JDV_J27"),
        Champ("mode_gestion", "Mode de gestion", "", Saisie.CODE, nomenclature="JDV_J26"),
        Champ("prestation", "Prestation", "", Saisie.CODE, nomenclature="JDV_J206"),
        Champ("condition_tarifaire", "Condition tarifaire", "", Saisie.CODE, nomenclature="JDV_J39"),
        Champ("prestations_incluses", "Prestations incluses", "", Saisie.CODES, nomenclature="JDV_J206"),
        Champ("autres_prestations", "Autres prestations incluses", "", max_longueur=255),
    ),
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
    _NOM_OPERATIONNEL,
    Champ("code_interne", "Code interne", "informations", max_longueur=40),
    Champ("date_ouverture", "Date d’ouverture", "informations", Saisie.DATE),
    _CONTACTS,
    _BOITES_MSS,
    _INFORMATIONS,
)


def _codes(nom: str, libelle: str, section: str, nomenclature: str, **autres) -> Champ:
    return Champ(nom, libelle, section, Saisie.CODES, Stockage.CODES, nomenclature=nomenclature, **autres)


_TERRITOIRE = (
    _codes(
        "zones_communes",
        "Communes",
        "zones_intervention",
        "COG_COMMUNE",
        vaste=True,
        singulier="commune",
        aide="Où habitent les personnes que l’offre peut prendre en charge.",
    ),
    _codes(
        "zones_departements", "Départements entiers", "zones_intervention", "COG_DEPARTEMENT", singulier="département"
    ),
    _codes("zones_regions", "Régions entières", "zones_intervention", "COG_REGION", singulier="région"),
    _codes(
        "zones_territoires_sante",
        "Territoires de santé",
        "zones_intervention",
        "JDV_J249",
        vaste=True,
        singulier="territoire de santé,territoires de santé",
    ),
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
        _NOM_OPERATIONNEL,
        _CONTACTS,
        Champ("accessibilite", "Accessibilité", "services", Saisie.CODE, nomenclature="JDV_J50"),
        Champ("hebergement_famille", "Hébergement des familles", "services", Saisie.BOOLEEN),
        _codes("aides_financieres", "Aides financières", "services", "JDV_J31"),
        Champ("places_aide_sociale_temporaire", "Places d’aide sociale, temporaires", "services", Saisie.ENTIER),
        Champ("places_aide_sociale_permanente", "Places d’aide sociale, permanentes", "services", Saisie.ENTIER),
        _TARIFS,
        _codes(
            "territoires_sante",
            "Territoires de santé",
            "territoires",
            "JDV_J249",
            vaste=True,
            singulier="territoire de santé,territoires de santé",
        ),
        Champ(
            "niveau_orsan",
            "Niveau de recours ORSAN",
            "crise",
            Saisie.CODE,
            nomenclature="JDV_J204",
            aide="Lu par la régulation, la gestion de crise et les référents de la fiche.",
        ),
        Champ(
            "zone_poser",
            "Zone de poser pour hélicoptère",
            "crise",
            Saisie.BOOLEEN,
            aide="Lu par la régulation, la gestion de crise et les référents de la fiche.",
        ),
        _INFORMATIONS,
    ),
    Niveau.P: _ORGANISATION,
    Niveau.S: _ORGANISATION,
    Niveau.UF: _ORGANISATION,
    Niveau.UO: (
        _NOM,
        Champ("champ_activite", "Champ d’activité", "informations", Saisie.CODE, nomenclature="JDV_J20"),
        Champ("mode_prise_en_charge", "Mode de prise en charge", "informations", Saisie.CODE, nomenclature="JDV_J19"),
        Champ("age_min", "Âge minimum", "informations", Saisie.ENTIER),
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
            "lieux",
            "Lieux",
            "lieux",
            Saisie.CODES,
            Stockage.LIEUX,
            nomenclature=LISTE_LIEUX,
            aide="Là où l’offre est donnée. Un lieu se décrit sur sa propre page, pour toutes ses offres à la fois.",
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
        _BOITES_MSS,
        _codes("activites", "Activités opérationnelles", "activites", "JDV_J17", vaste=True, singulier="activité"),
        Champ("famille_activite", "Famille d’activités", "activites", Saisie.CODE, nomenclature="JDV_J51"),
        _codes("actes", "Actes spécifiques", "actes", "JDV_J16", vaste=True, singulier="acte"),
        _codes(
            "actes_hors_cabinet",
            "Actes réalisés hors cabinet",
            "actes",
            "JDV_J16",
            vaste=True,
            singulier="acte",
            aide="Pour les libéraux qui opèrent en établissement.",
        ),
        _codes("publics", "Public pris en charge", "accueil", "JDV_J29"),
        _codes("modalites", "Modalités d’accueil", "accueil", "JDV_J226"),
        Champ("temporalite_accueil", "Temporalité d’accueil", "accueil", Saisie.CODE, nomenclature="JDV_J30"),
        Champ("ouverture_annuelle", "Ouverture annuelle", "accueil", Saisie.CODE, nomenclature="JDV_J28"),
        _codes(
            "modes_gestion",
            "Modes de gestion",
            "accueil",
            "JDV_J26",
            aide="Pour l’aide à domicile.",
        ),
        _codes("specialisations", "Spécialisations de prise en charge", "expertise", "JDV_J35"),
        _codes(
            "professions_ressources",
            "Professions ressources",
            "expertise",
            "JDV_J186",
            vaste=True,
            singulier="profession",
            aide="Les métiers qui distinguent cette offre.",
        ),
        _codes("competences_specifiques", "Compétences spécifiques", "expertise", "JDV_J33"),
        _codes("niveaux_expertise", "Niveaux d’expertise", "expertise", "JDV_J227"),
        Champ("soins_sans_consentement", "Habilitation aux soins sans consentement", "psychiatrie", Saisie.BOOLEEN),
        Champ(
            "secteurs_psychiatriques",
            "Secteurs psychiatriques",
            "psychiatrie",
            Saisie.TEXTES,
            max_longueur=80,
            aide="Un secteur par ligne, par exemple 77G05.",
        ),
        *_TERRITOIRE,
        Champ("conditions_admission", "Conditions d’admission", "conditions", Saisie.TEXTE_LONG, max_longueur=5000),
        Champ("conditions_accueil", "Conditions d’accueil", "conditions", Saisie.TEXTE_LONG, max_longueur=5000),
        _INFORMATIONS,
        Champ("horaires", "Horaires", "horaires", Saisie.HORAIRES, Stockage.HORAIRES),
        Champ("type_fermeture", "Type de fermeture", "horaires", Saisie.CHOIX, choix=tuple(TYPES.items())),
        Champ("date_fermeture", "Date de fermeture", "horaires", Saisie.DATE),
        Champ("date_reouverture_prevue", "Date de réouverture prévisionnelle", "horaires", Saisie.DATE),
        Champ("fermeture_previsionnelle", "Fermeture prévisionnelle", "horaires", Saisie.BOOLEEN),
        Champ("message_fermeture", "Message de fermeture", "horaires", max_longueur=MESSAGE_MAX),
    ),
}

_CAPACITES = Champ(
    "capacites",
    "Lits et places",
    "capacitaire",
    Saisie.LIGNES,
    Stockage.LIGNES,
    singulier="Capacité",
    colonnes=(
        Champ("nature", "Nature", "", Saisie.CODE, nomenclature="JDV_J187", obligatoire=True),
        Champ("statut", "Statut", "", Saisie.CODE, nomenclature="JDV_J188", obligatoire=True, defaut="01"),
        Champ("nombre", "Nombre", "", Saisie.ENTIER, obligatoire=True),
        Champ("temporalite", "Temporalité", "", Saisie.CODE, nomenclature="JDV_J189", obligatoire=True, defaut="01"),
        Champ("genre", "Genre", "", Saisie.CODE, nomenclature="JDV_J190"),
        Champ(
            "affectation_temporaire",
            "Affectation temporaire",
            "",
            Saisie.CODE,
            nomenclature="JDV_J195",
            obligatoire=True,
            defaut="01",
        ),
        Champ("source", "Source", "", Saisie.CODE, nomenclature="JDV_J193", obligatoire=True, defaut="01"),
        Champ("type_fermeture", "Type de fermeture", "", Saisie.CODE, nomenclature="JDV_J191"),
        Champ("lits_supplementaires", "Lits supplémentaires", "", Saisie.CODE, nomenclature="JDV_J192"),
        Champ("crise", "Crise", "", Saisie.CODE, nomenclature="JDV_J194"),
        Champ("commentaire", "Commentaire", "", max_longueur=255),
    ),
)
_HABITATIONS = Champ(
    "habitations",
    "Chambres et logements",
    "capacitaire",
    Saisie.LIGNES,
    Stockage.LIGNES,
    singulier="Type d’habitation",
    colonnes=(
        Champ("type_habitation", "Type d’habitation", "", Saisie.CODE, nomenclature="JDV_J32", obligatoire=True),
        Champ("nombre", "Nombre", "", Saisie.ENTIER),
    ),
)
_EQUIPEMENTS = Champ(
    "equipements",
    "Équipements spécifiques",
    "equipements",
    Saisie.LIGNES,
    Stockage.LIGNES,
    singulier="Équipement",
    colonnes=(
        Champ("type_equipement", "Équipement", "", Saisie.CODE, nomenclature="JDV_J18", obligatoire=True),
        Champ("nombre", "Nombre en service", "", Saisie.ENTIER),
        Champ("poids_max", "Poids maximum (kg)", "", Saisie.ENTIER, aide="Limite de l’équipement, s’il en a une."),
        Champ("diametre_max", "Diamètre maximum (cm)", "", Saisie.ENTIER),
    ),
)

CHAMPS_LIEU: dict[str, Champ] = {
    champ.nom: champ
    for champ in (
        Champ("nom", "Nom", "lieu", obligatoire=True, max_longueur=120),
        Champ("fonction", "Fonction", "lieu", Saisie.CODE, nomenclature="JDV_J198"),
        Champ("statut", "Statut", "lieu", Saisie.CODE, nomenclature="JDV_J224", obligatoire=True),
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
        Champ("commune_cog", "Commune (code INSEE)", "adresse_pratique", max_longueur=5, aide="Par exemple 77288."),
        Champ("acces", "Accès et stationnement", "acces", Saisie.TEXTE_LONG, max_longueur=5000),
        _CAPACITES,
        _HABITATIONS,
        _EQUIPEMENTS,
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
