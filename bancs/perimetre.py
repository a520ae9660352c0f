"""What a person's own pages cost, whatever she holds: « Mes accès rapides », « Mes Etablissements » (B45, M12).

One grant on a hospital; one on the greatest EJ; one on a département; 1 400 on establishments. The last two cover as
many establishments: they are compared, so that the number of grants alone differs. Budget (ARCHITECTURE §9): a constant
number of queries, the same time (± 20 %).
"""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from bancs.arbre import _client, _obtenir, _requetes
from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import DROITS, peupler
from referentiel.models import Habilitation, Role, Structure
from ror.comptes.models import Utilisateur

TIRAGES = 60
BUDGET_MS, BUDGET_ECART = 100, 1.2
EJ, TERRITOIRE = "undroitej", "undroitterritoire"


def mesurer() -> Iterator[Mesure]:
    peupler()
    _accorder()
    clients = {
        "1 EG": _client("undroit"),
        "1 EJ": _client(EJ),
        "1 territoire": _client(TERRITOIRE),
        "1 400 EG": _client("mildroits"),
    }
    etablissements = reverse("mes-etablissements")
    yield from _page("Accueil", clients, [reverse("accueil")])
    yield from _page("Mes établissements (EG)", clients, [etablissements, f"{etablissements}?page=2"])
    yield from _page("Mes établissements (EJ)", clients, [f"{etablissements}?onglet=ej"])
    yield from _page("Mes établissements, cherchés", clients, [f"{etablissements}?q=etablissement"])


def _page(nom: str, clients: dict[str, Client], adresses: Sequence[str]) -> Iterator[Mesure]:
    durees: dict[str, list[float]] = {qui: [] for qui in clients}
    for client in clients.values():
        _obtenir(client, adresses[0])
    plancher, _ = p50_p95(chronometrer(_lire_une_page) for _ in range(TIRAGES))
    for rang in range(TIRAGES):
        for qui, client in clients.items():
            adresse = adresses[rang % len(adresses)]
            durees[qui].append(chronometrer(lambda c=client, a=adresse: _obtenir(c, a)))
    requetes = {_requetes(client, adresses[0]) for client in clients.values()}
    yield Mesure(f"{nom} : requêtes", max(requetes), unite="requêtes", detail=f"de {min(requetes)} à {max(requetes)}")
    medianes = {}
    for qui, liste in durees.items():
        medianes[qui], p95 = p50_p95(liste)
        yield Mesure(f"{nom}, {qui} : p95", p95, plancher, budget=BUDGET_MS, detail=f"p50 {medianes[qui]:.1f} ms")
    yield Mesure(
        f"{nom} : 1 400 droits contre 1",
        medianes["1 400 EG"] / medianes["1 territoire"],
        unite="fois",
        budget=BUDGET_ECART,
    )


def _accorder() -> None:
    """One référent with one grant, on the greatest EJ; one manager of the département whose EG are nearest to 1 400."""
    plus_grande = Structure.objects.filter(parent=None).order_by("-rght").first()
    _personne(EJ, role=Role.REFERENT, structure=plus_grande)
    nombres = Structure.objects.filter(niveau="EG").values_list("departement").annotate(n=Count("pk"))
    departement = min(nombres.order_by(), key=lambda ligne: abs(ligne[1] - max(DROITS.values())))[0]
    _personne(TERRITOIRE, role=Role.GESTIONNAIRE, departements=[departement])


def _personne(identifiant: str, **droit) -> None:
    if not Utilisateur.objects.filter(identifiant=identifiant).exists():
        personne = Utilisateur.objects.create_user(identifiant, nom=identifiant, doit_changer_mot_de_passe=False)
        Habilitation.objects.create(utilisateur=personne, **droit)


def _lire_une_page() -> None:
    """The floor: twenty-five rows read in order, by the index."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT id, nom FROM referentiel_structure WHERE niveau = 'EG' ORDER BY nom_recherche, id LIMIT 25"
        )
        curseur.fetchall()
