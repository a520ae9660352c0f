"""Camille, référent of CH de Valmont and EHPAD TEST: content from the Répertoire, organisation in a dossier."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from dossiers.models import Dossier
from referentiel import fiches
from referentiel.models import Favori, UniteOperationnelle, VerificationSection
from tests.e2e.clavier import Clavier
from tests.e2e.demonstration import structure

from .parcours import Parcours

REFERENT = Parcours("Référent", "camilledemo")
PASA = "Pôle d’activités et de soins adaptés (PASA)"
TEMPORAIRE = "Unité d’hébergement temporaire pour personnes âgées"


@REFERENT.tache("Trouver son établissement")
def trouver(c: Clavier) -> None:
    c.suivre("Mes Etablissements", "Mes Etablissements")
    c.saisir("Nom ou n° FINESS", "ehpad", "searchbox")
    c.presser("Enter")
    c.suivre(re.compile("^EHPAD TEST$"), "EHPAD TEST")


@REFERENT.tache("Changer une heure d’une offre")
def changer_une_heure(c: Clavier) -> None:
    c.suivre(re.compile(f"^{re.escape(PASA)}$"), PASA)
    c.activer("Modifier\u00a0: Horaires", "link")
    expect(c.page.get_by_role("button", name="Annuler")).to_be_visible()
    c.saisir(re.compile("^De.*lundi|lundi.*début", re.I), "8h45")
    c.activer(re.compile("^Enregistrer$"))
    expect(c.page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    expect(c.page.get_by_role("link", name="Modifier\u00a0: Horaires")).to_be_focused()


@REFERENT.tache("Relire l’offre, la valider et la diffuser")
def valider(c: Clavier) -> None:
    c.cocher("J’ai relu l’offre et je la valide.")
    c.activer(re.compile("^Valider$"))
    expect(c.page.locator("#messages")).to_contain_text("Validé et diffusé")
    plages = fiches.lire(structure(PASA))["horaires"]["p1/1"]
    assert plages[0]["debut"] == 8 * 60 + 45


@REFERENT.tache("Marquer une section comme à jour")
def marquer_a_jour(c: Clavier) -> None:
    c.suivre(re.compile("^EHPAD TEST$"), "EHPAD TEST")
    c.activer("Marquer comme à jour\u00a0: Contacts")
    expect(c.page.locator("#contacts")).to_contain_text("Vérifié")
    hier = timezone.now() - timedelta(days=1)
    assert VerificationSection.objects.filter(structure=structure("EHPAD TEST"), verifiee_le__gt=hier).exists()


@REFERENT.tache("Mettre l’établissement en favori")
def mettre_en_favori(c: Clavier) -> None:
    c.au_contenu()
    c.activer("Ajouter aux favoris")
    expect(c.page.get_by_role("button", name="Retirer des favoris")).to_be_focused()
    assert Favori.objects.filter(structure=structure("EHPAD TEST")).exists()


@REFERENT.tache("Relire les offres de l’établissement")
def relire(c: Clavier) -> None:
    c.suivre("Relire les offres", "Relire les offres de EHPAD TEST")
    c.activer(re.compile(f"^Conforme.*{TEMPORAIRE}"))
    expect(c.page.locator("#messages")).to_contain_text("est relue et validée")
    offre = UniteOperationnelle.objects.get(structure__nom=TEMPORAIRE)
    assert offre.relue_le
    assert timezone.now() - offre.relue_le < timedelta(hours=1)


@REFERENT.tache("Renommer une fiche")
def renommer(c: Clavier) -> None:
    c.au_contenu()
    c.suivre(re.compile("^EHPAD TEST$"), "EHPAD TEST")
    c.activer(re.compile("^Renommer$"), "link")
    expect(c.page.get_by_role("dialog").get_by_role("textbox", name="Nom")).to_be_focused()
    c.ecrire("EHPAD de Valmont")
    c.activer(re.compile("^Enregistrer$"))
    c.titre("EHPAD de Valmont")
    assert structure("EHPAD de Valmont")


@REFERENT.tache("Demander une correction de FINESS")
def demander(c: Clavier) -> None:
    c.activer("Demander une correction\u00a0: Téléphone", "link")
    fenetre = c.page.get_by_role("dialog")
    expect(fenetre).to_be_visible()
    c.saisir(re.compile("valeur|nouve", re.I), "01 99 00 27 77")
    c.activer(re.compile("^Envoyer"))
    expect(c.page.locator("#messages")).to_contain_text("demande")
    assert structure("EHPAD de Valmont").demandes.count() == 2


@REFERENT.tache("Créer une unité dans un dossier collaboratif")
def creer(c: Clavier) -> None:
    c.au_contenu()
    c.activer("Créer un dossier collaboratif", "link")
    expect(c.page.get_by_role("dialog")).to_be_visible()
    c.activer(re.compile("^Enregistrer$"))
    expect(c.page.locator("#messages")).to_contain_text("est ouvert")
    dossier = Dossier.objects.get(etablissement=structure("EHPAD de Valmont"))
    c.entrer_dans_l_arbre()
    c.descendre_a(dossier.nom, "EHPAD de Valmont")
    c.actions_du_noeud("Créer des unités opérationnelles")
    expect(c.page.get_by_role("dialog")).to_be_visible()
    c.activer(re.compile("^Créer$"))
    expect(c.page.get_by_role("heading", name="Unité opérationnelle en création")).to_be_visible()
    assert dossier.fiches.get().genre == "creation"
