"""The published truth: tree, fiches, nomenclatures, places, hours, rights, changes."""

from .brouillon import Brouillon, Preference
from .contact import Contact, Telecom
from .demande import CorrectionFiness, DemandeCorrection
from .export import DemandeExport
from .habilitation import DemandeAcces, Habilitation, Role
from .horaire import LigneHoraire
from .lieu import Lieu
from .ligne import BoiteMss, CapaciteAccueil, CapaciteHabitation, Equipement, Tarif
from .modele_saisie import ChampModele, ModeleSaisie
from .modification import ChangementPropose, EntreeJournal, Modification
from .nomenclature import Code, CorrespondanceCategorie, Nomenclature
from .recherche import EtatMots, FicheRecherche, MotRecherche, SynonymeRecherche
from .recherche_enregistree import RechercheEnregistree
from .relecture import RelecturesEtablissement
from .repertoire import Axe, Classement, Favori, Regroupement
from .structure import Adresse, EntiteGeographique, EntiteJuridique, OrganisationInterne, Structure
from .suppression import FicheSupprimee
from .unite import CodePorte, RappelReouverture, UniteOperationnelle
from .verification import VerificationSection

__all__ = [
    "Adresse",
    "Axe",
    "BoiteMss",
    "Brouillon",
    "CapaciteAccueil",
    "CapaciteHabitation",
    "ChampModele",
    "ChangementPropose",
    "Classement",
    "Code",
    "CodePorte",
    "Contact",
    "CorrectionFiness",
    "CorrespondanceCategorie",
    "DemandeAcces",
    "DemandeCorrection",
    "DemandeExport",
    "EntiteGeographique",
    "EntiteJuridique",
    "EntreeJournal",
    "Equipement",
    "EtatMots",
    "Favori",
    "FicheRecherche",
    "FicheSupprimee",
    "Habilitation",
    "Lieu",
    "LigneHoraire",
    "ModeleSaisie",
    "Modification",
    "MotRecherche",
    "Nomenclature",
    "OrganisationInterne",
    "Preference",
    "RappelReouverture",
    "RechercheEnregistree",
    "Regroupement",
    "RelecturesEtablissement",
    "Role",
    "Structure",
    "SynonymeRecherche",
    "Tarif",
    "Telecom",
    "UniteOperationnelle",
    "VerificationSection",
]
