"""The acts on the referential: every screen, API, task and command calls these, and nothing else writes."""

from .demandes import appliquer_demande, demander_correction, repondre_demande
from .demandes_acces import accepter_demande, deposer_demande, ecarter_demande
from .ecriture import Publication, publier_lot
from .favoris import ajouter_favori, retirer_favori
from .fermeture import appliquer_fermetures, confirmer_reouverture, repousser_reouverture, rouvrir
from .fiches import enregistrer
from .habilitations import accorder, terminer
from .lieux import creer_lieu, modifier_lieu
from .modeles import changer_statut, importer_modele
from .personnes import (
    desactiver,
    modifier_personne,
    ouvrir_compte,
    reactiver,
    relancer_inactif,
    renvoyer_invitation,
)
from .portail import modifier_region, publier_cgu
from .publication import abandonner, annuler, arbitrer, changer_date, valider
from .publieur import publier_echues
from .rappels import rappeler_reouvertures
from .relecture import OffreVue, relire_offres
from .renommage import renommer
from .retour import annuler_publication
from .synonymes import ajouter_synonymes, retablir_synonymes, retirer_synonymes
from .verifications import marquer_a_jour
from .vu import DejaFait, EtatVu

__all__ = [
    "DejaFait",
    "EtatVu",
    "OffreVue",
    "Publication",
    "abandonner",
    "accepter_demande",
    "accorder",
    "ajouter_favori",
    "ajouter_synonymes",
    "annuler",
    "annuler_publication",
    "appliquer_demande",
    "appliquer_fermetures",
    "arbitrer",
    "changer_date",
    "changer_statut",
    "confirmer_reouverture",
    "creer_lieu",
    "demander_correction",
    "deposer_demande",
    "desactiver",
    "ecarter_demande",
    "enregistrer",
    "importer_modele",
    "marquer_a_jour",
    "modifier_lieu",
    "modifier_personne",
    "modifier_region",
    "ouvrir_compte",
    "publier_cgu",
    "publier_echues",
    "publier_lot",
    "rappeler_reouvertures",
    "reactiver",
    "relancer_inactif",
    "relire_offres",
    "renommer",
    "renvoyer_invitation",
    "repondre_demande",
    "repousser_reouverture",
    "retablir_synonymes",
    "retirer_favori",
    "retirer_synonymes",
    "rouvrir",
    "terminer",
    "valider",
]
