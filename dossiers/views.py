"""Screens of the dossiers collaboratifs: one dossier, and « Créer + » which opens or joins it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from referentiel.models import Structure
from referentiel.niveaux import Niveau, refus_de_parent
from referentiel.objets import Objet
from referentiel.permissions import Action, exiger
from referentiel.views import brouillons
from ror.commun.erreurs import Introuvable

from . import actions, views_uo
from .droits import gestes_permis
from .etats import Geste
from .forms import FicheForm
from .models import Dossier, FicheDossier


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dossier and the fiches proposed in it."""
    dossier = get_object_or_404(
        Dossier.objects.visibles_par(request.user).select_related("etablissement", "cree_par"), pk=pk
    )
    contexte = {
        "dossier": dossier,
        "fiches": dossier.fiches.select_related("parent", "auteur", "type_offre"),
        "gestes": (gestes := gestes_permis(request.user, dossier)),
        "modifiable": Geste.MODIFIER in gestes,
    }
    return render(request, "dossiers/detail.html", contexte)


@require_http_methods(["GET", "POST"])
def creer_fiche(request: HttpRequest, parent: int) -> HttpResponse:
    """« Créer + » (S41): names the new fiche; the dossier of the establishment is opened, or joined."""
    structure = get_object_or_404(Structure, pk=parent)
    etablissement = actions.etablissement_de(structure)
    exiger(request.user, Action.MODIFIER, etablissement)
    niveaux = [n for n in Niveau if not refus_de_parent(n, structure.type_niveau, structure.groupe or None)]
    demande = request.POST.get("niveau") or request.GET.get("niveau") or ""
    if Niveau.UO in niveaux and demande in ("", Niveau.UO):
        return views_uo.creer(request, structure, [n for n in niveaux if n is not Niveau.UO])
    objet = Objet("creation", structure.pk)
    if request.POST.get(brouillons.GESTE) == brouillons.ANNULER:
        brouillons.annuler(request, objet, [request.POST["nom"]] if request.POST.get("nom") else [])
        return redirect("fiche", pk=structure.pk)
    repris = brouillons.a_reprendre(request, objet) if request.method == "GET" else None
    form = FicheForm(request.POST or None, niveaux=niveaux, initial=repris and repris.dict())
    if form.is_valid():
        fiche = actions.proposer_fiche(
            parent=structure,
            niveau=Niveau(form.cleaned_data["niveau"]),
            nom=form.cleaned_data["nom"],
            auteur=request.user,
        )
        brouillons.apres_enregistrement(request, objet)
        messages.success(request, f"« {fiche.nom} » est en création dans le dossier « {fiche.dossier.nom} ».")
        return redirect("dossier", pk=fiche.dossier_id)
    contexte = {
        "structure": structure,
        "etablissement": etablissement,
        "form": form,
        "saisie": brouillons.saisie_de(request, objet, data=request.POST or repris, touches=_touches),
        "retour": reverse("fiche", args=[structure.pk]),
        "section": "",
        "dossier": Dossier.objects.ouverts().filter(etablissement=etablissement).first(),
    }
    return render(request, "dossiers/creer_fiche.html", contexte, status=422 if form.is_bound else 200)


def _touches(data: QueryDict) -> list[str]:
    """What a draft of « Créer + » holds: a name."""
    return ["Nom"] if data.get("nom", "").strip() else []


@require_POST
def retirer_fiche(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a proposed fiche out of its dossier."""
    visibles = Dossier.objects.visibles_par(request.user)
    fiche = FicheDossier.objects.filter(pk=pk, dossier__in=visibles).first()
    if fiche is None:
        raise Introuvable("Cette fiche n’est plus dans le dossier : quelqu’un l’a retirée entre-temps.")
    actions.supprimer(dossier_id=fiche.dossier_id, cles=[fiche.cle], auteur=request.user)
    messages.success(request, f"« {fiche.nom} » est retirée du dossier.")
    return redirect("dossier", pk=fiche.dossier_id)


@require_http_methods(["GET", "POST"])
def abandonner(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then gives the dossier up."""
    dossier = get_object_or_404(Dossier.objects.visibles_par(request.user).select_related("etablissement"), pk=pk)
    if request.method == "POST":
        actions.abandonner(dossier_id=dossier.pk, auteur=request.user, vu=request.POST.get("vu", ""))
        messages.success(request, f"Le dossier « {dossier.nom} » est abandonné. Rien n’en sera publié.")
        return redirect("dossiers")
    return render(request, "dossiers/abandonner.html", {"dossier": dossier})
