"""Addresses of the circuit of the dossiers: lists, sending, reviewing, exchanges, rules of validation."""

from django.urls import path

from .views import circuit, echanges, listes, regles, relecture

urlpatterns = [
    path("dossiers/", listes.liste, name="dossiers"),
    path("dossiers/a-valider/", listes.a_valider, name="a-valider"),
    path("dossiers/les-miens/", listes.mes_dossiers, name="mes-dossiers"),
    path("dossiers/<int:pk>/envoyer/", circuit.envoyer, name="dossier-envoyer"),
    path("dossiers/<int:pk>/simulation/", circuit.simulation, name="dossier-simulation"),
    path("dossiers/<int:pk>/suivi/", circuit.suivi, name="dossier-suivi"),
    path("dossiers/<int:pk>/repertoire/", circuit.repertoire, name="dossier-repertoire"),
    path("dossiers/<int:pk>/retirer-de-la-validation/", circuit.retirer, name="dossier-retirer"),
    path("dossiers/<int:pk>/annuler-la-publication/", circuit.annuler, name="dossier-annuler"),
    path("dossiers/<int:pk>/abandonner/", circuit.abandonner, name="dossier-abandonner"),
    path("dossiers/<int:pk>/relecture/", relecture.relecture, name="dossier-relecture"),
    path("dossiers/<int:pk>/lus/", relecture.lus, name="dossier-lus"),
    path("dossiers/<int:pk>/corrections/", relecture.corrections, name="dossier-corrections"),
    path("dossiers/<int:pk>/ne-pas-retenir/", relecture.refuser, name="dossier-refuser"),
    path("dossiers/<int:pk>/commenter/", echanges.commenter, name="dossier-commenter"),
    path("dossiers/commentaires/<int:pk>/regler/", echanges.regler, name="commentaire-regler"),
    path("dossiers/corrections/<int:pk>/annuler/", circuit.annuler_correction, name="correction-annuler"),
    path("dossiers/regles/", regles.liste, name="regles-validation"),
    path("dossiers/regles/ajouter/", regles.modifier, name="regle-ajouter"),
    path("dossiers/regles/<int:pk>/", regles.modifier, name="regle-modifier"),
]
