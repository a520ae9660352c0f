"""Addresses of the circuit of the dossiers: lists, sending, reviewing, exchanges, rules of validation."""

from django.urls import path

from . import views_circuit, views_echanges, views_listes, views_regles, views_relecture

urlpatterns = [
    path("dossiers/", views_listes.liste, name="dossiers"),
    path("dossiers/a-valider/", views_listes.a_valider, name="a-valider"),
    path("dossiers/les-miens/", views_listes.mes_dossiers, name="mes-dossiers"),
    path("dossiers/<int:pk>/envoyer/", views_circuit.envoyer, name="dossier-envoyer"),
    path("dossiers/<int:pk>/simulation/", views_circuit.simulation, name="dossier-simulation"),
    path("dossiers/<int:pk>/suivi/", views_circuit.suivi, name="dossier-suivi"),
    path("dossiers/<int:pk>/repertoire/", views_circuit.repertoire, name="dossier-repertoire"),
    path("dossiers/<int:pk>/retirer-de-la-validation/", views_circuit.retirer, name="dossier-retirer"),
    path("dossiers/<int:pk>/annuler-la-publication/", views_circuit.annuler, name="dossier-annuler"),
    path("dossiers/<int:pk>/abandonner/", views_circuit.abandonner, name="dossier-abandonner"),
    path("dossiers/<int:pk>/relecture/", views_relecture.relecture, name="dossier-relecture"),
    path("dossiers/<int:pk>/lus/", views_relecture.lus, name="dossier-lus"),
    path("dossiers/<int:pk>/corrections/", views_relecture.corrections, name="dossier-corrections"),
    path("dossiers/<int:pk>/ne-pas-retenir/", views_relecture.refuser, name="dossier-refuser"),
    path("dossiers/<int:pk>/commenter/", views_echanges.commenter, name="dossier-commenter"),
    path("dossiers/commentaires/<int:pk>/regler/", views_echanges.regler, name="commentaire-regler"),
    path("dossiers/corrections/<int:pk>/annuler/", views_circuit.annuler_correction, name="correction-annuler"),
    path("dossiers/regles/", views_regles.liste, name="regles-validation"),
    path("dossiers/regles/ajouter/", views_regles.modifier, name="regle-ajouter"),
    path("dossiers/regles/<int:pk>/", views_regles.modifier, name="regle-modifier"),
]
