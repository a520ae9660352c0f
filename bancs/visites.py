"""Pages opened by several persons in turn: how long, how many queries, and what the number of grants changes."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import DROITS
from ror.comptes.models import Utilisateur

BUDGET_MS, BUDGET_ECART = 100, 1.2
"""ARCHITECTURE §9: p95 of server time, and how much more a page may cost with 1 400 grants than with one."""


def connecter(identifiant: str, *, htmx: bool = False) -> Client:
    """Returns a browser where this person is signed in; with `htmx`, it asks for fragments as the tree does."""
    client = Client(headers={"HX-Request": "true"} if htmx else None)
    personne = Utilisateur.objects.get(identifiant=identifiant)
    client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
    return client


def referents(*, htmx: bool = False) -> dict[str, Client]:
    """Returns « 1 droit(s) », « 1400 droit(s) » → the browser of each référent of the bench."""
    return {f"{nombre} droit(s)": connecter(identifiant, htmx=htmx) for identifiant, nombre in DROITS.items()}


def obtenir(client: Client, adresse: str) -> None:
    """Opens an address; RuntimeError unless it answers 200."""
    reponse = client.get(adresse)
    if reponse.status_code != 200:
        raise RuntimeError(f"{adresse} answers {reponse.status_code}")


def requetes(client: Client, adresse: str) -> int:
    """Returns how many queries an address takes."""
    with CaptureQueriesContext(connection) as capture:
        obtenir(client, adresse)
    return len(capture)


def visiter(
    nom: str,
    clients: Mapping[str, Client],
    adresses: Sequence[str],
    plancher_ms: float | None = None,
    *,
    compares: tuple[str, str] | None = None,
    budget_requetes: int | None = None,
    budget_ms: float | None = BUDGET_MS,
) -> Iterator[Mesure]:
    """Opens each address with each person in turn, and yields queries, p95, and the gap between two of them.

    Args:
        nom: of the page, in French.
        clients: who → her browser.
        adresses: what is opened, each once by each person.
        plancher_ms: median of the same work at its barest.
        compares: the one with few grants, the one with many; the first and the last when left out.
        budget_requetes: greatest number of queries allowed.
        budget_ms: greatest p95 allowed.
    """
    durees: dict[str, list[float]] = {qui: [] for qui in clients}
    for client in clients.values():
        obtenir(client, adresses[0])
    for adresse in adresses:
        for qui, client in clients.items():
            durees[qui].append(chronometrer(lambda c=client, a=adresse: obtenir(c, a)))
    nombres = {requetes(client, adresse) for client in clients.values() for adresse in set(adresses[:20])}
    etendue = f"de {min(nombres)} à {max(nombres)}"
    yield Mesure(f"{nom} : requêtes", max(nombres), unite="requêtes", budget=budget_requetes, detail=etendue)
    medianes = {}
    for qui, liste in durees.items():
        medianes[qui], p95 = p50_p95(liste)
        detail = f"p50 {medianes[qui]:.1f} ms"
        yield Mesure(f"{nom}, {qui} : p95", p95, plancher_ms, budget=budget_ms, detail=detail)
    peu, beaucoup = compares or (next(iter(clients)), list(clients)[-1])
    rapport = medianes[beaucoup] / medianes[peu]
    yield Mesure(f"{nom} : {beaucoup} contre {peu}", rapport, unite="fois", budget=BUDGET_ECART)
