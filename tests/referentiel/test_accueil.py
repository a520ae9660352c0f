"""« Mes accès rapides » and « Mes Etablissements »."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import arbre
from referentiel.actions import enregistrer, valider
from referentiel.derives import rafraichir, tout_rafraichir
from referentiel.models import DemandeAcces, Habilitation, Role, UniteOperationnelle
from referentiel.relecture import un_an_apres
from ror.comptes.models import Utilisateur
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def referente(client):
    droit = HabilitationFactory(structure=EGFactory(nom="EHPAD TEST"))
    client.force_login(droit.utilisateur)
    return droit.utilisateur


def etablissement_de(utilisateur):
    return Habilitation.objects.get(utilisateur=utilisateur).structure


def relire(offre, il_y_a: int) -> None:
    UniteOperationnelle.objects.filter(structure=offre).update(relue_le=timezone.now() - timedelta(days=il_y_a))
    rafraichir([offre.pk])


def requetes(client, adresse: str, **entetes) -> int:
    with CaptureQueriesContext(
        connection,
    ) as vues:
        assert client.get(adresse, **entetes).status_code == 200
    return len(vues)


@pytest.mark.exigence("S34", "S35")
def test_the_home_page_leads_to_my_establishments(client, referente):
    page = client.get(reverse("accueil")).content.decode()
    assert "Mes accès rapides" in page
    assert f'href="{reverse("mes-etablissements")}"' in page
    assert "Mes Etablissements" in page
    assert "1 EG, 1 EJ" in page


def test_only_what_is_due_is_to_re_read_the_most_urgent_first(client, referente):
    eg = etablissement_de(referente)
    relire(UOFactory(parent=eg, nom="Fraîche"), 10)
    relire(UOFactory(parent=eg, nom="Bientôt"), 350)
    relire(UOFactory(parent=eg, nom="En retard"), 400)
    UOFactory(parent=eg, nom="Jamais vue")
    UOFactory(parent=eg, nom="Fermée à jamais", etat="DEF")
    UOFactory(nom="Chez les autres")
    lignes = client.get(reverse("a-relire")).context["lignes"]
    assert [ligne["structure"].nom for ligne in lignes] == ["Jamais vue", "En retard", "Bientôt"]
    assert [ligne["situation"].mot for ligne in lignes] == [
        "Jamais relue",
        f"En retard de {35 - (un_an_de_jours() - 365)}\u00a0jours",
        f"Dans {un_an_de_jours() - 350}\u00a0jours",
    ]
    (ligne,) = client.get(reverse("accueil")).context["a_relire"]
    assert (ligne["etablissement"], ligne["nombre"], ligne["jamais"]) == (eg, 3, 1)
    assert ligne["situation"].mot == "Jamais relue"


def un_an_de_jours() -> int:
    """366 in the year that holds a 29 February."""
    jour = timezone.localdate()
    return (un_an_apres(jour) - jour).days


def test_the_most_urgent_establishment_comes_first(client, referente):
    """One never re-read before the one re-read longest ago, then by name; a part counts for its own offers only."""
    autres = [EGFactory(nom=nom) for nom in ("B", "A", "Fraîche", "Vide")]
    for eg, il_y_a in zip(autres, (400, 500, 3), strict=False):
        relire(UOFactory(parent=eg), il_y_a)
        HabilitationFactory(utilisateur=referente, structure=eg)
    pole = PoleFactory(parent=EGFactory(nom="En partie"))
    UOFactory(parent=UFFactory(parent=pole))
    UOFactory(parent=UFFactory(parent=PoleFactory(parent=pole.parent)))
    HabilitationFactory(utilisateur=referente, structure=pole)
    lignes = client.get(reverse("accueil")).context["a_relire"]
    assert [(ligne["etablissement"].nom, ligne["nombre"]) for ligne in lignes] == [("En partie", 1), ("A", 1), ("B", 1)]
    assert client.get(reverse("accueil")).context["relectures"].etablissements == 3


def test_what_is_due_follows_every_writer(client, referente):
    """Re-read, closed for good, created, deleted: the count of the home page is that of the offers."""
    eg = etablissement_de(referente)
    offres = [UOFactory(parent=eg) for _ in range(3)]

    def compter() -> int:
        return client.get(reverse("accueil")).context["relectures"].offres

    assert compter() == 3
    valider(structure_id=offres[0].pk, auteur=referente, relue=True)
    assert compter() == 2
    arbre.supprimer(structure=offres[1])
    assert compter() == 1
    assert tout_rafraichir() == 0


def test_nothing_to_re_read_tells_the_next_day(client, referente):
    offre = UOFactory(parent=etablissement_de(referente))
    relire(offre, 10)
    page = client.get(reverse("accueil")).content.decode()
    assert "Toutes vos offres sont à jour. Prochaine échéance" in page


def test_a_region_s_manager_is_not_told_to_re_read_a_whole_territory(client):
    UOFactory()
    droit = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"])
    client.force_login(droit.utilisateur)
    page = client.get(reverse("accueil"))
    assert page.context["relectures"].offres == 0
    assert "Offres à relire" not in page.content.decode()


@pytest.mark.exigence("S31", "S32", "S33")
def test_the_four_steps_and_where_to_go(client, referente):
    offre = UOFactory(parent=etablissement_de(referente))
    page = client.get(reverse("accueil")).content.decode()
    etapes = page[page.index('id="quatre-etapes"') :]
    attendues = ("Se connecter au ROR", "Vérifier la description", "Savoir où mettre à jour", "Mettre à jour son offre")
    places = [etapes.index(etape) for etape in attendues]
    assert places == sorted(places)
    assert "1\u00a0offre jamais relue" in etapes
    assert "1\u00a0offre à relire" in etapes
    assert "au minimum une fois par an, conformément aux obligations réglementaires" in page
    ou_aller = page[page.index('id="ou-aller"') :]
    assert "où aller ?" in ou_aller
    assert ou_aller.count("<details>") == 6
    for adresse in ("dossiers", "repertoire", "mes-demandes"):
        assert f'href="{reverse(adresse)}"' in ou_aller
    valider(structure_id=offre.pk, auteur=referente, relue=True)
    page = client.get(reverse("accueil")).content.decode()
    assert "jamais relue" not in page
    assert "À jour" in page[page.index('id="quatre-etapes"') :]


def test_who_edits_nothing_is_not_told_to(client):
    client.force_login(HabilitationFactory(role=Role.LECTEUR).utilisateur)
    assert "4 étapes" not in client.get(reverse("accueil")).content.decode()


def test_what_i_left_and_what_is_to_come_are_listed_with_their_fields(client, referente):
    eg = etablissement_de(referente)
    attend, programmee = UOFactory(parent=eg, nom="Accueil de jour"), UOFactory(parent=eg, nom="Hébergement")
    for offre in (attend, programmee):
        enregistrer(
            structure_id=offre.pk,
            auteur=referente,
            vues={"conditions_accueil": None},
            saisies={"conditions_accueil": "Sur rendez-vous"},
        )
    valider(
        structure_id=programmee.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=9)
    )
    page = client.get(reverse("accueil")).content.decode()
    assert "Modifiées, non diffusées" in page
    assert "Modifications à venir" in page
    assert page.count("Conditions d’accueil") == 2
    assert f'href="{reverse("historique", args=[programmee.pk])}"' in page


def test_the_home_page_costs_the_same_with_one_or_many(client, referente):
    eg = etablissement_de(referente)
    for _ in range(2):
        UOFactory(parent=eg)
    peu = requetes(client, reverse("accueil"))
    for _ in range(20):
        offre = UOFactory(parent=eg)
        referente = Utilisateur.objects.get(pk=referente.pk)  # her rights are read once, and the tree has just grown
        enregistrer(structure_id=offre.pk, auteur=referente, vues={"age_min": 60}, saisies={"age_min": 65})
    assert requetes(client, reverse("accueil")) <= peu + 1  # the fields of the waiting changes, read together


@pytest.mark.exigence("S21", "S36", "S37")
def test_my_establishments_are_those_of_my_rights_with_details_each(client, referente):
    etranger = EGFactory(nom="Clinique d’ailleurs")
    mien = etablissement_de(referente)
    page = client.get(reverse("mes-etablissements")).content.decode()
    assert "Mes établissements géographiques (EG)" in page
    assert mien.nom in page
    assert etranger.nom not in page
    assert f'href="{reverse("fiche", args=[mien.pk])}">Détails<span class="visually-hidden"> : EHPAD TEST' in page


@pytest.mark.exigence("S21", "S36")
def test_a_right_on_an_ej_gives_all_its_establishments(client):
    ej = EJFactory()
    egs = [EGFactory(parent=ej) for _ in range(3)]
    client.force_login(HabilitationFactory(structure=ej).utilisateur)
    page = client.get(reverse("mes-etablissements"))
    assert [ligne[0] for ligne in page.context["lignes"]] == egs
    page = client.get(reverse("mes-etablissements"), {"onglet": "ej"})
    assert [(ligne[0], ligne[2]) for ligne in page.context["lignes"]] == [(ej, 3)]


def test_offers_are_counted_at_any_depth(client):
    eg = EGFactory(groupe="MCO")
    uf = UFFactory(parent=PoleFactory(parent=eg))
    for _ in range(3):
        UOFactory(parent=uf)
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    assert client.get(reverse("mes-etablissements")).context["lignes"][0][2] == 3


def test_searching_by_words_or_by_finess(client, referente):
    mien = etablissement_de(referente)
    adresse = reverse("mes-etablissements")
    assert len(client.get(adresse, {"q": "test ehp"}).context["lignes"]) == 1
    assert len(client.get(adresse, {"q": mien.numero_finess[:6]}).context["lignes"]) == 1
    vide = client.get(adresse, {"q": "introuvable"}).content.decode()
    assert "Aucun de vos établissements ne porte ce nom" in vide


def test_the_list_asked_by_htmx_is_that_of_the_page(client, referente):
    entiere = client.get(reverse("mes-etablissements")).content.decode()
    partie = client.get(reverse("mes-etablissements"), headers={"HX-Request": "true"}).content.decode().strip()
    assert partie.startswith('<div id="liste">')
    assert partie in entiere


@pytest.mark.exigence("B45", "M12")
@pytest.mark.parametrize("onglet", ["eg", "ej"])
def test_a_thousand_rights_cost_no_more_than_one(client, referente, onglet):
    """The time is measured on 500 000 fiches by `bancs.perimetre`; here, what makes it constant: the queries."""
    adresses = [f"{reverse('mes-etablissements')}?onglet={onglet}{suite}" for suite in ("", "&q=test")]
    un = [requetes(client, adresse) for adresse in (*adresses, reverse("accueil"))]
    ej = EJFactory()
    for _ in range(60):
        HabilitationFactory(utilisateur=referente, structure=EGFactory(parent=ej))
    assert [requetes(client, adresse) for adresse in (*adresses, reverse("accueil"))] == un
    lignes = client.get(reverse("mes-etablissements"), {"page": "2"}).context["lignes"]
    assert len(lignes) == 25


@pytest.mark.exigence("S36")
def test_an_establishment_of_which_i_hold_a_part_is_mine(client):
    pole = PoleFactory()
    client.force_login(HabilitationFactory(structure=pole).utilisateur)
    for onglet, attendu in (("eg", pole.parent), ("ej", pole.parent.parent)):
        for texte in ("", attendu.nom):
            page = client.get(reverse("mes-etablissements"), {"onglet": onglet, "q": texte})
            assert [ligne[0] for ligne in page.context["lignes"]] == [attendu]
    assert "1 EG, 1 EJ" in client.get(reverse("accueil")).content.decode()


def test_a_right_told_twice_counts_once(client, referente):
    """Granted by name, by its EJ and by its territory, an establishment is there once."""
    eg = etablissement_de(referente)
    HabilitationFactory(utilisateur=referente, structure=eg.parent)
    HabilitationFactory(utilisateur=referente, role=Role.LECTEUR, structure=None, departements=[eg.departement])
    assert [ligne[0] for ligne in client.get(reverse("mes-etablissements")).context["lignes"]] == [eg]


@pytest.mark.parametrize("page", ["0", "-1", "deux", "999", "9" * 40])
def test_a_page_that_does_not_exist_gives_one_that_does(client, referente, page):
    assert len(client.get(reverse("mes-etablissements"), {"page": page}).context["lignes"]) == 1


def test_without_any_right_the_page_says_what_to_do(client):
    client.force_login(UtilisateurFactory())
    assert "Aucun établissement ne vous est confié" in client.get(reverse("mes-etablissements")).content.decode()
    assert client.get(reverse("accueil")).status_code == 200


def test_a_manager_is_not_told_that_her_offers_are_up_to_date(client):
    client.force_login(HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur)
    page = client.get(reverse("a-relire")).content.decode()
    assert "Toutes vos offres sont à jour" not in page
    assert "Aucune offre ne vous est confiée par son nom" in page


@pytest.mark.exigence("B44")
def test_the_home_of_a_manager_says_how_many_requests_wait(client):
    eg = EGFactory(departement="77", groupe="MSS")
    for n, etat in enumerate(("nouvelle", "nouvelle", "ecartee")):
        DemandeAcces.objects.create(
            prenom="Camille",
            nom=f"Démo {n}",
            courriel=f"p{n}@exemple.fr",
            role=Role.REFERENT,
            structure=eg,
            etat=etat,
            traitee_le=timezone.now() if etat == "ecartee" else None,
        )
    client.force_login(HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur)
    assert "2\u00a0à traiter" in client.get(reverse("accueil")).content.decode()
    client.force_login(HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["75"]).utilisateur)
    assert "2\u00a0à traiter" not in client.get(reverse("accueil")).content.decode()
