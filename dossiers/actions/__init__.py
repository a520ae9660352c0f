"""The acts on dossiers: every screen, task and command calls these, and nothing else writes."""

from .avis import lire, regler_rythmes
from .circuit import (
    DemandeCorrection,
    accepter,
    annuler_correction,
    demander_corrections,
    envoyer,
    exiger_de_trancher,
    publier_dossiers_echus,
    refuser,
    retirer_de_la_validation,
    trancher,
)
from .commentaires import commenter, fils_ouverts, mentions_inconnues, regler
from .commun import etablissement_de
from .contenu import ChangeEntreTemps, Envoi, creer_uo, enregistrer_fiche, renommer_fiche
from .lecture import changements_non_lus, lus_de, marquer_lus
from .organisation import (
    Deplacement,
    creer_fiches,
    deplacer,
    dupliquer,
    fiches_restantes,
    proposer_fiche,
    retablir,
    retirer,
    supprimer,
)
from .ouverture import (
    DejaOuvert,
    abandonner,
    dossier_ouvert,
    nom_par_defaut,
    ouvrir,
    ouvrir_ou_rejoindre,
    ouvrir_peuplements,
    peuplements_prets,
    renommer,
)
from .regles import enregistrer_regle
from .repercussion import champs_doubles, repercuter
from .retour import ChoixAFaire, annuler_integration

__all__ = [
    "ChangeEntreTemps",
    "ChoixAFaire",
    "DejaOuvert",
    "DemandeCorrection",
    "Deplacement",
    "Envoi",
    "abandonner",
    "accepter",
    "annuler_correction",
    "annuler_integration",
    "champs_doubles",
    "changements_non_lus",
    "commenter",
    "creer_fiches",
    "creer_uo",
    "demander_corrections",
    "deplacer",
    "dossier_ouvert",
    "dupliquer",
    "enregistrer_fiche",
    "enregistrer_regle",
    "envoyer",
    "etablissement_de",
    "exiger_de_trancher",
    "fiches_restantes",
    "fils_ouverts",
    "lire",
    "lus_de",
    "marquer_lus",
    "mentions_inconnues",
    "nom_par_defaut",
    "ouvrir",
    "ouvrir_ou_rejoindre",
    "ouvrir_peuplements",
    "peuplements_prets",
    "proposer_fiche",
    "publier_dossiers_echus",
    "refuser",
    "regler",
    "regler_rythmes",
    "renommer",
    "renommer_fiche",
    "repercuter",
    "retablir",
    "retirer",
    "retirer_de_la_validation",
    "supprimer",
    "trancher",
]
