"""The real worker on the real queue: scheduled runs, and a death in the middle of one (S173)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from bancs.fichier_finess import ecrire
from finess_sync import tasks
from finess_sync.models import Ecart, Execution
from referentiel import arbre
from referentiel.models import Structure
from tests.fabriques import HabilitationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("petit_stock")]

RACINE = Path(__file__).resolve().parents[2]
_DELAI = 90.0  # seconds: the machine may be busy
_RETENUE = 724_399
"""Advisory lock that holds the run to be killed."""
_ECRITURE_RETENUE = 4
"""A creation writes the digests of each lot twice (EJ, EG), a comparison once, after those of what did not change."""


@contextmanager
def ouvrier(
    source: Path, dossier: Path, *options: str, application: str = "ror", reglages: str = "ror.settings.test"
) -> Iterator[int]:
    """A real worker on the test database, reading `source`; yields the id of its process group."""
    base = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environnement = os.environ | {
        "DATABASE_URL": base,
        "BROKER_URL": settings.BROKER_URL,
        "FINESS_SOURCE": str(source),
        "DJANGO_SETTINGS_MODULE": reglages,
        "PYTHONPATH": str(RACINE),
    }
    commande = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        application,
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "info",
        *options,
    ]
    with (dossier / "ouvrier.log").open("ab") as sortie:
        processus = subprocess.Popen(
            commande, cwd=dossier, env=environnement, stdout=sortie, stderr=sortie, start_new_session=True
        )
    try:
        yield processus.pid
    finally:
        if processus.poll() is None:
            os.killpg(processus.pid, signal.SIGKILL)
        processus.wait()


def attendre(condition: Callable[[], bool], dossier: Path) -> None:
    """Waits for a condition; says what the worker logged when it does not come."""
    fin = time.monotonic() + _DELAI
    while not condition():
        if time.monotonic() > fin:
            pytest.fail((dossier / "ouvrier.log").read_text()[-4000:])
        time.sleep(0.1)


@pytest.fixture
def file_vide():
    """The queue of this test, emptied before and after."""
    from ror.celery import app

    app.control.purge()
    yield
    app.control.purge()


@pytest.mark.exigence("S173")
def test_a_run_started_by_the_schedule_is_seen_in_the_screens(classique, tmp_path, file_vide, client):
    chemin = classique.ecrire()
    options = ("-B", "--schedule", str(tmp_path / "beat"))
    with ouvrier(chemin, tmp_path, *options, reglages="tests.finess_sync.reglages_planification"):
        attendre(lambda: Execution.objects.filter(etat=Execution.Etat.INCHANGE).exists(), tmp_path)
    premiere = Execution.objects.order_by("pk").first()
    assert (premiere.etat, premiere.declenchee_par) == (Execution.Etat.REUSSI, "Planification")
    assert Structure.objects.filter(niveau="EG").count() == 10
    client.force_login(HabilitationFactory(role="support", structure=None).utilisateur)
    page = client.get(reverse("finess")).content.decode()
    assert chemin.name in page
    assert "Réussi" in page
    assert "Inchangé" in page


def etat_final() -> dict:
    """All that a run leaves in the tree and in the écarts, whatever the identifiers."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT s.numero_finess, p.numero_finess, s.nom, s.etat, s.departement, s.version,"
            " coalesce(g.telephone, j.telephone), coalesce(g.siret, j.siren)"
            " FROM referentiel_structure s LEFT JOIN referentiel_structure p ON p.id = s.parent_id"
            " LEFT JOIN referentiel_entitegeographique g ON g.structure_id = s.id"
            " LEFT JOIN referentiel_entitejuridique j ON j.structure_id = s.id ORDER BY 1"
        )
        noeuds = curseur.fetchall()
        curseur.execute("SELECT numero_finess, empreinte FROM finess_sync_empreinte ORDER BY 1")
        empreintes = curseur.fetchall()
        curseur.execute(
            "SELECT numero_finess, nature, champ, apres::text, etat, count(*) FROM finess_sync_ecart"
            " WHERE nature <> 'creee' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3"
        )
        return {"noeuds": noeuds, "empreintes": empreintes, "ecarts": curseur.fetchall()}


@pytest.mark.exigence("S173")
def test_killed_in_the_middle_then_run_again_gives_the_same_end(tmp_path, file_vide, lancer):
    premier, second = tmp_path / "a-20261119.json.gz", tmp_path / "b-20261120.json.gz"
    ecrire(premier, jour="2026-11-19", nombre_ej=400)
    ecrire(second, jour="2026-11-20", nombre_ej=400, change_sur=4)
    for chemin, etape in ((premier, Execution.Etape.CREATION), (second, Execution.Etape.COMPARAISON)):
        tuer_en_plein(chemin, etape, tmp_path)
        partiel = Execution.objects.first()
        assert (partiel.etat, partiel.etape) == (Execution.Etat.EN_COURS, etape)
        fait = nombre_de_faits(etape)
        assert fait > 0  # a lot at least was whole before the death
        reprise = lancer(chemin)
        assert reprise.etat == Execution.Etat.REUSSI
        assert nombre_de_faits(etape) > fait  # and another was left
        partiel.refresh_from_db()
        assert partiel.etat == Execution.Etat.INTERROMPU
        assert lancer(chemin).etat == Execution.Etat.INCHANGE
    assert arbre.verifier() == []
    repris = etat_final()
    assert all(nombre == 1 for *_, nombre in repris["ecarts"])
    vider()
    lancer(premier)
    lancer(second)
    assert etat_final() == repris


def nombre_de_faits(etape: str) -> int:
    """What the step has written for good: nodes created, or écarts told."""
    if etape == Execution.Etape.CREATION:
        return Structure.objects.count()
    return Ecart.objects.exclude(nature="creee").count()


def tuer_en_plein(chemin: Path, etape: str, dossier: Path) -> None:
    """Starts the run on a worker and kills it, all its processes, in the middle of a lot that is not the first."""
    with retenue(etape) as tenue, ouvrier(chemin, dossier, application="tests.finess_sync.petits_lots") as groupe:
        tasks.synchroniser.delay("Test")
        attendre(tenue, dossier)
        os.killpg(groupe, signal.SIGKILL)
    from ror.celery import app

    app.control.purge()
    attendre(lambda: not verrou_tenu(), dossier)


@contextmanager
def retenue(etape: str) -> Iterator[Callable[[], bool]]:
    """Makes PostgreSQL hold the run inside its fourth writing of digests of a step, the end of a lot.

    Yields whether it is held: the death comes there, whatever the speed of the machine.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_lock(%s)", [_RETENUE])
        curseur.execute(
            "CREATE SEQUENCE test_lots; CREATE FUNCTION test_retenir() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF EXISTS (SELECT FROM finess_sync_execution WHERE etat = 'en_cours' AND etape = '{etape}')"
            f" AND nextval('test_lots') = {_ECRITURE_RETENUE}"
            f" THEN PERFORM pg_advisory_xact_lock_shared({_RETENUE}); END IF; RETURN NULL; END $$;"
            "CREATE TRIGGER test_retenir AFTER INSERT ON finess_sync_empreinte EXECUTE FUNCTION test_retenir()"
        )

    def tenue() -> bool:
        with connection.cursor() as curseur:
            curseur.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE objid = %s AND NOT granted)", [_RETENUE])
            return curseur.fetchone()[0]

    try:
        yield tenue
    finally:
        with connection.cursor() as curseur:  # the dead one's session goes on to find that nobody listens
            curseur.execute("SELECT pg_advisory_unlock(%s)", [_RETENUE])
            curseur.execute("DROP FUNCTION test_retenir CASCADE; DROP SEQUENCE test_lots")


def verrou_tenu() -> bool:
    """PostgreSQL notices the death of a connection in a moment."""
    from finess_sync.execution import verrou_tenu as tenu

    return tenu()


def vider() -> None:
    """Back to an empty referential."""
    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE referentiel_structure, finess_sync_empreinte, finess_sync_execution CASCADE")
    assert not Ecart.objects.exists()
