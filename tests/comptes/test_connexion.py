"""The sign-in page, its region, its guards."""

import io
import zipfile

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse

from ror import VERSION
from ror.comptes.middleware import AVANT_CHANGEMENT, PUBLIQUES
from ror.comptes.models import VersionCGU
from tests.fabriques import RegionFactory, UOFactory, UtilisateurFactory
from tests.fabriques.comptes import MOT_DE_PASSE

from .outils import NOUVEAU, client_de, connecter, texte

pytestmark = pytest.mark.django_db


def noms_des_pages(motifs=None) -> list[tuple[str, dict]]:
    """Every named address of the portal, with values for its parameters."""
    pages = []
    for motif in motifs if motifs is not None else get_resolver().url_patterns:
        if hasattr(motif, "url_patterns"):
            pages += noms_des_pages(motif.url_patterns)
        elif motif.name:
            valeurs = {nom: 1 if "Int" in type(c).__name__ else "s1" for nom, c in motif.pattern.converters.items()}
            pages.append((motif.name, valeurs))
    return pages


@pytest.mark.exigence("S3", "S4", "S6", "S7", "S8", "S9", "S10", "S23", "S24", "S25")
def test_the_sign_in_page_bears_the_words_of_the_guides(client, region):
    page = client.get("/ror/connexion/")
    vu = texte(page)
    for libelle in (
        "Bienvenue sur l’application ROR-IF",
        "Identification",
        "Identifiant",
        "Mot de passe",
        "Connexion",
        "En vous connectant vous confirmez avoir lu et accepté les conditions générales d’utilisation",
        "Si vous rencontrez des difficultés pour vous connecter ou pour saisir vos disponibilités en lits, "
        "contactez le support utilisateur au 01 83 76 30 31 du lundi au vendredi de 8h à 20h "
        "ou envoyez un mail en cliquant ICI",
        "Pour vous connecter en tant que kinésithérapeute ou en tant que professionnel du secteur handicap, "
        "cliquez ICI",
        "Télécharger tous les documents du ROR",
        "Consulter les mentions légales",
        f"V.({VERSION})",
        "ror.support@sesan.example",
    ):
        assert libelle in vu
    html = page.content.decode()
    assert 'href="https://autre-porte.example/"' in html
    assert 'href="mailto:ror.support@sesan.example"' in html
    assert f'href="{region.support_formulaire}"' in html


@pytest.mark.exigence("S7")
def test_the_second_door_is_hidden_without_an_address(client, region):
    region.autre_porte_url = ""
    region.save()
    assert "Autre porte" not in texte(client.get("/ror/connexion/"))


@pytest.mark.exigence("S2", "S4", "S23", "S26", "S27")
def test_each_domain_serves_the_texts_of_its_region(region):
    region.domaines = ["www.ror-if.fr"]
    region.save()
    RegionFactory(
        code="76",
        nom="Occitanie",
        nom_application="ROR Occitanie",
        domaines=["ror.esante-occitanie.fr"],
        support_telephone="0500000000",
        support_horaires="du lundi au vendredi de 8h à 18h",
        support_courriel="assistance@esante-occitanie.example",
        support_formulaire="https://assistance.esante-occitanie.example",
        pied_courriel="ror@esante-occitanie.example",
        par_defaut=False,
    )
    francilien = Client().get("/ror/connexion/", headers={"host": "www.ror-if.fr"})
    occitan = Client().get("/ror/connexion/", headers={"host": "ror.esante-occitanie.fr"})
    assert "Bienvenue sur l’application ROR-IF" in texte(francilien)
    vu = texte(occitan)
    assert "Bienvenue sur l’application ROR Occitanie" in vu
    assert "de 8h à 18h" in vu
    assert "8h à 20h" not in vu
    assert "Pour toute difficulté, contactez nous sur : ror@esante-occitanie.example" in vu
    assert "assistance@esante-occitanie.example" in vu
    assert "https://assistance.esante-occitanie.example" in occitan.content.decode()
    assert "cliquez ICI" not in vu.split("Besoin d’aide")[0]


@pytest.mark.exigence("S2")
def test_another_domain_serves_the_default_region_below_the_same_path(client, region):
    assert "ROR-IF" in texte(client.get("/ror/connexion/", headers={"host": "ror.national.example"}))
    assert client.get("/").url == "/ror/"
    assert all(reverse(nom, kwargs=v).startswith("/ror/") for nom, v in noms_des_pages() if nom != "racine")


def test_a_portal_without_region_still_signs_in(client):
    assert "Bienvenue sur l’application ROR" in texte(client.get("/ror/connexion/"))


@pytest.mark.exigence("S1")
def test_every_page_but_the_public_ones_asks_to_sign_in(client, region):
    for nom, valeurs in noms_des_pages():
        if nom in PUBLIQUES:
            continue
        adresse = reverse(nom, kwargs=valeurs)
        reponse = client.get(adresse)
        assert reponse.status_code == 302, nom
        assert reponse.url.startswith("/ror/connexion/?next="), nom
        assert client.get(adresse, headers={"HX-Request": "true"}).status_code == 401, nom


@pytest.mark.exigence("S1", "S3")
def test_signing_in_leads_where_the_person_was_going(client, region):
    UtilisateurFactory(identifiant="camilledemo")
    page = client.get("/ror/connexion/?next=/ror/mon-compte/")
    assert 'name="next" value="/ror/mon-compte/"' in page.content.decode()
    assert connecter(client, "camilledemo", next="/ror/mon-compte/").url == "/ror/mon-compte/"


@pytest.mark.parametrize("ailleurs", ["https://pirate.example/", "//pirate.example", "javascript:alert(1)", "\\\\x.fr"])
def test_signing_in_never_leads_outside(client, region, ailleurs):
    UtilisateurFactory(identifiant="camilledemo")
    assert connecter(client, "camilledemo", next=ailleurs).url == reverse("accueil")


@pytest.mark.exigence("S15")
@pytest.mark.parametrize("saisie", ["CamilleDemo", " camille demo ", "Camille Démo"])
def test_the_identifiant_is_read_as_people_type_it(client, region, saisie):
    UtilisateurFactory(identifiant="camilledemo")
    assert connecter(client, saisie).status_code == 302


def test_a_failure_never_says_which_field_is_wrong(region):
    UtilisateurFactory(identifiant="connu")
    UtilisateurFactory(identifiant="ferme", is_active=False)

    def reponse(identifiant, mot_de_passe):
        page = texte(connecter(Client(), identifiant, mot_de_passe))
        return page.replace(identifiant, "")

    mauvais = reponse("connu", "faux")
    assert "L’identifiant ou le mot de passe ne correspond à aucun compte actif" in mauvais
    assert reponse("inconnu", "faux") == mauvais
    assert reponse("ferme", MOT_DE_PASSE) == mauvais


def test_the_session_changes_at_sign_in(client, region):
    client.get("/ror/connexion/")
    session = client.session
    session["trace"] = "avant"
    session.save()
    avant = session.session_key
    UtilisateurFactory(identifiant="camilledemo")
    connecter(client, "camilledemo")
    assert client.session.session_key != avant


def test_the_forms_refuse_a_forged_post(region):
    page = Client(enforce_csrf_checks=True).post("/ror/connexion/", {"username": "x", "password": "y"})
    assert page.status_code == 403
    assert "Cette page était ouverte depuis trop longtemps" in texte(page)


def test_five_failures_pause_the_sign_in_and_say_how_long(region):
    UtilisateurFactory(identifiant="camilledemo")
    with time_machine.travel("2026-11-20 10:00:00+01:00", tick=False) as horloge:
        client = Client()
        for _ in range(4):
            assert connecter(client, "camilledemo", "faux").status_code == 200
        pause = connecter(client, "camilledemo", "faux")
        assert pause.status_code == 429
        assert "Connexion en pause pendant 15 minutes" in texte(pause)
        assert "01 83 76 30 31" in texte(pause)
        assert pause["Retry-After"] == "900"
        horloge.shift(10 * 60)
        encore = connecter(client, "camilledemo")
        assert encore.status_code == 429
        assert "5 minutes" in texte(encore)
        horloge.shift(5 * 60 + 1)
        assert connecter(client, "camilledemo").status_code == 302


def test_a_colleague_on_the_same_network_is_not_paused(region):
    UtilisateurFactory(identifiant="collegue")
    client = Client()
    for _ in range(6):
        connecter(client, "camilledemo", "faux")
    assert connecter(client, "collegue").status_code == 302


@pytest.mark.exigence("S5")
def test_signing_in_records_the_conditions_accepted_once_per_version(client, region):
    personne = UtilisateurFactory(identifiant="camilledemo")
    premiere = VersionCGU.objects.create(numero="1.0", texte="Premières conditions.", publiee_le="2026-01-01")
    assert "Premières conditions." in texte(client.get("/ror/conditions-generales/"))
    with time_machine.travel("2026-11-20 10:00:00+01:00"):
        connecter(client, "camilledemo")
        connecter(Client(), "camilledemo")
    acceptation = personne.acceptations.get()
    assert acceptation.version == premiere
    assert acceptation.le.isoformat().startswith("2026-11-20T09:00")
    VersionCGU.objects.create(numero="2.0", texte="Nouvelles.", publiee_le="2026-11-01")
    assert "Version 1.0 acceptée le 20 nov. 2026" in texte(client_de(personne).get("/ror/mon-compte/"))
    connecter(Client(), "camilledemo")
    assert [a.version.numero for a in personne.acceptations.order_by("le")] == ["1.0", "2.0"]


def test_conditions_to_come_are_not_accepted_yet(client, region):
    personne = UtilisateurFactory(identifiant="camilledemo")
    VersionCGU.objects.create(numero="3.0", texte="Plus tard.", publiee_le="2999-01-01")
    connecter(client, "camilledemo")
    assert not personne.acceptations.exists()


@pytest.mark.exigence("S8", "S28", "S29")
def test_all_the_documents_come_as_one_archive_without_signing_in(client, region):
    reponse = client.get("/ror/documents/")
    assert reponse.streaming
    assert "documents-ror.zip" in reponse["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(reponse.streaming_content))) as archive:
        assert archive.testzip() is None
        noms = archive.namelist()
        assert {"index.html", "se-connecter.html", "creer-et-mettre-a-jour-un-lieu.html"} <= set(noms)
        for nom in noms:
            contenu = archive.read(nom).decode()
            assert "<script" not in contenu
            assert "<link" not in contenu
        assert "Comment se connecter au ROR ?" in texte(archive.read("se-connecter.html").decode())


@pytest.mark.exigence("S28", "S29")
@pytest.mark.parametrize(
    ("slug", "titre"),
    [
        ("se-connecter", "Comment se connecter au ROR ?"),
        ("creer-et-mettre-a-jour-un-lieu", "Comment créer et mettre à jour un lieu dans le ROR National ?"),
    ],
)
def test_the_practical_sheets_open_with_or_without_a_session(client, region, slug, titre):
    assert f"/ror/aide/{slug}/" in client.get("/ror/aide/").content.decode()
    assert titre in texte(client.get(f"/ror/aide/{slug}/"))
    assert titre in texte(client_de(UtilisateurFactory()).get(f"/ror/aide/{slug}/"))


@pytest.mark.exigence("S28", "S29")
def test_each_screen_links_to_the_sheets_that_help_there(client, region):
    assert 'href="/ror/aide/se-connecter/"' in client.get("/ror/connexion/").content.decode()
    assert 'href="/ror/aide/obtenir-un-acces/"' in client.get("/ror/demande-acces/").content.decode()
    offre = client_de(UtilisateurFactory()).get(f"/ror/fiche/{UOFactory().pk}/").content.decode()
    assert 'href="/ror/aide/creer-et-mettre-a-jour-un-lieu/"' in offre
    assert 'href="/ror/aide/mettre-a-jour-une-offre/"' in offre


@pytest.mark.exigence("S9")
def test_the_legal_notice_is_the_one_of_the_region(client, region):
    region.mentions_legales = "Éditeur : GIP de démonstration."
    region.save()
    assert "Éditeur : GIP de démonstration." in texte(client.get("/ror/mentions-legales/"))


@pytest.mark.exigence("S10")
def test_the_version_is_readable_by_machines(client):
    assert client.get("/ror/version").json() == {"version": VERSION, "affichage": f"V.({VERSION})"}


@pytest.mark.exigence("S13")
def test_before_a_new_password_every_other_page_is_closed(region):
    personne = UtilisateurFactory(doit_changer_mot_de_passe=True, is_superuser=True)
    client = client_de(personne)
    for nom, valeurs in noms_des_pages():
        if nom in AVANT_CHANGEMENT:
            continue
        adresse = reverse(nom, kwargs=valeurs)
        for reponse in (client.get(adresse), client.post(adresse)):
            assert reponse.status_code == 302, nom
            assert reponse.url == "/ror/premiere-connexion/", nom
        htmx = client.get(adresse, headers={"HX-Request": "true"})
        assert htmx["HX-Redirect"] == "/ror/premiere-connexion/", nom


@pytest.mark.exigence("S13")
def test_the_first_sign_in_replaces_the_password(region):
    personne = UtilisateurFactory(identifiant="camilledemo", doit_changer_mot_de_passe=True)
    client = Client()
    connecter(client, "camilledemo")
    pareil = {"ancien": MOT_DE_PASSE, "nouveau": MOT_DE_PASSE, "confirmation": MOT_DE_PASSE}
    assert "différent de l’actuel" in texte(client.post("/ror/premiere-connexion/", pareil))
    bon = {"ancien": MOT_DE_PASSE, "nouveau": NOUVEAU, "confirmation": NOUVEAU}
    assert client.post("/ror/premiere-connexion/", bon).url == reverse("accueil")
    assert client.get("/ror/mon-compte/").status_code == 200
    assert connecter(Client(), "camilledemo", NOUVEAU).url == reverse("accueil")
    personne.refresh_from_db()
    assert not personne.doit_changer_mot_de_passe


@pytest.mark.exigence("S15")
@pytest.mark.parametrize(
    ("propose", "raison"),
    [
        ("camilledemo", "contient votre identifiant"),
        ("CamilleDémo-2026!", "contient votre identifiant"),
        ("Vingt-Camille Demo-Neuf", "contient votre identifiant"),
        ("court-7", "trop court"),
        ("123456789012", "entièrement numérique"),
        ("password1234", "trop courant"),
    ],
)
def test_a_password_easy_to_guess_is_refused_in_french(region, propose, raison):
    personne = UtilisateurFactory(identifiant="camilledemo", prenom="Camille", nom="Démo")
    saisie = {"ancien": MOT_DE_PASSE, "nouveau": propose, "confirmation": propose}
    reponse = client_de(personne).post("/ror/mot-de-passe/", saisie)
    assert raison in texte(reponse)
    personne.refresh_from_db()
    assert personne.check_password(MOT_DE_PASSE)


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(region):
    personne = UtilisateurFactory(identifiant="camilledemo")
    ici, ailleurs = Client(), Client()
    connecter(ici, "camilledemo")
    connecter(ailleurs, "camilledemo")
    faux = {"ancien": "autre", "nouveau": NOUVEAU, "confirmation": NOUVEAU}
    assert "Ce n’est pas votre mot de passe actuel" in texte(ici.post("/ror/mot-de-passe/", faux))
    assert ici.post("/ror/mot-de-passe/", {**faux, "ancien": MOT_DE_PASSE}).url == "/ror/mon-compte/"
    assert ici.get("/ror/mon-compte/").status_code == 200
    assert ailleurs.get("/ror/mon-compte/").status_code == 302
    personne.refresh_from_db()
    assert personne.check_password(NOUVEAU)


def test_a_person_signs_out_of_her_other_devices(region):
    UtilisateurFactory(identifiant="camilledemo")
    ici, ailleurs = Client(), Client()
    connecter(ici, "camilledemo")
    connecter(ailleurs, "camilledemo")
    ici.post("/ror/sessions/fermer/")
    assert ici.get("/ror/mon-compte/").status_code == 200
    assert ailleurs.get("/ror/mon-compte/").status_code == 302


def test_what_a_signed_in_person_sees_is_never_kept_in_a_cache(region):
    client = client_de(UtilisateurFactory())
    assert client.get("/ror/mon-compte/")["Cache-Control"] == "no-store"
    assert client.get("/ror/deconnexion/").status_code == 405
    client.post("/ror/deconnexion/")
    assert client.get("/ror/mon-compte/").status_code == 302
