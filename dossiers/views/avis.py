"""« Mes notifications »: what happened in her dossiers, what is read, and how she wants to be told by mail (B13)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ror.commun.erreurs import SaisieInvalide

from .. import actions
from ..actions.avis import rythmes_de
from ..models import Avis, Rythme, Sujet

PAR_PAGE = 25


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """What she was told, unread first; opening one is a button, since it marks it as read."""
    siens = Avis.objects.visibles_par(request.user).select_related("dossier")
    page = Paginator(siens.order_by(F("lu_le").desc(nulls_first=True), "-cree_le", "-pk"), PAR_PAGE)
    contexte = {"page": page.get_page(request.GET.get("page")), "non_lus": siens.non_lus().count()}
    partie = "#liste" if request.htmx.target == "liste" else ""
    return render(request, f"dossiers/avis.html{partie}", contexte)


@require_POST
def aller(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks an avis as read and opens what it is about."""
    avis = get_object_or_404(Avis.objects.visibles_par(request.user), pk=pk)
    actions.lire(auteur=request.user, avis_id=avis.pk)
    return redirect(avis.adresse)


@require_POST
def lire(request: HttpRequest, pk: int) -> HttpResponse:
    """« Marquer comme lue »."""
    avis = get_object_or_404(Avis.objects.visibles_par(request.user), pk=pk)
    actions.lire(auteur=request.user, avis_id=avis.pk)
    return redirect("avis")


@require_POST
def tout_lire(request: HttpRequest) -> HttpResponse:
    """« Tout marquer comme lu »."""
    if actions.lire(auteur=request.user):
        messages.success(request, "Toutes vos notifications sont lues.")
    return redirect("avis")


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """How she wants mails about each subject: at once, once a day, never."""
    rythmes = {sujet.value: rythme.value for sujet, rythme in rythmes_de(request.user).items()}
    erreurs: dict[str, str] = {}
    if request.method == "POST":
        rythmes = {s.value: request.POST.get(s.value, "") for s in Sujet}
        try:
            actions.regler_rythmes(auteur=request.user, rythmes=rythmes)
        except SaisieInvalide as refus:
            erreurs = refus.erreurs
        else:
            messages.success(request, "Vos préférences sont enregistrées.")
            return redirect("avis")
    contexte = {
        "sujets": [(s, rythmes[s.value], erreurs.get(s.value, "")) for s in Sujet],
        "rythmes": list(Rythme),
        "fil": [("Mes notifications", reverse("avis"))],
    }
    return render(request, "dossiers/avis_preferences.html", contexte, status=422 if erreurs else 200)
