"""« Règles de validation »: the routes of the dossiers, as data (B6)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from referentiel.formulaires import FormulaireIllisible, ouvrir, sceller
from referentiel.permissions import Action, exiger
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import actions
from ..acces import noter_erreurs, validateur_de
from ..actions.regles import valeurs_de
from ..circuit import nom_etape
from ..etats import ETAPES
from ..forms_circuit import RegleForm
from ..models import RegleValidation


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """All the rules, the heaviest first."""
    exiger(request.user, Action.REGLER_CIRCUIT)
    regles = [
        (regle, [nom_etape(e, validateur_de(request)) for e in ETAPES if e.value in regle.etapes])
        for regle in RegleValidation.objects.all()
    ]
    return render(request, "dossiers/regles.html", {"regles": regles})


@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One rule, changed or added."""
    exiger(request.user, Action.REGLER_CIRCUIT)
    regle = get_object_or_404(RegleValidation, pk=pk) if pk else None
    initiales = RegleForm.initiales(regle) if regle else None
    form = RegleForm(request.POST if request.method == "POST" else None, initial=initiales)
    if not form.is_bound or not form.is_valid():
        return _montrer(request, regle, form, 422 if form.is_bound else 200)
    try:
        faite = actions.enregistrer_regle(
            auteur=request.user, valeurs=form.cleaned_data, regle_id=pk, vu=_vu(request, pk) if pk else None
        )
    except SaisieInvalide as erreur:
        noter_erreurs(form, erreur)
        return _montrer(request, regle, form, 422)
    except EtatIncompatible as erreur:
        form.add_error(None, str(erreur))
        return _montrer(request, RegleValidation.objects.filter(pk=pk).first(), form, 409)
    messages.success(
        request, f"La règle «\u00a0{faite.nom}\u00a0» est enregistrée. Elle vaut pour les prochains envois."
    )
    return redirect("regles-validation")


def _vu(request: HttpRequest, pk: int) -> dict:
    """The values that the form showed; an unreadable seal is an old page."""
    try:
        return ouvrir(f"regle:{pk}", request.POST.get("vu"))
    except FormulaireIllisible:
        return {}


def _montrer(request: HttpRequest, regle: RegleValidation | None, form: RegleForm, statut: int) -> HttpResponse:
    jeton = sceller(f"regle:{regle.pk}", valeurs_de(regle)) if regle else ""
    return render(request, "dossiers/regle.html", {"regle": regle, "form": form, "jeton": jeton}, status=statut)
