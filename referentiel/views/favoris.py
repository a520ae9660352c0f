"""« Ajouter aux favoris » and « Retirer des favoris » (S57), from the tree or from the fiche, without script too."""

import json
from urllib.parse import parse_qs

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ror.commun.acces import decouper, retour_sur

from .. import actions
from ..models import Structure
from .fiche import lire_structure


@require_POST
def ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps the fiche at hand."""
    structure = lire_structure(request, pk)
    try:
        actions.ajouter_favori(structure_id=pk, auteur=request.user)
    except Structure.DoesNotExist:
        raise Http404 from None
    return _repondre(request, structure, favori=True)


@require_POST
def retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps it at hand no longer."""
    structure = lire_structure(request, pk)
    actions.retirer_favori(structure_id=pk, auteur=request.user)
    return _repondre(request, structure, favori=False)


def _repondre(request: HttpRequest, structure: Structure, *, favori: bool) -> HttpResponse:
    """To HTMX the button as it is now, and what the tree must draw again; else back to the page."""
    fait = "est dans vos favoris" if favori else "n’est plus dans vos favoris"
    phrase = f"«\u00a0{structure.nom}\u00a0» {fait}."
    if not request.htmx:
        messages.success(request, phrase)
        return redirect(retour_sur(request, f"{reverse('repertoire')}?fiche={structure.pk}"))
    suites = {"annonce": phrase, "fiche-changee": {"fiche": structure.pk}}
    du_bouton = request.htmx.target == f"favori-{structure.pk}"
    if not du_bouton and not _montree(request, structure):
        return HttpResponse(headers={"HX-Trigger": json.dumps(suites)})
    suite = request.htmx.current_url_abs_path or ""
    contexte = {"structure": structure, "favori": favori, "suite": suite, "ailleurs": not du_bouton}
    reponse = render(request, "referentiel/_favori.html", contexte)
    reponse.headers["HX-Trigger"] = json.dumps(suites)
    return reponse


def _montree(request: HttpRequest, structure: Structure) -> bool:
    """Whether the page that asks shows this fiche beside the tree."""
    adresse = decouper(request.headers.get("HX-Current-URL", ""))
    return parse_qs(adresse.query).get("fiche") == [str(structure.pk)]
