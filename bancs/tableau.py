"""« Tableau de bord » at 500 000 fiches: the page of the country, of a région, of a référent, and the lists behind it.

Budget: at most 200 ms of server time and a constant number of queries. Floor: the same figures counted by one bare
statement. The figures are written here as the nightly task would, without reading 300 000 fiches; what that task costs
is measured on some lots beside a floor that only reads the same rows.
"""

import random
from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import NATIONALE, peupler
from bancs.visites import connecter, obtenir, referents, requetes
from pilotage import calcul
from pilotage.models import BilanEtablissement, BilanOffre, CalculBilans
from referentiel.models import Habilitation, Role, Structure
from ror.comptes.models import Utilisateur

TIRAGES, BUDGET_MS, BUDGET_REQUETES = 20, 200, 25
LOTS = 5
ILE_DE_FRANCE = ["75", "77", "78", "91", "92", "93", "94", "95"]

PAGES = {
    "Tableau de bord": "/ror/tableau-de-bord/",
    "Établissements, du moins complet": "/ror/tableau-de-bord/etablissements/",
    "Établissements sans référent actif": "/ror/tableau-de-bord/etablissements/?filtre=sans-referent",
    "Offres non vérifiées": "/ror/tableau-de-bord/offres/?filtre=non-verifiees",
}


def mesurer() -> Iterator[Mesure]:
    peupler()
    _remplir()
    plancher, _ = p50_p95(chronometrer(_plancher) for _ in range(TIRAGES))
    for qui, client in _clients().items():
        for nom, adresse in PAGES.items():
            obtenir(client, adresse)
            mediane, p95 = p50_p95(chronometrer(lambda c=client, a=adresse: obtenir(c, a)) for _ in range(TIRAGES))
            detail = f"p50 {mediane:.0f} ms"
            yield Mesure(f"{nom}, {qui} : p95", p95, plancher, budget=BUDGET_MS, detail=detail)
            nombre = requetes(client, adresse)
            yield Mesure(f"{nom}, {qui} : requêtes", nombre, unite="requêtes", budget=BUDGET_REQUETES)
    yield from _calculs()


def _clients() -> dict[str, Client]:
    """A manager of the whole country, one of a région, and the référents of the bench."""
    clients = {}
    for qui, identifiant, departements in (("pays", "bancpays", []), ("région", "bancregion", ILE_DE_FRANCE)):
        personne = Utilisateur.objects.filter(identifiant=identifiant).first()
        if personne is None:
            personne = Utilisateur.objects.create_user(identifiant, nom=qui, doit_changer_mot_de_passe=False)
            Habilitation.objects.create(utilisateur=personne, role=Role.GESTIONNAIRE, departements=departements)
        clients[qui] = connecter(identifiant)
    return {**clients, **referents()}


def _plancher() -> None:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT departement, groupe, count(*), sum(offres), sum(relues), sum(finalisees), sum(somme_scores)"
            f" FROM {BilanEtablissement._meta.db_table} GROUP BY departement, groupe"
        )
        curseur.fetchall()


def _remplir() -> None:
    """Figures of every fiche, spread as they would be, unless they are there."""
    egs = Structure.objects.filter(niveau="EG").count()
    if BilanEtablissement.objects.count() == egs and CalculBilans.objects.exists():
        return
    with connection.cursor() as curseur:
        curseur.execute(f"TRUNCATE {BilanOffre._meta.db_table}, {BilanEtablissement._meta.db_table}")
        curseur.execute(_OFFRES)
        curseur.execute(_ETABLISSEMENTS)
        curseur.execute("VACUUM ANALYZE")
    maintenant = timezone.now()
    CalculBilans.objects.update_or_create(
        genre="complet", defaults={"commence_le": maintenant, "termine_le": maintenant, "fiches": NATIONALE.noeuds}
    )


_OFFRES = f"""
INSERT INTO {BilanOffre._meta.db_table}
    (structure_id, etablissement_id, departement, groupe, nom_recherche, score, manques, finalisee, relue_le,
     mise_a_jour, calcule_le)
SELECT uo.id, eg.id, eg.departement, eg.groupe, uo.nom_recherche, uo.id * 7919 % 101,
    ARRAY['telephone', 'horaires', 'publics'], uo.id % 3 = 0,
    CASE WHEN uo.id % 5 = 0 THEN NULL ELSE current_date - (uo.id % 700)::int END, current_date - 30, now()
FROM referentiel_structure uo
JOIN referentiel_structure eg ON eg.tree_id = uo.tree_id AND eg.niveau = 'EG' AND uo.lft BETWEEN eg.lft AND eg.rght
WHERE uo.niveau = 'UO'
"""

_ETABLISSEMENTS = f"""
INSERT INTO {BilanEtablissement._meta.db_table}
    (structure_id, ej_id, departement, groupe, nom_recherche, attendu, offres, finalisees, relues, somme_scores, score,
     peuple, re12, calcule_le)
SELECT eg.id, eg.parent_id, eg.departement, eg.groupe, eg.nom_recherche, eg.groupe <> 'VIL', count(o.structure_id),
    count(*) FILTER (WHERE o.finalisee), count(*) FILTER (WHERE o.relue_le > current_date - 365),
    coalesce(sum(o.score), 0), coalesce(avg(o.score), 0), coalesce(bool_and(o.finalisee), false), eg.id % 4 > 0, now()
FROM referentiel_structure eg LEFT JOIN {BilanOffre._meta.db_table} o ON o.etablissement_id = eg.id
WHERE eg.niveau = 'EG' GROUP BY eg.id
"""


def _calculs() -> Iterator[Mesure]:
    """What computing costs, on lots drawn at random; the figures written are true ones."""
    egs = list(Structure.objects.filter(niveau="EG").order_by("pk").values_list("pk", flat=True))
    lots = [sorted(random.Random(rang).sample(egs, calcul.LOT)) for rang in range(LOTS)]
    fiches = 0

    def calculer() -> None:
        nonlocal fiches
        fiches = sum(calcul.calculer(lot) for lot in lots)

    duree = chronometrer(calculer)
    plancher = chronometrer(lambda: [_lire_lot(lot) for lot in lots])
    yield Mesure(
        f"Calculer {LOTS} lots de {calcul.LOT} établissements", duree, plancher, detail=f"{fiches} fiches calculées"
    )
    with CaptureQueriesContext(connection) as capture:
        calcul.calculer(lots[0])
    yield Mesure("Calculer un lot : requêtes", len(capture), unite="requêtes", budget=50)


def _lire_lot(lot: list[int]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(calcul._OFFRES_DE, [lot])
        offres = [offre for offre, _ in curseur.fetchall()]
        for table in ("referentiel_uniteoperationnelle", "referentiel_contact", "referentiel_codeporte"):
            curseur.execute(f"SELECT * FROM {table} WHERE structure_id = ANY(%s)", [offres])
            curseur.fetchall()
