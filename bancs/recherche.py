"""The search at 500 000 fiches: accents and typing mistakes, filters, numbers, skills, whatever the rights.

Budget (ARCHITECTURE §9): p95 at most 100 ms of server time, the whole page; the same (± 20 %) with 1 and 1 400 grants.
Floor: the bare SQL that reads the same rows, by their keys.
"""

import random
from collections.abc import Iterator, Sequence

from django.db import connection, transaction
from django.test import Client
from django.utils.http import urlencode

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import NATIONALE, peupler
from bancs.tirage_recherche import faute
from bancs.visites import BUDGET_MS, referents, visiter
from referentiel.models import CodePorte, EntiteGeographique, FicheRecherche
from referentiel.recherche.index import reindexer, reindexer_tout

TIRAGES = 60
_SPECIALITES = ("cardiologie", "gériatrie", "pédiatrie", "chirurgie", "médecine", "réadaptation", "imagerie")

SANS_BUDGET = ("mot d’une fiche sur deux",)
"""Measured, and held to nothing: nobody looks for what half the country is called."""


def mesurer() -> Iterator[Mesure]:
    """Yields the lines of every kind of search, then those of the index."""
    duree = _preparer()
    if duree is not None:
        yield Mesure(f"Indexer {NATIONALE.noeuds} fiches", duree, unite="s")
    clients = referents()
    hasard = random.Random(20)
    villes = _villes(hasard)
    recherches = {
        "accent et faute de frappe": [_avec_faute(hasard, v) for v in villes],
        "mots précis": [{"q": f"établissement {v}"} for v in villes],
        "mots très courants": [{"q": mot} for mot in ("service", "établissement", "organisme", *_SPECIALITES)] * 4,
        "mot d’une fiche sur deux": [{"q": "unité"}] * 20,
        "filtres cochés": [
            {"q": hasard.choice(_SPECIALITES), "groupe": "MCO", "departement": ["01", "59"]} for _ in villes
        ],
        "filtres sans mot": [{"departement": f"{n:02d}", "niveau": "UO"} for n in range(1, 20)],
        "numéro": [{"q": numero} for numero in _numeros(hasard)],
        "compétence": [{"q": mot, "cible": "competence"} for mot in _SPECIALITES] * 4,
        "autour d’un point": [{"lat": 48.8 - n / 10, "lon": 2.3, "km": 20, "tri": "distance"} for n in range(20)],
    }
    for nom, requetes in recherches.items():
        budget = None if nom in SANS_BUDGET else BUDGET_MS
        adresses = [f"/ror/recherche/?{urlencode(r, doseq=True)}" for r in requetes]
        yield from _recherches(nom, clients, adresses, budget)
    yield from _ecritures()


def _recherches(
    nom: str, clients: dict[str, Client], adresses: Sequence[str], budget: float | None
) -> Iterator[Mesure]:
    cles = FicheRecherche.objects.order_by("nom").values_list("pk", flat=True)[:20]
    plancher, _ = p50_p95(chronometrer(lambda: _lire_les_fiches(list(cles))) for _ in range(20))
    yield from visiter(nom, clients, adresses, plancher, budget_ms=budget)


def _ecritures() -> Iterator[Mesure]:
    """Keeping the index: one offer, then an establishment whose name changes with all below it."""
    uo = FicheRecherche.objects.filter(niveau="UO").order_by("pk").values_list("pk", flat=True)[0]
    yield Mesure("Réindexer une offre", chronometrer(lambda: reindexer([uo])))
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(
            "SELECT id, rght / 2 - 1 FROM referentiel_structure WHERE niveau = 'EJ' ORDER BY rght DESC LIMIT 1"
        )
        pk, dessous = curseur.fetchone()
        curseur.execute("UPDATE referentiel_structure SET nom_recherche = 'organisme renomme' WHERE id = %s", [pk])
        yield Mesure(f"Renommer l’EJ de {dessous} fiches", chronometrer(lambda: reindexer([pk])))
        transaction.set_rollback(True)


def _preparer() -> float | None:
    """The population with towns, positions and skills, indexed. Returns the seconds of the indexing, None if done."""
    from django.core.management import call_command

    peupler()
    if FicheRecherche.objects.count() == NATIONALE.noeuds and CodePorte.objects.exists():
        return None
    call_command("charger_nomenclatures", verbosity=0)
    with connection.cursor() as curseur:
        curseur.execute(_SQL_VILLES)
        curseur.execute(_SQL_COMPETENCES)
        curseur.execute("ANALYZE")
    duree = chronometrer(reindexer_tout) / 1000
    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE")
    return duree


_SQL_VILLES = """
WITH villes AS (
    SELECT row_number() OVER (ORDER BY k.code) - 1 AS rang, k.code, k.libelle
    FROM referentiel_code k JOIN referentiel_nomenclature n ON n.id = k.nomenclature_id
    WHERE n.identifiant = 'COG_COMMUNE'
)
UPDATE referentiel_entitegeographique e SET localite = v.libelle, commune_cog = v.code,
    latitude = 42 + (v.rang * 7919 % 90000) / 10000.0, longitude = -4 + (v.rang * 104729 % 110000) / 10000.0
FROM villes v WHERE v.rang = e.structure_id * 31 % (SELECT count(*) FROM villes)
"""
_SQL_COMPETENCES = """
WITH codes AS (
    SELECT row_number() OVER (ORDER BY k.code) - 1 AS rang, k.id
    FROM referentiel_code k JOIN referentiel_nomenclature n ON n.id = k.nomenclature_id WHERE n.identifiant = 'JDV_J17'
)
INSERT INTO referentiel_codeporte (structure_id, attribut, code_id)
SELECT s.id, 'activites', c.id FROM referentiel_structure s CROSS JOIN generate_series(1, 3) AS n
JOIN codes c ON c.rang = (s.id * 13 + n * 101) % (SELECT count(*) FROM codes) WHERE s.niveau = 'UO'
ON CONFLICT DO NOTHING
"""


def _villes(hasard: random.Random) -> list[str]:
    noms = EntiteGeographique.objects.exclude(localite="").values_list("localite", flat=True).distinct()[:20_000]
    return hasard.sample(sorted(nom for nom in noms if len(nom) >= 7 and nom.isalpha()), TIRAGES)


def _avec_faute(hasard: random.Random, ville: str) -> dict[str, str]:
    """« établissemnet Chateaulin » with an accent and a slip, one in two in the town."""
    if hasard.random() < 0.5:
        return {"q": f"établissement {faute(ville.lower(), hasard)}"}
    return {"q": f"{faute('établissement', hasard)} {ville}"}


def _numeros(hasard: random.Random) -> list[str]:
    with connection.cursor() as curseur:
        curseur.execute("SELECT numero_finess FROM referentiel_structure WHERE niveau = 'EG' ORDER BY id LIMIT 5000")
        return hasard.sample([numero for (numero,) in curseur.fetchall()], 20)


def _lire_les_fiches(cles: list[int]) -> None:
    with connection.cursor() as curseur:
        curseur.execute("SELECT * FROM referentiel_structure WHERE id = ANY(%s)", [cles])
        curseur.fetchall()
