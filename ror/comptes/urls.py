"""Addresses of the sign-in pages and of the help."""

from django.urls import path

from . import views

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("version", views.version, name="version"),
    path("documents/", views.documents, name="documents"),
    path("aide/", views.aide, name="aide"),
    path("aide/<slug:slug>/", views.aide_article, name="aide-article"),
    path("conditions-generales/", views.cgu, name="cgu"),
    path("mentions-legales/", views.mentions_legales, name="mentions-legales"),
    path("invitation/<str:jeton>/", views.invitation, name="invitation"),
    path("premiere-connexion/", views.premiere_connexion, name="premiere-connexion"),
    path("mot-de-passe/", views.mot_de_passe, name="mot-de-passe"),
    path("mot-de-passe/perdu/", views.mot_de_passe_oublie, name="mot-de-passe-oublie"),
    path("mot-de-passe/perdu/envoye/", views.mot_de_passe_envoye, name="mot-de-passe-envoye"),
    path("mot-de-passe/nouveau/<str:uid>/<str:jeton>/", views.mot_de_passe_nouveau, name="mot-de-passe-nouveau"),
    path("mot-de-passe/enregistre/", views.mot_de_passe_change, name="mot-de-passe-change"),
    path("sessions/fermer/", views.fermer_les_sessions, name="fermer-sessions"),
]
