"""What the tree of the Répertoire shows of the dossiers: a folder on the establishments that have an open one."""

from referentiel.models import Structure
from referentiel.permissions import est_permis, refus
from referentiel.repertoire import Marque

from .models import Dossier
from .models.dossier import ACTIONS_VISIBLES


def marque_de_dossier(utilisateur) -> Marque | None:
    """Returns the establishments whose open dossier this person may see; to others there is none (S126)."""
    if all(refus(utilisateur, action) for action in ACTIONS_VISIBLES):
        return None
    ouverts = Structure.objects.filter(pk__in=Dossier.objects.ouverts().values("etablissement"))
    siens = ouverts.filter(est_permis(utilisateur, *ACTIONS_VISIBLES))
    return Marque("folder-fill", "dossier collaboratif", siens.values("pk"))
