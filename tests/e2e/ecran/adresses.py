"""Addresses that the page templates name; the pages themselves are given by the tests."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

NOMS = [
    "accueil",
    "aide",
    "avis",
    "cgu",
    "connexion",
    "deconnexion",
    "documents",
    "mentions-legales",
    "mes-etablissements",
    "mon-compte",
    "recherche",
    "repertoire",
    "version",
]


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path(f"ror/{nom}/", page, name=nom) for nom in NOMS]
