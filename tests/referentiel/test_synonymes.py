"""« Synonymes de la recherche »: added by the support, withdrawn, put back; each is seen by the next search (B22)."""

import pytest
from django.urls import reverse

from referentiel.actions.synonymes import LONGUEUR_MAX
from referentiel.models import Role, SynonymeRecherche
from referentiel.recherche.synonymes import livres, oublier
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client):
    RegionFactory()
    oublier()
    client.force_login(HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur)
    yield client
    oublier()


@pytest.fixture
def envoyer(support, django_capture_on_commit_callbacks):
    """Posts the screen, and lets what waits for the commit happen."""

    def envoyer(suite="", **envoi):
        with django_capture_on_commit_callbacks(execute=True):
            return support.post(f"{reverse('synonymes')}{suite}", envoi, follow=True)

    return envoyer


def trouves(client, texte) -> str:
    return client.get(reverse("recherche"), {"q": texte}).content.decode()


@pytest.mark.exigence("B22")
def test_what_people_say_is_added_and_found_at_once(support, envoyer):
    uo = UOFactory(nom="Unité de gastro-entérologie")
    assert uo.nom not in trouves(support, "tuyauterie digestive")
    page = envoyer(
        geste="ajouter", formes="tuyauterie digestive\n gastro-entérologie \n\n", sens="toutes"
    ).content.decode()
    assert "Synonymes ajoutés" in page
    assert "?q=tuyauterie+digestive" in page
    assert "tuyauterie digestive · gastro-entérologie" in page
    assert uo.nom in trouves(support, "tuyauterie digestive")
    page = envoyer(geste="retirer", formes="tuyauterie digestive | gastro-entérologie").content.decode()
    assert "ces formes ne sont plus synonymes" in page
    assert not SynonymeRecherche.objects.exists()
    assert uo.nom not in trouves(support, "tuyauterie digestive")


def test_the_first_form_may_find_the_others_without_being_found(support, envoyer):
    uo, autre = UOFactory(nom="Unité d’addictologie"), UOFactory(nom="Unité de sevrage")
    page = envoyer(geste="ajouter", formes="sevrage\naddictologie", sens="premiere").content.decode()
    assert "trouve aussi</span> addictologie" in page
    assert uo.nom in trouves(support, "sevrage")
    assert autre.nom not in trouves(support, "addictologie")


@pytest.mark.exigence("B22")
def test_what_is_shipped_is_withdrawn_and_put_back(support, envoyer):
    formes = next(f for f in livres() if f.startswith("EHPAD |"))
    uo = UOFactory(nom="Unité de l’EHPAD Les Lilas")
    assert uo.nom in trouves(support, "maison de retraite")
    page = envoyer(geste="retirer", formes=formes).content.decode()
    assert "Rétablir" in page
    assert uo.nom not in trouves(support, "maison de retraite")
    assert "déjà retirés" in envoyer(geste="retirer", formes=formes).content.decode(), (
        "two persons, one after the other"
    )
    assert "de nouveau synonymes" in envoyer(geste="retablir", formes=formes).content.decode()
    assert uo.nom in trouves(support, "maison de retraite")
    assert "déjà rétablis" in envoyer(geste="retablir", formes=formes).content.decode()
    envoyer(geste="retirer", formes=formes)
    envoyer(geste="ajouter", formes=formes.replace(" | ", "\n"), sens="toutes")
    assert uo.nom in trouves(support, "maison de retraite"), "typed again, it is put back"
    assert "ne sont plus synonymes" in envoyer(geste="retirer", formes=formes).content.decode()


@pytest.mark.parametrize(
    ("formes", "dit"),
    [
        ("", "au moins deux formes différentes"),
        ("cardio", "au moins deux formes différentes"),
        ("Cardio\ncardio\nCÀRDIO", "au moins deux formes différentes"),
        ("cardio | coeur\npompe", "ne s’écrivent pas ici"),
        ("cardio\nde la", "trop courant"),
        ("cardio\n???", "trop courant"),
        ("cardio\n" + "mot " * 13, "12 mots au plus"),
        ("cardio\n" + "\n".join(f"forme numéro {n}" for n in range(40)), f"{LONGUEUR_MAX} caractères au plus"),
        ("cardio\ncoe\x00ur", "caractère"),
        ("EHPAD\nmaison de retraite", "sait déjà"),
    ],
)
def test_what_cannot_be_a_synonym_is_told_and_kept(support, envoyer, formes, dit):
    reponse = envoyer(geste="ajouter", formes=formes, sens="toutes")
    assert reponse.status_code == 422
    assert dit in reponse.content.decode()
    if "\x00" not in formes:
        saisie = lire_formulaire(reponse.content.decode(), "")["formes"][0]
        assert saisie.splitlines() == formes.splitlines()
    assert not SynonymeRecherche.objects.exists()


def test_a_forged_gesture_does_nothing(support, envoyer):
    for envoi in (
        {"geste": "ajouter", "formes": "a1\nb2", "sens": "zzz"},
        {"geste": "zzz"},
        {"geste": "retirer", "formes": "inconnu"},
    ):
        page = envoyer(**envoi).content.decode()
        assert any(mot in page for mot in ("Choisissez", "ne sont plus dans la liste"))
    assert not SynonymeRecherche.objects.exists()


def test_the_list_is_searched_and_says_who_added(support, envoyer):
    envoyer(geste="ajouter", formes="bobologie\nsoins non programmés", sens="toutes")
    page = support.get(reverse("synonymes"), {"q": "BOBO"}).content.decode()
    assert "1\u00a0groupe de formes pour « BOBO »" in page
    assert SynonymeRecherche.objects.get().auteur.nom_complet in page
    assert "Aucun synonyme" in support.get(reverse("synonymes"), {"q": "zzz"}).content.decode()
    suite = envoyer("?q=bobo", geste="retirer", formes="bobologie | soins non programmés")
    assert suite.redirect_chain[0][0].endswith("?q=bobo"), "the filter stays"


def test_who_may_not_reads_why(client):
    for droits, dit in ((UtilisateurFactory(), "Aucun de vos droits"), (HabilitationFactory().utilisateur, "Support")):
        client.force_login(droits)
        for reponse in (client.get(reverse("synonymes")), client.post(reverse("synonymes"), {"geste": "ajouter"})):
            assert reponse.status_code == 403
            assert dit in reponse.content.decode()
            assert "tenir les synonymes de la recherche" in reponse.content.decode()
