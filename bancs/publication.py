"""Publishing what is due: a thousand offers on one day, by lots, one transaction a lot, as the task of the worker does.

Floor: the same rows written by bare statements, each for a whole lot, in as many transactions; nothing is read, merged
or told. The former floor, one transaction per offer, is still told beside it. Budget (ARCHITECTURE §9): 1 000 in 5 s.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bancs.mesures import Mesure, chronometrer
from bancs.population import DROITS, peupler
from referentiel.actions import publier_echues
from referentiel.actions.publieur import LOT
from referentiel.models import (
    ChangementPropose,
    Code,
    CodePorte,
    EntreeJournal,
    LigneHoraire,
    Modification,
    Nomenclature,
    Structure,
    UniteOperationnelle,
    VerificationSection,
)
from ror.comptes.models import Utilisateur

NOMBRE, BUDGET_S, BUDGET_REQUETES = 1_000, 5, 27
"""A lot takes nineteen queries to be written and told, and seven for what is computed from its fiches (`derives`)."""

ACTIVITES = "JDV_J17"


def mesurer(nombre: int = NOMBRE) -> Iterator[Mesure]:
    peupler()
    programmer(nombre)
    publiees = 0

    def publier() -> None:
        nonlocal publiees
        publiees = publier_echues()

    duree = chronometrer(publier) / 1000
    if publiees != nombre:
        raise RuntimeError(f"{publiees} offers published out of {nombre}")
    plancher, une_a_une = (chronometrer(lambda lot=lot: _plancher(lot)) / 1000 for lot in (LOT, 1))
    detail = f"plancher d’une transaction par offre : {une_a_une:.2f} s"
    yield Mesure(f"Publier {nombre} offres à échéance", duree, plancher, "s", BUDGET_S * nombre / NOMBRE, detail)
    for nombre_du_lot in (10, LOT):
        programmer(nombre_du_lot)
        with CaptureQueriesContext(connection) as capture:
            publier_echues()
        nom = f"Publier un lot de {nombre_du_lot} offres : requêtes"
        yield Mesure(nom, len(capture), unite="requêtes", budget=BUDGET_REQUETES)
    _effacer()


def programmer(nombre: int) -> None:
    """Schedules changes of a text, of an age, of a set of codes, and of the hours of every second offer, due today."""
    _effacer()
    auteur = Utilisateur.objects.get(identifiant=next(iter(DROITS)))
    codes = codes_du_banc()
    hasard = random.Random(11)
    offres = Structure.objects.filter(niveau="UO").order_by("pk").values_list("pk", flat=True)
    choisies = hasard.sample(list(offres), nombre)
    LigneHoraire.objects.filter(structure__in=choisies).delete()
    CodePorte.objects.filter(structure__in=choisies).delete()
    hier = timezone.localdate() - timedelta(days=1)
    modifications = Modification.objects.bulk_create(
        Modification(
            structure_id=pk,
            etat=Modification.Etat.PROGRAMMEE,
            auteur=auteur,
            date_effet=hier,
            validee_par=auteur,
            validee_le=timezone.now(),
        )
        for pk in choisies
    )
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_uniteoperationnelle SET conditions_accueil = '', age_min = NULL"
            " WHERE structure_id = ANY(%s)",
            [choisies],
        )
    ChangementPropose.objects.bulk_create(
        ChangementPropose(modification=m, champ=champ, base=base, propose=propose, auteur=auteur)
        for rang, m in enumerate(modifications)
        for champ, base, propose in _changements(rang, sorted(hasard.sample(codes, 6)))
    )


def _changements(rang: int, codes: list[str]) -> Iterator[tuple]:
    yield "conditions_accueil", None, f"Accueil sur rendez-vous, dossier {rang} à constituer avant l’admission."
    yield "age_min", None, 18 + rang % 50
    yield "activites", [], codes
    if rang % 2:
        jours = {f"p1/{jour}": [{"debut": 540, "fin": 1020}] for jour in range(1, 6)}
        yield "horaires", {}, {"p1": {"feries": "ferme"}, **jours}


def codes_du_banc() -> list[str]:
    liste, _ = Nomenclature.objects.get_or_create(identifiant=ACTIVITES, defaults={"nom": "Activités opérationnelles"})
    if not liste.codes.exists():
        Code.objects.bulk_create(Code(nomenclature=liste, code=f"{n:03}", libelle=f"Activité {n}") for n in range(200))
    return list(liste.codes.filter(actif=True).order_by("code").values_list("code", flat=True))


def _plancher(lot: int) -> None:
    """Writes again, with bare statements, the rows that each lot of this size wrote; as many transactions."""
    requetes = (*_MISES_A_JOUR, *_copies())
    with connection.cursor() as curseur:
        curseur.execute("SELECT id, structure_id FROM referentiel_modification ORDER BY id")
        lignes = curseur.fetchall()
        for debut in range(0, len(lignes), lot):
            modifications, structures = (list(cles) for cles in zip(*lignes[debut : debut + lot], strict=True))
            with transaction.atomic():
                for requete in requetes:
                    curseur.execute(requete, {"m": modifications, "s": structures})


_MISES_A_JOUR = (
    "UPDATE referentiel_structure SET version = version + 1, modifie_le = now() WHERE id = ANY(%(s)s)",
    "UPDATE referentiel_uniteoperationnelle SET age_min = age_min WHERE structure_id = ANY(%(s)s)",
    "UPDATE referentiel_codeporte SET attribut = attribut WHERE structure_id = ANY(%(s)s)",
    "UPDATE referentiel_lignehoraire SET valeur = valeur WHERE structure_id = ANY(%(s)s)",
    "UPDATE referentiel_verificationsection SET verifiee_le = now() WHERE structure_id = ANY(%(s)s)",
    "UPDATE referentiel_modification SET publiee_le = now() WHERE id = ANY(%(m)s)",
)


def _copies() -> list[str]:
    """INSERT of the rows that a publication adds to the journal and to the history, copied from those it added."""
    copies = []
    historique = UniteOperationnelle.history.model  # type: ignore[attr-defined]
    derniers = f"SELECT max(history_id) FROM {historique._meta.db_table} WHERE structure_id = ANY(%(s)s)"
    for modele, condition in (
        (EntreeJournal, "modification_id = ANY(%(m)s)"),
        (historique, f"history_id IN ({derniers} GROUP BY structure_id)"),
    ):
        table = modele._meta.db_table
        colonnes = ", ".join(
            connection.ops.quote_name(c.column) for c in modele._meta.concrete_fields if not c.primary_key
        )
        copies.append(f"INSERT INTO {table} ({colonnes}) SELECT {colonnes} FROM {table} WHERE {condition}")
    return copies


def _effacer() -> None:
    """Takes away the scheduled changes, their lines of the journal and the dates they left."""
    EntreeJournal.objects.filter(modification__isnull=False).delete()
    Modification.objects.all().delete()
    VerificationSection.objects.all().delete()
