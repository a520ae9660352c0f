"""Addresses of the FINESS screens."""

from django.urls import path

from . import views

urlpatterns = [
    path("finess/", views.tableau, name="finess"),
    path("finess/progression/", views.progression, name="finess-progression"),
    path("finess/passages/<int:pk>/", views.passage, name="finess-passage"),
    path("finess/passages/<int:pk>/rejets.csv", views.exporter_rejets, name="finess-rejets-csv"),
    path("finess/decider/", views.decider, name="finess-decider"),
    path("finess/lancer/", views.lancer, name="finess-lancer"),
    path("finess/regles/", views.regles, name="finess-regles"),
]
