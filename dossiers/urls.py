"""Addresses of the dossiers collaboratifs."""

from django.urls import path

from . import urls_circuit, urls_preparation
from .views import avis, ouverture, repercussion

urlpatterns = [
    *urls_circuit.urlpatterns,
    *urls_preparation.urlpatterns,
    path("dossiers/<int:pk>/renommer/", ouverture.renommer, name="dossier-renommer"),
    path("dossiers/nouveau/<int:structure>/", ouverture.nouveau, name="dossier-nouveau"),
    path("dossiers/ouvrir/<int:structure>/", ouverture.rejoindre, name="dossier-ouvrir"),
    path("dossiers/repercussion/<int:structure>/", repercussion.repercussion, name="dossier-repercussion"),
    path("notifications/", avis.liste, name="avis"),
    path("notifications/lues/", avis.tout_lire, name="avis-tout-lire"),
    path("notifications/preferences/", avis.preferences, name="avis-preferences"),
    path("notifications/<int:pk>/aller/", avis.aller, name="avis-aller"),
    path("notifications/<int:pk>/lu/", avis.lire, name="avis-lire"),
]
