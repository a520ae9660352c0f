"""What a person's own pages cost, whatever she holds: « Mes accès rapides », « Mes Etablissements » (B45, M12).

What is compared differs by the number of grants alone: one on an EJ of 1 400 EG, or one on each of these EG, so that
both persons read the same pages. Beside them: one EG, one département, 1 400 EG of as many EJ. Budget (ARCHITECTURE
§9): a constant number of queries, the same time (± 20 %).
"""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count
from django.urls import reverse

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import ASSOCIATION, DROITS, peupler
from bancs.visites import connecter, visiter
from referentiel.models import Habilitation, Role, Structure
from ror.comptes.models import Utilisateur

TIRAGES = 60
EJ, SES_EG, TERRITOIRE = "undroitej", "droitsegdelej", "undroitterritoire"


def mesurer() -> Iterator[Mesure]:
    peupler()
    _accorder()
    clients = {
        "1 EG": connecter("undroit"),
        "1 EJ de 1 400 EG": connecter(EJ),
        "ces 1 400 EG": connecter(SES_EG),
        "1 territoire": connecter(TERRITOIRE),
        "1 400 EG dispersés": connecter("mildroits"),
    }
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")  # as autovacuum does of what has changed much
    etablissements = reverse("mes-etablissements")
    pages = {
        "Accueil": [reverse("accueil")],
        "Mes établissements (EG)": [etablissements, f"{etablissements}?page=2"],
        "Mes établissements (EJ)": [f"{etablissements}?onglet=ej"],
        "Mes établissements, cherchés": [f"{etablissements}?q=etablissement"],
    }
    plancher, _ = p50_p95(chronometrer(_lire_une_page) for _ in range(TIRAGES))
    for nom, adresses in pages.items():
        fois = adresses * (TIRAGES // len(adresses))
        yield from visiter(nom, clients, fois, plancher, compares=("1 EJ de 1 400 EG", "ces 1 400 EG"))


def _accorder() -> None:
    """Who holds the association, who holds its EG one by one, and who manages the département of nearly as many EG.

    Signing in opens dossiers on bare establishments: those of former runs would make one home page longer than another.
    """
    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE dossiers_dossier CASCADE")
    _personne(EJ, [{"role": Role.REFERENT, "structure_id": ASSOCIATION}])
    siens = Structure.objects.filter(parent=ASSOCIATION).values_list("pk", flat=True)
    _personne(SES_EG, [{"role": Role.REFERENT, "structure_id": pk} for pk in siens])
    nombres = Structure.objects.filter(niveau="EG").values_list("departement").annotate(n=Count("pk"))
    departement = min(nombres.order_by(), key=lambda ligne: abs(ligne[1] - max(DROITS.values())))[0]
    _personne(TERRITOIRE, [{"role": Role.GESTIONNAIRE, "departements": [departement]}])


def _personne(identifiant: str, droits: list[dict]) -> None:
    if not Utilisateur.objects.filter(identifiant=identifiant).exists():
        personne = Utilisateur.objects.create_user(identifiant, nom=identifiant, doit_changer_mot_de_passe=False)
        Habilitation.objects.bulk_create(Habilitation(utilisateur=personne, **droit) for droit in droits)


def _lire_une_page() -> None:
    """The floor: twenty-five rows read in order, by the index."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT id, nom FROM referentiel_structure WHERE niveau = 'EG' ORDER BY nom_recherche, id LIMIT 25"
        )
        curseur.fetchall()
