"""Addresses of the preparation of a dossier: its page, its tree, the gestures on it, the forms of its fiches."""

from django.urls import path, register_converter

from .views import dossier, fiche, organisation


class CleConverter:
    """Key of a fiche in the tree of a dossier: « s12 » live, « f5 » created by it."""

    regex = "[sf][1-9][0-9]{0,17}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CleOuDossierConverter(CleConverter):
    """The same, or the dossier itself; « CLE » is what the tree replaces in an address reversed once."""

    regex = "dossier|CLE|[sf][1-9][0-9]{0,17}"


register_converter(CleConverter, "cle")
register_converter(CleOuDossierConverter, "cle_ou_dossier")

urlpatterns = [
    path("dossiers/<int:pk>/", dossier.dossier, name="dossier"),
    path("dossiers/<int:pk>/branche/<cle_ou_dossier:cle>/", dossier.branche, name="dossier-branche"),
    path("dossiers/<int:pk>/cherche/", dossier.cherche, name="dossier-cherche"),
    path("dossiers/<int:pk>/actions/<cle_ou_dossier:cle>/", dossier.actions_noeud, name="dossier-actions"),
    path("dossiers/<int:pk>/fiche/<cle_ou_dossier:cle>/", fiche.fiche, name="dossier-fiche"),
    path("dossiers/creer/<int:parent>/", fiche.creer_fiche, name="dossier-creer-fiche"),
    path("dossiers/<int:pk>/deplacer/", organisation.deplacer, name="dossier-deplacer"),
    path("dossiers/<int:pk>/replacer/", organisation.replacer, name="dossier-replacer"),
    path("dossiers/<int:pk>/creer/<cle:cle>/", organisation.creer, name="dossier-creer"),
    path("dossiers/<int:pk>/renommer/<cle:cle>/", organisation.renommer_fiche, name="dossier-fiche-renommer"),
    path("dossiers/<int:pk>/dupliquer/<cle:cle>/", organisation.dupliquer, name="dossier-dupliquer"),
    path("dossiers/<int:pk>/supprimer/<cle:cle>/", organisation.supprimer, name="dossier-supprimer"),
    path("dossiers/<int:pk>/retablir/<cle:cle>/", organisation.retablir, name="dossier-retablir"),
    path("dossiers/<int:pk>/retirer/<cle:cle>/", organisation.retirer, name="dossier-fiche-retirer"),
]
