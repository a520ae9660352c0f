"""« Demander une correction » and the support's queue (S91–S94)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import SaisieInvalide

from .. import fiches
from ..actions import demander_correction, repondre_demande
from ..champs import champs_de
from ..forms import DemandeForm, ReponseForm
from ..models import DemandeCorrection, Structure
from ..permissions import Action, exiger, filtre
from ..presentation import Fiche
from .fiche import aller, lire_structure, rendre_dialogue

PAR_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def demande_correction(request: HttpRequest, pk: int, champ: str) -> HttpResponse:
    """A request prefilled with the fiche, the field and the person; the support finds it in its queue."""
    structure = lire_structure(request, pk)
    libelle = libelle_du_champ(structure, champ)
    actuelle = _valeur_actuelle(structure, champ)
    form = DemandeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            demander_correction(
                structure_id=structure.pk,
                auteur=request.user,
                champ=champ,
                valeur_actuelle=actuelle,
                valeur_proposee=form.cleaned_data["valeur_proposee"],
                message=form.cleaned_data["message"],
            )
        except SaisieInvalide as erreur:
            for nom, phrase in erreur.erreurs.items():
                form.add_error(nom if nom in form.fields else None, phrase)
        else:
            messages.success(request, "Votre demande est envoyée au support. Elle reste visible sur la fiche.")
            return aller(request, reverse("fiche", args=[structure.pk]))
    contexte = {
        "structure": structure,
        "champ": champ,
        "libelle": libelle,
        "actuelle": actuelle,
        "form": form,
        "dialogue": "referentiel/_demander.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


@require_safe
def demandes_correction(request: HttpRequest) -> HttpResponse:
    """The support's queue: what is to be done first, or what was answered."""
    exiger(request.user, Action.CORRIGER_FINESS)
    etat = request.GET.get("etat", DemandeCorrection.Etat.NOUVELLE)
    if etat not in DemandeCorrection.Etat.values:
        etat = DemandeCorrection.Etat.NOUVELLE
    structures = Structure.objects.filter(filtre(request.user, Action.CORRIGER_FINESS))
    demandes = (
        DemandeCorrection.objects.filter(structure__in=structures, etat=etat)
        .select_related("structure", "auteur", "traitee_par")
        .order_by("creee_le" if etat == DemandeCorrection.Etat.NOUVELLE else "-traitee_le", "pk")
    )
    page = Paginator(demandes, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "etat": etat, "etats": DemandeCorrection.Etat.choices}
    return render(request, "referentiel/demandes.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def demande_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, and the support's answer to it."""
    demande = get_object_or_404(DemandeCorrection.objects.select_related("structure", "auteur", "traitee_par"), pk=pk)
    exiger(request.user, Action.CORRIGER_FINESS, demande.structure)
    form = ReponseForm(
        request.POST if request.method == "POST" else None, initial={"etat": DemandeCorrection.Etat.TRAITEE}
    )
    if request.method == "POST" and form.is_valid():
        try:
            repondre_demande(demande_id=demande.pk, auteur=request.user, **form.cleaned_data)
        except SaisieInvalide as erreur:
            for nom, phrase in erreur.erreurs.items():
                form.add_error(nom, phrase)
        else:
            messages.success(request, f"Réponse enregistrée pour «\u00a0{demande.structure}\u00a0».")
            return aller(request, reverse("demandes-correction"))
    contexte = {
        "demande": demande,
        "structure": demande.structure,
        "form": form,
        "dialogue": "referentiel/_repondre.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


def libelle_du_champ(structure: Structure, champ: str) -> str:
    """Returns how the field of a request is called; 404 when the support does not correct such a field."""
    if champ == DemandeCorrection.ADRESSE:
        return "Adresse"
    connu = champs_de(structure.type_niveau).get(champ)
    if connu is None or not connu.finess:
        raise Http404
    return connu.libelle


def _valeur_actuelle(structure: Structure, champ: str) -> str:
    """The text of the field as the fiche shows it; FINESS values are never confidential nor waiting."""
    return Fiche(structure, fiches.detail_de(structure), fiches.lire(structure), ("1",)).texte(champ)
