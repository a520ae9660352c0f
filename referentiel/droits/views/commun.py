"""What the screens of rights share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from referentiel.permissions import Action, exiger
from ror.commun.erreurs import ErreurMetier, SaisieInvalide

formulaire = require_http_methods(["GET", "HEAD", "POST"])


def reserve(action: Action) -> Callable:
    """Keeps a view for those whom a right allows `action` somewhere; the others read why."""

    def decorer(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(vue)
        def gardee(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            exiger(request.user, action)
            return vue(request, *args, **kwargs)

        return gardee

    return decorer


def soumettre(form: forms.BaseForm, acte: Callable[[], Any]) -> tuple[Any, int]:
    """Runs an act with a valid form; its refusal is told in the form, with all that was typed.

    Returns:
        What the act returned and 200, or None and the status of the refusal.
    """
    try:
        return acte(), 200
    except SaisieInvalide as erreur:
        for champ, message in erreur.erreurs.items():
            form.add_error(champ if champ in form.fields else None, message)
        return None, erreur.statut
    except ErreurMetier as erreur:
        form.add_error(None, str(erreur))
        return None, erreur.statut
