"""Rules, thresholds and canaries a new portal starts with; afterwards they are rows of the database."""

from .rapprochement import REGLES_PAR_DEFAUT

GARDES = (
    ("lignes_minimum", "Nombre minimal d’établissements", 50_000, "établissements"),
    ("absents", "Structures connues absentes du fichier", 10, "%"),
    ("malformees", "Lignes inexploitables", 1, "%"),
    ("fermetures", "Fermetures d’un seul coup", 5, "%"),
    ("deplaces", "Établissements déplacés de plus de 500 m", 20, "%"),
    ("champ_disparu", "Champ devenu vide", 50, "%"),
    ("temoins", "Établissements témoins absents", 0, "établissements"),
    ("anciennete", "Données plus anciennes que celles du ROR", 0, "jours"),
    ("fraicheur", "Alarme : données inchangées depuis", 8, "jours"),
)
"""Code, label, threshold, unit (FINESS.md §2.4)."""

TEMOINS = (
    ("130783293", "APHM Hôpital La Timone"),
    ("010780195", "Clinique Convert"),
    ("080010093", "LBM Bio Ard’Aisne"),
    ("970402988", "CAMSP Les Jacarandas"),
)

REGLES = tuple(
    (ordre * 10, regle.nature.value, regle.champ or "", regle.seuil, regle.action.value)
    for ordre, regle in enumerate(REGLES_PAR_DEFAUT, 1)
)
