"""Screens of an UO in a dossier: created, completed, kept waiting or finalised (S70–S77)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from referentiel.formulaires import FormulaireIllisible, ouvrir, sceller
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.views.edition import APERCU, apercu_horaires
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from .actions import creer_uo, etablissement_de
from .droits import exiger_geste
from .etats import Geste
from .formulaire_uo import FormulaireUO
from .models import Dossier, FicheDossier
from .nommage import est_conforme

FINALISER = "finaliser"


def creer(request: HttpRequest, parent: Structure, autres: list[Niveau]) -> HttpResponse:
    """« Créer une unité opérationnelle » under `parent`, which may hold `autres` too; the caller checked the right."""
    data = request.POST if request.method == "POST" else None
    formulaire = FormulaireUO(parent=parent, data=data, groupe=parent.groupe or etablissement_de(parent).groupe)
    contexte = {
        "structure": parent,
        "etablissement": etablissement_de(parent),
        "dossier": Dossier.objects.ouverts().filter(etablissement=etablissement_de(parent)).first(),
        "adresse": reverse("dossier-creer-fiche", args=[parent.pk]),
        "retour": reverse("fiche", args=[parent.pk]),
        "fiche": None,
        "autres": [(n.value, n.avec_article) for n in autres],
        "jeton": "",
    }
    return _traiter(request, formulaire, contexte, lambda envoi: creer_uo(parent=parent, auteur=request.user, **envoi))


@require_http_methods(["GET", "POST"])
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """The fiche of an UO of a dossier, to be completed."""
    fiche = get_object_or_404(
        FicheDossier.objects.select_related("dossier__etablissement", "parent", "type_offre"),
        pk=pk,
        niveau=Niveau.UO,
        dossier__in=Dossier.objects.visibles_par(request.user),
    )
    exiger_geste(request.user, fiche.dossier, Geste.MODIFIER)
    formulaire = FormulaireUO(
        parent=fiche.parent,
        data=request.POST if request.method == "POST" else None,
        valeurs={"nom": fiche.nom, **fiche.valeurs},
        type_offre=fiche.type_offre,
        groupe=fiche.groupe or fiche.dossier.etablissement.groupe,
    )
    contexte = {
        "structure": fiche.parent,
        "etablissement": fiche.dossier.etablissement,
        "dossier": fiche.dossier,
        "adresse": reverse("dossier-uo", args=[fiche.pk]),
        "retour": reverse("dossier", args=[fiche.dossier_id]),
        "fiche": fiche,
        "autres": [],
        "jeton": sceller(f"uo:{fiche.pk}", fiche.modifiee_le.isoformat()),
    }
    vue_le = _vue_le(request, fiche)
    return _traiter(
        request,
        formulaire,
        contexte,
        lambda envoi: modifier_uo(fiche_id=fiche.pk, auteur=request.user, vue_le=vue_le, **envoi),
    )


def _vue_le(request: HttpRequest, fiche: FicheDossier) -> datetime | None:
    """When the fiche that was shown had last been changed; an unreadable seal counts as an old page."""
    if request.method != "POST":
        return None
    try:
        return datetime.fromisoformat(ouvrir(f"uo:{fiche.pk}", request.POST.get("vue")))
    except (FormulaireIllisible, TypeError, ValueError):
        return fiche.creee_le


def _traiter(request: HttpRequest, formulaire: FormulaireUO, contexte: dict, enregistrer) -> HttpResponse:
    if request.method != "POST":
        return _montrer(request, formulaire, contexte)
    geste = request.POST.get("geste")
    if geste == APERCU and formulaire.fiche.horaires:
        return apercu_horaires(request, formulaire.fiche.horaires)
    if geste:
        formulaire.fiche.appliquer(geste)
        return _montrer(request, formulaire, contexte)
    if not formulaire.est_valide():
        return _montrer(request, formulaire, contexte, 422)
    finaliser = request.POST.get("suite") == FINALISER
    try:
        fiche = enregistrer({**formulaire.envoi(), "finaliser": finaliser})
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return _montrer(request, formulaire, contexte, 422)
    except ConflitDeVersion as erreur:
        formulaire.fiche.generales.append(str(erreur))
        return _montrer(request, formulaire, contexte, 409)
    _dire(request, fiche)
    return redirect("dossier", pk=fiche.dossier_id)


def _dire(request: HttpRequest, fiche: FicheDossier) -> None:
    if fiche.etat == FicheDossier.Etat.FINALISEE:
        messages.success(request, f"«\u00a0{fiche.nom}\u00a0» est enregistrée et finalisée.")
    else:
        messages.success(request, f"«\u00a0{fiche.nom}\u00a0» est enregistrée et mise en attente.")
    if fiche.type_offre and not est_conforme(fiche.nom, fiche.type_offre.libelle):
        messages.warning(request, "Son nom ne suit pas la forme «\u00a0Unité\u00a0» + nom du type. C’est un conseil.")


def _montrer(request: HttpRequest, formulaire: FormulaireUO, contexte: dict, statut: int = 200) -> HttpResponse:
    types = formulaire.types
    if request.POST.get("geste") == "filtrer":
        entete = formulaire.entete
        choix = {nom: entete[nom].value() or "" for nom in ("discipline", "specialite", "type_offre")}
        types = [
            t
            for t in types
            if t.code == choix["type_offre"]
            or (choix["discipline"] in ("", t.discipline) and choix["specialite"] in ("", t.specialite))
        ]
    contexte = {**contexte, "formulaire": formulaire, "types": types, "refuse": statut != 200}
    return render(request, "dossiers/uo.html", contexte, status=statut)
