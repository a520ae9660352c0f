"""« Marquer comme à jour » in the card of a section (M9)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import actions
from ..champs import SECTIONS
from ..permissions import Action, exiger
from .edition import METHODES, adresse_fiche, remplacer, rendre_fiche
from .fiche import lire_structure


@require_http_methods(METHODES)
def marquer_a_jour(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """POST dates one section and gives its card back; GET goes to it (the address of a form sent before signing in)."""
    structure = lire_structure(request, pk)
    exiger(request.user, Action.DIFFUSER, structure)
    if request.method != "POST":
        return redirect(adresse_fiche(structure, section))
    try:
        actions.marquer_a_jour(
            structure_id=structure.pk, auteur=request.user, section=section, version_vue=_version(request)
        )
        messages.success(request, f"{SECTIONS[section]}\u00a0: marqué comme à jour.")
    except actions.DejaFait as deja:
        messages.info(request, str(deja))
    except (EtatIncompatible, SaisieInvalide) as erreur:
        messages.warning(request, str(erreur))
        statut = 409 if isinstance(erreur, EtatIncompatible) else 422
        reponse = rendre_fiche(request, lire_structure(request, pk), focus=section)
        reponse.status_code = statut
        return remplacer(reponse, section)
    if request.htmx:
        return rendre_fiche(request, lire_structure(request, pk), focus=section)
    return redirect(adresse_fiche(structure, section))


def _version(request: HttpRequest) -> int:
    texte = request.POST.get("version", "")
    if not (texte.isascii() and texte.isdigit() and len(texte) < 10):
        raise EtatIncompatible("Cette page n’est plus à jour. Relisez la section, puis recommencez.")
    return int(texte)
