"""« Créer un dossier collaboratif », joining the one that is open, renaming it (S133–S139)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from referentiel.models import Structure
from referentiel.permissions import Action, exiger
from referentiel.views.fiche import aller, rendre_dialogue
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import actions
from ..droits import exiger_geste
from ..etats import Geste
from ..forms import NomDossierForm
from ..models import Dossier
from ..nommage import avertissement_nom_dossier

METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def nouveau(request: HttpRequest, structure: int) -> HttpResponse:
    """The dialogue of the EG: its name, prefilled; or the message that a dossier is open already (S135–S139)."""
    fiche, etablissement = _lire(request, structure)
    adresse = reverse("dossier-nouveau", args=[fiche.pk])
    initial = {"nom": request.GET.get("nom", actions.nom_par_defaut(etablissement))}
    form = NomDossierForm(request.POST if request.method == "POST" else None, initial=initial, conseil_url=adresse)
    deja: actions.DejaOuvert | None = None
    if request.method == "POST" and form.is_valid():
        try:
            dossier = actions.ouvrir(structure=fiche, auteur=request.user, nom=form.cleaned_data["nom"])
        except actions.DejaOuvert as refus:
            deja = refus
        except SaisieInvalide as erreur:
            form.add_error("nom", erreur.erreurs["nom"])
        else:
            messages.success(request, f"Le dossier «\u00a0{dossier.nom}\u00a0» est ouvert.")
            return aller(request, _avec_conseil(request, dossier))
    else:
        ouvert = actions.dossier_ouvert(etablissement)
        deja = actions.DejaOuvert(ouvert) if ouvert is not None else None
    contexte = {
        "structure": fiche,
        "etablissement": etablissement,
        "form": form,
        "deja": deja,
        "conseil": _conseil(form, etablissement),
        "adresse": adresse,
        "retour": reverse("fiche", args=[fiche.pk]),
        "dialogue": "dossiers/_nouveau.html",
    }
    reponse = rendre_dialogue(request, contexte, refuse=form.is_bound)
    if deja is not None and form.is_bound:
        reponse.status_code = 409
        reponse["HX-Retarget"] = "#dialogue"
    return reponse


@require_http_methods(METHODES)
def rejoindre(request: HttpRequest, structure: int) -> HttpResponse:
    """Joins the dossier of the establishment of a fiche (S33); asks for a name before opening one."""
    fiche, etablissement = _lire(request, structure)
    dossier = actions.dossier_ouvert(etablissement)
    if dossier is not None:
        return redirect("dossier", pk=dossier.pk)
    if request.method == "POST":
        return nouveau(request, structure)
    return redirect("dossier-nouveau", fiche.pk)


@require_http_methods(METHODES)
def renommer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Renommer » a dossier (S138): the same dialogue, over the name it has."""
    visibles = Dossier.objects.visibles_par(request.user)
    dossier = get_object_or_404(visibles.select_related("etablissement", "cree_par"), pk=pk)
    exiger_geste(request.user, dossier, Geste.RENOMMER)
    adresse = reverse("dossier-renommer", args=[pk])
    initial = {"nom": request.GET.get("nom", dossier.nom), "nom_vu": dossier.nom}
    form = NomDossierForm(request.POST if request.method == "POST" else None, initial=initial, conseil_url=adresse)
    statut = 200
    if request.method == "POST" and form.is_valid():
        try:
            dossier = actions.renommer(dossier_id=pk, auteur=request.user, **form.cleaned_data)
        except SaisieInvalide as erreur:
            form.add_error("nom", erreur.erreurs["nom"])
            statut = 422
        except EtatIncompatible as erreur:
            form, statut = _autre_nom(form, dossier, adresse, str(erreur)), 409
        else:
            messages.success(request, f"Le dossier s’appelle maintenant «\u00a0{dossier.nom}\u00a0».")
            return aller(request, _avec_conseil(request, dossier))
    contexte = {
        "structure": dossier.etablissement,
        "dossier": dossier,
        "form": form,
        "conseil": _conseil(form, dossier.etablissement),
        "adresse": adresse,
        "retour": reverse("dossier", args=[pk]),
        "dialogue": "dossiers/_renommer.html",
    }
    reponse = rendre_dialogue(request, contexte, refuse=statut == 422)
    if statut == 409:
        reponse.status_code = statut
        reponse["HX-Retarget"] = "#dialogue"
    return reponse


def _lire(request: HttpRequest, pk: int) -> tuple[Structure, Structure]:
    """A fiche and its establishment, which this person edits."""
    fiche = get_object_or_404(Structure.objects.lisibles_par(request.user), pk=pk)
    etablissement = actions.etablissement_de(fiche)
    exiger(request.user, Action.MODIFIER, etablissement)
    return fiche, etablissement


def _conseil(form: NomDossierForm, etablissement: Structure) -> str:
    nom = form["nom"].value() or ""
    return avertissement_nom_dossier(" ".join(nom.split()), etablissement.departement) or ""


def _avec_conseil(request: HttpRequest, dossier: Dossier) -> str:
    """The page of the dossier; what its name lacks of the convention is told there, for whoever has no script."""
    conseil = avertissement_nom_dossier(dossier.nom, dossier.etablissement.departement)
    if conseil:
        messages.warning(request, f"{conseil} Le dossier garde ce nom\u00a0; vous pouvez le renommer.")
    return reverse("dossier", args=[dossier.pk])


def _autre_nom(form: NomDossierForm, dossier: Dossier, adresse: str, motif: str) -> NomDossierForm:
    """The same box over the name that somebody else has just given: sending it again chooses."""
    dossier.refresh_from_db()
    suite = NomDossierForm({"nom": form.cleaned_data["nom"], "nom_vu": dossier.nom}, conseil_url=adresse)
    suite.is_valid()
    suite.add_error("nom", f"{motif} Enregistrez de nouveau pour lui donner ce nom quand même.")
    return suite
