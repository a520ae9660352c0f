"""The fields of a lieu (MODELE_ROR §2.3)."""

from .modele import Champ, Saisie, Stockage

CAPACITES = Champ(
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
HABITATIONS = Champ(
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
EQUIPEMENTS = Champ(
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
        CAPACITES,
        HABITATIONS,
        EQUIPEMENTS,
    )
}
"""The fields of a lieu: its practical address is edited, unlike the address of FINESS (EXIGENCES §0, 4)."""
