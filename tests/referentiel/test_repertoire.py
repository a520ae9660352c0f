"""The Répertoire: lazy tree, filter, search, and its right side."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel import repertoire
from referentiel.models import Role, Structure
from referentiel.repertoire import alphabet
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def lectrice(client):
    personne = UtilisateurFactory()
    client.force_login(personne)
    return personne


def branche(client, cle: str) -> str:
    reponse = client.get(reverse("repertoire-branche", args=[cle]))
    assert reponse.status_code == 200
    return reponse.content.decode()


def noms(html: str) -> list[str]:
    return re.findall(r'class="lib"[^>]*>([^<]*)<', html)


@pytest.mark.exigence("S47", "S52", "S63")
def test_each_level_opens_the_next_down_to_the_offer(client, lectrice):
    eg = EGFactory(groupe="MCO", parent=EJFactory(nom="CH de Valmont"), nom="Site nord")
    pole = PoleFactory(parent=eg, nom="Pôle Cœur")
    service = ServiceFactory(parent=pole, nom="Cardiologie")
    uf = UFFactory(parent=service, nom="UF 2101")
    UOFactory(parent=uf, nom="Consultation")
    UOFactory(parent=uf, nom="Soins intensifs")
    ej = eg.parent_id
    assert "77 – Seine-et-Marne" in client.get(reverse("repertoire")).content.decode()
    assert noms(branche(client, "df-77")) == ["CH de Valmont"]
    assert noms(branche(client, f"df-77-{ej}")) == ["Site nord"]
    assert "2\u00a0UO" in branche(client, f"df-77-{ej}")
    assert noms(branche(client, f"n-{eg.pk}")) == ["Pôle Cœur"]
    assert noms(branche(client, f"n-{pole.pk}")) == ["Cardiologie"]
    assert noms(branche(client, f"n-{service.pk}")) == ["UF 2101"]
    assert noms(branche(client, f"n-{uf.pk}")) == ["Consultation", "Soins intensifs"]


@pytest.mark.exigence("S65")
def test_a_medico_social_establishment_shows_its_offers_directly(client, lectrice):
    eg = EGFactory()
    UOFactory(parent=eg, nom="Accueil de jour")
    assert noms(branche(client, f"n-{eg.pk}")) == ["Accueil de jour"]


def test_an_ej_of_two_departements_shows_in_each_only_what_is_there(client, lectrice):
    ej = EJFactory()
    EGFactory(parent=ej, nom="Ici", groupe="MCO")
    EGFactory(parent=ej, nom="Là-bas", departement="2A", groupe="MCO")
    assert noms(branche(client, f"df-77-{ej.pk}")) == ["Ici"]
    assert noms(branche(client, f"df-2A-{ej.pk}")) == ["Là-bas"]


@pytest.mark.exigence("S22")
def test_everyone_signed_in_reads_every_level_of_every_establishment(client, lectrice):
    offre = UOFactory()
    for structure in offre.get_ancestors():
        assert client.get(reverse("fiche", args=[structure.pk])).status_code == 200
    client.logout()
    assert client.get(reverse("repertoire")).status_code == 302


def test_names_are_escaped(client, lectrice):
    EGFactory(parent=EJFactory(nom='<b onclick="x">Clinique & fils</b>'), groupe="MCO")
    html = branche(client, "df-77")
    assert "<b " not in html
    assert "&lt;b onclick=&quot;x&quot;&gt;Clinique &amp; fils" in html


def test_closed_fiches_say_so_in_words(client, lectrice):
    eg = EGFactory(groupe="MCO", etat="PRO")
    assert "Fermée provisoirement" in branche(client, f"df-77-{eg.parent_id}")


@pytest.mark.parametrize("cle", ["x-1", "n-abc", "df-77-", "n-", "az-AA", "be-5-n-", "te-x", "fa-1-2", "fi-1-77-n-2"])
def test_an_unknown_branch_is_not_found(client, lectrice, cle):
    assert client.get(reverse("repertoire-branche", args=[cle])).status_code == 404


def test_a_branch_costs_the_same_whatever_its_size(client, lectrice):
    def requetes(cle: str) -> int:
        with CaptureQueriesContext(connection) as vues:
            branche(client, cle)
        return len(vues)

    ej = EJFactory()
    pole = PoleFactory(parent=EGFactory(parent=ej, groupe="MCO"))
    UFFactory(parent=pole)
    cles = ["df-77", f"df-77-{ej.pk}", f"n-{ej.pk}", f"n-{pole.parent_id}", f"n-{pole.pk}"]
    petites = [requetes(cle) for cle in cles]
    for _ in range(15):
        EGFactory(groupe="MCO")
        UFFactory(parent=PoleFactory(parent=EGFactory(parent=ej, groupe="MCO")))
        UFFactory(parent=pole)
        PoleFactory(parent=pole.parent)
    assert [requetes(cle) for cle in cles] == petites
    assert max(petites) <= 5


@pytest.mark.exigence("S49", "S50", "S51")
def test_every_box_is_ticked_but_mss_and_the_choice_is_remembered(client, lectrice):
    EGFactory(nom="EHPAD", parent=EJFactory(nom="Association"))
    EGFactory(nom="Clinique", groupe="MCO", parent=EJFactory(nom="Clinique SA"))
    page = client.get(reverse("repertoire")).content.decode()
    boites = re.findall(r'name="groupes" value="(\w+)" id="[^"]*"( checked)?>', page)
    assert [nom for nom, _ in boites] == ["MCO", "MSS", "PSY", "SLD", "SMA", "SSR", "VIL"]
    assert [nom for nom, cochee in boites if not cochee] == ["MSS"]
    assert "Offres affichées : MCO, PSY, SLD, SMA, SSR, VIL" in page
    assert "Afficher les structures :" in page
    assert noms(branche(client, "df-77")) == ["Clinique SA"]
    suite = client.get(reverse("repertoire"), {"boites": "1", "groupes": ["MSS"], "par": "ej"}, follow=True)
    assert "Offres affichées : MSS<" in suite.content.decode()
    assert noms(branche(client, "df-77")) == ["Association"]
    revenue = client.get(reverse("repertoire"))
    assert (revenue.context["affichees"], revenue.context["par"]) == ("MSS", "ej")


@pytest.mark.exigence("S49", "S51")
def test_the_address_says_the_way_the_boxes_the_branches_and_the_fiche(client, lectrice):
    eg = EGFactory(nom="EHPAD", parent=EJFactory(nom="Association"))
    UOFactory(parent=eg, nom="Hébergement")
    autre = EGFactory(nom="Clinique", groupe="MCO", parent=EJFactory(nom="Clinique SA"))
    choix = client.get(reverse("repertoire"), {"boites": "1", "groupes": ["MSS", "MCO"], "fiche": autre.pk})
    assert choix.status_code == 302
    assert choix.url == f"{reverse('repertoire')}?par=departement&structures=MCO.MSS&fiche={autre.pk}"
    ouvertes = f"df-77.df-77-{eg.parent_id}.n-{eg.pk}"
    collegue = Client()
    collegue.force_login(UtilisateurFactory())
    for personne in (client, collegue):
        page = personne.get(f"{choix.url}&ouvert={ouvertes}")
        assert {"Association", "EHPAD", "Hébergement", "Clinique SA", "Clinique"} <= set(noms(page.content.decode()))
        assert re.search(r'aria-current="page">Clinique<', page.content.decode())
        assert page.context["affichees"] == "MCO, MSS"
    assert collegue.get(reverse("repertoire")).context["affichees"] == "MCO, PSY, SLD, SMA, SSR, VIL"


@pytest.mark.exigence("S50")
def test_who_works_in_the_medico_social_sees_mss_at_once(client):
    client.force_login(HabilitationFactory(structure=EGFactory()).utilisateur)
    assert "MSS" in client.get(reverse("repertoire")).context["affichees"]


def test_the_open_fiche_is_revealed_in_the_tree(client, lectrice):
    uf = UFFactory()
    offre = UOFactory(parent=uf, nom="Hôpital de jour")
    page = client.get(reverse("repertoire"), {"fiche": offre.pk}).content.decode()
    arbre = page[page.index('id="arbre"') : page.index("</section>")]
    assert re.search(r'href="[^"]*" aria-current="page">Hôpital de jour<', arbre)
    for ancetre in offre.get_ancestors():
        assert f">{ancetre.nom}<" in arbre


@pytest.mark.exigence("S50")
def test_a_fiche_hidden_by_the_boxes_is_said_to_be(client, lectrice):
    eg = EGFactory(nom="EHPAD TEST")
    page = client.get(reverse("repertoire"), {"fiche": eg.pk}).content.decode()
    assert "n’est pas dans l’arborescence : MSS n’est pas cochée" in page
    suite = client.get(unescape(re.search(r'href="([^"]*)">Afficher MSS<', page)[1])).content.decode()
    assert "n’est pas dans l’arborescence" not in suite
    assert re.search(r'aria-current="page">EHPAD TEST<', suite)


def test_the_fiche_asked_from_the_tree_is_that_of_the_page(client, lectrice):
    def sans_jeton(reponse) -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", reponse.content.decode()).strip()

    eg = EGFactory(groupe="MCO")
    adresse = f"{reverse('repertoire')}?fiche={eg.pk}"
    entiere = sans_jeton(client.get(adresse))
    partie = sans_jeton(client.get(adresse, headers={"HX-Request": "true", "HX-Target": "v-fiche"}))
    assert partie
    assert "<html" not in partie
    assert partie in entiere


def test_an_unreadable_address_shows_the_first_level(client, lectrice):
    EGFactory(groupe="MCO")
    for requete in (
        *({"fiche": "x"}, {"ouvert": "n-zz"}, {"ouvert": "df-77-99999"}, {"par": "lune"}, {"ouvert": "-"}),
        *({"structures": "MCO.LUNE"}, {"structures": ""}, {"structures": "aucune"}, {"ici": "be-x"}),
        *({"ouvert": "é" * 99}, {"ouvert": ".".join(f"n-{n}" for n in range(500))}, {"ouvert": f"n-{9**18}"}),
        {"q": "\x00"},
    ):
        assert client.get(reverse("repertoire"), requete).status_code == 200
    assert client.get(reverse("repertoire"), {"fiche": "999999"}).status_code == 404


def test_by_ej_in_alphabetical_order_long_letters_cut_in_pages(client, lectrice, monkeypatch):
    monkeypatch.setattr(alphabet, "PAGE", 2)
    for nom in ("Abeille", "Acacia", "Àlysse", "Bruyère", "3 Chênes"):
        EGFactory(parent=EJFactory(nom=nom), groupe="MCO")
    page = client.get(reverse("repertoire"), {"par": "ej"}).content.decode()
    arbre = page[page.index('id="arbre"') : page.index("</section>")]
    assert noms(arbre) == ["0 à 9", "A", "B"]
    assert noms(branche(client, "az-a")) == ["Abeille … Acacia", "Àlysse … Àlysse"]
    assert noms(branche(client, "az-a-1")) == ["Àlysse"]
    assert noms(branche(client, "az-0")) == ["3 Chênes"]
    alysse = Structure.objects.get(nom="Àlysse")
    assert repertoire.chemin(alysse, "ej", repertoire.Regard(lectrice)) == ["az-a", "az-a-1", f"n-{alysse.pk}"]


@pytest.mark.exigence("B20")
def test_search_finds_any_level_by_words_or_finess_and_opens_the_way(client, lectrice):
    eg = EGFactory(nom="EHPAD des Tilleuls", parent=EJFactory(nom="Les Horizons"))
    UOFactory(parent=eg, nom="Accueil de jour Alzheimer")
    EGFactory(nom="Clinique des Tilleuls", parent=EJFactory(nom="Clinique SA"), groupe="MCO")
    adresse = reverse("repertoire-cherche")

    def trouver(q: str, structures: str = "MCO.MSS") -> str:
        return client.get(adresse, {"q": q, "structures": structures}).content.decode().strip()

    html = trouver("alz accueil")
    assert html == trouver("ÀLZ  accuéil")
    assert html.startswith('<ul data-total="1">')
    assert noms(html) == ["77 – Seine-et-Marne", "Les Horizons", "EHPAD des Tilleuls", "Accueil de jour Alzheimer"]
    assert noms(trouver(f"{eg.numero_finess[:2]} {eg.numero_finess[2:]}"))[-1] == "EHPAD des Tilleuls"
    assert trouver("introuvable") == '<ul data-total="0"></ul>'
    assert trouver("") == '<ul data-total="0"></ul>'
    assert trouver("l' & | ! :*").startswith('<ul data-total="')
    assert trouver("x" * 5000) == '<ul data-total="0"></ul>'


@pytest.mark.exigence("S50", "S51")
def test_what_the_boxes_hide_of_a_search_is_told_with_the_box_that_shows_it(client, lectrice):
    eg = EGFactory(nom="EHPAD des Tilleuls", parent=EJFactory(nom="Les Horizons"))
    UOFactory(parent=eg, nom="Accueil de jour des Tilleuls")
    clinique = EGFactory(nom="Clinique des Tilleuls", parent=EJFactory(nom="Clinique SA"), groupe="MCO")
    UOFactory(parent=UFFactory(parent=PoleFactory(parent=clinique)), nom="Unité des Tilleuls", groupe="MSS")
    html = client.get(reverse("repertoire-cherche"), {"q": "tilleuls"}).content.decode()
    assert {"Clinique des Tilleuls", "Unité des Tilleuls"} <= set(noms(html))
    assert "EHPAD" not in html
    assert "2 structures médico-sociales sont masquées." in html
    suite = client.get(unescape(re.search(r'href="([^"]*)">Afficher MSS<', html)[1]))
    assert {"EHPAD des Tilleuls", "Accueil de jour des Tilleuls", "Clinique des Tilleuls"} <= set(
        noms(suite.content.decode())
    )
    assert "masquée" not in suite.content.decode()
    assert client.get(reverse("repertoire")).context["affichees"] == "MCO, PSY, SLD, SMA, SSR, VIL"


def test_search_costs_the_same_with_one_or_fifty_finds(client, lectrice):
    def requetes() -> int:
        with CaptureQueriesContext(connection) as vues:
            client.get(reverse("repertoire-cherche"), {"q": "test"})
        return len(vues)

    EGFactory(nom="Test")
    une = requetes()
    for _ in range(12):
        EGFactory(nom="Test")
    assert requetes() == une


def test_search_uses_the_index_of_words():
    from referentiel.recherche import filtrer

    connection.cursor().execute("SET LOCAL enable_seqscan = off")
    connection.cursor().execute("SET LOCAL enable_indexscan = off")
    assert "structure_mots" in filtrer(Structure.objects.all(), "ehpad").explain()


def test_actions_offer_only_what_the_person_may_do(client, lectrice):
    eg = EGFactory()
    adresse = reverse("fiche-actions", args=[eg.pk])
    entrees = client.get(adresse, headers={"HX-Request": "true"}).content.decode()
    assert "Ouvrir" in entrees
    assert "Voir l’historique" in entrees
    assert "Renommer" not in entrees
    client.force_login(HabilitationFactory(structure=eg, role=Role.REFERENT).utilisateur)
    assert "Renommer" in client.get(adresse).content.decode()


@pytest.mark.exigence("S45")
def test_the_banner_names_the_repertoire_next_to_its_icon(client, lectrice):
    page = client.get(reverse("repertoire")).content.decode()
    assert re.search(rf'<a href="{reverse("repertoire")}" aria-current="page"><svg.*?</svg>Répertoire</a>', page)
    assert re.search(r"<svg[^>]*><use[^>]*></use></svg>Recherche</a>", page)
    assert re.search(r"<svg[^>]*><use[^>]*></use></svg>Menu</button>", page)
