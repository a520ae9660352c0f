"""What a person's own pages cost, whatever she holds: « Mes accès rapides », « Mes Etablissements » (B45, M12).

One grant on a hospital; one on the greatest EJ; one on a département; 1 400 on establishments. What is compared differs
by the number of grants alone: for lists, the département, of as many establishments; for the home page, the EJ, whose
référent sees the same cards. Budget (ARCHITECTURE §9): a constant number of queries, the same time (± 20 %).
"""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count
from django.urls import reverse

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import DROITS, peupler
from bancs.visites import connecter, visiter
from referentiel.models import Habilitation, Role, Structure
from ror.comptes.models import Utilisateur

TIRAGES = 60
EJ, TERRITOIRE = "undroitej", "undroitterritoire"


def mesurer() -> Iterator[Mesure]:
    peupler()
    _accorder()
    clients = {
        "1 EG": connecter("undroit"),
        "1 EJ": connecter(EJ),
        "1 territoire": connecter(TERRITOIRE),
        "1 400 EG": connecter("mildroits"),
    }
    etablissements = reverse("mes-etablissements")
    pages = {
        "Accueil": ([reverse("accueil")], "1 EJ"),
        "Mes établissements (EG)": ([etablissements, f"{etablissements}?page=2"], "1 territoire"),
        "Mes établissements (EJ)": ([f"{etablissements}?onglet=ej"], "1 territoire"),
        "Mes établissements, cherchés": ([f"{etablissements}?q=etablissement"], "1 territoire"),
    }
    plancher, _ = p50_p95(chronometrer(_lire_une_page) for _ in range(TIRAGES))
    for nom, (adresses, peu) in pages.items():
        fois = adresses * (TIRAGES // len(adresses))
        yield from visiter(nom, clients, fois, plancher, compares=(peu, "1 400 EG"))


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
