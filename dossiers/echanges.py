"""The comments of a dossier as threads, and the form to write one (B11). Read only."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from .acces import fiches_nommees
from .actions.avis import participants_de, valideurs_de
from .forms_circuit import CommentaireForm
from .models import Commentaire, Dossier


def fils_de(dossier: Dossier) -> list[Commentaire]:
    """Returns the threads, open ones first, each with its answers in `suite`; one query."""
    tous = list(dossier.commentaires.select_related("auteur", "regle_par", "fiche").order_by("le", "pk"))
    suites: dict[int | None, list[Commentaire]] = {}
    for commentaire in tous:
        suites.setdefault(commentaire.reponse_a_id, []).append(commentaire)
    premiers = suites.get(None, [])
    for premier in premiers:
        premier.suite = suites.get(premier.pk, [])  # type: ignore[attr-defined]
    return sorted(premiers, key=lambda c: c.regle_le is not None)


def contexte_echanges(
    request: HttpRequest, dossier: Dossier, fils: Iterable[Commentaire] | None = None
) -> dict[str, Any]:
    """Returns the threads, the form, and whom « @ » may tell."""
    personnes = {u.pk: u for u in [*participants_de(dossier), *valideurs_de(dossier)] if u.pk != request.user.pk}
    return {
        "fils": fils_de(dossier) if fils is None else fils,
        "form_commentaire": CommentaireForm(fiches=fiches_nommees(dossier), auto_id="commentaire_%s"),
        "mentionnables": sorted(personnes.values(), key=str)[:20],
    }
