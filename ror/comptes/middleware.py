"""Sign-in before anything else (S1), and a new password before anything else at the first sign-in (S13)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import urlencode

from ror.commun.acces import page_d_origine

PUBLIQUES = frozenset(
    {
        "racine",
        "connexion",
        "deconnexion",
        "version",
        "documents",
        "aide",
        "aide-article",
        "cgu",
        "mentions-legales",
        "demande-acces",
        "demande-acces-structures",
        "demande-acces-envoyee",
        "invitation",
        "mot-de-passe-oublie",
        "mot-de-passe-envoye",
        "mot-de-passe-nouveau",
        "mot-de-passe-change",
        "relecture-lien",
    }
)
"""URL names open to anybody; every other page needs a session."""

AVANT_CHANGEMENT = frozenset({"premiere-connexion", "deconnexion", "version", "cgu", "mentions-legales"})
"""URL names open to a person who has not yet replaced the first password."""


def _nom(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def _statique(request: HttpRequest) -> bool:
    return request.path.startswith(settings.STATIC_URL)


class PagesPrivees:
    """Keeps what a signed-in person sees out of every cache: « back » after signing out shows nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connecte = request.user.is_authenticated
        reponse = self.get_response(request)
        if connecte and not _statique(request):
            reponse.headers["Cache-Control"] = "no-store"
        return reponse


class ConnexionRequise:
    """Redirects to the sign-in page; an HTMX request gets 401 so that the typed form is not lost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or _nom(request) in PUBLIQUES or _statique(request):
            return self.get_response(request)
        if request.headers.get("HX-Request") or request.headers.get("X-Requested-With"):
            return HttpResponse("Votre session a expiré. Reconnectez-vous : votre saisie est conservée.", status=401)
        suite = request.get_full_path() if request.method in ("GET", "HEAD") else page_d_origine(request)
        return redirect(f"{resolve_url('connexion')}?{urlencode({'next': suite})}" if suite else "connexion")


class PremiereConnexion:
    """Blocks every other page until the person has chosen a password of her own (S13)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        doit = request.user.is_authenticated and request.user.doit_changer_mot_de_passe
        if doit and _nom(request) not in AVANT_CHANGEMENT and not _statique(request):
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("premiere-connexion")})
            return redirect("premiere-connexion")
        return self.get_response(request)
