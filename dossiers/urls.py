"""Addresses of the dossiers collaboratifs."""

from django.urls import path

from . import urls_circuit, urls_preparation, views_avis, views_ouverture, views_repercussion

urlpatterns = [
    *urls_circuit.urlpatterns,
    *urls_preparation.urlpatterns,
    path("dossiers/<int:pk>/renommer/", views_ouverture.renommer, name="dossier-renommer"),
    path("dossiers/nouveau/<int:structure>/", views_ouverture.nouveau, name="dossier-nouveau"),
    path("dossiers/ouvrir/<int:structure>/", views_ouverture.rejoindre, name="dossier-ouvrir"),
    path("dossiers/repercussion/<int:structure>/", views_repercussion.repercussion, name="dossier-repercussion"),
    path("notifications/", views_avis.liste, name="avis"),
    path("notifications/lues/", views_avis.tout_lire, name="avis-tout-lire"),
    path("notifications/preferences/", views_avis.preferences, name="avis-preferences"),
    path("notifications/<int:pk>/aller/", views_avis.aller, name="avis-aller"),
    path("notifications/<int:pk>/lu/", views_avis.lire, name="avis-lire"),
]
