"""Searching a long code list while a form is filled: the answer is the list of what may be ticked."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..champs import champs_de
from ..codes import COMMUNES
from ..formulaires.vastes import Recherche
from ..niveaux import Niveau
from ..recherche_codes import EPCI
from .fiche import lire_structure

EPCI_DE = "epci-"


@require_safe
def chercher(request: HttpRequest, pk: int, nom: str) -> HttpResponse:
    """What a search box of the form of this fiche finds; `nom` is a field, or « epci- » and a field of communes."""
    return chercher_par_niveau(request, lire_structure(request, pk).niveau, nom)


@require_safe
def chercher_par_niveau(request: HttpRequest, niveau: str, nom: str) -> HttpResponse:
    """The same for a fiche of this level, live or not: the lists are the same for all."""
    champ = champs_de(Niveau(niveau)).get(nom.removeprefix(EPCI_DE)) if niveau in set(Niveau) else None
    par_epci = nom.startswith(EPCI_DE)
    if champ is None or not champ.vaste or (par_epci and champ.nomenclature != COMMUNES):
        raise Http404(f"No long list {nom} on {niveau}")
    recherche = Recherche.lue(nom, EPCI if par_epci else champ.nomenclature or "", request.GET)
    contexte = {"nom": nom, "trouvees": recherche.trouvees, "coches": ()}
    return render(request, "referentiel/edition/_codes_trouves.html", contexte)
