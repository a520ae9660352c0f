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


def semer(regle: type, garde: type, temoin: type) -> None:
    """Writes what is missing of them, in the models given (those of a migration, or the real ones)."""
    regle.objects.bulk_create(
        [
            regle(ordre=ordre, nature=nature, champ=champ, seuil=seuil, action=action)
            for ordre, nature, champ, seuil, action in REGLES
        ],
        ignore_conflicts=True,
    )
    garde.objects.bulk_create(
        [
            garde(code=code, libelle=libelle, seuil=seuil, unite=unite, ordre=ordre * 10)
            for ordre, (code, libelle, seuil, unite) in enumerate(GARDES, 1)
        ],
        ignore_conflicts=True,
    )
    temoin.objects.bulk_create(
        [temoin(numero_finess=numero, nom=nom) for numero, nom in TEMOINS], ignore_conflicts=True
    )
