"""Lou, lecteur: finding an offer in the Répertoire, by words or branch after branch."""

import re

from playwright.sync_api import expect

from referentiel.models import Favori, RechercheEnregistree
from tests.e2e.clavier import Clavier

from .parcours import Parcours

LECTEUR = Parcours("Lecteur", "loulecture")
ECHO = "Unité d’échocardiographie"


@LECTEUR.tache("Chercher une offre")
def chercher(c: Clavier) -> None:
    c.chercher("cardiologie")
    c.lu("10 résultats pour « cardiologie »")


@LECTEUR.tache("Ne garder que les unités opérationnelles")
def facette(c: Clavier) -> None:
    c.cocher("Unité opérationnelle")
    c.lu("7 résultats pour « cardiologie »")
    expect(c.page.get_by_role("checkbox", name="Unité opérationnelle")).to_be_focused()


@LECTEUR.tache("Ne garder que ce qui est ouvert maintenant")
def ouvert(c: Clavier) -> None:
    c.cocher("Ouvert maintenant", "switch", arriere=True)
    expect(c.page).to_have_url(re.compile("ouvert"))
    c.lu("Unité de soins intensifs cardiologiques")


@LECTEUR.tache("Enregistrer sa recherche")
def enregistrer(c: Clavier) -> None:
    c.activer(re.compile("Enregistrer cette recherche"), "link")
    expect(c.page.get_by_role("dialog")).to_be_visible()
    c.saisir(re.compile("Nom"), "Cardiologie ouverte")
    c.activer(re.compile("^Enregistrer$"))
    expect(c.page.locator("#messages")).to_contain_text("Recherche enregistrée")
    assert RechercheEnregistree.objects.get().nom == "Cardiologie ouverte"


@LECTEUR.tache("Ouvrir la fiche d’une offre et lire ses contacts")
def ouvrir(c: Clavier) -> None:
    c.chercher("soins intensifs")
    c.suivre("Unité de soins intensifs cardiologiques", "Unité de soins intensifs cardiologiques", rang=0)
    expect(c.page.locator("#contacts")).to_contain_text("01\u00a099\u00a000\u00a042\u00a010")


@LECTEUR.tache("L’imprimer")
def imprimer(c: Clavier) -> None:
    c.suivre("Imprimer", "Unité de soins intensifs cardiologiques")
    expect(c.page).to_have_url(re.compile("/imprimer/$"))


@LECTEUR.tache("Chercher près d’une commune")
def pres_d_une_commune(c: Clavier) -> None:
    c.page.go_back()
    c.chercher("ehpad")
    c.saisir("Où ?", "valmont sur lys", "combobox")
    c.choisir("Distance", "20")
    c.activer("Rechercher", arriere=True)
    c.lu(re.compile("Valmont-sur-Lys"))
    expect(c.page).to_have_url(re.compile("commune=77999&km=20"))


@LECTEUR.tache("Reprendre une recherche enregistrée")
def reprendre(c: Clavier) -> None:
    c.dans_le_menu("Mes recherches", "Mes recherches")
    c.suivre(re.compile("^Cardiologie ouverte"), "Recherche")
    c.lu("Unité de soins intensifs cardiologiques")


@LECTEUR.tache("Déplier le Répertoire jusqu’à une offre")
def deplier(c: Clavier) -> None:
    c.suivre(re.compile("^Répertoire$"), "Répertoire", rang=0)
    c.entrer_dans_l_arbre()
    c.descendre_a(
        "77",
        "Centre hospitalier de Valmont",
        "CH de Valmont",
        "Pôle Médecine et urgences",
        "Service de cardiologie",
        "UF 2104",
        ECHO,
    )
    c.actions_du_noeud("Ajouter aux favoris")
    expect(c.noeud(ECHO)).to_have_accessible_name(f"{ECHO}, unité opérationnelle, favori")
    expect(c.noeud(ECHO)).to_be_focused()
    assert Favori.objects.get().structure.nom == ECHO
    c.presser("Enter")
    expect(c.page.get_by_role("heading", name=ECHO, level=2)).to_be_visible()
