"""« Annuler ce changement »: what would come back, the choices to make, then the undo itself (M4)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import ConflitDeVersion, DroitManquant, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import actions, fiches, journal
from ..actions.lieux import prefixe_journal
from ..actions.retour import Retour, preparer_retour, refus_de_retour
from ..conflits import decrire_conflits, lire_choix
from ..formulaires import FormulaireIllisible, ouvrir, sceller
from ..formulaires.filtres import RetourForm
from ..models import EntreeJournal, Modification
from ..permissions import niveaux_lisibles
from ..suites import detour
from .edition import METHODES
from .fiche import fil_de, lire_structure


@require_http_methods(METHODES)
def annuler_changement(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what undoing an entry of the history would do now. POST: does it, now or at a day."""
    entree = get_object_or_404(EntreeJournal.objects.select_related("auteur", "modification"), pk=pk)
    entree.structure = lire_structure(request, entree.structure_id)
    retour = preparer_retour(entree)
    refuse = refus_de_retour(request.user, retour)
    if refuse:
        raise DroitManquant(refuse)
    form = RetourForm(request.POST if request.method == "POST" else None, initial={"date_effet": timezone.localdate()})
    if request.method != "POST" or not form.is_valid():
        return _montrer(request, retour, form, 422 if form.is_bound else 200)
    try:
        return _suite(request, entree, _annuler(request, entree, form))
    except actions.DejaFait as deja:
        messages.info(request, str(deja))
        return redirect("historique", entree.structure_id)
    except ConflitDeVersion:
        return _montrer(request, preparer_retour(entree), form, 409, repose=True)
    except SaisieInvalide as erreur:
        for nom, phrase in erreur.erreurs.items():
            form.add_error(nom if nom in form.fields else None, phrase)
        return _montrer(request, retour, form, 422)
    except EtatIncompatible as erreur:
        form.add_error(None, str(erreur))
        return _montrer(request, preparer_retour(entree), form, 409)


def _annuler(request: HttpRequest, entree: EntreeJournal, form: RetourForm) -> EntreeJournal | Modification:
    try:
        vue = ouvrir(f"retour:{entree.pk}", request.POST.get("vu"))
    except FormulaireIllisible as erreur:
        raise EtatIncompatible("Cette page n’est plus à jour. Relisez avant de confirmer.") from erreur
    return actions.annuler_publication(
        entree_id=entree.pk,
        auteur=request.user,
        choix=lire_choix(request.POST),
        version_vue=vue,
        **form.cleaned_data,
    )


def _suite(request: HttpRequest, entree: EntreeJournal, faite: EntreeJournal | Modification) -> HttpResponse:
    if isinstance(faite, EntreeJournal):
        messages.success(request, "Le changement est annulé\u00a0: les valeurs d’avant sont diffusées.")
    elif faite.etat == Modification.Etat.A_ARBITRER:
        return redirect("modification-arbitrer", faite.pk)
    else:
        jour = date_fr(faite.date_effet)
        messages.success(
            request, f"L’annulation est prévue le {jour}, à retrouver sous «\u00a0Modifications à venir\u00a0»."
        )
    return redirect(detour(request, entree.structure, reverse("historique", args=[entree.structure_id])))


def _montrer(
    request: HttpRequest, retour: Retour, form: RetourForm, statut: int = 200, *, repose: bool = False
) -> HttpResponse:
    entree, structure = retour.entree, retour.entree.structure
    lisibles = niveaux_lisibles(request.user, structure)
    (ligne,) = journal.lignes_de(structure, [entree], lisibles, journal.reserve_pour(structure, lisibles))
    prefixe = prefixe_journal(retour.lieu) if retour.lieu else ""
    (phrases,) = fiches.raconter(retour.champs, [retour.ecrits])
    contexte = {
        "structure": structure,
        "fil": [
            *fil_de(structure),
            (structure.nom, reverse("fiche", args=[structure.pk])),
            ("Historique", reverse("historique", args=[structure.pk])),
        ],
        "entree": entree,
        "faites": ligne.phrases,
        "phrases": phrases,
        "conflits": decrire_conflits(structure, retour.champs, retour.conflits, retour.actuelles, prefixe=prefixe),
        "repose": repose,
        "form": form,
        "finess": retour.finess,
        "lieu": retour.lieu,
        "aujourdhui": timezone.localdate(),
        "jeton": sceller(f"retour:{entree.pk}", retour.version),
        "rien": not retour.ecrits and not retour.conflits,
    }
    return render(request, "referentiel/edition/retour.html", contexte, status=statut)
