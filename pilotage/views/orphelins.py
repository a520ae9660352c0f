"""« Établissements sans référent actif », for those who open accounts (B44)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import listes
from ..indicateurs import nom_departement, nom_groupe

PAR_PAGE = 50


@require_safe
def orphelins(request: HttpRequest) -> HttpResponse:
    """Those of her perimeter, the ones that have lost somebody lately first, each with « Inviter »."""
    texte = request.GET.get("q", "").replace("\x00", "").strip()
    seuls = listes.orphelins(request.user, texte)
    page = Paginator(seuls, PAR_PAGE).get_page(request.GET.get("page"))
    lignes = [(bilan, nom_groupe(bilan.groupe), nom_departement(bilan.departement)) for bilan in page.object_list]
    return render(request, "pilotage/orphelins.html", {"page": page, "lignes": lignes, "q": texte})
