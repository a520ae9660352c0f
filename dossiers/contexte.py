"""What the banner of every page says of the dossiers."""

from django.http import HttpRequest

from referentiel.contexte import VALIDATIONS, permise

from .listes import compter_a_valider


def a_valider(request: HttpRequest) -> dict:
    """Context processor: `a_valider`, how many dossiers wait for this person; no query for who validates none."""
    utilisateur = getattr(request, "user", None)
    if utilisateur is None or not utilisateur.is_authenticated or request.headers.get("HX-Request"):
        return {"a_valider": 0}
    return {"a_valider": compter_a_valider(utilisateur) if permise(utilisateur, VALIDATIONS) else 0}
