"""A refused act becomes a French page, or its bare sentence when htmx asked."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure

from .erreurs import ErreurMetier

TITRES = {
    400: "Cette saisie est à reprendre",
    403: "Votre droit ne permet pas cet acte",
    404: "Cette page n’existe pas, ou plus",
    405: "Cette adresse ne s’ouvre pas ainsi",
    409: "La situation a changé entre-temps",
    429: "Trop d’essais en peu de temps",
}


_SIGNES_REFUSES = ("NUL (0x00)", "\\u0000")
"""What the database says of a character that no text may hold."""


class ErreursMetier:
    """Turns an `ErreurMetier` that no view caught into its sentence, with its status.

    To htmx it answers the sentence alone: static/js/ror.js shows it beside the form, which keeps what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.get_response(request)
        if reponse.status_code == 405 and not reponse.content:
            motif = "Elle sert à envoyer un formulaire\u00a0: rien n’a été fait."
            return dire(request, motif, 405, entetes={"Allow": reponse.headers.get("Allow", "")})
        return reponse

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ValueError | DataError) and any(s in str(exception) for s in _SIGNES_REFUSES):
            exception = ErreurMetier("Un caractère ne peut pas être enregistré\u00a0: retapez ce texte.")
        return dire(request, str(exception), exception.statut) if isinstance(exception, ErreurMetier) else None


def dire(request: HttpRequest, motif: str, statut: int, entetes: dict[str, str] | None = None) -> HttpResponse:
    """Returns a refusal: its sentence to htmx, a page otherwise."""
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return HttpResponse(motif, status=statut, content_type="text/plain; charset=utf-8", headers=entetes)
    contexte = {"titre": TITRES.get(statut, TITRES[400]), "motif": motif}
    reponse = render(request, "erreurs/metier.html", contexte, status=statut)
    for nom, valeur in (entetes or {}).items():
        reponse.headers[nom] = valeur
    return reponse


def jeton_refuse(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: the page of Django's own template, the bare sentence to htmx, which keeps what was typed."""
    if not request.headers.get("HX-Request"):
        return csrf_failure(request, reason)
    motif = "Cette page était ouverte depuis trop longtemps\u00a0: rien n’a été enregistré. Rechargez-la, puis envoyez."
    return HttpResponse(motif, status=403, content_type="text/plain; charset=utf-8")
