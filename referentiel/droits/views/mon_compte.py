"""« Mon compte et mes droits »."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ...actions.brouillons import brouillons_gardes
from ...objets import nommer
from ...views.brouillons import brouillons_de
from ..explications import actes_permis


@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    """Identity, conditions accepted, and in words what each right allows and where (S16–S21)."""
    droits = request.user.habilitations.non_terminees().select_related("structure").order_by("role", "debut")
    contexte = {
        "droits": [{"droit": droit, "actes": actes_permis(droit.role)} for droit in droits],
        "brouillons_gardes": brouillons_gardes(request.user),
        "saisies": _saisies(request),
        "acceptations": request.user.acceptations.select_related("version").order_by("-le"),
    }
    return render(request, "droits/mon_compte.html", contexte)


def _saisies(request: HttpRequest) -> list[dict]:
    """Her drafts, each with the name of its fiche or lieu; those whose fiche is gone are left out."""
    reprises = brouillons_de(request.user)
    noms = nommer([reprise.objet for reprise in reprises])
    return [{"reprise": r, "nom": noms[r.objet]} for r in reprises if r.objet in noms]
