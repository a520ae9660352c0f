"""« Répercussion du champ »: asked after an edit of a live fiche that the open dossier changes too (S104–S106)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from referentiel.models import Structure
from referentiel.permissions import Action, exiger
from referentiel.views.fiche import fil_de
from ror.commun.acces import retour_sur
from ror.commun.erreurs import EtatIncompatible, Introuvable

from .. import actions
from ..droits import dossier_visible_sur
from ..suites import contexte_de_question


@require_http_methods(["GET", "HEAD", "POST"])
def repercussion(request: HttpRequest, structure: int) -> HttpResponse:
    """Asks, field by field, then goes on to where she was going; unanswered, the question waits in the dossier."""
    fiche = get_object_or_404(Structure.objects.lisibles_par(request.user), pk=structure)
    dossier = dossier_visible_sur(request.user, fiche)
    if dossier is None:
        raise Introuvable("Aucun dossier ouvert ne contient cette fiche\u00a0: il n’y a rien à répercuter.")
    exiger(request.user, Action.MODIFIER, dossier.etablissement)
    suite = retour_sur(request, reverse("fiche", args=[fiche.pk]))
    doubles, erreur, statut = actions.champs_doubles(fiche), "", 200
    reponses = _reponses(request, [d.champ for d in doubles])
    if request.method == "POST":
        try:
            vus = request.POST.getlist("vu")
            actions.repercuter(structure=fiche, auteur=request.user, reponses=reponses, vus=vus)
        except EtatIncompatible as refus:
            doubles, erreur, statut = actions.champs_doubles(fiche), str(refus), 409
        else:
            messages.success(request, _bilan(dossier.nom, reponses, {d.champ: d.libelle for d in doubles}))
            return redirect(suite)
    if not doubles:
        return redirect(suite)
    contexte = {
        **contexte_de_question(fiche, dossier, doubles, reponses),
        "fil": [*fil_de(fiche), (fiche.nom, reverse("fiche", args=[fiche.pk]))],
        "suite": suite,
        "cible": "repercussion",
        "erreur": erreur,
    }
    return render(request, "dossiers/repercussion.html", contexte, status=statut)


def _reponses(request: HttpRequest, champs: list[str]) -> dict[str, bool]:
    """What was answered; a field without an answer, or with a forged one, stays asked."""
    recues = {nom: request.POST.get(f"r-{nom}", "") for nom in champs}
    return {nom: reponse == "oui" for nom, reponse in recues.items() if reponse in ("oui", "non")}


def _bilan(nom: str, reponses: dict[str, bool], libelles: dict[str, str]) -> str:
    oui = ", ".join(libelles[champ] for champ, reponse in reponses.items() if reponse)
    non = ", ".join(libelles[champ] for champ, reponse in reponses.items() if not reponse)
    phrases = [f"Répercuté dans le dossier «\u00a0{nom}\u00a0»\u00a0: {oui}." if oui else ""]
    phrases += [f"Le dossier garde sa valeur, qui remplacera la vôtre à son intégration\u00a0: {non}." if non else ""]
    return " ".join(filter(None, phrases)) or "Rien n’est tranché\u00a0: le choix vous attend dans le dossier."
