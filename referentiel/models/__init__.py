"""The published truth: tree, fiches, nomenclatures, places, hours, rights, changes."""

from .brouillon import Brouillon, Preference
from .contact import Contact, Telecom
from .demande import DemandeCorrection
from .habilitation import DemandeAcces, Habilitation, Role
from .horaire import LigneHoraire
from .lieu import Lieu
from .modification import ChangementPropose, EntreeJournal, Modification
from .nomenclature import Code, CorrespondanceCategorie, Nomenclature
from .structure import Adresse, EntiteGeographique, EntiteJuridique, OrganisationInterne, Structure
from .unite import CodePorte, UniteOperationnelle

__all__ = [
    "Adresse",
    "Brouillon",
    "ChangementPropose",
    "Code",
    "CodePorte",
    "Contact",
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
    "Preference",
    "Role",
    "Structure",
    "Telecom",
    "UniteOperationnelle",
]
