"""« Valider », giving up, scheduled changes and the choices they may need (S102, S103, S108–S110)."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import actions, fiches
from ..actions.engagement import conflits_de
from ..actions.fiches import changements_de, valeurs_en_cours
from ..champs import champs_de
from ..conflits import decrire_conflits, lire_choix
from ..formulaires import FormulaireIllisible, ouvrir
from ..models import Modification, Structure, UniteOperationnelle
from ..permissions import Action, exiger, refus
from ..points import points_de
from ..suites import detour
from ..suivi import Barre, barre_de, differences, jeton_de, suivre
from .edition import METHODES
from .fiche import fil_de, lire_structure


@require_http_methods(METHODES)
def valider(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what waits, sentence by sentence, and the bar. POST: « Valider » broadcasts now or at the date."""
    structure = lire_structure(request, pk)
    exiger(request.user, Action.DIFFUSER, structure)
    if request.method != "POST":
        return _montrer(request, structure, barre_de(suivre(structure), None))
    try:
        date_effet = lire_date(request.POST.get("date_effet", ""))
        modification = actions.valider(
            structure_id=structure.pk,
            auteur=request.user,
            relue=bool(request.POST.get("relue")),
            date_effet=date_effet,
            vu=_vu(request, structure),
            motif=request.POST.get("motif", ""),
        )
    except actions.DejaFait as deja:
        messages.info(request, f"{deja} Rien n’a été envoyé une seconde fois.")
        return redirect("fiche", structure.pk)
    except SaisieInvalide as erreur:
        return _refuser(request, structure, erreur.erreurs, 422)
    except EtatIncompatible as erreur:
        return _refuser(request, structure, {"": str(erreur)}, 409)
    return _suite(request, structure, modification)


@require_http_methods(METHODES)
def abandonner(request: HttpRequest, pk: int) -> HttpResponse:
    """« tout abandonner »: says what will be lost, then gives it up."""
    structure = lire_structure(request, pk)
    exiger(request.user, Action.MODIFIER, structure)
    if request.method == "POST":
        if actions.abandonner(structure_id=structure.pk, auteur=request.user, vu=_vu(request, structure)):
            messages.success(request, "Les modifications non diffusées sont abandonnées.")
        else:
            messages.info(request, "Il n’y a plus rien à abandonner.")
        return redirect("fiche", structure.pk)
    suivi = suivre(structure)
    return _confirmer(
        request,
        structure,
        titre="Abandonner les modifications non diffusées",
        texte="Ces modifications seront perdues. Ce que lit le public ne change pas.",
        phrases=suivi.phrases,
        bouton="Tout abandonner",
        jeton=barre_de(suivi, None).jeton,
    )


@require_http_methods(METHODES)
def annuler(request: HttpRequest, pk: int) -> HttpResponse:
    """« Annuler » a scheduled modification: says what will not be published, then cancels it."""
    modification, structure = _lire_modification(request, pk, Action.MODIFIER)
    if request.method == "POST":
        actions.annuler(modification_id=modification.pk, auteur=request.user, vu=_vu(request, structure))
        messages.success(request, "La modification programmée est annulée\u00a0: elle ne sera pas diffusée.")
        return redirect("fiche", structure.pk)
    return _confirmer(
        request,
        structure,
        titre="Annuler une modification programmée",
        texte=f"Ces modifications, prévues le {date_fr(modification.date_effet)}, ne seront pas diffusées.",
        phrases=fiches.phrases(structure, changements_de(modification)),
        bouton="Annuler cette modification",
        jeton=jeton_de(structure, modification),
    )


@require_http_methods(METHODES)
def arbitrer(request: HttpRequest, pk: int) -> HttpResponse:
    """The choices that a publication stopped by a later change needs."""
    modification, structure = _lire_modification(request, pk, Action.DIFFUSER)
    if request.method != "POST" and modification.etat != Modification.Etat.A_ARBITRER:
        return redirect("fiche", structure.pk)  # an old link: there is nothing to choose
    conflits, erreurs = conflits_de(modification, structure)
    if request.method == "POST":
        try:
            faite = actions.arbitrer(modification_id=pk, auteur=request.user, choix=lire_choix(request.POST))
            suite = _suite(request, structure, faite)
            encore = faite.etat == Modification.Etat.A_ARBITRER
            return suite if encore else redirect(detour(request, structure, reverse("fiche", args=[structure.pk])))
        except ConflitDeVersion as erreur:
            conflits = erreur.conflits
        except SaisieInvalide as erreur:
            erreurs = erreur.erreurs
    contexte = {
        "structure": structure,
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "programmee": modification,
        "phrases": fiches.phrases(structure, changements_de(modification)),
        "conflits": decrire_conflits(structure, champs_de(structure.type_niveau), conflits, fiches.lire(structure)),
        "contradictions": list(erreurs.values()),
        "repose": request.method == "POST",
    }
    statut = 409 if request.method == "POST" else 200
    return render(request, "referentiel/edition/arbitrer.html", contexte, status=statut)


def _lire_modification(request: HttpRequest, pk: int, action: Action) -> tuple[Modification, Structure]:
    modification = get_object_or_404(Modification.objects.prefetch_related("changements"), pk=pk)
    structure = lire_structure(request, modification.structure_id)
    exiger(request.user, action, structure)
    return modification, structure


def lire_date(texte: str) -> date | None:
    """Returns the date d’effet typed, None without any; `SaisieInvalide` when it is no date."""
    try:
        return date.fromisoformat(texte.strip()) if texte.strip() else None
    except ValueError as erreur:
        raise SaisieInvalide(
            {"date_effet": "Date d’effet\u00a0: écrivez une date, par exemple 2026-12-31."}
        ) from erreur


def _vu(request: HttpRequest, structure: Structure) -> actions.EtatVu:
    try:
        return actions.EtatVu.depuis_json(ouvrir(f"diffusion:{structure.pk}", request.POST.get("vu")))
    except (FormulaireIllisible, TypeError) as erreur:
        raise EtatIncompatible("Cette page n’est plus à jour. Relisez la fiche, puis validez.") from erreur


def _montrer(request: HttpRequest, structure: Structure, barre: Barre, statut: int = 200) -> HttpResponse:
    barre.points = points_de(structure, valeurs_en_cours(structure, barre.suivi.modification))
    contexte = {
        "structure": structure,
        "suivi": barre.suivi,
        "barre": barre,
        "differences": differences(barre.suivi),
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
    }
    return render(request, "referentiel/edition/valider.html", contexte, status=statut)


def _refuser(request: HttpRequest, structure: Structure, erreurs: dict[str, str], statut: int) -> HttpResponse:
    """The same page with what is to correct; what was ticked and typed stays, unless something new is to be read."""
    structure.refresh_from_db()
    barre = barre_de(suivre(structure), refus(request.user, Action.DIFFUSER, structure))
    barre.erreurs = erreurs
    barre.date_effet, barre.raison = request.POST.get("date_effet", ""), request.POST.get("motif", "")
    barre.relue = bool(request.POST.get("relue")) and statut == 422
    if statut == 422:
        barre.jeton = request.POST.get("vu", "")
    return _montrer(request, structure, barre, statut)


def _suite(request: HttpRequest, structure: Structure, modification: Modification | None) -> HttpResponse:
    etats = Modification.Etat
    if modification is None:
        messages.success(request, "Offre relue et validée, sans modification.")
    elif modification.etat == etats.PROGRAMMEE:
        jour = date_fr(modification.date_effet)
        suite = "À retrouver sous «\u00a0Modifications à venir\u00a0»."
        messages.success(request, f"Validé\u00a0: sera diffusé le {jour}. {suite}")
    elif modification.etat == etats.A_ARBITRER:
        messages.warning(request, "Des valeurs diffusées entre-temps diffèrent des vôtres\u00a0: choisissez.")
        return redirect("modification-arbitrer", modification.pk)
    elif modification.etat == etats.ANNULEE:
        messages.info(request, "Les valeurs en place sont gardées\u00a0: rien n’est à diffuser.")
    else:
        sensible = UniteOperationnelle.objects.filter(structure=structure, unite_sensible=True).exists()
        lecteurs = "qui peut lire cette unité sensible" if sensible else "tout le monde"
        messages.success(request, f"Validé et diffusé\u00a0: {lecteurs} voit maintenant ces informations.")
    return redirect("fiche", structure.pk)


def _confirmer(request: HttpRequest, structure: Structure, **contexte) -> HttpResponse:
    contexte = {
        "jeton": "",
        **contexte,
        "structure": structure,
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "retour": reverse("fiche", args=[structure.pk]),
    }
    return render(request, "referentiel/edition/confirmer.html", contexte)
