"""Addresses of the dossiers collaboratifs."""

from django.urls import path

from . import urls_preparation, views

urlpatterns = [
    path("dossiers/", views.liste, name="dossiers"),
    path("dossiers/<int:pk>/abandonner/", views.abandonner, name="dossier-abandonner"),
    path("dossiers/ouvrir/<int:structure>/", views.ouvrir, name="dossier-ouvrir"),
    *urls_preparation.urlpatterns,
]
