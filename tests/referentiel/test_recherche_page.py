"""« Recherche »: offers and structures, skills, professionals."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from referentiel import fiches
from referentiel.horaires import Feries, Horaires, Periode, Plage, en_table
from referentiel.models import CodePorte, Contact, Telecom, UniteOperationnelle
from referentiel.recherche.index import recompter, reindexer
from referentiel.recherche.mots import lexique_courant
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecteur(client):
    RegionFactory()
    client.force_login(UtilisateurFactory())
    return client


def chercher(client, texte: str, cible: str = "offre") -> str:
    reponse = client.get("/ror/recherche/", {"q": texte, "cible": cible})
    assert reponse.status_code == 200
    return reponse.content.decode()


@pytest.mark.exigence("S45", "S46")
def test_the_banner_leads_to_the_search_of_an_offer(lecteur):
    uo = UOFactory(nom="Unité d’accueil de jour « Les Glycines »")
    accueil = lecteur.get("/ror/").content.decode()
    assert all(f">{onglet}" in accueil or f"{onglet}</" in accueil for onglet in ("Recherche", "Répertoire", "Menu"))
    assert 'href="/ror/recherche/"' in accueil
    assert f"/ror/fiche/{uo.pk}/" in chercher(lecteur, "accueil glyc")
    assert "Aucune offre" in chercher(lecteur, "introuvable")


@pytest.mark.exigence("S46")
def test_a_skill_finds_the_offers_that_carry_it_and_says_why(lecteur):
    uo, autre = UOFactory(), UOFactory()
    porte = code("JDV_J17", "135", "Sexologie médicale")
    porte.libelle_recherche = "sexologie medicale"
    porte.save()
    CodePorte.objects.create(structure=uo, attribut="activites", code=porte)
    reindexer([uo.pk])
    page = chercher(lecteur, "séxo", "competence")
    assert f"/ror/fiche/{uo.pk}/" in page
    assert "Sexologie médicale" in page
    assert f"/ror/fiche/{autre.pk}/" not in page


@pytest.mark.exigence("S46")
def test_a_professional_is_found_by_name_but_never_through_a_restricted_contact(lecteur):
    uo, reservee = UOFactory(), UOFactory()
    Contact.objects.create(structure=uo, nom="Dr Sacha Exemple")
    Contact.objects.create(structure=reservee, nom="Dr Sacha Exemple", confidentialite="3")
    reindexer([uo.pk, reservee.pk])
    page = chercher(lecteur, "sacha exemple", "professionnel")
    assert f"/ror/fiche/{uo.pk}/" in page
    assert f"/ror/fiche/{reservee.pk}/" not in page


def test_numbers_find_their_structure(lecteur):
    eg = EGFactory(_detail={"siret": "26010004500012", "telephone": "0474454647"})
    contact = Contact.objects.create(structure=UOFactory(parent=eg), nom="Accueil")
    Telecom.objects.create(contact=contact, canal="1", adresse="01 99 00 27 15")
    reindexer([contact.structure_id])
    for texte in (eg.numero_finess, "260 100 045 00012", "04 74 45 46 47"):
        assert f"/ror/fiche/{eg.pk}/" in chercher(lecteur, texte)
    for texte in ("01.99.00.27.15", "01 99 00 27", "019900271"):
        assert f"/ror/fiche/{contact.structure_id}/" in chercher(lecteur, texte)
    assert "Aucune offre" in chercher(lecteur, "01 99 00 28")


def test_an_unknown_target_or_an_oversized_text_is_no_error(lecteur):
    assert "Aucune offre" in chercher(lecteur, "x" * 5000, "n’importe")
    assert lecteur.get("/ror/recherche/", {"page": "abc"}).status_code == 200
    assert lecteur.get("/ror/recherche/", {"q": "'; %\\ (|&!*", "cible": "competence"}).status_code == 200


@pytest.mark.parametrize("nombre", [3, 20])
def test_the_number_of_queries_does_not_follow_the_number_of_results(lecteur, django_assert_max_num_queries, nombre):
    eg = EGFactory()
    for rang in range(nombre):
        UOFactory(parent=eg, nom=f"Unité de gériatrie {rang}")
    with django_assert_max_num_queries(15):
        chercher(lecteur, "geriatrie")


_JETON = re.compile(rb'csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "\w+"')
SECRETS = ["Unité secrète Zoulou", "zoulou", "zouluo", "secrete", "unite", "770", "Zoulou Exemple"]


@pytest.mark.exigence("B51")
@pytest.mark.parametrize("cible", ["offre", "competence", "professionnel"])
def test_a_secret_offer_changes_no_byte_of_any_page_of_who_may_not_know_of_it(lecteur, cible):
    eg = EGFactory(nom="Maison d’arrêt", _detail={"localite": "Valmont"})
    UOFactory(parent=eg, nom="Unité sanitaire")
    porte = code("JDV_J17", "135", "Zoulou spécifique")
    adresses = [
        *({"q": texte, "cible": cible} for texte in SECRETS),
        {"niveau": "UO", "cible": cible},
        {"q": "unite", "cible": cible, "groupe": "MSS", "departement": "77", "fraicheur": "jamais"},
        {"q": "unite", "cible": cible, "groupe": "MCO", "fermees": "1"},
        {"q": "valmont zoulou", "cible": cible, "ouvert": "maintenant"},
    ]

    def pages() -> list[bytes]:
        recompter()
        lues = [lecteur.get(reverse("recherche"), adresse).content for adresse in adresses]
        return [_JETON.sub(b"", page) for page in lues]

    avant = pages()
    secrete = UOFactory(parent=eg, nom="Unité secrète Zoulou")
    UniteOperationnelle.objects.filter(pk=secrete.pk).update(unite_sensible=True)
    CodePorte.objects.create(structure=secrete, attribut="activites", code=porte)
    contact = Contact.objects.create(structure=secrete, nom="Zoulou Exemple")
    Telecom.objects.create(contact=contact, canal="1", adresse="0177000000")
    toujours = Periode("p1", plages=tuple(Plage(jour, 0, 1440) for jour in range(1, 8)))
    fiches.ecrire(secrete, {"horaires": en_table(Horaires((toujours,)))})
    reindexer([secrete.pk])
    assert pages() == avant
    lecteur.force_login(HabilitationFactory(structure=eg).utilisateur)
    assert f"/ror/fiche/{secrete.pk}/" in chercher(lecteur, "zoulou", cible)


@pytest.mark.exigence("B22")
def test_a_correction_is_never_made_without_offering_the_exact_text(lecteur):
    EGFactory(nom="Clinique de cardiologie")
    recompter()
    page = chercher(lecteur, "cardiolgie")
    assert "Résultats pour <strong>« cardiologie »</strong>" in page
    assert 'href="/ror/recherche/?q=cardiolgie&amp;exact=1">Chercher exactement « cardiolgie »' in page
    exacte = lecteur.get("/ror/recherche/", {"q": "cardiolgie", "exact": "1"}).content.decode()
    assert "Aucune offre" in exacte
    assert "Résultats pour" not in exacte


@pytest.mark.exigence("B23")
def test_each_active_filter_is_taken_away_by_a_link_and_the_address_is_the_state(lecteur):
    EGFactory(nom="Foyer Bellevue", groupe="MSS")
    EGFactory(nom="Foyer Horizon", groupe="MCO")
    adresse = "/ror/recherche/?q=foyer&groupe=MSS&departement=77"
    reponse = lecteur.get(adresse, headers={"HX-Request": "true"})
    page = reponse.content.decode()
    assert reponse["HX-Push-Url"] == adresse
    assert json.loads(reponse["HX-Trigger"])["annonce"].replace("\u00a0", " ") == "1 résultat"
    assert "Foyer Bellevue" in page
    assert "Foyer Horizon" not in page
    assert 'href="/ror/recherche/?q=foyer&amp;departement=77" aria-label="Retirer le filtre MSS' in page
    assert 'name="groupe" value="MCO"' in page
    assert lecteur.get(adresse).content.decode().count('class="carte-corps resultat"') == 1


@pytest.mark.exigence("B30")
def test_an_old_offer_stays_and_says_how_old_it_is(lecteur, time_machine):
    time_machine.move_to(datetime(2026, 11, 27, 10, tzinfo=UTC))
    ages = {
        "Vérifiée le 27 août 2026": datetime(2026, 8, 27, tzinfo=UTC),
        "Non vérifiée depuis 14 mois": datetime(2025, 9, 20, tzinfo=UTC),
    }
    for mot, le in ages.items():
        uo = UOFactory(nom=f"Unité {le.year}")
        UniteOperationnelle.objects.filter(pk=uo.pk).update(relue_le=le)
        reindexer([uo.pk])
        assert mot in chercher(lecteur, f"unite {le.year}").replace("\u00a0", " ")
    UOFactory(nom="Unité neuve")
    assert "Jamais vérifiée" in chercher(lecteur, "unite neuve")
    page = lecteur.get("/ror/recherche/", {"q": "unite", "fraicheur": "ancienne"}).content.decode()
    assert "Unité 2025" in page
    assert "Unité neuve" not in page


@pytest.mark.exigence("B50")
def test_a_card_never_says_open_without_until_when(lecteur, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 9, tzinfo=UTC))
    semaine = Periode("p1", plages=tuple(Plage(jour, 540, 720) for jour in range(1, 6)))
    toujours = Periode("p1", plages=tuple(Plage(jour, 0, 1440) for jour in range(1, 8)), feries=Feries.COMME_SEMAINE)
    dit = {"Ouvert jusqu’à 12 h": semaine, "Ouvert sans interruption, jour et nuit": toujours}
    for rang, (texte, periode) in enumerate(dit.items()):
        uo = UOFactory(nom=f"Accueil numéro {rang}")
        fiches.ecrire(uo, {"horaires": en_table(Horaires((periode,)))})
        reindexer([uo.pk])
        assert texte in chercher(lecteur, f"accueil numero {rang}").replace("\u00a0", " ")
    time_machine.move_to(datetime(2026, 11, 27, 20, tzinfo=UTC))
    assert "Fermé, ouvre lundi à 9 h" in chercher(lecteur, "accueil numero 0").replace("\u00a0", " ")
    UOFactory(nom="Accueil sans heures")
    assert "Horaires non renseignés" in chercher(lecteur, "accueil sans heures")


def test_a_reserved_number_is_never_the_one_to_call(lecteur):
    uo = UOFactory(nom="Accueil discret")
    for adresse, niveau, du_contact in (("0199000001", "3", "1"), ("0199000002", "1", "3"), ("0199000003", "2", "1")):
        contact = Contact.objects.create(structure=uo, nom="Accueil", confidentialite=du_contact)
        Telecom.objects.create(contact=contact, canal="1", adresse=adresse, confidentialite=niveau)
    reindexer([uo.pk])
    page = chercher(lecteur, "accueil discret").replace("\u00a0", " ")
    assert "01 99 00 00 03" in page
    assert "01 99 00 00 01" not in page
    assert "01 99 00 00 02" not in page
    for reserve in ("0199000001", "0199000002"):
        assert "Aucune offre" in chercher(lecteur, reserve)


@pytest.mark.exigence("S46")
def test_words_that_no_fiche_has_but_a_skill_lead_to_the_search_of_skills(lecteur, django_assert_max_num_queries):
    porte = code("JDV_J17", "136", "Soins palliatifs")
    porte.libelle_recherche = "soins palliatifs"
    porte.save()
    offres = [UOFactory(nom=f"Unité {rang}") for rang in range(2)]
    UOFactory(nom="Unité de soins")
    for uo in offres:
        CodePorte.objects.create(structure=uo, attribut="activites", code=porte)
    reindexer([uo.pk for uo in offres])
    recompter()
    lien = 'href="/ror/recherche/?q=soins+palliatifs&amp;cible=competence">2\u00a0offres ont cette compétence</a>'
    with django_assert_max_num_queries(25):
        approchee = chercher(lecteur, "soins palliatifs")
    assert "tous sauf un" in approchee
    assert lien in approchee
    exacte = lecteur.get("/ror/recherche/", {"q": "soins palliatifs", "exact": "1"}).content.decode()
    assert "Aucune offre" in exacte
    assert "offres ont cette compétence" in exacte
    assert "cette compétence" not in chercher(lecteur, "unité soins")
    assert "cette compétence" not in chercher(lecteur, "introuvable")
    assert "cette compétence" not in chercher(lecteur, "soins palliatifs", "competence")


@pytest.mark.parametrize("nombre", [3, 21])
def test_beyond_the_last_page_the_last_page_is_shown(lecteur, nombre):
    eg = EGFactory(nom="Maison")
    for rang in range(nombre):
        UOFactory(parent=eg, nom=f"Unité {rang:02d}")
    page = lecteur.get("/ror/recherche/", {"niveau": "UO", "page": "99"}).content.decode()
    assert f"{nombre}\u00a0résultats" in page
    assert page.count('class="carte-corps resultat"') == (3 if nombre == 3 else 1)
    assert f'<span class="rang" aria-hidden="true">{nombre}</span>' in page
    mistyped = lecteur.get("/ror/recherche/", {"q": "unité introuvable", "page": "99"}).content.decode()
    assert "Aucune offre" not in mistyped
    assert 'class="carte-corps resultat"' in mistyped
    assert lecteur.get("/ror/recherche/", {"q": "introuvable", "page": "99"}).status_code == 200


@pytest.mark.exigence("B23")
@pytest.mark.parametrize(
    ("adresse", "phrase"),
    [
        ("niveau=ZZ", "Niveau « ZZ » : ce choix n’existe pas, il n’est pas pris en compte."),
        ("niveau=ZZ&type=zzz", "Niveau « ZZ », Type d’UO « zzz » : ce choix n’existe pas"),
        ("ouvert=31/02/2026", "Ouvert « 31/02/2026 » : ce choix n’existe pas"),
        ("le=2026-02-31T10:00", "Ouvert le « 2026-02-31T10:00 » : ce choix n’existe pas"),
        ("km=-5&commune=abc", "Distance « -5 », Commune « abc » : ce choix n’existe pas"),
        ("rayon=-5", "rayon « -5 » : ce choix n’existe pas"),
        ("commune=99999", "Aucune commune n’a le code INSEE « 99999 »."),
    ],
)
def test_what_does_not_exist_is_left_out_and_said(lecteur, adresse, phrase):
    EGFactory(nom="Foyer Bellevue")
    for suite, trouve in (("", False), ("&q=foyer", True)):
        page = lecteur.get(f"/ror/recherche/?{adresse}{suite}").content.decode().replace("\u00a0", " ")
        assert phrase in page
        assert ("Foyer Bellevue" in page) is trouve
        assert "Filtres actifs" not in page


def test_a_value_that_a_list_or_a_fiche_has_is_kept(lecteur):
    EGFactory(nom="Foyer Bellevue", groupe="MSS", _detail={"categorie": "998"})
    code("FINESS_CATEGORIE", "999", "Autre catégorie")
    recompter()
    adresse = "/ror/recherche/?q=foyer&groupe=MSS&niveau=EG&categorie=998&categorie=999&exact=1&fermees=1"
    page = lecteur.get(adresse).content.decode()
    assert "Foyer Bellevue" in page
    assert "n’existe pas" not in page


def test_a_text_that_is_cut_says_so(lecteur):
    page = chercher(lecteur, "x" * 3000).replace("\u00a0", " ")
    assert "Le texte est trop long : seuls ses 200 premiers caractères sont pris en compte." in page
    assert "trop long" not in chercher(lecteur, "x" * 200)


@pytest.mark.exigence("B22")
@pytest.mark.parametrize("tape", ["camile exemple", "camille exemplle", "coordonatrice"])
def test_a_mistyped_professional_is_found(lecteur, tape):
    uo, cachee = UOFactory(nom="Unité mémoire"), UOFactory(nom="Unité fermée")
    fonction = code("JDV_J220", "1", "Coordonnatrice")
    fonction.libelle_recherche = "coordonnatrice"
    fonction.save()
    Contact.objects.create(structure=uo, nom="Mme Camille Exemple", fonction=fonction)
    Contact.objects.create(structure=cachee, nom="M. Gérard Caché", confidentialite="3")
    reindexer([uo.pk, cachee.pk])
    recompter()
    page = chercher(lecteur, tape, "professionnel")
    assert f"/ror/fiche/{uo.pk}/" in page
    assert "Résultats pour" in page
    assert "gerard" not in lexique_courant().noms, "a contact kept from professionals corrects nothing"
    assert f"/ror/fiche/{cachee.pk}/" not in chercher(lecteur, "gerar cache", "professionnel")


def test_what_no_offer_has_is_looked_for_among_the_professionals(lecteur):
    uo = UOFactory(nom="Unité mémoire")
    Contact.objects.create(structure=uo, nom="Mme Camille Exemple")
    reindexer([uo.pk])
    assert "1\u00a0résultat parmi les professionnels" in chercher(lecteur, "camille exemple")


@pytest.mark.exigence("B25")
def test_a_commune_that_cannot_be_placed_says_so_and_a_wider_distance_is_proposed(lecteur):
    code("COG_COMMUNE", "77288", "Melun")
    EGFactory(nom="Foyer", _detail={"latitude": 48.54, "longitude": 2.66, "commune_cog": "77999"})
    page = lecteur.get("/ror/recherche/", {"q": "foyer", "commune": "77288", "km": "50"}).content.decode()
    assert "Aucun établissement situé n’est connu à" in page
    assert "km autour" not in page, "the distance that is not reckoned is not shown as a filter"
    loin = lecteur.get("/ror/recherche/", {"q": "foyer", "lat": "48.8", "lon": "2.66", "km": "5"}).content.decode()
    assert "1\u00a0résultat à 50\u00a0km au plus" in loin, "the nearest distance that finds something"
    assert "à 10\u00a0km au plus" not in loin
    pres = lecteur.get("/ror/recherche/", {"q": "foyer", "lat": "48.6", "lon": "2.66", "km": "5"}).content.decode()
    assert "1\u00a0résultat à 10\u00a0km au plus" in pres


@pytest.mark.exigence("B49")
@pytest.mark.parametrize("le", ["2027-06-01T10:00", "2020-01-01T10:00"])
def test_a_moment_whose_hours_are_not_known_is_told_and_left_out(lecteur, le):
    uo = UOFactory(nom="Unité mémoire")
    page = lecteur.get("/ror/recherche/", {"q": "memoire", "le": le}).content.decode()
    assert "Les horaires se cherchent d’aujourd’hui au" in page
    assert f"/ror/fiche/{uo.pk}/" in page


@pytest.mark.exigence("B22")
@pytest.mark.parametrize(
    ("tape", "nom"), [("diabete", "Service de diabétologie"), ("accouchement", "Unité de maternité")]
)
def test_plain_words_find_the_speciality(lecteur, tape, nom):
    assert UOFactory(nom=nom).nom in chercher(lecteur, tape)


def test_the_number_to_call_is_a_phone_and_says_when_it_is_the_establishment(lecteur):
    eg = EGFactory(_detail={"telephone": "0199004100"})
    sienne, sans = UOFactory(parent=eg, nom="Unité mémoire"), UOFactory(parent=eg, nom="Unité sommeil")
    contact = Contact.objects.create(structure=sienne, nom="Secrétariat")
    for rang, (canal, numero) in enumerate((("6", "0199001111"), ("1", "0199002222"))):
        Telecom.objects.create(contact=contact, canal=canal, adresse=numero, rang=rang)
    for uo, numero, standard in ((sienne, "tel:+33199002222", False), (sans, "tel:+33199004100", True)):
        for page in (chercher(lecteur, uo.nom), lecteur.get(reverse("fiche", args=[uo.pk])).content.decode()):
            assert f'href="{numero}"' in page
            assert "tel:+33199001111" not in page, "a fax is not called"
            assert (">établissement</span>" in page) is standard


def test_an_exact_search_that_finds_nothing_leads_back_to_near_words(lecteur):
    UOFactory(nom="Unité d’accueil")
    recompter()
    page = lecteur.get("/ror/recherche/", {"q": "acueil", "exact": "1"}).content.decode()
    assert "Chercher aussi les mots proches" in page
    lien = re.search(r'href="([^"]+)">Chercher aussi', page)[1].replace("&amp;", "&")
    assert "Unité d’accueil" in lecteur.get(lien).content.decode()
