"""Addresses of the portal, all below /ror/ (S2)."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(url=f"/{settings.PREFIXE}"), name="racine"),
    path(
        settings.PREFIXE,
        include(
            [
                path("", include("ror.comptes.urls")),
                path("", include("referentiel.urls")),
                path("", include("referentiel.droits.urls")),
                path("", include("dossiers.urls")),
                path("", include("finess_sync.urls")),
                path("", include("pilotage.urls")),
            ]
        ),
    ),
]
