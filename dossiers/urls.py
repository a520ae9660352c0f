"""Addresses of the dossiers collaboratifs."""

from django.urls import path

from . import urls_circuit, views, views_uo

urlpatterns = [
    *urls_circuit.urlpatterns,
    path("dossiers/<int:pk>/", views.detail, name="dossier"),
    path("dossiers/<int:pk>/abandonner/", views.abandonner, name="dossier-abandonner"),
    path("dossiers/ouvrir/<int:structure>/", views.ouvrir, name="dossier-ouvrir"),
    path("dossiers/creer/<int:parent>/", views.creer_fiche, name="dossier-creer-fiche"),
    path("dossiers/fiches/<int:pk>/", views_uo.modifier, name="dossier-uo"),
    path("dossiers/fiches/<int:pk>/retirer/", views.retirer_fiche, name="dossier-retirer-fiche"),
]
