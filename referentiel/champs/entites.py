"""The fields of an EJ, of an EG, and of a pôle, a service or an UF (MODELE_ROR §2.2)."""

from .communs import BOITES_MSS, CONTACTS, INFORMATIONS, NOM, NOM_OPERATIONNEL
from .modele import Champ, Saisie, Stockage, codes, finess

ADRESSE_FINESS = (
    finess("complement_adresse", "Complément d’adresse", "adresse"),
    finess("numero_voie", "N° de voie", "adresse"),
    finess("complement_voie", "Complément de voie", "adresse"),
    finess("type_voie", "Type de voie", "adresse"),
    finess("libelle_voie", "Voie", "adresse"),
    finess("lieu_dit", "Lieu-dit, boîte postale", "adresse"),
    finess("code_postal", "Code postal", "adresse"),
    finess("localite", "Localité", "adresse"),
    finess("commune_cog", "Commune (code INSEE)", "adresse"),
)

TARIFS = Champ(
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


ORGANISATION = (
    NOM,
    NOM_OPERATIONNEL,
    Champ("code_interne", "Code interne", "informations", max_longueur=40),
    Champ("date_ouverture", "Date d’ouverture", "informations", Saisie.DATE),
    CONTACTS,
    BOITES_MSS,
    INFORMATIONS,
)


EJ = (
    NOM,
    finess("numero_finess", "Numéro FINESS", stockage=Stockage.STRUCTURE),
    finess("raison_sociale", "Raison sociale"),
    finess("nom_court", "Nom court"),
    finess("complement", "Complément de raison sociale"),
    finess("siren", "SIREN"),
    finess("statut_juridique", "Statut juridique", saisie=Saisie.CODE, nomenclature="FINESS_STATUT_JURIDIQUE"),
    finess("code_ape", "Code APE"),
    finess("telephone", "Téléphone"),
    finess("date_creation", "Date de création", saisie=Saisie.DATE),
    finess("date_fermeture", "Date de fermeture", saisie=Saisie.DATE),
    *ADRESSE_FINESS,
    CONTACTS,
)

EG = (
    NOM,
    finess("numero_finess", "Numéro FINESS", stockage=Stockage.STRUCTURE),
    finess("raison_sociale", "Raison sociale"),
    finess("nom_court", "Nom court"),
    finess("complement", "Complément de raison sociale"),
    finess("siret", "SIRET"),
    finess("categorie", "Catégorie", saisie=Saisie.CODE, nomenclature="FINESS_CATEGORIE"),
    finess("mode_tarif", "Mode de fixation des tarifs", saisie=Saisie.CODE, nomenclature="TRE_R74"),
    finess("participation_sph", "Participation au service public", saisie=Saisie.CODES, nomenclature="JDV_J202"),
    finess("code_ape", "Code APE"),
    finess("telephone", "Téléphone"),
    finess("telecopie", "Télécopie"),
    finess("courriel", "Courriel"),
    finess("numero_uai", "N° UAI"),
    finess("date_ouverture", "Date d’ouverture", saisie=Saisie.DATE),
    finess("date_autorisation", "Première autorisation", saisie=Saisie.DATE),
    finess("date_fermeture", "Date de fermeture", saisie=Saisie.DATE),
    *ADRESSE_FINESS,
    NOM_OPERATIONNEL,
    CONTACTS,
    Champ("accessibilite", "Accessibilité", "services", Saisie.CODE, nomenclature="JDV_J50"),
    Champ("hebergement_famille", "Hébergement des familles", "services", Saisie.BOOLEEN),
    codes("aides_financieres", "Aides financières", "services", "JDV_J31"),
    Champ("places_aide_sociale_temporaire", "Places d’aide sociale, temporaires", "services", Saisie.ENTIER),
    Champ("places_aide_sociale_permanente", "Places d’aide sociale, permanentes", "services", Saisie.ENTIER),
    TARIFS,
    codes(
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
    INFORMATIONS,
)
