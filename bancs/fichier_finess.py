"""A fictional national FINESS+ file: 98 000 EJ, 175 000 EG, with the keys and the density of the real records.

As heavy as the real one, 715 MB raw, 2.6 KB a record: the floor of a budget is the reading of what is really published.
"""

import gzip
import json
from pathlib import Path

NOMBRE_EJ = 98_000
NOMBRE_EG = 175_000


def numero(rang: int) -> str:
    """The FINESS number of this rank, its key right."""
    chiffres = f"{rang:08d}"
    somme = 0
    for place, chiffre in enumerate(reversed(chiffres)):
        double = int(chiffre) * 2 if place % 2 == 0 else int(chiffre)
        somme += double - 9 if double > 9 else double
    return chiffres + str(-somme % 10)


def ecrire(chemin: Path, *, jour: str, change_sur: int = 0, nombre_ej: int = NOMBRE_EJ) -> None:
    """Writes the file of a day (AAAA-MM-JJ); one record out of `change_sur` has another telephone."""
    par_ej = NOMBRE_EG / NOMBRE_EJ
    rang = 0
    with gzip.open(chemin, "wt", compresslevel=1, encoding="utf-8") as flux:
        flux.write(f'{{"schemaVersion":"v1.0.0","generatedAt":"{jour}T02:10:00Z","gcc":[],"gco":[],"pmej":[')
        for i in range(nombre_ej):
            eges = []
            while rang < (i + 1) * par_ej:
                eges.append(_ege(rang, _telephone(rang, change_sur)))
                rang += 1
            flux.write(("," if i else "") + json.dumps(_pmej(i, eges, _telephone(i, change_sur)), ensure_ascii=False))
        flux.write("]}")


def _telephone(rang: int, change_sur: int) -> str:
    change = change_sur and rang % change_sur == 0
    return f"{'0299' if change else '0199'}{rang % 1_000_000:06d}"


def _evenements(identifiant: int, type_objet: str, codes: tuple[str, ...]) -> list[dict]:
    return [
        {
            "evenementId": str(1_000_000 + 4 * identifiant + n),
            "dateEnregistrement": "2023-03-15 11:21:01",
            "dateEvenement": "1994-01-01",
            "etatObjet1": code,
            "identifiantObjet1": str(identifiant),
            "systemeMaitre": "01",
            "typeObjet1": type_objet,
            "codeEvenement": code,
        }
        for n, code in enumerate(codes)
    ]


def _adresse(rang: int, usage: str) -> dict:
    departement = 1 + rang % 19
    return {
        "usageAdresse": usage,
        "numeroVoie": str(rang % 300 + 1),
        "typeVoie": "AV",
        "libelleVoie": f"DES TILLEULS {rang % 977}",
        "lieuDit": f"BP {rang % 400}",
        "cogCommune": f"{departement:02d}{rang % 400 + 1:03d}",
        "ligneAcheminement": f"VALMONT SUR LYS {rang % 500}",
        "ligneQuatre": f"{rang % 300 + 1} AVENUE DES TILLEULS {rang % 977}",
        "ligneCinq": f"BP {rang % 400}",
        "ligneSix": f"{departement:02d}{rang % 900:03d} VALMONT SUR LYS {rang % 500}",
        "codePostal": f"{departement:02d}{rang % 900:03d}",
        "coordonneesGeographique": {
            "coordonneeX": f"{6_500_000 + rang % 90_000}.61",
            "coordonneeY": f"{700_000 + rang % 90_000}.07",
            "directionLatitude": f"{45 + (rang % 5_000) / 1_000:.6f}",
            "directionLongitude": f"{1 + (rang % 4_000) / 1_000:.6f}",
            "cleInInteropBAN": f"{departement:02d}{rang % 400 + 1:03d}_1950_{rang % 300:05d}",
            "scoreBAN": "0.9723536363636361",
        },
    }


def _contact(telephone: str) -> list[dict]:
    return [{"typeContact": {"roleContact": "01"}, "telecom": {"telephone": telephone}}]


def _ege(rang: int, telephone: str) -> dict:
    ferme = rang % 5 < 2
    general = {
        "egeId": str(rang),
        "dateOuverture": "1956-11-16",
        "datePremiereAutorisation": "1956-11-16",
        "nomEgeCourt": f"ETABLISSEMENT FICTIF {rang}",
        "nomEgeLong": f"ETABLISSEMENT FICTIF DES TILLEULS NUMERO {rang}",
        "numFinessEge": numero(50_000_000 + rang),
        "espic": ["0"],
        "siret": f"{77220148900000 + rang}",
    }
    return {
        "informationsGeneralesEGE": general | ({"dateFermeture": "2010-01-01"} if ferme else {}),
        "categorieentiteGeographiqueExercice": ("620", "500", "365", "354", "182")[rang % 5],
        "modefixationtarifaire": "07",
        "typeBudget": ["01"],
        "adresse": [_adresse(rang, "01"), _adresse(rang, "03")],
        "contact": _contact(telephone),
        "engagement": [
            {
                "engagementId": str(800_000 + rang),
                "typeEngagement": "CONV",
                "sousTypeEngagement": "ASE",
                "dateEffetEngagement": "1974-03-25",
                "dateSignatureEngagement": "1974-03-25",
                "autoriteRegulationEngagement": [],
            }
        ],
        "evenement": _evenements(rang, "EG", ("003", "007", "008", "005")),
        "roleEge": [],
        "etatObjet": "I" if ferme else "A",
        "dateDerniereMaj": "2021-10-18 00:00:00",
    }


def _pmej(rang: int, eges: list[dict], telephone: str) -> dict:
    return {
        "informationsGeneralesPMEJ": {
            "pmSmsseId": str(rang),
            "codeApe": "86.10Z",
            "dateCreation": "2001-01-01",
            "denominationLonguePmSmsse": f"ASSOCIATION FICTIVE DES TILLEULS NUMERO {rang}",
            "denominationPm": f"ASSOCIATION FICTIVE {rang}",
            "numFinessPm": numero(rang),
            "siren": f"{260104633 + rang}",
            "statutJuridique": "60",
            "typePersonneMorale": "01",
        },
        "adresse": [_adresse(rang, "02")],
        "contact": _contact(telephone),
        "engagement": [],
        "evenement": _evenements(rang, "PM", ("001", "004", "002")),
        "ege": eges,
        "etatObjet": "A",
        "dateDerniereMaj": "2021-10-18 00:00:00",
    }
