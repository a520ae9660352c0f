"""Does the search find what people look for? Recall in the first ten on the real national file, in all and per kind.

The queries are those of `tests/referentiel/donnees/qualite_recherche.csv`, drawn by `bancs.tirage_recherche`.
Budget: 95 % of the establishments meant are in the first ten.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from bancs.finess import REEL, synchroniser, vider
from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.tirage_recherche import LISTE

BASE = "ror_banc_national"
"""A database of its own: loading the country takes a minute, once."""

PREMIERS, BUDGET = 10, 0.95


def mesurer() -> Iterator[Mesure]:
    """Yields the recall of each kind, then of all."""
    if not REEL.exists():
        return
    charger()
    trouves: dict[str, list[bool]] = defaultdict(list)
    durees, manques = [], []
    for genre, requete, finess in lire_liste():
        numeros: list[str] = []
        durees.append(chronometrer(lambda r=requete, n=numeros: n.extend(premiers(r))))
        trouves[genre].append(finess in numeros)
        if finess not in numeros:
            manques.append(f"{requete} → {finess}")
    for genre, justes in trouves.items():
        yield Mesure(f"Rappel à {PREMIERS}, {genre}", 100 * sum(justes) / len(justes), unite="%")
    tous = [juste for justes in trouves.values() for juste in justes]
    rates = 100 * (1 - sum(tous) / len(tous))
    yield Mesure(
        f"Introuvables dans les {PREMIERS} premiers, sur {len(tous)}",
        rates,
        unite="%",
        budget=100 * (1 - BUDGET),
        detail=" ; ".join(manques[:30]),
    )
    p50, p95 = p50_p95(durees)
    yield Mesure("Durée de ces recherches : p95", p95, budget=100, detail=f"p50 {p50:.1f} ms")


def lire_liste() -> list[tuple[str, str, str]]:
    """(kind, query, FINESS number expected)."""
    with LISTE.open(encoding="utf-8", newline="") as fichier:
        return [(li["genre"], li["requete"], li["finess"]) for li in csv.DictReader(fichier, delimiter=";")]


def premiers(requete: str) -> list[str]:
    """The FINESS numbers of the first ten fiches found."""
    from referentiel.recherche import Criteres
    from referentiel.recherche.resultats import resultats
    from ror.comptes.models import Utilisateur

    trouvees = resultats(Criteres(texte=requete), Utilisateur(is_superuser=True)).trouvees[:PREMIERS]
    return [t.structure.numero_finess or "" for t in trouvees]


def charger() -> None:
    """Loads the real file unless it is there, with the code lists, then counts the words."""
    from django.core.management import call_command

    from referentiel.models import MotRecherche, Structure
    from referentiel.recherche.index import reindexer_tout

    if Structure.objects.count() > 90_000 and MotRecherche.objects.exists():
        return
    vider()
    call_command("charger_nomenclatures", verbosity=0)
    synchroniser(REEL)
    reindexer_tout()
    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE")
