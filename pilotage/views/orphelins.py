"""« Établissements sans référent actif », for those who open accounts (B44)."""

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from referentiel.models import Structure
from referentiel.permissions import Action, exiger, filtre
from referentiel.recherche import filtrer

from ..indicateurs import nom_departement, nom_groupe
from ..models import BilanEtablissement, DepartReferent
from ..referents import avec_referent_actif

PAR_PAGE = 50


@require_safe
def orphelins(request: HttpRequest) -> HttpResponse:
    """Those of her perimeter, the ones that have lost somebody lately first, each with « Inviter »."""
    exiger(request.user, Action.GERER_COMPTES)
    siens = BilanEtablissement.objects.filter(filtre(request.user, Action.GERER_COMPTES))
    texte = request.GET.get("q", "").strip()
    if texte:
        trouvees = filtrer(Structure.objects.filter(niveau="EG"), texte)
        siens = siens.filter(pk__in=trouvees.values("pk"))
    depart = DepartReferent.objects.filter(etablissement=OuterRef("pk")).order_by("-constate_le")
    seuls = (
        siens.exclude(avec_referent_actif())
        .annotate(depuis=Subquery(depart.values("constate_le")[:1]))
        .prefetch_related("structure")
        .order_by(F("depuis").desc(nulls_last=True), "nom_recherche", "pk")
    )
    page = Paginator(seuls, PAR_PAGE).get_page(request.GET.get("page"))
    lignes = [(bilan, nom_groupe(bilan.groupe), nom_departement(bilan.departement)) for bilan in page.object_list]
    return render(request, "pilotage/orphelins.html", {"page": page, "lignes": lignes, "q": texte})
