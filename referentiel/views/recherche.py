"""« Recherche »: an offer or structure, a skill, a professional (S45, S46)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import recherche
from ..recherche import Cible

PAR_PAGE = 25
LONGUEUR_MAX = 200


@require_safe
def chercher(request: HttpRequest) -> HttpResponse:
    """The form and its results; the address holds the whole state, so that it can be kept or sent."""
    texte = request.GET.get("q", "").strip()[:LONGUEUR_MAX]
    cible = Cible(request.GET["cible"]) if request.GET.get("cible") in list(Cible) else Cible.OFFRE
    fermees = request.GET.get("fermees") == "1"
    contexte = {
        "fermees": fermees,
        "q": texte,
        "cible": cible,
        "cibles": list(Cible),
        "page": None,
        "onglet": "recherche",
    }
    if texte:
        page = Paginator(recherche.chercher_cible(cible, texte, fermees=fermees), PAR_PAGE).get_page(
            request.GET.get("page")
        )
        structures = list(page.object_list)
        chemins = recherche.chemins_de(structures)
        motifs = recherche.motifs_de(structures, texte) if cible is Cible.COMPETENCE else {}
        contexte["page"] = page
        contexte["resultats"] = [(s, chemins[s.pk], motifs.get(s.pk, [])) for s in structures]
    return render(request, "referentiel/recherche.html", contexte)
