"""The acts on the referential: every screen, API, task and command calls these, and nothing else writes."""

from .demandes import appliquer_demande, demander_correction, repondre_demande
from .demandes_acces import accepter_demande, deposer_demande, ecarter_demande
from .fiches import enregistrer, renommer
from .habilitations import accorder, terminer
from .lieux import modifier_lieu
from .personnes import desactiver, modifier_personne, ouvrir_compte, reactiver, renvoyer_invitation
from .portail import modifier_region, publier_cgu
from .publication import abandonner, annuler, arbitrer, publier_echues, valider
from .vu import DejaFait, EtatVu

__all__ = [
    "DejaFait",
    "EtatVu",
    "abandonner",
    "accepter_demande",
    "accorder",
    "annuler",
    "appliquer_demande",
    "arbitrer",
    "demander_correction",
    "deposer_demande",
    "desactiver",
    "ecarter_demande",
    "enregistrer",
    "modifier_lieu",
    "modifier_personne",
    "modifier_region",
    "ouvrir_compte",
    "publier_cgu",
    "publier_echues",
    "reactiver",
    "renommer",
    "renvoyer_invitation",
    "repondre_demande",
    "terminer",
    "valider",
]
