"""Addresses of the reading screens and of the edition of fiches."""

from django.urls import path

from .views import accueil, corrections, diffusion, edition, fiche, historique, lieu, recherche, repertoire

urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("a-relire/", accueil.a_relire, name="a-relire"),
    path("mes-etablissements/", accueil.mes_etablissements, name="mes-etablissements"),
    path("recherche/", recherche.chercher, name="recherche"),
    path("repertoire/", repertoire.repertoire, name="repertoire"),
    path("repertoire/branche/<slug:cle>/", repertoire.repertoire_branche, name="repertoire-branche"),
    path("repertoire/cherche/", repertoire.repertoire_cherche, name="repertoire-cherche"),
    path("fiche/<int:pk>/", fiche.fiche, name="fiche"),
    path("fiche/<int:pk>/actions/", repertoire.fiche_actions, name="fiche-actions"),
    path("fiche/<int:pk>/renommer/", fiche.renommer, name="fiche-renommer"),
    path("fiche/<int:pk>/historique/", historique.historique, name="historique"),
    path("fiche/<int:pk>/correction/<slug:champ>/", corrections.demande_correction, name="demande-correction"),
    path("fiche/<int:pk>/modifier/", edition.modifier, name="fiche-modifier"),
    path("fiche/<int:pk>/valider/", diffusion.valider, name="fiche-valider"),
    path("fiche/<int:pk>/abandonner/", diffusion.abandonner, name="fiche-abandonner"),
    path("fiche/<int:pk>/<slug:section>/modifier/", edition.section, name="fiche-section"),
    path("modification/<int:pk>/annuler/", diffusion.annuler, name="modification-annuler"),
    path("modification/<int:pk>/arbitrer/", diffusion.arbitrer, name="modification-arbitrer"),
    path("lieu/<int:pk>/", lieu.lieu, name="lieu"),
    path("lieu/<int:pk>/<slug:section>/modifier/", lieu.section, name="lieu-section"),
    path("mes-demandes/", corrections.mes_demandes, name="mes-demandes"),
    path("demandes-de-correction/", corrections.demandes_correction, name="demandes-correction"),
    path("demandes-de-correction/<int:pk>/", corrections.demande_repondre, name="demande-repondre"),
]
