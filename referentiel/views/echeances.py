"""« Modifications à venir »: everywhere, or on a fiche and below it; « Changer la date » (B21)."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr

from .. import actions, echeances
from ..formulaires.echeances import Selection, selectionner
from ..formulaires.filtres import DateForm
from ..models import Modification, Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .edition import METHODES
from .fiche import aller, fil_de, lire_structure, rendre_dialogue

PAR_PAGE = 25
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@require_safe
def modifications_a_venir(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """All that is to come on the fiches this person may edit; with `pk`, on that fiche and all that is below it."""
    racine = lire_structure(request, pk) if pk else None
    selection = selectionner(request.user, request.GET, racine)
    structures, form = selection.structures, selection.form
    calendrier = request.GET.get("vue") == "calendrier"
    contexte = {
        "racine": racine,
        "dessous": racine is not None and racine.niveau != Niveau.UO,
        "fil": _fil(racine),
        "form": form,
        "calendrier": calendrier,
        "caches": [("vue", "calendrier"), ("mois", request.GET.get("mois", ""))] if calendrier else [],
        "a_arbitrer": Modification.objects.filter(structure__in=structures, etat=Modification.Etat.A_ARBITRER).count(),
        "adresse_liste": _adresse(request, vue=None, mois=None),
        "adresse_calendrier": _adresse(request, vue="calendrier", page=None),
        "aujourdhui": timezone.localdate(),
    }
    if calendrier:
        contexte |= _calendrier(request, selection)
    else:
        contexte |= _liste(request, selection)
    partie = "#liste" if request.htmx else ""
    return render(request, f"referentiel/a_venir.html{partie}", contexte, status=422 if form.errors else 200)


@require_http_methods(METHODES)
def changer_date(request: HttpRequest, pk: int) -> HttpResponse:
    """« Changer la date » of a scheduled modification, in a dialogue."""
    modification = get_object_or_404(Modification.objects.select_related("structure"), pk=pk)
    structure = lire_structure(request, modification.structure_id)
    exiger(request.user, Action.DIFFUSER, structure)
    if modification.etat != Modification.Etat.PROGRAMMEE:
        etat = modification.get_etat_display().lower()
        raise EtatIncompatible(f"Cette modification est {etat}\u00a0: sa date ne se change plus.")
    vue = {"date_effet": modification.date_effet, "date_vue": modification.date_effet}
    form = DateForm(request.POST if request.method == "POST" else None, initial=vue)
    if request.method == "POST" and form.is_valid():
        try:
            deplacee = actions.changer_date(modification_id=pk, auteur=request.user, **form.cleaned_data)
        except SaisieInvalide as erreur:
            for nom, phrase in erreur.erreurs.items():
                form.add_error(nom if nom in form.fields else None, phrase)
        else:
            return _dire_la_suite(request, deplacee)
    contexte = {
        "structure": structure,
        "modification": modification,
        "form": form,
        "aujourdhui": timezone.localdate(),
        "dialogue": "referentiel/_changer_date.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


def _dire_la_suite(request: HttpRequest, modification: Modification) -> HttpResponse:
    if modification.etat == Modification.Etat.PROGRAMMEE:
        messages.success(request, f"La modification sera diffusée le {date_fr(modification.date_effet)}.")
    elif modification.etat == Modification.Etat.PUBLIEE:
        messages.success(request, "La modification est diffusée\u00a0: tout le monde la voit maintenant.")
    else:
        messages.warning(request, "Des valeurs diffusées entre-temps diffèrent des vôtres\u00a0: choisissez.")
        return aller(request, reverse("modification-arbitrer", args=[modification.pk]))
    return aller(request, reverse("fiche-a-venir", args=[modification.structure_id]))


def _liste(request: HttpRequest, selection: Selection) -> dict:
    page = Paginator(selection.reperes, PAR_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "echeances": echeances.charger(list(page.object_list))}


def _calendrier(request: HttpRequest, selection: Selection) -> dict:
    """One month; the filters hold, but for the days outside of it."""
    mois = _mois(request.GET.get("mois", ""))
    premier, dernier = echeances.bornes_du_mois(mois)
    du = max(premier, selection.criteres.get("du") or premier)
    au = min(dernier, selection.criteres.get("au") or dernier)
    trouves = list(echeances.reperes(selection.structures, auteur=selection.auteur, du=du, au=au))
    sans_jour = _adresse(request, vue=None, mois=None, du=None, au=None)
    return {
        "mois": mois,
        "titre_mois": date_format(mois, "F Y").capitalize(),
        "nombre": len(trouves),
        "jours": JOURS,
        "semaines": echeances.semaines(trouves, mois),
        "precedent": _adresse(request, mois=(premier - (dernier - premier)).strftime("%Y-%m")),
        "suivant": _adresse(request, mois=(dernier + (dernier - premier)).strftime("%Y-%m")),
        "adresse_jour": f"{sans_jour}{'&' if '?' in sans_jour else '?'}",
    }


ANNEES = range(1900, 2200)
"""Those whose calendar may be asked for."""


def _mois(texte: str) -> date:
    """The month asked for (« 2026-12 »), the present one when it is not understood."""
    try:
        mois = date.fromisoformat(f"{texte}-01")
    except ValueError:
        mois = date.min
    return mois if mois.year in ANNEES else timezone.localdate().replace(day=1)


def _adresse(request: HttpRequest, **valeurs: str | None) -> str:
    """The address of this page with some parameters replaced, those that are None removed."""
    requete = request.GET.copy()
    for nom, valeur in valeurs.items():
        requete.pop(nom, None)
        if valeur is not None:
            requete[nom] = valeur
    return f"{request.path}?{requete.urlencode()}" if requete else request.path


def _fil(racine: Structure | None) -> list[tuple[str, str]]:
    if racine is None:
        return [("Mes accès rapides", reverse("accueil"))]
    return [*fil_de(racine), (racine.nom, reverse("fiche", args=[racine.pk]))]
