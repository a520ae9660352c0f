"""Lists, rail, banners, sending and following a dossier (S142, S161–S170, B3, B9)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dossiers import actions
from dossiers.models import Avis, Dossier, Evenement, FicheDossier, Sujet
from referentiel.niveaux import Niveau
from tests.dossiers.circuit import brouillon, changer, envoyer, finaliser, mener, monde, personne, vu
from tests.dossiers.test_relecture import page, texte
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db):
    return monde()


def rail(html: str) -> list[tuple[str, str]]:
    """(name, class) of each step of the rail."""
    liste = html.split('class="etapes"')[1].split("</ol>")[0]
    pas = re.findall(r"<li([^>]*)><span class=\"et-lib\">([^<]+)", liste)
    return [(nom, (re.search(r'class="(\w+)"', attributs) or [None, ""])[1]) for attributs, nom in pas]


@pytest.mark.exigence("S161", "S162", "B3")
def test_sending_tells_what_remains_then_sends(m):
    dossier = brouillon(m)
    (service,) = actions.creer_fiches(
        dossier_id=dossier.pk,
        sous=dossier.fiches.get(nom="Pôle B").cle,
        niveau=Niveau.S,
        auteur=m.referent,
        nom="Service X",
    )
    client, adresse = m.client("referent"), f"/ror/dossiers/{dossier.pk}/envoyer/"
    html = client.get(adresse).content.decode()
    assert "1\u00a0fiche restante à finaliser" in html
    assert f'href="/ror/dossiers/{dossier.pk}/fiche/{service.cle}/"' in html
    assert 'aria-disabled="true"' in html
    for rapport in (html, client.get(f"/ror/dossiers/{dossier.pk}/simulation/").content.decode()):
        lu = texte(rapport.split('id="rapport-titre"')[1])
        assert "1 fiche restante à finaliser" in lu.split("Aucun autre point bloquant.")[0]
        assert "Aucun point bloquant" not in lu
    envoi = lire_formulaire(html, "")
    refuse = client.post(adresse, {**envoi, "message": "Bonjour à tous"})
    assert refuse.status_code == 409
    assert "Bonjour à tous" in refuse.content.decode()
    finaliser(dossier, service.cle, m.referent)
    assert client.post(adresse, envoi).status_code == 409
    html = client.get(adresse).content.decode()
    assert 'aria-disabled="true"' not in html
    assert "Aucun point bloquant" in html
    assert "Le pôle «\u00a0Pôle B\u00a0» est créé" in html
    long = client.post(adresse, {**lire_formulaire(html, ""), "message": "x" * 2001})
    assert long.status_code == 422
    suite = client.post(adresse, {**lire_formulaire(html, ""), "message": "Bonne lecture"}, follow=True)
    assert "En attente de la Direction" in suite.content.decode()
    avis = Avis.objects.get(destinataire=m.direction, sujet=Sujet.A_VALIDER)
    assert avis.adresse == f"/ror/dossiers/{dossier.pk}/relecture/"
    assert "Bonne lecture" in avis.message
    assert not Avis.objects.filter(destinataire=m.autre).exists()


def test_a_dossier_that_changes_nothing_is_not_sent(m):
    dossier = actions.ouvrir(structure=m.hopital, auteur=m.referent)
    client, adresse = m.client("referent"), f"/ror/dossiers/{dossier.pk}/envoyer/"
    html = client.get(adresse).content.decode()
    assert "il n’y a rien à envoyer" in html
    assert client.post(adresse, lire_formulaire(html, "")).status_code == 422


@pytest.mark.exigence("S163", "S165", "S166", "S170", "S172", "B9")
def test_each_route_has_its_rail_and_its_banner(m):
    dossier = mener(m, "direction")
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/suivi/").content.decode()
    assert rail(html) == [
        ("Brouillon", "fait"), ("Finalisé", "fait"), ("Envoyé", "fait"), ("Direction", "courante"), ("SESAN", ""),
        ("Publié", ""),
    ]  # fmt: skip
    lu = texte(html)
    assert "Ce dossier attend la validation de la Direction de l’établissement." in lu
    assert f"Personnes qui peuvent le valider : {m.direction}" in lu
    assert "réponse habituelle avant le" in lu
    assert "Réponse attendue : Direction" in lu
    assert "Ce dossier attend votre validation." in page(m, "direction", dossier)
    actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
    lu = page(m, "referent", dossier, "suivi/")
    assert "Ce dossier est en cours de validation par un gestionnaire (SESAN)." in lu
    assert str(m.direction) in texte(
        m.client("referent")
        .get(f"/ror/dossiers/{dossier.pk}/")
        .content.decode()
        .split('class="etapes"')[1]
        .split("</ol>")[0]
    )


@pytest.mark.exigence("S165", "S166", "S168")
def test_a_medico_social_dossier_skips_the_direction():
    m = monde(groupe="MSS")
    dossier = brouillon_simple(m)
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert ("Direction", "saute") in rail(html)
    envoyer(m, dossier)
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert [n for n, e in rail(html) if e == "courante"] == ["SESAN"]
    assert "en cours de validation par un gestionnaire" in html
    assert "Direction de l’établissement" not in html


@pytest.mark.exigence("S169")
def test_a_handicap_dossier_goes_to_the_tutelle():
    from referentiel.models import CorrespondanceCategorie

    m = monde(groupe="MSS")
    CorrespondanceCategorie.objects.create(categorie="500", groupe="MSS", discipline="MSPH", origine="CNSA")
    dossier = envoyer(m, brouillon_simple(m))
    assert dossier.route == ["tutelle"]
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert "attend la validation de l’autorité de tutelle" in html
    assert [n for n, e in rail(html) if e == "courante"] == ["Autorité de tutelle"]
    assert "SESAN" not in [n for n, _ in rail(html)]
    assert m.client("gestionnaire").post(f"/ror/dossiers/{dossier.pk}/relecture/", {"vu": vu(dossier)}).status_code in (
        403,
        422,
    )
    assert "Ce dossier attend votre validation." in page(m, "tutelle", dossier)


def brouillon_simple(m) -> Dossier:
    """A live unit whose content changes."""
    dossier = actions.ouvrir(structure=m.hopital, auteur=m.referent)
    changer(dossier, m.cardio, m.referent, conditions_accueil="Sur rendez-vous")
    return dossier


def test_a_draft_whose_fiches_are_finalised_says_so_and_a_correction_goes_back(m):
    dossier = brouillon(m)
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert ("Finalisé", "courante") in rail(html)
    envoyer(m, dossier)
    demande = actions.DemandeCorrection(None, "maj", "À revoir")
    actions.demander_corrections(dossier_id=dossier.pk, auteur=m.direction, vu=None, demandes=[demande])
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert [n for n, e in rail(html) if e == "fait"] == []
    assert "Ce dossier est à corriger" in html
    assert "1\u00a0demande de correction ouverte" in html


def test_withdrawing_takes_the_validations_back(m):
    dossier = mener(m, "gestionnaire")
    client, adresse = m.client("referent"), f"/ror/dossiers/{dossier.pk}/retirer-de-la-validation/"
    envoi = lire_formulaire(client.get(adresse).content.decode(), "")
    changer(dossier, m.cardio, m.direction, conditions_accueil="Entre-temps")
    assert client.post(adresse, envoi).status_code == 409
    envoyes = Dossier.objects.filter(etat="brouillon")
    if not envoyes.exists():
        client.post(adresse, {"vu": vu(dossier)})
    html = client.get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert ("Envoyé", "") in rail(html)
    assert ("Direction", "") in rail(html)


@pytest.mark.exigence("S142", "B9")
def test_the_list_says_whom_each_dossier_waits_for_and_filters(m):
    dossier = mener(m, "direction")
    client = m.client("referent")
    lu = texte(client.get("/ror/dossiers/").content.decode())
    assert "77 MAJ MCO – CH de Valmont" in lu
    assert "Direction : validation" in lu
    assert "vous : validation" in texte(m.client("direction").get("/ror/dossiers/").content.decode())
    for requete, present in (
        ("?q=valmont", True), ("?q=VALMONT+CH", False), ("?q=77+MAJ", True), ("?q=zzz", False),
        ("?etat=direction", True),
        ("?etat=brouillon", False), ("?etat=finalise", False), ("?etat=roi&tri=roi&page=99", True), ("?q=%00", True),
        (f"?q={m.hopital.numero_finess[:5]}", True), ("?qui=attente", False), (f"?q={'x' * 5000}", False),
        ("?tri=anciens", True), ("?tri=recents", True),
    ):  # fmt: skip
        reponse = client.get(f"/ror/dossiers/{requete}")
        assert reponse.status_code == 200, requete
        assert (dossier.nom in reponse.content.decode()) is present, requete
    assert dossier.nom in m.client("direction").get("/ror/dossiers/?qui=attente").content.decode()
    assert dossier.nom in m.client("direction").get("/ror/dossiers/a-valider/").content.decode()
    assert dossier.nom not in m.client("gestionnaire").get("/ror/dossiers/a-valider/").content.decode()
    assert dossier.nom in client.get("/ror/dossiers/les-miens/").content.decode()
    assert dossier.nom not in m.client("direction").get("/ror/dossiers/les-miens/").content.decode()
    assert "Au support" in client.get("/ror/mes-demandes/").content.decode()
    assert dossier.nom not in m.client("autre").get("/ror/dossiers/").content.decode()


@pytest.mark.exigence("S142", "B9")
def test_a_draft_waits_for_who_began_it_and_vous_is_what_the_list_counts(m):
    dossier = brouillon(m)
    dossier.fiches.filter(genre="creation").update(etat="attente")
    sien = texte(m.client("referent").get("/ror/dossiers/").content.decode())
    assert "En attente de moi 1" in sien
    assert "vous : 2 fiches" in sien
    autrui = texte(m.client("gestionnaire").get("/ror/dossiers/").content.decode())
    assert "En attente de moi 0" in autrui
    assert f"{m.referent.nom_complet} : 2 fiches" in autrui
    assert "vous :" not in autrui
    assert "Poursuivre" in autrui, "she may edit it all the same"


@pytest.mark.parametrize(("role", "edite"), [("lecteur", False), ("tutelle", False), ("referent", True)])
def test_the_empty_list_says_what_this_person_may_do(m, role, edite):
    html = m.client(role).get("/ror/dossiers/").content.decode()
    assert "Aucun dossier ouvert" in html
    assert ("Créer +" in html) is edite
    assert ("Mes établissements" in html.split('class="vide"')[1].split("</div>")[0]) is edite


@pytest.mark.exigence("B9")
def test_the_menu_counts_what_waits_for_whoever_validates(m):
    dossier = mener(m, "direction")
    menu = texte(m.client("direction").get("/ror/").content.decode())
    assert "À valider 1" in menu
    assert "À valider" in texte(m.client("gestionnaire").get("/ror/").content.decode())
    assert "À valider 1" not in texte(m.client("gestionnaire").get("/ror/").content.decode())
    assert "/ror/dossiers/a-valider/" not in m.client("referent").get("/ror/").content.decode()
    actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
    assert "À valider 1" in texte(m.client("gestionnaire").get("/ror/").content.decode())


def test_an_old_dossier_is_marked_and_waits_since_its_state(m):
    dossier = mener(m, "direction")
    Evenement.objects.filter(dossier=dossier).update(le=timezone.now() - timedelta(days=25))
    html = m.client("direction").get("/ror/dossiers/a-valider/").content.decode()
    assert "vieux" in html.split("<tbody>")[1].split("</tbody>")[0]
    assert "il y a 25" in html


@pytest.mark.parametrize("nombre", [2, 24])
def test_the_lists_cost_the_same_whatever_they_hold(m, django_assert_max_num_queries, nombre):
    role = personne("valideuse", structure=None, role="gestionnaire")
    for rang in range(nombre):
        eg = EGFactory(groupe="MCO")
        HabilitationFactory(utilisateur=role, structure=eg, role="direction")
        PoleFactory(parent=eg)
        dossier = Dossier.objects.create(etablissement=eg, nom=f"Dossier {rang}", cree_par=role)
        FicheDossier.objects.create(dossier=dossier, niveau="P", nom="Pôle", auteur=role)
    m.personnes["valideuse"] = role
    client = m.client("valideuse")
    with django_assert_max_num_queries(24):
        client.get("/ror/dossiers/")
    with django_assert_max_num_queries(24):
        client.get("/ror/dossiers/les-miens/")


@pytest.mark.exigence("B2", "M1")
def test_what_was_published_since_the_opening_is_listed_as_it_flows_in(m):
    from tests.dossiers.circuit import diffuser

    dossier = brouillon(m)
    diffuser(m.cardio, m.gestionnaire, conditions_accueil="Sans le dossier")
    html = m.client("referent").get(f"/ror/dossiers/{dossier.pk}/").content.decode()
    assert "Modifié dans le Répertoire depuis l’ouverture (1)" in html
    lu = page(m, "referent", dossier, "repertoire/")
    assert "Sans le dossier" in lu
    assert "Repris de lui-même" in lu
    assert "À trancher" not in lu
