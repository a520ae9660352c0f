"""The référent's side of the circuit: send, simulate, follow, withdraw, undo (S161–S170, B2, B3, B5, B8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from referentiel.conflits import PREFIXE, lire_choix
from ror.commun.erreurs import ErreurMetier, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import actions, retour
from ..acces import lire_dossier, noter_erreurs, validateur_de
from ..circuit import avancement_de, jalons_de, mouvements_de
from ..differences import comparer_fiches
from ..droits import exiger_geste, gestes_permis
from ..echanges import contexte_echanges
from ..etats import Geste
from ..forms_circuit import EnvoiForm, RetourForm
from ..integration import IntegrationImpossible
from ..models import Correction, Dossier
from ..mouvements import lire_mouvements
from ..rapports import contexte_rapport
from ..simulation import simuler

METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def envoyer(request: HttpRequest, pk: int) -> HttpResponse:
    """What remains, what sending would lead to, then « Envoyer en validation » (S161, S162, B3)."""
    dossier = lire_dossier(request, pk)
    form = EnvoiForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        exiger_geste(request.user, dossier, Geste.ENVOYER)
        return _montrer_envoi(request, dossier, form)
    if not form.is_valid():
        return _montrer_envoi(request, dossier, form, 422)
    try:
        envoye = actions.envoyer(dossier_id=pk, auteur=request.user, vu=request.POST.get("vu", ""), **form.cleaned_data)
    except SaisieInvalide as erreur:
        noter_erreurs(form, erreur)
        return _montrer_envoi(request, dossier, form, 422)
    except (EtatIncompatible, IntegrationImpossible) as erreur:
        exiger_geste(request.user, lire_dossier(request, pk), Geste.ENVOYER)
        form.add_error(None, str(erreur))
        return _montrer_envoi(request, lire_dossier(request, pk), form, 409)
    messages.success(request, f"Le dossier est envoyé. {envoye.etat_dossier.libelle}.")
    return redirect("dossier", pk=pk)


def _montrer_envoi(request: HttpRequest, dossier: Dossier, form: EnvoiForm, statut: int = 200) -> HttpResponse:
    rapport = simuler(dossier)
    restantes = actions.fiches_restantes(dossier.fiches.all())
    corrections = [c for c in dossier.corrections.select_related("fiche", "demandee_par") if c.ouverte]
    contexte = {
        **contexte_rapport(rapport),
        "dossier": dossier,
        "gestes": gestes_permis(request.user, dossier),
        "form": form,
        "avancement": avancement_de(dossier),
        "restantes": restantes,
        "corrections": corrections,
        "fils": actions.fils_ouverts(dossier),
        "pret": not restantes and rapport.integrable and not rapport.vide,
    }
    return render(request, "dossiers/envoyer.html", contexte, status=statut)


@require_safe
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """« Simuler l’intégration »: what publishing this dossier now would do (B3); nothing is written."""
    dossier = lire_dossier(request, pk)
    if not dossier.ouvert:
        raise EtatIncompatible("Ce dossier est clos\u00a0: il n’y a plus rien à simuler.")
    contexte = {
        **contexte_rapport(simuler(dossier)),
        "dossier": dossier,
        "gestes": gestes_permis(request.user, dossier),
        "restantes": actions.fiches_restantes(dossier.fiches.all()),
    }
    return render(request, "dossiers/simulation.html", contexte)


@require_safe
def suivi(request: HttpRequest, pk: int) -> HttpResponse:
    """The timeline, the demands of correction and the comments of a dossier (S170, B8, B9, B11)."""
    dossier = lire_dossier(request, pk)
    evenements = dossier.evenements.select_related("auteur")[:200]
    contexte = {
        **contexte_echanges(request, dossier),
        "dossier": dossier,
        "gestes": gestes_permis(request.user, dossier),
        "jalons": jalons_de(dossier, evenements, validateur_de(request)),
        "corrections": dossier.corrections.select_related("fiche", "demandee_par", "faite_par"),
    }
    return render(request, "dossiers/suivi.html", contexte)


@require_http_methods(METHODES)
def repertoire(request: HttpRequest, pk: int) -> HttpResponse:
    """« Modifié dans le Répertoire depuis l’ouverture »: what flows in, and what is to be settled (B2)."""
    dossier = lire_dossier(request, pk)
    statut, refus = 200, ""
    if request.method == "POST":
        statut, refus = trancher(request, dossier)
        if statut == 200:
            return redirect("dossier-repertoire", pk=pk)
        dossier = lire_dossier(request, pk)
    rapport = simuler(dossier) if dossier.ouvert else None
    comparees = comparer_fiches(rapport) if rapport else []
    contexte = {
        "dossier": dossier,
        "gestes": gestes_permis(request.user, dossier),
        "mouvements": lire_mouvements(dossier, rapport),
        "nombre": mouvements_de(dossier).count(),
        "fiches": [f for f in comparees if f.conflits],
        "peut_trancher": peut_trancher(request, dossier),
        "refus": refus,
    }
    return render(request, "dossiers/repertoire.html", contexte, status=statut)


def trancher(request: HttpRequest, dossier: Dossier) -> tuple[int, str]:
    """« Garder mes choix » on one fiche: the status of the answer, and why it is refused."""
    choix, fiche = lire_choix(request.POST), request.POST.get("fiche", "")
    if not choix or not (fiche.isascii() and fiche.isdigit() and len(fiche) < 10):
        actions.exiger_de_trancher(request.user, dossier)
        return 422, "Choisissez une valeur avant de garder vos choix."
    try:
        faite = actions.trancher(dossier_id=dossier.pk, fiche_id=int(fiche), auteur=request.user, choix=choix)
    except EtatIncompatible as erreur:
        return 409, str(erreur)
    messages.success(request, f"Vos choix sur «\u00a0{faite.nom}\u00a0» sont gardés pour l’intégration.")
    return 200, ""


def peut_trancher(request: HttpRequest, dossier: Dossier) -> bool:
    """Whether this person may settle conflicts of this dossier now."""
    try:
        actions.exiger_de_trancher(request.user, dossier)
    except ErreurMetier:
        return False
    return True


@require_http_methods(METHODES)
def retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Retirer de la validation »: asks, then gives the dossier back to its authors."""
    dossier = lire_dossier(request, pk)
    if request.method == "POST":
        actions.retirer_de_la_validation(dossier_id=pk, auteur=request.user, vu=request.POST.get("vu", ""))
        messages.success(request, "Le dossier est retiré de la validation\u00a0: vous pouvez le modifier.")
        return redirect("dossier", pk=pk)
    exiger_geste(request.user, dossier, Geste.RETIRER)
    return render(request, "dossiers/retirer.html", {"dossier": dossier})


@require_http_methods(METHODES)
def annuler(request: HttpRequest, pk: int) -> HttpResponse:
    """« Annuler la publication »: what would come back, the choices to make, then the undo itself (B5)."""
    dossier = lire_dossier(request, pk)
    form = RetourForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        exiger_geste(request.user, dossier, Geste.ANNULER)
        return _montrer_retour(request, dossier, form)
    if not form.is_valid():
        exiger_geste(request.user, dossier, Geste.ANNULER)
        return _montrer_retour(request, dossier, form, 422)
    try:
        actions.annuler_integration(
            dossier_id=pk,
            auteur=request.user,
            motif=form.cleaned_data["motif"],
            choix=lire_choix(request.POST),
            vu=request.POST.get("vu", ""),
        )
    except EtatIncompatible as erreur:
        exiger_geste(request.user, lire_dossier(request, pk), Geste.ANNULER)
        form.add_error(None, str(erreur))
        return _montrer_retour(request, lire_dossier(request, pk), form, 409)
    messages.success(request, f"La publication est annulée le {date_fr(timezone.localdate())}.")
    return redirect("dossier-suivi", pk=pk)


def _montrer_retour(request: HttpRequest, dossier: Dossier, form: RetourForm, statut: int = 200) -> HttpResponse:
    contexte = {
        "dossier": dossier,
        "form": form,
        "retour": retour.preparer(dossier),
        "prefixe": PREFIXE,
        "choisis": {f"{PREFIXE}{nom}": c.value for nom, c in lire_choix(request.POST).items()},
    }
    return render(request, "dossiers/annuler.html", contexte, status=statut)


@require_POST
def annuler_correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a demand of correction back; its message stays."""
    visibles = Dossier.objects.visibles_par(request.user)
    correction = get_object_or_404(Correction.objects.filter(dossier__in=visibles), pk=pk)
    actions.annuler_correction(correction_id=pk, auteur=request.user)
    messages.success(request, "La demande de correction est annulée. Son message reste lisible.")
    return redirect("dossier-suivi", pk=correction.dossier_id)


@require_http_methods(METHODES)
def abandonner(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then gives the dossier up."""
    dossier = get_object_or_404(Dossier.objects.visibles_par(request.user).select_related("etablissement"), pk=pk)
    if request.method == "POST":
        actions.abandonner(dossier_id=dossier.pk, auteur=request.user, vu=request.POST.get("vu", ""))
        messages.success(request, f"Le dossier « {dossier.nom} » est abandonné. Rien n’en sera publié.")
        return redirect("dossiers")
    return render(request, "dossiers/abandonner.html", {"dossier": dossier})
