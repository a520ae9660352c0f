"""The screens: alarms, live run, écarts to decide, rules, exports (B34–B36)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from finess_sync import tasks
from finess_sync.execution import verrou
from finess_sync.models import Ecart, Execution, Garde, RegleEcart
from tests.fabriques import HabilitationFactory, UOFactory, UtilisateurFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("petit_stock")]


@pytest.fixture
def support(client):
    personne = HabilitationFactory(role="support", structure=None).utilisateur
    client.force_login(personne)
    return personne


@pytest.fixture
def renommes(classique, lancer):
    """A run that leaves one écart to review on each of ten establishments."""
    lancer(classique.ecrire())
    for rang, valeurs in enumerate(classique.eg.values()):
        valeurs["rs"] = f"RESIDENCE {rang:02d}"
    return lancer(classique.ecrire())


def page(client, nom: str = "finess", *args, **parametres) -> str:
    reponse = client.get(reverse(nom, args=args), parametres)
    assert reponse.status_code == 200
    return reponse.content.decode()


@pytest.mark.exigence("S67", "B34")
def test_the_ecarts_are_shown_by_establishment_before_and_after(client, support, renommes):
    vue = page(client)
    assert "EHPAD NUMERO 3" in vue
    assert "<b>RESIDENCE 03</b>" in vue
    assert "10, groupés par établissement" in vue
    assert "Raison sociale (10)" in vue
    assert "Aucun écart à relire" in page(client, nature="fermee")


@pytest.mark.exigence("B34")
def test_one_is_applied_at_once_and_many_after_a_page_that_tells_them(client, support, renommes):
    premier, *autres = Ecart.objects.a_relire().values_list("pk", flat=True)
    reponse = client.post(reverse("finess-decider"), {"appliquer_un": premier}, follow=True)
    assert "1 écart appliqué." in reponse.content.decode()
    choix = {"ecart": autres[:3], "appliquer_choix": "1"}
    confirmation = client.post(reverse("finess-decider"), choix)
    assert "Raison sociale\u00a0: EHPAD NUMERO" in confirmation.content.decode()
    assert Ecart.objects.a_relire().count() == 9
    client.post(
        reverse("finess-decider"), {"cles": confirmation.context["cles"], "confirme": "1", "appliquer_choix": "1"}
    )
    assert Ecart.objects.a_relire().count() == 6
    tous = client.post(reverse("finess-decider"), {"appliquer_tous": "1", "nature": "raison_sociale_changee"})
    assert tous.context["nombre"] == 6


@pytest.mark.exigence("B34")
def test_ignoring_asks_for_a_reason_and_keeps_it(client, support, renommes):
    cle = Ecart.objects.a_relire().values_list("pk", flat=True).first()
    assert "Motif" in client.post(reverse("finess-decider"), {"ignorer_un": cle}).content.decode()
    client.post(
        reverse("finess-decider"), {"cles": str(cle), "confirme": "1", "ignorer_choix": "1", "motif": "Faute de frappe"}
    )
    ecart = Ecart.objects.get(pk=cle)
    assert (ecart.etat, ecart.motif, ecart.decide_par) == (Ecart.Etat.IGNORE, "Faute de frappe", support)
    trop = {"cles": "", "confirme": "1", "ignorer_choix": "1"}
    assert "Choisissez au moins un écart" in client.post(reverse("finess-decider"), trop, follow=True).content.decode()


def test_a_closing_says_how_many_offers_are_below(client, support, classique, lancer):
    for rang in range(20, 40):
        classique.etablissement(rang)
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    del classique.eg[numero]
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    UOFactory(parent=Ecart.objects.a_relire().get().structure)
    assert "1 offre ouverte dessous" in page(client)


@pytest.mark.exigence("B36", "M14")
def test_a_run_tells_its_guards_its_counters_and_its_rejected_lines(client, support, classique, lancer):
    classique.en_trop = ["structureet;1;2"]
    execution = lancer(classique.ecrire())
    vue = page(client, "finess-passage", execution.pk)
    assert "Trop de lignes inexploitables : 1 sur 11" in vue
    assert "3 colonnes au lieu de 32." in vue
    assert "Chien de garde : Le dernier passage est refusé." in page(client)
    rejets = b"".join(client.get(reverse("finess-rejets-csv", args=[execution.pk]))).decode()
    assert '22;;rejetée;3 colonnes au lieu de 32.;"structureet;1;2"' in rejets


def test_the_live_run_is_polled_until_its_end(client, support):
    execution = Execution.objects.create(
        source="x",
        fichier="stock.csv",
        declenchee_par="Test",
        etape="comparaison",
        fait=62,
        total=100,
        simulation=False,
    )
    with verrou():
        reponse = client.get(reverse("finess-progression"))
        assert reponse.status_code == 200
        assert 'hx-trigger="every 2s"' in reponse.content.decode()
        assert 'value="62"' in reponse.content.decode()
    assert client.get(reverse("finess-progression")).status_code == 286
    assert "arrêté brutalement" in page(client)
    assert execution.etat == Execution.Etat.EN_COURS


@pytest.mark.exigence("B34")
def test_the_rules_are_edited_by_an_administrator_only(client, support):
    assert "Un administrateur peut changer ces règles" in page(client, "finess-regles")
    assert client.post(reverse("finess-regles"), {}).status_code == 403
    client.force_login(HabilitationFactory(role="administrateur", structure=None).utilisateur)
    formulaire = client.get(reverse("finess-regles")).context["form"]
    donnees = {nom: formulaire[nom].value() for nom in formulaire.fields}
    donnees = {nom: str(v).replace(".", ",") if isinstance(v, float) else v for nom, v in donnees.items()}
    regle = RegleEcart.objects.get(nature="deplacee", seuil=500)
    donnees |= {f"seuil-{regle.pk}": "250", "garde-absents": "12,5"}
    assert client.post(reverse("finess-regles"), donnees).status_code == 302
    regle.refresh_from_db()
    assert regle.seuil == 250
    assert Garde.objects.get(pk="absents").seuil == 12.5
    donnees["garde-absents"] = "beaucoup"
    assert client.post(reverse("finess-regles"), donnees).status_code == 422


def test_a_run_is_asked_for_by_the_support(client, support, monkeypatch):
    demandes = []
    monkeypatch.setattr(tasks.synchroniser, "delay", lambda **options: demandes.append(options))
    assert "Passage demandé" in client.post(reverse("finess-lancer"), follow=True).content.decode()
    assert demandes == [{"declenchee_par": str(support)}]
    client.force_login(HabilitationFactory(role="gestionnaire", structure=None).utilisateur)
    assert client.post(reverse("finess-lancer")).status_code == 403


def test_others_read_why_they_may_not(client):
    client.force_login(UtilisateurFactory())
    adresses = [reverse(nom) for nom in ("finess", "finess-progression", "finess-regles")]
    for adresse in (*adresses, reverse("export", args=["finess-ecarts", "csv"])):
        assert client.get(adresse).status_code == 403


def test_a_manager_sees_the_ecarts_of_her_territory_only(client, renommes):
    client.force_login(HabilitationFactory(role="gestionnaire", structure=None, departements=["75"]).utilisateur)
    assert "Aucun écart à relire" in page(client)
    client.force_login(HabilitationFactory(role="gestionnaire", structure=None, departements=["77"]).utilisateur)
    assert "RESIDENCE 03" in page(client)


def test_the_ecarts_are_downloaded(client, support, renommes):
    adresse = reverse("export", args=["finess-ecarts", "csv"])
    assert f'href="{adresse}"' in page(client)
    texte = b"".join(client.get(adresse)).decode()
    assert texte.startswith("\ufeffn° FINESS;structure")
    assert texte.count("\r\n") == 11
    assert "EHPAD NUMERO 3;RESIDENCE 03;À relire;" in texte
    assert "RESIDENCE 03" in b"".join(client.get(adresse, {"passage": renommes.pk})).decode()


def test_the_queries_of_the_page_do_not_follow_its_content(client, support, classique, lancer):
    lancer(classique.ecrire())
    nombres = []
    for combien in (1, 10):
        for valeurs in list(classique.eg.values())[:combien]:
            valeurs["rs"] += " BIS"
            valeurs["nofinessej"] = "990000016"
        lancer(classique.ecrire())
        with CaptureQueriesContext(connection) as requetes:
            page(client)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]
