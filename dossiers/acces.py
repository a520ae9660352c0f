"""What every screen of the circuit begins with: the dossier, if the person may see it, and what she may do with it."""

from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from ror.commun.erreurs import SaisieInvalide
from ror.comptes.contexte import region_servie

from .models import Dossier, FicheDossier


def lire_dossier(request: HttpRequest, pk: int) -> Dossier:
    """Returns the dossier with its establishment; 404 when it does not exist for this person (S126)."""
    visibles = Dossier.objects.visibles_par(request.user)
    return get_object_or_404(visibles.select_related("etablissement", "cree_par", "envoye_par", "approuve_par"), pk=pk)


def fiches_nommees(dossier: Dossier) -> list[FicheDossier]:
    """Returns its fiches by name, for a list to choose from."""
    return list(dossier.fiches.order_by("nom", "pk"))


def validateur_de(request: HttpRequest) -> str:
    """Returns who gives the last validation in this region (« SESAN »)."""
    return region_servie(request).validateur


def noter_erreurs(form: BaseForm, erreur: SaisieInvalide) -> None:
    """Puts each sentence beside its field; the others on top of the form."""
    for nom, phrase in erreur.erreurs.items():
        form.add_error(nom if nom in form.fields else None, phrase)
