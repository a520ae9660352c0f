"""The texts of the regional portal (S2, S4, S6, S7, S23–S26), the conditions of use and the legal notice."""

REGION = {
    "nom": "Île-de-France",
    "nom_application": "ROR-IF",
    "departements": ["75", "77", "78", "91", "92", "93", "94", "95"],
    "validateur": "SESAN",
    "support_telephone": "01 83 76 30 31",
    "support_horaires": "du lundi au vendredi de 8h à 20h",
    "support_courriel": "ror.support@sesan.fr",
    "support_formulaire": "https://formulaire-support.sante-idf.fr",
    "pied_courriel": "ror.support@sesan.fr",
    "autre_porte_public": "en tant que kinésithérapeute ou en tant que professionnel du secteur handicap",
    "autre_porte_url": "https://www.ror-if.fr/",
    "mentions_legales": (
        "Portail de démonstration du Répertoire Opérationnel des Ressources (ROR).\n\n"
        "Éditeur : le groupement régional d’appui au développement de la e-santé de la région servie.\n\n"
        "Hébergement : les données de cette démonstration sont fictives et restent sur la machine qui l’exécute.\n\n"
        "Données personnelles : le portail enregistre le nom, l’adresse électronique professionnelle et les actes "
        "des personnes habilitées, pour tracer les modifications du répertoire. Chacun peut demander au support "
        "l’accès à ses données et leur rectification."
    ),
}
CODE_REGION = "11"

CGU_NUMERO = "1.0"
CGU_TEXTE = (
    "Conditions générales d’utilisation\n\n"
    "1. Objet. Le Répertoire Opérationnel des Ressources décrit l’offre de santé et d’accompagnement de la région. "
    "Son accès est réservé aux personnes habilitées par le support.\n\n"
    "2. Compte. L’identifiant et le mot de passe sont personnels. Le titulaire les garde secrets et prévient le "
    "support s’il soupçonne qu’une autre personne les connaît.\n\n"
    "3. Exactitude. Les référents décrivent leurs structures de bonne foi et les relisent au moins une fois par "
    "an, conformément aux obligations réglementaires.\n\n"
    "4. Confidentialité. Les contacts dont le niveau de confidentialité est restreint ne sont ni copiés ni "
    "diffusés hors de l’usage professionnel.\n\n"
    "5. Traçabilité. Les modifications sont enregistrées avec leur auteur et leur date."
)
