"""Pages open before or right after sign-in."""

from .aide import aide, aide_article, documents
from .connexion import cgu, connexion, deconnexion, mentions_legales, trop_d_essais, version
from .mot_de_passe import (
    fermer_les_sessions,
    invitation,
    mot_de_passe,
    mot_de_passe_change,
    mot_de_passe_envoye,
    mot_de_passe_nouveau,
    mot_de_passe_oublie,
    premiere_connexion,
)

__all__ = [
    "aide",
    "aide_article",
    "cgu",
    "connexion",
    "deconnexion",
    "documents",
    "fermer_les_sessions",
    "invitation",
    "mentions_legales",
    "mot_de_passe",
    "mot_de_passe_change",
    "mot_de_passe_envoye",
    "mot_de_passe_nouveau",
    "mot_de_passe_oublie",
    "premiere_connexion",
    "trop_d_essais",
    "version",
]
