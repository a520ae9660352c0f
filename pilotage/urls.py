"""Addresses of what keeps the Répertoire fresh: home, yearly review, quality."""

from django.urls import path

from .views import orphelins, poids, tableau

urlpatterns: list = [
    path("tableau-de-bord/", tableau.tableau, name="tableau-de-bord"),
    path("tableau-de-bord/etablissements/", tableau.etablissements, name="tableau-etablissements"),
    path("tableau-de-bord/offres/", tableau.offres, name="tableau-offres"),
    path("comptes/sans-referent/", orphelins.orphelins, name="comptes-orphelins"),
    path("tableau-de-bord/poids/", poids.poids_completude, name="completude-poids"),
]
