"""Addresses of what keeps the Répertoire fresh: home, yearly review, quality."""

from django.urls import path

from .views import lien, orphelins, poids, relecture, tableau

urlpatterns = [
    path("etablissements/<int:pk>/relecture/", relecture.relecture, name="relecture"),
    path("etablissements/<int:pk>/relecture/valider/", relecture.valider, name="relecture-valider"),
    path("etablissements/<int:pk>/relecture/<int:offre>/diffuser/", relecture.diffuser, name="relecture-diffuser"),
    path("etablissements/<int:pk>/relecture/<int:offre>/plus-tard/", relecture.plus_tard, name="relecture-plus-tard"),
    path("relire/<str:jeton>/", lien.lien, name="relecture-lien"),
    path("mon-compte/rappels/", lien.regler, name="rappels-regler"),
    path("tableau-de-bord/", tableau.tableau, name="tableau-de-bord"),
    path("tableau-de-bord/etablissements/", tableau.etablissements, name="tableau-etablissements"),
    path("tableau-de-bord/offres/", tableau.offres, name="tableau-offres"),
    path("comptes/sans-referent/", orphelins.orphelins, name="comptes-orphelins"),
    path("tableau-de-bord/poids/", poids.poids_completude, name="completude-poids"),
]
