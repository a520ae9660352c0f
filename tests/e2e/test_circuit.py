"""Three dossiers in a real Chromium, each by its route, from creation to publication, a correction asked on the way."""

import pytest
from playwright.sync_api import Page, expect

from dossiers import actions
from dossiers.models import Dossier, FicheDossier
from dossiers.simulation import simuler
from referentiel import arbre, fiches
from referentiel.models import CorrespondanceCategorie, ModeleSaisie, Role, Structure
from ror.comptes.models import Utilisateur
from tests.dossiers.circuit import changer, diffuser, personne, semer_regles
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import attendre_calme
from tests.e2e.test_offre import connecter
from tests.fabriques import EGFactory, PoleFactory, RegionFactory, UFFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def region(transactional_db):
    RegionFactory()
    code("TRE_R244", "21", "Hébergement")
    code("JDV_J37", "a", "année")
    modele = ModeleSaisie.objects.create(identifiant="T", titre="Tests", statut="active", origine="proposition")
    for rang, nom in enumerate(("nom", "age_min", "conditions_accueil")):
        modele.champs.create(champ=nom, ordre=rang, obligatoire=nom != "conditions_accueil")
    semer_regles()


@pytest.fixture
def valideuses(region) -> dict[str, Utilisateur]:
    return {role: personne(role, structure=None, role=role) for role in (Role.GESTIONNAIRE, Role.TUTELLE)}


def ouvrir_dossier(page: Page, eg: Structure, referente: Utilisateur) -> Dossier:
    """The référent opens the dossier of her establishment from its fiche, or goes to the one that waits for her."""
    connecter(page, referente)
    page.goto(f"/ror/fiche/{eg.pk}/")
    if Dossier.objects.ouverts().filter(etablissement=eg).exists():  # « Peuplement de … », at her sign-in
        page.get_by_role("note").get_by_role("link").first.click()
    else:
        page.get_by_role("link", name="Créer un dossier collaboratif").click()
        page.get_by_role("dialog").get_by_role("button", name="Enregistrer").click()
        expect(page.locator("#messages")).to_contain_text("est ouvert")
    dossier = Dossier.objects.ouverts().get(etablissement=eg)
    expect(page.get_by_role("heading", level=1)).to_contain_text(dossier.nom)
    return dossier


def creer(page: Page, dossier: Dossier, sous: str, niveau: str, nom: str) -> FicheDossier:
    """A fiche created under a node, filled in and finalised, as a référent does."""
    page.goto(f"/ror/dossiers/{dossier.pk}/creer/{sous}/?niveau={niveau}")
    page.get_by_role("button", name="Créer", exact=True).click()
    expect(page.locator("#v-fiche").get_by_role("heading", name="en création").first).to_be_visible()
    if niveau == "UO":
        page.get_by_role("combobox", name="Cherchez parmi tous les types").fill("héberg")
        page.get_by_role("option", name="Hébergement").click()
        expect(page.locator("#id_nom")).to_have_value("Unité hébergement")
        page.locator("#id_age_min").fill("18")
        page.get_by_label("Conditions d’accueil").fill("Sur dossier")
    page.locator("#id_nom").fill(nom)
    finaliser(page, nom)
    return dossier.fiches.get(nom=nom)


def finaliser(page: Page, nom: str) -> None:
    page.get_by_role("button", name="Enregistrer et finaliser").click()
    expect(page.locator("#messages")).to_contain_text("finalisée")
    expect(page.locator("#messages")).to_contain_text(nom)


def propre(page: Page) -> None:
    """No fault of accessibility, nothing beyond the edge, wide and narrow."""
    taille = page.viewport_size
    for largeur in (1280, 390):
        page.set_viewport_size({"width": largeur, "height": 800})
        assert violations_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.set_viewport_size(taille)


def envoyer(page: Page, dossier: Dossier, referente: Utilisateur, *, corrige: bool = False) -> None:
    """The référent finds her dossier in the list and sends it."""
    connecter(page, referente)
    page.goto("/ror/dossiers/")
    page.get_by_role("link", name=dossier.nom, exact=True).click()
    page.get_by_role("link", name="Envoyer en validation").click()
    propre(page)
    if corrige:
        page.get_by_label("Corrections effectuées").check()
    page.get_by_label("Message aux valideurs").fill("Bonne lecture")
    page.get_by_role("button", name="Envoyer en validation").click()
    expect(page.locator("#messages")).to_contain_text("Le dossier est envoyé.")


def ouvrir_relecture(page: Page, dossier: Dossier, valideuse: Utilisateur) -> None:
    """A reviewer goes from the menu to what waits for her."""
    connecter(page, valideuse)
    page.goto("/ror/")
    page.get_by_role("button", name="Menu").click()
    page.locator(".entete").get_by_role("link", name="À valider").click()
    page.get_by_role("link", name=f"Relire\u00a0: {dossier.nom}").click()
    expect(page.get_by_role("heading", name="Votre décision")).to_be_visible()


def demander_correction(page: Page, dossier: Dossier, valideuse: Utilisateur, fiche: FicheDossier) -> None:
    """She reads everything, then sends the dossier back for one fiche."""
    ouvrir_relecture(page, dossier, valideuse)
    propre(page)
    cases = page.get_by_role("checkbox", name="Lu\u00a0: changement")
    for case in cases.all():
        case.check()
    total = cases.count()
    expect(page.locator("#lus-bilan")).to_contain_text(f"sur {total}")
    expect(page.locator("#lus-bilan")).to_contain_text(f"{total}")
    attendre_calme(page)  # each tick brings the count again, above the link
    page.get_by_role("link", name="Demander une correction").click()
    page.get_by_label("Fiche concernée").select_option(str(fiche.pk))
    page.get_by_label("Incomplet").check()
    page.get_by_label("Votre message").fill("Précisez le nom de cette fiche")
    page.get_by_role("button", name="Ajouter une autre demande").click()
    expect(page.get_by_label("Votre message").first).to_have_value("Précisez le nom de cette fiche")
    page.get_by_label("Votre message").last.fill("Vérifiez aussi l’ensemble")
    propre(page)
    page.get_by_role("button", name="Renvoyer au référent").click()
    expect(page.locator("#messages")).to_contain_text("2\u00a0corrections demandées")
    expect(page.locator(".etapes [aria-current=step]")).to_contain_text("à corriger")


def corriger(page: Page, dossier: Dossier, referente: Utilisateur, fiche: FicheDossier, nom: str) -> None:
    """The référent is shown what is asked, corrects it, and sends again."""
    connecter(page, referente)
    page.goto(f"/ror/dossiers/{dossier.pk}/envoyer/")
    expect(page.locator("#corrections")).to_contain_text("Précisez le nom de cette fiche")
    expect(page.locator("#envoi-aide")).to_contain_text("fiche restante")
    bouton = page.get_by_role("button", name="Envoyer en validation")
    expect(bouton).to_have_attribute("aria-disabled", "true")
    bouton.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#envoi-aide a").first).to_be_focused()
    page.locator("#envoi-aide a").first.click()
    expect(page.locator("#id_nom")).to_have_value(fiche.nom)
    page.locator("#id_nom").fill(nom)
    finaliser(page, nom)
    envoyer(page, dossier, referente, corrige=True)


def accepter(page: Page, dossier: Dossier, valideuse: Utilisateur, bouton: str) -> list[str]:
    """She validates; returns the tree that she was shown as the outcome."""
    ouvrir_relecture(page, dossier, valideuse)
    apres = page.locator("#arbres .arbre-statique").last.locator("li > div > span:not(.niv):not(.visually-hidden)")
    montre = [n for n in apres.all_inner_texts() if n not in ("Créé", "Créée", "Arrive ici", "Modifiée", "Modifié")]
    sans_tout_lire = page.get_by_role("checkbox", name="Je valide sans avoir tout lu")
    expect(page.locator("#non-lus")).to_contain_text("marqué")
    propre(page)
    sans_tout_lire.check()
    page.get_by_role("button", name=bouton).click()
    expect(page.locator("#messages")).to_contain_text("Le dossier est")
    return montre


def publie(dossier: Dossier) -> list[str]:
    """The names of the published tree, top down."""
    eg = Structure.objects.get(pk=dossier.etablissement_id)
    return list(eg.get_descendants(include_self=True).order_by("lft").values_list("nom", flat=True))


def exiger_publie(dossier: Dossier, montre: list[str], voulues: dict[str, dict]) -> None:
    """What is published is what was approved: the tree, and the values of every touched fiche."""
    dossier.refresh_from_db()
    assert dossier.etat == "publie"
    assert arbre.verifier() == []
    assert sorted(montre) == sorted(n for n in publie(dossier) if n in montre)
    for fiche in dossier.fiches.exclude(structure=None).exclude(genre=FicheDossier.Genre.SUPPRESSION):
        lues = fiches.lire(fiche.structure)
        assert {nom: lues[nom] for nom in voulues[fiche.nom]} == voulues[fiche.nom]


def approuve(dossier: Dossier) -> dict[str, dict]:
    """Name of each touched fiche → the values that its approval publishes."""
    rapport = simuler(Dossier.objects.select_related("etablissement").get(pk=dossier.pk))
    return {x.fiche.nom: {c.champ: c.propose for c in x.changements} for x in rapport.lignes.values()}


@pytest.mark.exigence("S161", "S162", "S165", "S168", "S171", "S172", "B8")
def test_un_ehpad_par_le_gestionnaire(page: Page, valideuses) -> None:
    ehpad = EGFactory(groupe="MSS", nom="EHPAD des Peupliers")
    referente = personne("referente", structure=ehpad, role=Role.REFERENT)
    dossier = ouvrir_dossier(page, ehpad, referente)
    offre = creer(page, dossier, f"s{ehpad.pk}", "UO", "Unité d’hébergement")
    envoyer(page, dossier, referente)
    expect(page.locator(".bandeau-dc")).to_contain_text("en cours de validation par un gestionnaire")
    expect(page.locator(".etapes .saute")).to_contain_text("Direction")
    demander_correction(page, dossier, valideuses["gestionnaire"], offre)
    corriger(page, dossier, referente, offre, "Unité d’hébergement permanent")
    voulues = approuve(dossier)
    montre = accepter(page, dossier, valideuses["gestionnaire"], "Approuver")
    assert "Unité d’hébergement permanent" in montre
    exiger_publie(dossier, montre, voulues)
    page.goto(f"/ror/dossiers/{dossier.pk}/suivi/")
    expect(page.locator(".frise")).to_contain_text("Dossier publié dans le Répertoire.")
    propre(page)


@pytest.mark.exigence("S163", "S164", "S168", "S171", "B1", "B2", "B4", "B5")
def test_un_hopital_par_la_direction_puis_le_gestionnaire(page: Page, anomalies, valideuses) -> None:
    hopital = EGFactory(groupe="MCO", nom="CH de Valmont")
    referente = personne("referente", structure=hopital, role=Role.REFERENT)
    direction = personne("direction", structure=hopital, role=Role.DIRECTION)
    uf = UFFactory(parent=PoleFactory(parent=hopital, nom="Pôle A", groupe="MCO"), nom="UF 1", groupe="MCO")
    cardio = UOFactory(parent=uf, nom="Unité de cardiologie", groupe="MCO")
    dossier = ouvrir_dossier(page, hopital, referente)
    pole = creer(page, dossier, f"s{hopital.pk}", "P", "Pôle B")
    autre = creer(page, dossier, pole.cle, "UF", "UF 2")
    actions.deplacer(dossier_id=dossier.pk, places={f"s{cardio.pk}": autre.cle}, auteur=referente)
    changer(dossier, cardio, referente, conditions_accueil="Sur rendez-vous")
    envoyer(page, dossier, referente)
    expect(page.locator(".bandeau-dc")).to_contain_text("attend la validation de la Direction")
    demander_correction(page, dossier, direction, pole)
    corriger(page, dossier, referente, pole, "Pôle Cœur")
    accepter(page, dossier, direction, "Valider le dossier")
    diffuser(cardio, valideuses["gestionnaire"], conditions_accueil="Sur orientation")
    # The Répertoire changed meanwhile on the same field: nothing is approved before somebody has chosen.
    ouvrir_relecture(page, dossier, valideuses["gestionnaire"])
    bouton = page.get_by_role("button", name="Approuver")
    expect(bouton).to_have_attribute("aria-disabled", "true")
    bouton.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#decision-aide a").first).to_be_focused()
    page.keyboard.press("Enter")
    propre(page)
    page.get_by_role("radio", name="prendre la valeur du dossier").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Garder mes choix").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".conflit")).to_contain_text("Choix gardé\u00a0: valeur du dossier")
    propre(page)
    voulues = approuve(dossier)
    montre = accepter(page, dossier, valideuses["gestionnaire"], "Approuver")
    exiger_publie(dossier, montre, voulues)
    assert fiches.lire(Structure.objects.get(pk=cardio.pk))["conditions_accueil"] == "Sur rendez-vous"
    # Then it is undone, from the page of the dossier.
    page.goto(f"/ror/dossiers/{dossier.pk}/")
    page.get_by_role("link", name="Annuler la publication").click()
    propre(page)
    page.get_by_label("Motif").fill("Publié trop tôt")
    page.get_by_role("button", name="Annuler la publication").click()
    expect(page.locator("#messages")).to_contain_text("La publication est annulée")
    assert publie(dossier) == ["CH de Valmont", "Pôle A", "UF 1", "Unité de cardiologie"]
    assert fiches.lire(Structure.objects.get(pk=cardio.pk))["conditions_accueil"] == "Sur orientation"


@pytest.mark.exigence("S166", "S169", "S171", "B9", "B11")
def test_un_etablissement_du_handicap_par_la_tutelle_sur_un_telephone(page: Page, valideuses) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    CorrespondanceCategorie.objects.create(categorie="183", groupe="MSS", discipline="MSPH", origine="CNSA")
    ime = EGFactory(groupe="MSS", nom="IME des Trois Chênes", _detail={"categorie": "183"})
    referente = personne("referente", structure=ime, role=Role.REFERENT)
    dossier = ouvrir_dossier(page, ime, referente)
    offre = creer(page, dossier, f"s{ime.pk}", "UO", "Unité d’internat")
    envoyer(page, dossier, referente)
    expect(page.locator(".bandeau-dc")).to_contain_text("l’autorité de tutelle")
    expect(page.locator(".etape-courante")).to_contain_text("Autorité de tutelle")
    demander_correction(page, dossier, valideuses["tutelle"], offre)
    page.get_by_label("Votre commentaire").fill(f"Merci @{referente.identifiant}")
    page.get_by_role("button", name="Commenter").click()
    expect(page.locator("#echanges")).to_contain_text(f"Merci @{referente.identifiant}")
    corriger(page, dossier, referente, offre, "Unité d’internat de semaine")
    page.goto(f"/ror/dossiers/{dossier.pk}/suivi/")
    page.get_by_role("button", name="Marquer comme réglé").click()
    expect(page.locator("#echanges")).to_contain_text("Réglé")
    voulues = approuve(dossier)
    montre = accepter(page, dossier, valideuses["tutelle"], "Approuver")
    exiger_publie(dossier, montre, voulues)
