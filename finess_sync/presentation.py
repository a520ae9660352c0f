"""French words of a run, shared by the command, the screens and the exports."""

COMPTEURS = {
    "eg_lues": "Entités géographiques lues",
    "ej_lues": "Entités juridiques lues",
    "rejets": "Lignes rejetées",
    "remarques": "Lignes retenues avec une remarque",
    "eg_creees": "Entités géographiques créées",
    "ej_creees": "Entités juridiques créées",
    "ej_provisoires": "Entités juridiques provisoires créées",
    "ej_completees": "Entités juridiques provisoires complétées",
    "appliques": "Écarts appliqués par règle",
    "a_relire": "Écarts à relire",
    "absentes": "Structures absentes du fichier",
    "revenues": "Structures de retour dans le fichier",
}
"""Key of `Execution.compteurs` → label, in the order of the summary."""
