"""Sign-in, sign-out, conditions of use, legal notice, version."""

from datetime import timedelta
from math import ceil

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ror import VERSION
from ror.commun.acces import adresse_ip, retour_sur

from ..actions import accepter_cgu
from ..aide import ARTICLES
from ..forms import ConnexionForm
from ..models import VersionCGU


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def connexion(request: HttpRequest) -> HttpResponse:
    """Sign-in page (S3–S10); signing in accepts the conditions in force (S5) and leads where the person was going."""
    suite = retour_sur(request, "accueil")
    if request.user.is_authenticated:
        return redirect(suite)
    form = ConnexionForm(request, request.POST or None)
    if form.is_valid():
        login(request, form.get_user())
        accepter_cgu(utilisateur=request.user)
        return redirect(suite)
    contexte = {"form": form, "suite": suite, "nombre_aides": len(ARTICLES)}
    return render(request, "comptes/connexion.html", contexte)


def trop_d_essais(request: HttpRequest, reponse=None, credentials: dict | None = None) -> HttpResponse:
    """What axes answers after five failures: how long to wait, whom to call, the other ways in (429)."""
    identifiant = (credentials or {}).get("username", "")
    essai = (
        AccessAttempt.objects.filter(username=identifiant, ip_address=adresse_ip(request))
        .order_by("-attempt_time")
        .first()
    )
    attente = get_cool_off(request) - (timezone.now() - essai.attempt_time if essai else timedelta())
    secondes = max(60, ceil(attente.total_seconds()))
    contexte = {"minutes": ceil(secondes / 60)}
    page = render(request, "comptes/trop_d_essais.html", contexte, status=429)
    page.headers["Retry-After"] = str(secondes)
    return page


@require_POST
def deconnexion(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("connexion")


@require_safe
def version(request: HttpRequest) -> JsonResponse:
    """The version running (S10), for people and for monitoring."""
    return JsonResponse({"version": VERSION, "affichage": f"V.({VERSION})"})


@require_safe
def cgu(request: HttpRequest) -> HttpResponse:
    """The conditions of use in force."""
    return render(request, "comptes/cgu.html", {"cgu": VersionCGU.objects.en_vigueur()})


@require_safe
def mentions_legales(request: HttpRequest) -> HttpResponse:
    """The legal notice of the region (S9)."""
    return render(request, "comptes/mentions_legales.html")
