"""Screens of the dossiers collaboratifs: the list, opening one, giving it up."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from referentiel.models import Structure
from referentiel.permissions import Action, exiger

from . import actions
from .models import Dossier

PAR_PAGE = 25


@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    """Menu → Dossier collaboratif (S48): the dossiers of the establishments this person edits or approves."""
    dossiers = (
        Dossier.objects.visibles_par(request.user)
        .select_related("etablissement", "cree_par")
        .annotate(nombre_fiches=Count("fiches"))
        .order_by("-modifie_le", "-pk")
    )
    page = Paginator(dossiers, PAR_PAGE).get_page(request.GET.get("page"))
    return render(request, "dossiers/liste.html", {"page": page})


@require_http_methods(["GET", "POST"])
def ouvrir(request: HttpRequest, structure: int) -> HttpResponse:
    """Joins the dossier of the establishment of a fiche (S33); asks before opening one (S139)."""
    fiche = get_object_or_404(Structure.objects.lisibles_par(request.user), pk=structure)
    etablissement = actions.etablissement_de(fiche)
    exiger(request.user, Action.MODIFIER, etablissement)
    dossier = Dossier.objects.ouverts().filter(etablissement=etablissement).first()
    if request.method == "POST" and dossier is None:
        dossier = actions.ouvrir_ou_rejoindre(structure=fiche, auteur=request.user)
        messages.success(request, f"Le dossier «\u00a0{dossier.nom}\u00a0» est ouvert.")
    if dossier is not None:
        return redirect("dossier", pk=dossier.pk)
    return render(request, "dossiers/ouvrir.html", {"structure": fiche, "etablissement": etablissement})


@require_http_methods(["GET", "POST"])
def abandonner(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then gives the dossier up."""
    dossier = get_object_or_404(Dossier.objects.visibles_par(request.user).select_related("etablissement"), pk=pk)
    if request.method == "POST":
        actions.abandonner(dossier_id=dossier.pk, auteur=request.user, vu=request.POST.get("vu", ""))
        messages.success(request, f"Le dossier « {dossier.nom} » est abandonné. Rien n’en sera publié.")
        return redirect("dossiers")
    return render(request, "dossiers/abandonner.html", {"dossier": dossier})
