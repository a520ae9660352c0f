"""« Répercussion du champ »: a live fiche is edited while a dossier changes the same field (S104–S106, M1)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossiers import actions
from dossiers.actions.contenu import noeud_editable
from dossiers.contenus import contenu_de
from dossiers.etats import Etat
from dossiers.integration import IntegrationImpossible
from dossiers.models import Dossier
from referentiel import actions as vivantes
from referentiel import fiches
from referentiel.models import EntreeJournal, Role, Structure
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MATIN = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]}
SOIR = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 840, "fin": 1080}]}
QUESTION = "Répercussion du champ\u00a0: Conditions d’accueil"


@pytest.fixture
def ehpad(db):
    RegionFactory()
    for valeur, libelle in (("1", "Visible du grand public"), ("2", "Visible par les professionnels")):
        code("JDV_J222", valeur, libelle)
    return EGFactory(nom="EHPAD TEST")


@pytest.fixture
def offre(ehpad):
    return UOFactory(parent=ehpad, nom="Unité d’hébergement")


@pytest.fixture
def referente(client, offre, ehpad):
    personne = HabilitationFactory(structure=ehpad).utilisateur
    client.force_login(personne)
    return personne


@pytest.fixture
def dossier(referente, offre, ehpad):
    """An open dossier that changes the conditions of the offer."""
    ouvert = actions.ouvrir(structure=ehpad, auteur=referente, nom="77 MAJ MSPA – EHPAD TEST")
    changer(ouvert, offre, referente, conditions_accueil="Sur dossier")
    return ouvert


def lire(structure) -> dict:
    return fiches.lire(Structure.objects.get(pk=structure.pk))


def changer(dossier, structure, auteur, **saisies) -> None:
    """Types in the fiche, in the dossier."""
    cle = f"s{structure.pk}"
    envoi = actions.Envoi(contenu_de(noeud_editable(dossier, cle)).valeurs, saisies)
    actions.enregistrer_fiche(dossier_id=dossier.pk, cle=cle, auteur=auteur, envoi=envoi, finaliser=False)


def propose(dossier, champ="conditions_accueil"):
    fiche = dossier.fiches.first()
    return fiche.changements[champ]["propose"] if fiche and champ in fiche.changements else None


def saisir(client, structure, section="", entetes=None, **saisies):
    """« Modifier » of a section, or of the whole fiche, as a browser does."""
    nom, args = ("fiche-section", [structure.pk, section]) if section else ("fiche-modifier", [structure.pk])
    adresse = reverse(nom, args=args)
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    return client.post(adresse, {**envoi, **saisies}, headers=entetes or {})


def repondre(client, structure, page: str, **reponses):
    adresse = reverse("dossier-repercussion", args=[structure.pk])
    return client.post(adresse, {**lire_formulaire(page, adresse), **reponses})


@pytest.mark.exigence("S104", "S105")
def test_modifier_asks_the_question_then_goes_on_to_the_date_of_effect(client, dossier, offre):
    reponse = saisir(client, offre, conditions_accueil="Sur rendez-vous")
    assert reponse.url.startswith(reverse("dossier-repercussion", args=[offre.pk]))
    page = client.get(reponse.url).content.decode()
    assert QUESTION in page
    assert "Voulez-vous répercuter votre modification dans le dossier collaboratif\u00a0?" in page
    assert "Sur rendez-vous" in page
    assert "Sur dossier" in page
    adresse = reverse("dossier-repercussion", args=[offre.pk])
    assert lire_formulaire(page, adresse)["r-conditions_accueil"] == ["oui"]
    reponse = repondre(client, offre, page)
    assert reponse.url == reverse("fiche-valider", args=[offre.pk])
    assert "Répercuté dans le dossier" in client.get(reponse.url).content.decode()
    assert propose(dossier) == "Sur rendez-vous"


@pytest.mark.exigence("S104", "S106")
def test_enregistrer_of_a_section_asks_too_and_no_keeps_the_dossier_knowingly(client, dossier, offre, referente):
    reponse = saisir(client, offre, "conditions", HTMX, conditions_accueil="Sur rendez-vous")
    page = reponse.content.decode()
    assert (reponse.status_code, reponse.headers["HX-Retarget"]) == (200, "#conditions")
    assert QUESTION in page
    assert 'id="conditions"' in page
    reponse = repondre(client, offre, page, **{"r-conditions_accueil": "non"})
    assert reponse.url == f"{reverse('fiche', args=[offre.pk])}#conditions"
    assert "remplacera la vôtre à son intégration" in client.get(reponse.url).content.decode()
    assert propose(dossier) == "Sur dossier"
    (choix,) = dossier.fiches.get().choix.values()
    assert choix["par"] == str(referente)
    assert actions.champs_doubles(offre) == []
    vivantes.valider(structure_id=offre.pk, auteur=referente, relue=True)
    integrer(dossier, referente)
    assert lire(offre)["conditions_accueil"] == "Sur dossier"


def integrer(dossier, referente):
    """Finalised, sent, approved: published today."""
    dossier.fiches.update(etat="finalisee")
    Dossier.objects.filter(pk=dossier.pk).update(modifie_le=timezone.now())
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    while (etat := Dossier.objects.get(pk=dossier.pk).etat_dossier) is not Etat.PUBLIE:
        role = {Etat.DIRECTION: Role.DIRECTION, Etat.GESTIONNAIRE: Role.GESTIONNAIRE, Etat.TUTELLE: Role.TUTELLE}[etat]
        sur = dossier.etablissement if role == Role.DIRECTION else None
        valideur = HabilitationFactory(structure=sur, role=role).utilisateur
        actions.accepter(dossier_id=dossier.pk, auteur=valideur, vu=None, sans_tout_lire=True)


@pytest.mark.exigence("S106", "M1")
def test_without_an_answer_nothing_is_erased_the_integration_waits(client, dossier, offre, referente):
    page = client.get(saisir(client, offre, conditions_accueil="Sur rendez-vous").url).content.decode()
    assert "Décider plus tard" in page
    repondre(client, offre, page, **{"r-conditions_accueil": ""})
    vivantes.valider(structure_id=offre.pk, auteur=referente, relue=True)
    dossier.fiches.update(etat="finalisee")
    with pytest.raises(IntegrationImpossible):
        actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    assert lire(offre)["conditions_accueil"] == "Sur rendez-vous"
    assert propose(dossier) == "Sur dossier"


@pytest.mark.exigence("M1")
def test_another_field_flows_in_by_itself_and_the_screen_says_so(client, dossier, offre, referente):
    reponse = saisir(client, offre, "informations", age_min="65")
    assert "repercussion" not in reponse.url
    page = client.get(reponse.url).content.decode()
    assert "Reprise dans le dossier «\u00a077 MAJ MSPA – EHPAD TEST\u00a0»" in page
    vivantes.valider(structure_id=offre.pk, auteur=referente, relue=True)
    integrer(dossier, referente)
    assert lire(offre)["age_min"] == 65
    assert lire(offre)["conditions_accueil"] == "Sur dossier"


def test_the_same_value_on_both_sides_asks_nothing(client, dossier, offre):
    assert "repercussion" not in saisir(client, offre, "conditions", conditions_accueil="Sur dossier").url


def test_nothing_changed_asks_nothing_and_says_nothing_of_the_dossier(client, dossier, offre):
    reponse = saisir(client, offre)
    page = client.get(reponse.url).content.decode()
    assert reponse.url == reverse("fiche", args=[offre.pk])
    assert "Reprise dans le dossier" not in page


@pytest.mark.exigence("S104")
def test_field_by_field(client, dossier, offre, referente):
    changer(dossier, offre, referente, age_min=70)
    reponse = saisir(client, offre, conditions_accueil="Sur rendez-vous", age_min="65")
    page = client.get(reponse.url).content.decode()
    assert page.count("Répercussion du champ") == 2
    repondre(client, offre, page, **{"r-conditions_accueil": "non", "r-age_min": "oui"})
    assert propose(dossier) == "Sur dossier"
    assert propose(dossier, "age_min") == 65


@pytest.mark.exigence("S104", "B17")
def test_a_value_that_moved_since_the_question_is_asked_again(client, dossier, offre, referente, ehpad):
    page = client.get(saisir(client, offre, conditions_accueil="Sur rendez-vous").url).content.decode()
    collegue = HabilitationFactory(structure=ehpad).utilisateur
    changer(dossier, offre, collegue, conditions_accueil="Sur dossier médical")
    reponse = repondre(client, offre, page)
    assert reponse.status_code == 409
    assert "une valeur a changé depuis l’affichage" in reponse.content.decode()
    assert "Sur dossier médical" in reponse.content.decode()
    assert propose(dossier) == "Sur dossier médical"
    repondre(client, offre, reponse.content.decode())
    assert propose(dossier) == "Sur rendez-vous"


def test_a_dossier_closed_meanwhile_has_nothing_to_take(client, dossier, offre, referente):
    page = client.get(saisir(client, offre, conditions_accueil="Sur rendez-vous").url).content.decode()
    actions.abandonner(dossier_id=dossier.pk, auteur=referente)
    assert repondre(client, offre, page).status_code == 404


@pytest.mark.parametrize("envoi", [{"r-conditions_accueil": "peut-être"}, {"r-nom": "oui"}, {}])
def test_a_forged_answer_settles_nothing(client, dossier, offre, envoi):
    saisir(client, offre, conditions_accueil="Sur rendez-vous")
    reponse = client.post(
        reverse("dossier-repercussion", args=[offre.pk]), {**envoi, "next": "https://ailleurs.example/"}
    )
    assert reponse.url == reverse("fiche", args=[offre.pk])
    assert propose(dossier) == "Sur dossier"
    assert len(actions.champs_doubles(offre)) == 1


@pytest.mark.exigence("S126")
def test_whoever_edits_the_unit_alone_hears_nothing_of_the_dossier(client, dossier, offre):
    client.force_login(HabilitationFactory(structure=offre).utilisateur)
    reponse = saisir(client, offre, "conditions", conditions_accueil="Sur rendez-vous")
    assert "repercussion" not in reponse.url
    assert "dossier «" not in client.get(reponse.url).content.decode()
    adresse = reverse("dossier-repercussion", args=[offre.pk])
    assert client.get(adresse).status_code == 404
    assert client.post(adresse, {"r-conditions_accueil": "oui"}).status_code == 404
    assert len(actions.champs_doubles(offre)) == 1


@pytest.mark.exigence("M1")
def test_the_rename_asks_about_the_name(client, dossier, offre, referente):
    changer(dossier, offre, referente, nom="Unité des Glycines")
    adresse = reverse("fiche-renommer", args=[offre.pk])
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    reponse = client.post(adresse, {**envoi, "nom": "Unité des Lilas"}, headers=HTMX)
    page = client.get(reponse.headers["HX-Redirect"]).content.decode()
    assert "Répercussion du champ\u00a0: Nom" in page
    repondre(client, offre, page)
    assert propose(dossier, "nom") == "Unité des Lilas"


def test_a_fiche_that_the_dossier_deletes_is_told(client, dossier, offre, referente):
    actions.supprimer(dossier_id=dossier.pk, cles=[f"s{offre.pk}"], auteur=referente)
    reponse = saisir(client, offre, "conditions", conditions_accueil="Sur rendez-vous")
    assert "cette modification disparaîtra à son intégration" in client.get(reponse.url).content.decode()


def test_an_approved_dossier_that_takes_a_value_up_is_to_be_validated_again(client, dossier, offre, referente):
    dossier.fiches.update(etat="finalisee")
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    page = client.get(saisir(client, offre, conditions_accueil="Sur rendez-vous").url).content.decode()
    repondre(client, offre, page)
    assert Dossier.objects.get().evenements.filter(phrase__contains="répercussion").exists()


@pytest.mark.exigence("M1")
def test_copied_hours_that_differ_from_the_dossier_are_told(client, dossier, offre, ehpad, referente):
    source = UOFactory(parent=ehpad, nom="Accueil de jour")
    vivantes.enregistrer(structure_id=source.pk, auteur=referente, vues=lire(source), saisies={"horaires": MATIN})
    changer(dossier, offre, referente, horaires=SOIR)
    adresse = reverse("copier-horaires", args=[source.pk])
    apercu = client.post(adresse, {"geste": "apercu", "cibles": str(offre.pk)}).content.decode()
    jeton = lire_formulaire(apercu, adresse)["vu"]
    page = client.post(adresse, {"geste": "copier", "vu": jeton}).content.decode()
    assert "a une autre valeur pour Horaires. Le choix y attend, avant son intégration." in page
    assert [d.champ for d in actions.champs_doubles(Structure.objects.get(pk=offre.pk))] == ["horaires"]


@pytest.mark.exigence("M1", "M4")
def test_an_undone_edit_asks_about_what_it_gives_back(client, dossier, offre, referente):
    vivantes.enregistrer(structure_id=offre.pk, auteur=referente, vues=lire(offre), saisies={"age_min": 61})
    vivantes.valider(structure_id=offre.pk, auteur=referente, relue=True)
    changer(dossier, offre, referente, age_min=70)
    entree = EntreeJournal.objects.filter(structure=offre).latest("pk")
    adresse = reverse("journal-annuler", args=[entree.pk])
    envoi = lire_formulaire(client.get(adresse).content.decode(), "")
    reponse = client.post(adresse, {**envoi, "motif": "Erreur"})
    assert "Répercussion du champ\u00a0: Âge minimum" in client.get(reponse.url).content.decode()
    assert lire(offre)["age_min"] == 60


def test_reading_the_question_costs_the_same_whatever_the_dossier_holds(
    client, dossier, offre, ehpad, referente, django_assert_max_num_queries
):
    saisir(client, offre, conditions_accueil="Sur rendez-vous")
    for _ in range(8):
        autre = UOFactory(parent=ehpad)
        changer(dossier, autre, referente, conditions_accueil="Sur dossier")
    autre = Client()
    autre.force_login(referente)
    with django_assert_max_num_queries(40):
        assert QUESTION in autre.get(reverse("dossier-repercussion", args=[offre.pk])).content.decode()
