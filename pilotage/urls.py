"""Addresses of what keeps the Répertoire fresh: home, yearly review, quality."""

from django.urls import path

from .views import lien, relecture

urlpatterns = [
    path("etablissements/<int:pk>/relecture/", relecture.relecture, name="relecture"),
    path("etablissements/<int:pk>/relecture/valider/", relecture.valider, name="relecture-valider"),
    path("etablissements/<int:pk>/relecture/<int:offre>/diffuser/", relecture.diffuser, name="relecture-diffuser"),
    path("etablissements/<int:pk>/relecture/<int:offre>/plus-tard/", relecture.plus_tard, name="relecture-plus-tard"),
    path("relire/<str:jeton>/", lien.lien, name="relecture-lien"),
    path("mon-compte/rappels/", lien.regler, name="rappels-regler"),
]
