"""A refused act becomes a French page, or its bare sentence when htmx asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .erreurs import ErreurMetier

TITRES = {
    400: "Cette saisie est à reprendre",
    403: "Votre droit ne permet pas cet acte",
    404: "Cette page n’existe pas, ou plus",
    409: "La situation a changé entre-temps",
    429: "Trop d’essais en peu de temps",
}


class ErreursMetier:
    """Turns an `ErreurMetier` that no view caught into its sentence, with its status.

    To htmx it answers the sentence alone: static/js/ror.js shows it beside the form, which keeps what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ErreurMetier):
            return None
        if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
            return HttpResponse(str(exception), status=exception.statut, content_type="text/plain; charset=utf-8")
        contexte = {"titre": TITRES.get(exception.statut, TITRES[400]), "motif": str(exception)}
        return render(request, "erreurs/metier.html", contexte, status=exception.statut)
