"""Who validates: Alix (Direction), Dominique (région), Claude (autorité de tutelle)."""

import re

from playwright.sync_api import expect

from dossiers.models import Commentaire, Dossier, Lecture
from referentiel.models import DemandeAcces, Modification, Structure
from ror.comptes.models import Utilisateur
from tests.e2e.clavier import Clavier
from tests.e2e.demonstration import envoyer, envoyer_le_dossier_de_l_hopital, preparer_dossier, structure

from .parcours import Parcours

DIRECTION = Parcours("Direction", "alixmodele")
GESTIONNAIRE = Parcours("Gestionnaire régional", "dominiqueregion")
TUTELLE = Parcours("Autorité de tutelle", "claudetutelle")
HEBERGEMENT = "Unité d’hébergement pour personnes âgées dépendantes"


def relire_le_dossier(c: Clavier, etablissement: str) -> Dossier:
    """From the list of what waits for her to the screen of the reviewer."""
    dossier = Dossier.objects.ouverts().get(etablissement__nom=etablissement)
    c.suivre(f"Relire\u00a0: {dossier.nom}", dossier.nom)
    expect(c.page.get_by_role("heading", name="Votre décision")).to_be_visible()
    return dossier


def marquer_lu(c: Clavier) -> None:
    c.cocher("Lu\u00a0: changement")
    expect(c.page.locator("#lus-bilan")).to_contain_text("1\u00a0lu")
    assert Lecture.objects.exists()


def commenter(c: Clavier, texte: str) -> None:
    c.saisir("Votre commentaire", texte)
    c.activer("Commenter")
    expect(c.page.locator("#echanges")).to_contain_text(texte)
    assert Commentaire.objects.filter(texte=texte).exists()


# ---------- Direction ----------

DIRECTION.preparer(envoyer_le_dossier_de_l_hopital)


@DIRECTION.tache("Ouvrir ce qui attend sa validation")
def attente_direction(c: Clavier) -> None:
    c.dans_le_menu("À valider", "À valider")
    relire_le_dossier(c, "CH de Valmont")


@DIRECTION.tache("Marquer un changement comme lu")
def lu_direction(c: Clavier) -> None:
    marquer_lu(c)


@DIRECTION.tache("Commenter le dossier")
def commenter_direction(c: Clavier) -> None:
    commenter(c, "Le service de cardiologie est prévenu.")


@DIRECTION.tache("Renvoyer le dossier au référent")
def renvoyer(c: Clavier) -> None:
    c.suivre("Demander une correction", "Demander une correction")
    c.choisir_bouton(re.compile("corriger|Nature|Ce qui", re.I), re.compile("^Incomplet"))
    c.saisir("Votre message", "Précisez l’ouverture de cette unité")
    c.activer("Renvoyer au référent")
    expect(c.page.locator("#messages")).to_contain_text("1\u00a0correction demandée")
    assert Dossier.objects.get().etat == "a_corriger"


@DIRECTION.tache("Valider le dossier corrigé")
def valider_le_dossier(c: Clavier) -> None:
    envoyer(Dossier.objects.get())
    c.dans_le_menu("À valider", "À valider")
    dossier = relire_le_dossier(c, "CH de Valmont")
    c.cocher("Je valide sans avoir tout lu")
    c.activer("Valider le dossier")
    expect(c.page.locator("#messages")).to_contain_text("Le dossier est")
    dossier.refresh_from_db()
    assert dossier.etat == "gestionnaire"


@DIRECTION.tache("Diffuser ce qu’un référent a modifié")
def diffuser(c: Clavier) -> None:
    c.dans_le_menu("Mes accès rapides", "Mes accès rapides")
    c.suivre(f"Poursuivre\u00a0: {HEBERGEMENT}", HEBERGEMENT)
    c.cocher("J’ai relu l’offre et je la valide.")
    c.activer(re.compile("^Valider$"))
    expect(c.page.locator("#messages")).to_contain_text("Validé et diffusé")
    assert not Modification.objects.filter(etat=Modification.Etat.EN_ATTENTE).exists()


@DIRECTION.tache("Lire l’historique d’une offre")
def historique(c: Clavier) -> None:
    c.au_contenu()
    c.aller_a_l_element(c.page.get_by_role("region", name="Historique").get_by_role("link", name="Tout"))
    c.presser("Enter")
    c.titre("Historique")
    c.lu("visite souhaitée")


@DIRECTION.tache("Voir les modifications à venir")
def a_venir(c: Clavier) -> None:
    c.dans_le_menu("Modifications à venir", "Modifications à venir")
    c.lu("Unité d’accueil de jour pour personnes âgées")


@DIRECTION.tache("Lire le tableau de bord, établissement par établissement")
def tableau_direction(c: Clavier) -> None:
    c.dans_le_menu("Tableau de bord", "Tableau de bord")
    c.suivre("Par établissement", "Établissements")
    c.lu("CH de Valmont")


# ---------- gestionnaire régional ----------


@GESTIONNAIRE.preparer
def dossier_de_l_ehpad() -> None:
    preparer_dossier("EHPAD TEST", {"Service de soins infirmiers à domicile": "SSIAD de Valmont"})


@GESTIONNAIRE.tache("Lire le tableau de bord de son territoire")
def tableau_region(c: Clavier) -> None:
    c.dans_le_menu("Tableau de bord", "Tableau de bord")
    c.lu("3 établissements, 37 offres")


@GESTIONNAIRE.tache("Le restreindre à un champ")
def restreindre(c: Clavier) -> None:
    c.choisir("Champ", "Médico")
    c.activer("Afficher")
    c.lu("2 établissements, 8 offres")


@GESTIONNAIRE.tache("Ouvrir la liste des offres non vérifiées")
def non_verifiees(c: Clavier) -> None:
    c.suivre("Offres non vérifiées", "Offres non vérifiées", rang=0)
    c.lu(HEBERGEMENT)


@GESTIONNAIRE.tache("Exporter la liste des dossiers")
def exporter_les_dossiers(c: Clavier) -> None:
    c.dans_le_menu("Dossier collaboratif", "Dossiers collaboratifs")
    with c.fichier(".csv"):
        c.activer(re.compile("^CSV"), "link")


@GESTIONNAIRE.tache("Approuver un dossier")
def approuver(c: Clavier) -> None:
    c.dans_le_menu("À valider", "À valider")
    relire_le_dossier(c, "EHPAD TEST")
    c.cocher("Je valide sans avoir tout lu")
    c.activer("Approuver")
    expect(c.page.locator("#messages")).to_contain_text("Le dossier est")
    assert structure("SSIAD de Valmont")


@GESTIONNAIRE.tache("Chercher une structure")
def chercher(c: Clavier) -> None:
    c.chercher("ssiad valmont")
    c.suivre("SSIAD de Valmont", "SSIAD de Valmont", rang=0)


@GESTIONNAIRE.tache("Accepter une demande d’accès")
def accepter_acces(c: Clavier) -> None:
    c.dans_le_menu("Demandes d’accès", "Demandes d’accès")
    c.suivre(re.compile("Élodie Martin"), "Élodie Martin", rang=0)
    c.activer("Accorder ce droit et prévenir")
    expect(c.page.locator("#messages")).to_contain_text("Demande acceptée")
    assert DemandeAcces.objects.get(prenom="Élodie").etat == "acceptee"


@GESTIONNAIRE.tache("Ouvrir un compte")
def ouvrir_un_compte(c: Clavier) -> None:
    c.dans_le_menu("Comptes", "Comptes")
    c.suivre("Ouvrir un compte", "Ouvrir un compte")
    c.saisir("Prénom", "Jeanne")
    c.saisir(re.compile("^Nom"), "Durand")
    c.saisir("Courriel", "jd@ehpad.example")
    c.choisir_bouton(re.compile("^Droit"), re.compile("^Référent"))
    c.saisir(re.compile("^Structure"), "ehpad test", "searchbox")
    c.cocher(re.compile("EHPAD TEST"), "radio")
    c.activer("Ouvrir le compte et envoyer l’invitation")
    c.lu("Invitation envoyée à jd@ehpad.example")
    assert Utilisateur.objects.get(courriel="jd@ehpad.example").habilitations.get().role == "referent"


@GESTIONNAIRE.tache("Appliquer un écart de FINESS")
def appliquer(c: Clavier) -> None:
    c.dans_le_menu("Import FINESS", "Import FINESS")
    c.cocher("Raison sociale de EHPAD TEST")
    c.activer("Appliquer la sélection…")
    c.titre("Appliquer")
    c.activer(re.compile("^Appliquer$"))
    c.lu("1 écart appliqué.")
    assert Structure.objects.filter(entite_geographique__raison_sociale="EHPAD DE VALMONT").exists()


# ---------- autorité de tutelle ----------


@TUTELLE.preparer
def dossier_de_l_ime() -> None:
    preparer_dossier("IME des Trois Chênes", {"Unité d’internat de semaine": "Internat de semaine"})


@TUTELLE.tache("Ouvrir ce qui attend son approbation")
def attente_tutelle(c: Clavier) -> None:
    c.suivre("À valider", "À valider")
    relire_le_dossier(c, "IME des Trois Chênes")


@TUTELLE.tache("Marquer un changement comme lu")
def lu_tutelle(c: Clavier) -> None:
    marquer_lu(c)


@TUTELLE.tache("Commenter le dossier")
def commenter_tutelle(c: Clavier) -> None:
    commenter(c, "Vu avec la délégation départementale.")


@TUTELLE.tache("Simuler l’intégration")
def simuler(c: Clavier) -> None:
    c.suivre("Simuler l’intégration", re.compile("Simul|IME"))
    c.lu("Internat de semaine")


@TUTELLE.tache("Approuver le dossier")
def approuver_tutelle(c: Clavier) -> None:
    c.dans_le_menu("À valider", "À valider")
    relire_le_dossier(c, "IME des Trois Chênes")
    c.activer("Approuver")
    expect(c.page.locator("#messages")).to_contain_text("Le dossier est")
    assert structure("Internat de semaine")


@TUTELLE.tache("Suivre un dossier jusqu’à sa publication")
def suivre(c: Clavier) -> None:
    c.dans_le_menu("Dossier collaboratif", "Dossiers collaboratifs")
    nom = Dossier.objects.get(etablissement__nom="IME des Trois Chênes").nom
    c.choisir("État", "Publi")
    c.activer("Filtrer")
    expect(c.page).to_have_url(re.compile("etat="))
    c.suivre(re.compile(f"^{re.escape(nom)}$"), nom)
    c.lu("Publié")


@TUTELLE.tache("Consulter un établissement de son périmètre")
def consulter(c: Clavier) -> None:
    c.dans_le_menu("Mes Etablissements", "Mes Etablissements")
    c.suivre(re.compile("^IME des Trois Chênes$"), "IME des Trois Chênes")


@TUTELLE.tache("Lire son historique")
def historique_tutelle(c: Clavier) -> None:
    c.suivre(re.compile("^Historique$"), "Historique")
    c.lu("Fiche créée.")


@TUTELLE.tache("Trouver les établissements à peupler")
def peuplement(c: Clavier) -> None:
    c.dans_le_menu("Tableau de bord", "Tableau de bord")
    c.suivre("Établissements à peupler", "Établissements")
    c.suivre(re.compile("^IME des Trois Chênes$"), "IME des Trois Chênes")
