"""« Mon compte et mes droits »."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..explications import actes_permis


@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    """Identity, conditions accepted, and in words what each right allows and where (S16–S21)."""
    droits = request.user.habilitations.non_terminees().select_related("structure").order_by("role", "debut")
    contexte = {
        "droits": [{"droit": droit, "actes": actes_permis(droit.role)} for droit in droits],
        "acceptations": request.user.acceptations.select_related("version").order_by("-le"),
    }
    return render(request, "droits/mon_compte.html", contexte)
