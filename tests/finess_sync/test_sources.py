"""The catalogue: newest daily file, size and SHA-1 checked, download resumed; refusals in French (S173)."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from finess_sync.models import Execution
from finess_sync.sources import SourceCatalogue, SourceIndisponible, plus_recente
from finess_sync.tasks import synchroniser

CONTENU = bytes(range(256)) * 4_000
TITRE = "finess-structures-journalier-20261120.json.gz"


class Serveur:
    """A small data.gouv.fr: one dataset, one file; `coupures` answers stop in the middle."""

    def __init__(self) -> None:
        self.coupures = 0
        self.plages: list[str] = []
        self.somme = hashlib.sha1(CONTENU).hexdigest()
        self.statut = 200
        serveur = self

        class Reponse(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                corps = serveur.catalogue() if self.path == "/catalogue/" else CONTENU
                plage = self.headers.get("Range")
                debut = int(plage.removeprefix("bytes=").rstrip("-")) if plage else 0
                if self.path != "/catalogue/":
                    serveur.plages.append(plage or "")
                self.send_response(206 if plage else serveur.statut)
                self.send_header("Content-Length", str(len(corps) - debut))
                self.end_headers()
                if serveur.coupures and self.path != "/catalogue/":
                    serveur.coupures -= 1
                    self.wfile.write(corps[debut : debut + 100_000])
                    return
                self.wfile.write(corps[debut:])

            def log_message(self, *_: object) -> None:
                """Nothing on the screen."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Reponse)
        self.adresse = f"http://127.0.0.1:{self.http.server_address[1]}"

    def catalogue(self) -> bytes:
        def ressource(titre: str) -> dict:
            return {
                "title": titre,
                "url": f"{self.adresse}/{titre}",
                "filesize": len(CONTENU),
                "checksum": {"type": "sha1", "value": self.somme},
            }

        titres = ["finess-structures-mensuel-202611.json.gz", TITRE, TITRE.replace("20261120", "20261119"), "autre.pdf"]
        return json.dumps({"resources": [ressource(titre) for titre in titres]}).encode()


@pytest.fixture
def serveur() -> Iterator[Serveur]:
    serveur = Serveur()
    fil = threading.Thread(target=serveur.http.serve_forever, args=(0.01,))
    fil.start()
    yield serveur
    serveur.http.shutdown()
    fil.join()
    serveur.http.server_close()


@pytest.fixture
def source(serveur, tmp_path) -> SourceCatalogue:
    return SourceCatalogue(f"{serveur.adresse}/catalogue/", tmp_path / "finess")


@pytest.mark.exigence("S173")
def test_the_newest_daily_file_is_downloaded_once(serveur, source):
    avances: list[tuple[int, int]] = []
    (chemin,) = source.obtenir(lambda recus, total: avances.append((recus, total)))
    assert (chemin.name, chemin.read_bytes()) == (TITRE, CONTENU)
    assert avances[-1] == (len(CONTENU), len(CONTENU))
    source.obtenir(lambda *_: None)
    assert len(serveur.plages) == 1


@pytest.mark.exigence("B37")
def test_a_broken_download_is_resumed_where_it_stopped(serveur, source):
    serveur.coupures = 2
    (chemin,) = source.obtenir(lambda *_: None)
    assert chemin.read_bytes() == CONTENU
    assert serveur.plages == ["", "bytes=100000-", "bytes=200000-"]


def test_a_file_that_is_not_the_one_announced_is_refused_and_forgotten(serveur, source):
    serveur.somme = "0" * 40
    with pytest.raises(SourceIndisponible, match="n’a pas la taille ou l’empreinte annoncée"):
        source.obtenir(lambda *_: None)
    assert not list(source.dossier.iterdir())


def test_an_old_file_leaves_with_the_new_one(source):
    source.dossier.mkdir()
    ancien = source.dossier / "finess-structures-journalier-20261101.json.gz"
    ancien.touch()
    source.obtenir(lambda *_: None)
    assert not ancien.exists()


def test_a_server_that_refuses_is_told(serveur, source):
    serveur.statut = 503
    with pytest.raises(SourceIndisponible, match="réponse 503"):
        source.obtenir(lambda *_: None)


def test_a_catalogue_without_the_file_is_told():
    with pytest.raises(SourceIndisponible, match="aucun fichier"):
        plus_recente({"resources": [{"title": "autre.csv", "url": "https://exemple.example"}]})


@pytest.mark.django_db
def test_the_task_asks_again_later_when_the_source_does_not_answer(settings, tmp_path, monkeypatch):
    settings.FINESS_SOURCE, settings.FINESS_CATALOGUE = "", "http://127.0.0.1:9/rien/"
    monkeypatch.setenv("ROR_ETAT", str(tmp_path))
    reportees = []
    monkeypatch.setattr(synchroniser, "retry", lambda **options: reportees.append(options) or RuntimeError("later"))
    with pytest.raises(RuntimeError, match="later"):
        synchroniser.run()
    assert reportees[0]["countdown"] == 900
    execution = Execution.objects.get()
    assert execution.etat == Execution.Etat.ECHOUE
    assert execution.motif.startswith("Le catalogue data.gouv.fr ne répond pas")
