"""A refused act becomes a French page, or a fragment when htmx asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .erreurs import ErreurMetier

TITRES = {
    400: "Cette saisie est à reprendre",
    403: "Votre droit ne permet pas cet acte",
    409: "La situation a changé entre-temps",
    429: "Trop d’essais en peu de temps",
}


class ErreursMetier:
    """Turns an `ErreurMetier` that no view caught into its sentence, with its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ErreurMetier):
            return None
        partiel = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
        contexte = {
            "titre": TITRES.get(exception.statut, TITRES[400]),
            "motif": str(exception),
        }
        gabarit = "erreurs/_metier.html" if partiel else "erreurs/metier.html"
        return render(request, gabarit, contexte, status=exception.statut)
