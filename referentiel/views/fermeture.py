"""« L’offre a-t-elle rouvert ? », « Rouvrir maintenant », « Annuler la fermeture » (B50)."""

from datetime import date

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import actions
from ..annonce import Annonce, annonce_de, ouvrir_fermeture
from ..fermeture import Fermeture
from ..formulaires import FormulaireIllisible
from ..models import Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger
from ..suites import detour
from .edition import METHODES
from .fiche import fil_de, lire_structure


@require_http_methods(METHODES)
def reouverture(request: HttpRequest, pk: int) -> HttpResponse:
    """The question of the mail and of the home page, with its three answers; each is published at once."""
    structure = _lire_offre(request, pk)
    if request.method != "POST":
        annonce = annonce_de(structure, request.user)
        if annonce is None or annonce.a_venir or annonce.definitive:
            return _rien_a_faire(request, structure, annonce)
        return _montrer(request, structure)
    try:
        messages.success(request, _repondre(request, structure))
    except SaisieInvalide as erreur:
        return _montrer(request, structure, erreur.erreurs, 422)
    except EtatIncompatible as erreur:
        return _montrer(request, structure, {"": str(erreur)}, 409)
    vers = reverse("accueil") if request.POST.get("retour") == "accueil" else reverse("fiche", args=[structure.pk])
    return redirect(detour(request, structure, vers))


@require_http_methods(METHODES)
def rouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    """« Rouvrir maintenant », « Annuler la fermeture »: says what will be published, then does it."""
    structure = _lire_offre(request, pk)
    if request.method == "POST":
        actions.rouvrir(structure_id=structure.pk, auteur=request.user, vue=_vue(request, structure))
        messages.success(request, "C’est fait\u00a0: l’offre est ouverte, et tout le monde le voit.")
        return redirect(detour(request, structure, reverse("fiche", args=[structure.pk])))
    annonce = annonce_de(structure, request.user)
    if annonce is None:
        return _rien_a_faire(request, structure, annonce)
    titre = "Annuler la fermeture" if annonce.a_venir else "Rouvrir maintenant"
    contexte = {
        "structure": structure,
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "titre": titre,
        "texte": "L’offre sera annoncée ouverte, sans date de fermeture ni de réouverture. C’est publié tout de suite.",
        "phrases": [f"{annonce.texte}."],
        "bouton": titre,
        "jeton": annonce.jeton,
        "retour": reverse("fiche", args=[structure.pk]),
    }
    return render(request, "referentiel/edition/confirmer.html", contexte)


def _lire_offre(request: HttpRequest, pk: int) -> Structure:
    structure = lire_structure(request, pk)
    if structure.niveau != Niveau.UO:
        raise Http404("Only an offer closes and reopens here")
    exiger(request.user, Action.DIFFUSER, structure)
    return structure


def _vue(request: HttpRequest, structure: Structure) -> Fermeture:
    try:
        return ouvrir_fermeture(structure, request.POST.get("vu"))
    except FormulaireIllisible as erreur:
        raise EtatIncompatible("Cette page n’est plus à jour. Relisez la fermeture, puis répondez.") from erreur


def _repondre(request: HttpRequest, structure: Structure) -> str:
    """Does what she answered; returns what to tell her."""
    acte = {"structure_id": structure.pk, "auteur": request.user, "vue": _vue(request, structure)}
    match request.POST.get("reponse"):
        case "oui":
            actions.confirmer_reouverture(**acte)
            return f"Merci. «\u00a0{structure}\u00a0» rouvrira le {date_fr(acte['vue'].reouverture)}."
        case "maintenant":
            actions.rouvrir(**acte)
            return f"«\u00a0{structure}\u00a0» est ouverte, et tout le monde le voit."
        case "repousser":
            au = _date(request.POST.get("date", ""))
            actions.repousser_reouverture(**acte, au=au)
            return f"«\u00a0{structure}\u00a0»\u00a0: réouverture prévue le {date_fr(au)}, et tout le monde le voit."
        case _:
            raise SaisieInvalide({"": "Choisissez une réponse."})


def _date(texte: str) -> date | None:
    try:
        return forms.DateField(required=False).clean(texte)
    except ValidationError as erreur:
        raise SaisieInvalide({"date": "Une date est attendue, par exemple 31/12/2026."}) from erreur


def _montrer(
    request: HttpRequest, structure: Structure, erreurs: dict[str, str] | None = None, statut: int = 200
) -> HttpResponse:
    """The question; after a refusal, with what was typed, about the closing as it is now."""
    structure = lire_structure(request, structure.pk)
    contexte = {
        "structure": structure,
        "annonce": annonce_de(structure, request.user),
        "erreurs": {"": "", "date": "", **(erreurs or {})},
        "generale": (erreurs or {}).get("", ""),
        "date": request.POST.get("date", ""),
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
    }
    return render(request, "referentiel/reouverture.html", contexte, status=statut)


def _rien_a_faire(request: HttpRequest, structure: Structure, annonce: Annonce | None) -> HttpResponse:
    """An old link, or a page left open: tells how things are, on the fiche."""
    messages.info(request, f"{annonce.texte}." if annonce else "L’offre est ouverte, sans fermeture prévue.")
    return redirect("fiche", structure.pk)
