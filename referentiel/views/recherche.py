"""« Recherche »: an offer or structure, a skill, a professional (S45, S46, B22, B23)."""

import json

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ror.commun.francais import pluriel

from ..recherche import Cible, Criteres, Facette, Tri
from ..recherche.cartes import cartes_de
from ..recherche.ecartes import ecarter
from ..recherche.etiquettes import etiquettes_de
from ..recherche.moteur import PAR_PAGE
from ..recherche.ou import lire_ou
from ..recherche.ouvertures import dernier_jour
from ..recherche.resultats import Resultats, resultats


@require_safe
def chercher(request: HttpRequest) -> HttpResponse:
    """The form and its results; the address holds the whole state, so that it can be kept or sent."""
    criteres, ou = lire_ou(request.GET)
    if ou.tape and not request.htmx:
        return redirect(f"{reverse('recherche')}?{criteres.adresse()}")
    criteres, ecartes = ecarter(request.GET, criteres)
    trouves = None if criteres.vides else resultats(criteres, request.user)
    criteres = trouves.criteres if trouves else criteres
    contexte = {
        "criteres": criteres,
        "ou": ou,
        "ecartes": ecartes,
        "trouves": trouves,
        "cibles": list(Cible),
        "tris": [tri for tri in Tri if tri is not Tri.DISTANCE or criteres.situees],
        "dernier_jour": dernier_jour(),
        "onglet": "recherche",
    }
    if trouves is not None:
        contexte |= {
            "cartes": cartes_de(trouves),
            "page": _page(trouves),
            "centre": trouves.autour,
            "fond": {"tuiles": settings.CARTE_TUILES, "attribution": settings.CARTE_ATTRIBUTION},
            "bilan": _bilan(trouves),
            "etiquettes": etiquettes_de(criteres),
            "depliees": {Facette.GROUPE, Facette.NIVEAU, *criteres.facettes},
            "exact": criteres.avec(exact=True),
            "proches": criteres.avec(exact=False),
            "sans_filtre": Criteres(cible=criteres.cible, texte=criteres.texte),
        }
    reponse = render(request, "referentiel/recherche.html", contexte)
    if request.htmx:
        reponse["HX-Push-Url"] = f"{reverse('recherche')}?{criteres.adresse()}"
        reponse["HX-Trigger"] = json.dumps({"annonce": contexte.get("bilan", "")})
    return reponse


def _page(trouves: Resultats) -> Page:
    """The page as `{% pagination %}` reads it: only the numbers are known, the fiches are in the cards."""
    paginator = Paginator(range(trouves.total), PAR_PAGE)
    return paginator.get_page(trouves.criteres.page)


def _bilan(trouves: Resultats) -> str:
    """« 18 résultats », « Plus de 5 000 résultats », « Aucune offre »."""
    if not trouves.total:
        return "Aucune offre" if trouves.criteres.cible is Cible.OFFRE else "Aucun résultat"
    return f"{'Plus de ' if trouves.plafonne else ''}{pluriel(trouves.total, 'résultat')}"
