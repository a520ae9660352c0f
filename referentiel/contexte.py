"""The person's menu, in the context of every page."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from .permissions import Action, refus


@dataclass(frozen=True, slots=True)
class Entree:
    """One line of the menu.

    Attributes:
        nom_url: URL name of the page.
        libelle: what the menu says.
        icone: icon of static/icones.svg.
        action: the right without which the line is not shown, or several of which one is enough; None shows it to
            everybody.
    """

    nom_url: str
    libelle: str
    icone: str
    action: Action | tuple[Action, ...] | None = None


VALIDATIONS = (Action.VALIDER_DOSSIER, Action.APPROUVER_DOSSIER, Action.APPROUVER_TUTELLE)

ENTREES = (
    Entree("accueil", "Mes accès rapides", "house"),
    Entree("mes-etablissements", "Mes Etablissements", "building"),
    Entree("repertoire", "Répertoire", "diagram-3"),
    Entree("a-venir", "Modifications à venir", "calendar-event", Action.MODIFIER),
    Entree("dossiers", "Dossier collaboratif", "folder-fill"),
    Entree("a-valider", "À valider", "patch-check", VALIDATIONS),
    Entree("mes-demandes", "Mes demandes", "inbox"),
    Entree("mes-recherches", "Mes recherches", "bookmark"),
    Entree("mes-exports", "Mes exports", "download"),
    Entree("tableau-de-bord", "Tableau de bord", "speedometer2", Action.LIRE_TABLEAU),
    Entree("demandes-correction", "Demandes de correction", "chat-left-text", Action.CORRIGER_FINESS),
    Entree("finess", "Import FINESS", "database", Action.SUIVRE_FINESS),
    Entree("comptes", "Comptes", "people", Action.GERER_COMPTES),
    Entree("demandes-acces", "Demandes d’accès", "person-plus", Action.GERER_COMPTES),
    Entree("modeles-saisie", "Modèles de saisie", "file-text", Action.REGLER_MODELES),
    Entree("synonymes", "Synonymes de la recherche", "search", Action.REGLER_RECHERCHE),
    Entree("regles-validation", "Règles de validation", "sliders", Action.REGLER_CIRCUIT),
    Entree("textes-regions", "Textes de la région", "gear", Action.REGLER_PORTAIL),
    Entree("aide", "Fiches pratiques", "journal-text"),
)


def menu(request: HttpRequest) -> dict:
    """Context processor: `menu`, the pages open to this person; empty before sign-in."""
    utilisateur = getattr(request, "user", None)
    if utilisateur is None or not utilisateur.is_authenticated:
        return {"menu": []}
    courante = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "menu": [
            {
                "nom": e.nom_url,
                "url": reverse(e.nom_url),
                "libelle": e.libelle,
                "icone": e.icone,
                "courant": e.nom_url == courante,
            }
            for e in ENTREES
            if permise(utilisateur, e.action)
        ]
    }


def permise(utilisateur, action: Action | tuple[Action, ...] | None) -> bool:
    """Tells whether a line is for this person."""
    if action is None:
        return True
    actions = action if isinstance(action, tuple) else (action,)
    return any(refus(utilisateur, a) is None for a in actions)
