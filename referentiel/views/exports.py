"""Exports: a list as a file at once, or asked of the worker when it is long; « Mes exports » (B56)."""

import tempfile
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ror.commun.erreurs import EtatIncompatible
from ror.commun.tableur import reponse_csv

from ..actions import exports
from ..exports import Extrait, Liste, trouver
from ..exports.fichiers import MIMES, ecrire, nom_de_fichier
from ..models import DemandeExport

MONTRES = 50
_FIN_DU_SUIVI = 286  # htmx stops polling


@require_http_methods(["GET", "HEAD", "POST"])
def exporter(request: HttpRequest, nom: str, format: str) -> HttpResponse | StreamingHttpResponse:
    """The list of a page, with the filters of its address: the file, or for a long one the page that asks for it.

    POST asks the worker for it.
    """
    if format not in MIMES:
        raise Http404("Formats: csv, xlsx")
    liste = trouver(nom)
    parametres = _filtres(request.GET)
    extrait = liste.ouvrir(request.user, parametres)
    direct = extrait.nombre <= settings.EXPORT_DIRECT_MAX
    if direct and request.method != "POST":
        return _fichier(request, liste, extrait, format)
    if not direct and request.method == "POST":
        return _demander(request, liste, parametres, format, extrait.nombre)
    if request.method == "POST":
        return redirect(f"{request.path}?{parametres.urlencode()}")
    contexte = {
        "liste": liste,
        "extrait": extrait,
        "format": format,
        "retour": f"{reverse(liste.url)}?{parametres.urlencode()}",
        "limite": settings.EXPORT_DIRECT_MAX,
        "en_cours": request.user.exports.filter(etat__in=["attente", "en_cours"]).first(),
    }
    return render(request, "referentiel/exports/demander.html", contexte)


@require_safe
def mes_exports(request: HttpRequest) -> HttpResponse:
    """The files this person asked for: being prepared, ready, interrupted."""
    return render(request, "referentiel/exports/liste.html", _miens(request))


@require_safe
def progression(request: HttpRequest) -> HttpResponse:
    """The same list alone, asked every two seconds while something is being prepared."""
    contexte = _miens(request)
    statut = 200 if contexte["vivants"] else _FIN_DU_SUIVI
    return render(request, "referentiel/exports/_miens.html", contexte, status=statut)


@require_safe
def telecharger(request: HttpRequest, pk: int) -> FileResponse:
    """One file, for whoever asked for it, while it is kept."""
    demande = get_object_or_404(DemandeExport, pk=pk, auteur=request.user, etat=DemandeExport.Etat.PRETE)
    if demande.expire_le and demande.expire_le < timezone.now():
        raise Http404("Ce fichier n’est plus gardé.")
    try:
        fichier = storages["exports"].open(demande.fichier)
    except FileNotFoundError:
        raise Http404("Ce fichier n’est plus gardé.") from None
    moment = timezone.localtime(demande.fini_le)
    nom = nom_de_fichier(demande.liste, demande.format, moment)
    return FileResponse(fichier, as_attachment=True, filename=nom, content_type=MIMES[demande.format])


@require_POST
def supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Annuler » or « Supprimer »."""
    demande = exports.supprimer(demande_id=pk, auteur=request.user)
    messages.success(request, f"Export supprimé\u00a0: {demande.titre}.")
    return redirect("mes-exports")


@require_POST
def redemander(request: HttpRequest, pk: int) -> HttpResponse:
    """« Redemander » an export that was interrupted."""
    try:
        exports.redemander(demande_id=pk, auteur=request.user)
    except EtatIncompatible as refus:
        messages.error(request, str(refus))
    return redirect("mes-exports")


def _filtres(recus: QueryDict) -> QueryDict:
    """The parameters of the list, without the page nor what is empty."""
    parametres = recus.copy()
    parametres.pop("page", None)
    for nom in [nom for nom, valeurs in parametres.lists() if not any(valeurs)]:
        del parametres[nom]
    return parametres


def _fichier(request: HttpRequest, liste: Liste, extrait: Extrait, format: str) -> Any:
    moment = timezone.localtime()
    nom = nom_de_fichier(liste.nom, format, moment)
    if format == "csv":
        return reponse_csv(nom, extrait.entete, extrait.rangees())
    fichier = tempfile.TemporaryFile()  # noqa: SIM115 closed by the response
    ecrire(
        fichier,
        format,
        liste=liste,
        extrait=extrait,
        auteur=request.user,
        moment=moment,
        avancer=lambda ecrites: None,
    )
    fichier.seek(0)
    return FileResponse(fichier, as_attachment=True, filename=nom, content_type=MIMES[format])


def _demander(request: HttpRequest, liste: Liste, parametres: QueryDict, format: str, total: int) -> HttpResponse:
    try:
        exports.demander(
            auteur=request.user, liste=liste.nom, parametres=parametres.urlencode(), format=format, total=total
        )
    except EtatIncompatible as refus:
        messages.error(request, str(refus))
    else:
        texte = "Le fichier se prépare. Vous pouvez quitter cette page\u00a0: il sera ici à votre retour."
        messages.success(request, texte)
    return redirect("mes-exports")


def _miens(request: HttpRequest) -> dict:
    demandes = list(DemandeExport.objects.filter(auteur=request.user)[:MONTRES])
    return {"demandes": demandes, "vivants": any(demande.vivante for demande in demandes)}
