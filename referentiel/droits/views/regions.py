"""« Textes de la région » and conditions of use, for administrators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from referentiel.actions import modifier_region, publier_cgu
from referentiel.permissions import Action
from ror.comptes.models import Region, VersionCGU

from ..forms import CGUForm, RegionForm
from .commun import formulaire, reserve, soumettre

reglage = reserve(Action.REGLER_PORTAIL)


@require_safe
@reglage
def textes_regions(request: HttpRequest) -> HttpResponse:
    """The regions served and the versions of the conditions of use."""
    contexte = {"regions": Region.objects.order_by("nom"), "versions": VersionCGU.objects.all()}
    return render(request, "droits/textes_regions.html", contexte)


@formulaire
@reglage
def textes_region(request: HttpRequest, pk: int) -> HttpResponse:
    """The texts of one region: support, names, second door, legal notice."""
    region = get_object_or_404(Region, pk=pk)
    form, statut = RegionForm(request.POST or None, instance=region), 200
    if form.is_valid():
        enregistree, statut = soumettre(
            form, lambda: modifier_region(auteur=request.user, region_id=pk, textes=form.cleaned_data)
        )
        if enregistree:
            messages.success(request, f"Les textes de {enregistree.nom} sont enregistrés et visibles.")
            return redirect("textes-regions")
    return render(request, "droits/textes_region.html", {"form": form, "pk": pk}, status=statut)


@formulaire
@reglage
def cgu_publier(request: HttpRequest) -> HttpResponse:
    """Publishes a version of the conditions of use; everybody accepts it at the next sign-in (S5)."""
    form, statut = CGUForm(request.POST or None), 200
    if form.is_valid():
        publiee, statut = soumettre(form, lambda: publier_cgu(auteur=request.user, **form.cleaned_data))
        if publiee:
            messages.success(request, f"Version {publiee} publiée : chacun l’acceptera à sa prochaine connexion.")
            return redirect("textes-regions")
    return render(request, "droits/cgu_publier.html", {"form": form}, status=statut)
