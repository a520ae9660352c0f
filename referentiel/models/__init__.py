"""The published truth: tree, fiches, nomenclatures, places, hours, rights, changes."""

from .contact import Contact, Telecom
from .demande import CorrectionFiness, DemandeCorrection
from .habilitation import DemandeAcces, Habilitation, Role
from .horaire import LigneHoraire
from .lieu import Lieu
from .modification import ChangementPropose, EntreeJournal, Modification
from .nomenclature import Code, CorrespondanceCategorie, Nomenclature
from .structure import Adresse, EntiteGeographique, EntiteJuridique, OrganisationInterne, Structure
from .unite import CodePorte, UniteOperationnelle

__all__ = [
    "Adresse",
    "ChangementPropose",
    "Code",
    "CodePorte",
    "Contact",
    "CorrectionFiness",
    "CorrespondanceCategorie",
    "DemandeAcces",
    "DemandeCorrection",
    "EntiteGeographique",
    "EntiteJuridique",
    "EntreeJournal",
    "Habilitation",
    "Lieu",
    "LigneHoraire",
    "Modification",
    "Nomenclature",
    "OrganisationInterne",
    "Role",
    "Structure",
    "Telecom",
    "UniteOperationnelle",
]
