"""Fields that several levels share."""

from .modele import Champ, Saisie, Stockage

NOM = Champ("nom", "Nom", "informations", stockage=Stockage.STRUCTURE, obligatoire=True, max_longueur=255)
CONTACTS = Champ("contacts", "Contacts", "contacts", Saisie.CONTACTS, Stockage.CONTACTS)
INFORMATIONS = Champ(
    "informations_complementaires", "Informations complémentaires", "conditions", Saisie.TEXTE_LONG, max_longueur=5000
)
NOM_OPERATIONNEL = Champ(
    "nom_operationnel",
    "Nom d’usage",
    "informations",
    max_longueur=255,
    aide="Le nom que tous emploient, s’il diffère du nom de la fiche.",
)
BOITES_MSS = Champ(
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
