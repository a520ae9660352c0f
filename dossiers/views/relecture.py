"""The reviewer's screen: sentences, before and after, three columns, the decision (S163–S169, B1–B4, B8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr, pluriel

from .. import actions
from ..acces import fiches_nommees, lire_dossier, noter_erreurs, validateur_de
from ..circuit import jalons_de
from ..droits import exiger_geste, gestes_permis
from ..echanges import contexte_echanges
from ..etats import Etat, Geste
from ..forms_circuit import CORRECTIONS_MAX, CorrectionFormSet, DecisionForm, RefusForm
from ..integration import IntegrationImpossible
from ..models import Dossier
from ..rapports import contexte_bilan, contexte_rapport
from ..simulation import Rapport, simuler
from .circuit import METHODES, peut_trancher, trancher

TRANCHER, AJOUTER = "trancher", "ajouter"


@require_http_methods(METHODES)
def relecture(request: HttpRequest, pk: int) -> HttpResponse:
    """What the dossier changes, for whoever sees it; the decision, for whoever validates it now."""
    dossier = lire_dossier(request, pk)
    if request.method != "POST":
        return _montrer(request, dossier)
    if request.POST.get("geste") == TRANCHER:
        statut, refus = trancher(request, dossier)
        if statut == 200:
            return redirect(f"{reverse('dossier-relecture', args=[pk])}#conflits")
        return _montrer(request, lire_dossier(request, pk), statut=statut, refus=refus)
    return _decider(request, dossier)


def _decider(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    """« Approuver » or « Valider le dossier », of what was shown."""
    form = DecisionForm(request.POST, derniere=dossier.derniere_etape)
    if not form.is_valid():
        exiger_geste(request.user, dossier, _geste_de(dossier))
        return _montrer(request, dossier, form, 422)
    try:
        accepte = actions.accepter(
            dossier_id=dossier.pk, auteur=request.user, vu=request.POST.get("vu", ""), **form.cleaned_data
        )
    except SaisieInvalide as erreur:
        noter_erreurs(form, erreur)
        return _montrer(request, dossier, form, 422)
    except (EtatIncompatible, IntegrationImpossible) as erreur:
        dossier = lire_dossier(request, dossier.pk)
        exiger_geste(request.user, dossier, _geste_de(dossier))
        form.add_error(None, str(erreur))
        return _montrer(request, dossier, form, 409)
    messages.success(request, _dire(accepte))
    return redirect("dossier-relecture", pk=dossier.pk)


def _geste_de(dossier: Dossier) -> Geste:
    return Geste.VALIDER if dossier.etat_dossier is Etat.DIRECTION else Geste.APPROUVER


def _dire(dossier: Dossier) -> str:
    if dossier.etat_dossier is Etat.PUBLIE:
        return "Le dossier est approuvé et publié dans le Répertoire."
    if dossier.etat_dossier is Etat.APPROUVE:
        return f"Le dossier est approuvé. Il sera publié le {date_fr(dossier.date_effet)}."
    return f"Le dossier est validé. {dossier.etat_dossier.libelle}."


def _montrer(
    request: HttpRequest, dossier: Dossier, form: DecisionForm | None = None, statut: int = 200, refus: str = ""
) -> HttpResponse:
    gestes = gestes_permis(request.user, dossier)
    publie = hasattr(dossier, "integration")
    if publie:
        contexte = contexte_bilan(dossier)
    else:
        contexte = contexte_rapport(simuler(dossier), actions.lus_de(dossier, request.user))
    rapport = contexte["rapport"]
    decide = _decide(gestes)
    contexte |= {
        **contexte_echanges(request, dossier),
        "dossier": dossier,
        "gestes": gestes,
        "decide": decide,
        "direction": dossier.etat_dossier is Etat.DIRECTION,
        "coche": Geste.COMMENTER in gestes and not publie,
        "peut_trancher": peut_trancher(request, dossier),
        "form": form or DecisionForm(derniere=dossier.derniere_etape),
        "integrable": bool(rapport and rapport.integrable),
        "jalons": jalons_de(
            dossier, dossier.evenements.exclude(vers="").select_related("auteur")[:30], validateur_de(request)
        ),
        "refus": refus,
        **(_non_lus(request, rapport) if rapport and decide else {}),
    }
    return render(request, "dossiers/relecture.html", contexte, status=statut)


def _decide(gestes: set[Geste]) -> bool:
    return bool(gestes & {Geste.VALIDER, Geste.APPROUVER})


def _non_lus(request: HttpRequest, rapport: Rapport) -> dict:
    non_lus = actions.changements_non_lus(rapport, request.user)
    return {"non_lus": non_lus, "suppressions": [c for c in non_lus if c.genre == "suppression"]}


@require_POST
def lus(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps the ticks « Lu » of the reader; to HTMX, only how many there are, and what stays unread for who decides."""
    dossier = lire_dossier(request, pk)
    lecture = actions.marquer_lus(dossier_id=pk, auteur=request.user, lus=request.POST.getlist("lus"))
    if request.htmx:
        contexte = {"nombre_lus": len(lecture.lus), "total": len(request.POST.getlist("change"))}
        rapport = simuler(dossier) if _decide(gestes_permis(request.user, dossier)) else None
        if rapport and rapport.integrable:
            contexte |= {"form": DecisionForm(derniere=dossier.derniere_etape), "oob": True}
            contexte |= _non_lus(request, rapport)
        return render(request, "dossiers/_lus.html", contexte)
    messages.success(request, "Vos lectures sont gardées.")
    return redirect("dossier-relecture", pk=dossier.pk)


@require_http_methods(METHODES)
def corrections(request: HttpRequest, pk: int) -> HttpResponse:
    """« Demander une correction »: one or several fiches, each with its nature and a message (B8)."""
    dossier = lire_dossier(request, pk)
    communs = {"form_kwargs": {"fiches": fiches_nommees(dossier)}, "prefix": "c"}
    if request.method != "POST":
        exiger_geste(request.user, dossier, Geste.CORRIGER)
        formset = CorrectionFormSet(initial=[{"fiche": request.GET.get("fiche", "")}], **communs)
        return _montrer_corrections(request, dossier, formset)
    if request.POST.get("geste") == AJOUTER:
        exiger_geste(request.user, dossier, Geste.CORRIGER)
        return _montrer_corrections(request, dossier, _avec_une_de_plus(request, communs))
    formset = CorrectionFormSet(request.POST, **communs)
    if not formset.is_valid():
        exiger_geste(request.user, dossier, Geste.CORRIGER)
        return _montrer_corrections(request, dossier, formset, statut=422)
    demandes = [
        actions.DemandeCorrection(f.cleaned_data["fiche"], f.cleaned_data["nature"], f.cleaned_data["message"])
        for f in formset
    ]
    try:
        actions.demander_corrections(
            dossier_id=pk, auteur=request.user, vu=request.POST.get("vu", ""), demandes=demandes
        )
    except (SaisieInvalide, EtatIncompatible) as erreur:
        dossier = lire_dossier(request, pk)
        exiger_geste(request.user, dossier, Geste.CORRIGER)
        statut = 422 if isinstance(erreur, SaisieInvalide) else 409
        return _montrer_corrections(request, dossier, formset, statut=statut, refus=str(erreur))
    nombre = pluriel(len(demandes), "correction demandée,corrections demandées")
    messages.success(request, f"{nombre}\u00a0: le dossier est renvoyé à ses auteurs.")
    return redirect("dossier-suivi", pk=pk)


def _avec_une_de_plus(request: HttpRequest, communs: dict):
    """The same demands, as typed, and an empty one."""
    total = request.POST.get("c-TOTAL_FORMS", "")
    nombre = min(int(total), CORRECTIONS_MAX - 1) if total.isascii() and total.isdigit() and len(total) < 4 else 1
    saisies = [
        {nom: request.POST.get(f"c-{rang}-{nom}", "") for nom in ("fiche", "nature", "message")}
        for rang in range(nombre)
    ]
    formset = CorrectionFormSet(initial=saisies, **communs)
    formset.extra = 1
    return formset


def _montrer_corrections(
    request: HttpRequest, dossier: Dossier, formset, statut: int = 200, refus: str = ""
) -> HttpResponse:
    contexte = {
        "dossier": dossier,
        "formset": formset,
        "refus": refus,
        "plein": formset.total_form_count() >= CORRECTIONS_MAX,
    }
    return render(request, "dossiers/corrections.html", contexte, status=statut)


@require_http_methods(METHODES)
def refuser(request: HttpRequest, pk: int) -> HttpResponse:
    """« Ne pas retenir le dossier »: asks why, then closes it."""
    dossier = lire_dossier(request, pk)
    form = RefusForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        exiger_geste(request.user, dossier, Geste.REFUSER)
        return _montrer_refus(request, dossier, form, 422 if form.is_bound else 200)
    try:
        actions.refuser(dossier_id=pk, auteur=request.user, vu=request.POST.get("vu", ""), **form.cleaned_data)
    except (SaisieInvalide, EtatIncompatible) as erreur:
        dossier = lire_dossier(request, pk)
        exiger_geste(request.user, dossier, Geste.REFUSER)
        form.add_error(None, str(erreur))
        return _montrer_refus(request, dossier, form, 422 if isinstance(erreur, SaisieInvalide) else 409)
    messages.success(request, "Le dossier n’est pas retenu\u00a0: ses auteurs sont prévenus, avec votre motif.")
    return redirect("dossier-suivi", pk=pk)


def _montrer_refus(request: HttpRequest, dossier: Dossier, form: RefusForm, statut: int) -> HttpResponse:
    return render(request, "dossiers/refuser.html", {"dossier": dossier, "form": form}, status=statut)
