"""The history of a fiche: what is to come, what waits, what was done, sentence by sentence."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..actions.fiches import changements_de
from ..changements import Changement
from ..fiches import phrases_par_lot
from ..models import EntreeJournal, Modification, Structure
from ..permissions import Action, niveaux_lisibles, refus
from ..taches import EN_COURS
from .fiche import fil_de, lire_structure

PAR_PAGE = 25
RESERVE = "Contacts : modification réservée à la régulation et à la gestion de crise."


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    """The history of one fiche; what is not published yet is shown to those who may edit it only."""
    structure = lire_structure(request, pk)
    motif = refus(request.user, Action.MODIFIER, structure)
    entrees = EntreeJournal.objects.filter(structure=structure).select_related("auteur")
    page = Paginator(entrees, PAR_PAGE).get_page(request.GET.get("page"))
    lisibles = niveaux_lisibles(request.user, structure)
    contexte = {
        "structure": structure,
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "page": page,
        "lignes": list(zip(page.object_list, _phrases(structure, page.object_list, lisibles), strict=True)),
        "actuelle": _actuelle(structure),
        "a_venir": [] if motif or page.number > 1 else _a_venir(structure),
    }
    partie = "#liste" if request.htmx else ""
    return render(request, f"referentiel/historique.html{partie}", contexte)


def _actuelle(structure: Structure) -> int | None:
    """The entry that made the version published now."""
    entrees = EntreeJournal.objects.filter(structure=structure, version=structure.version)
    return entrees.order_by("le", "pk").values_list("pk", flat=True).first()


def _a_venir(structure: Structure) -> list[tuple[Modification, list[str]]]:
    """Changes not published yet with their sentences, the latest date first, then those that only wait."""
    modifications = sorted(
        Modification.objects.filter(structure=structure, etat__in=EN_COURS)
        .select_related("auteur", "validee_par")
        .prefetch_related("changements"),
        key=lambda m: (m.date_effet is None, m.date_effet or m.creee_le.date()),
        reverse=True,
    )
    return list(zip(modifications, phrases_par_lot(structure, [changements_de(m) for m in modifications]), strict=True))


def _phrases(structure: Structure, entrees: list[EntreeJournal], lisibles: set[str]) -> list[list[str]]:
    """Sentences of each entry; those about contacts the reader may not see are told without their content."""
    reserves = {e.pk: _autorises(e, lisibles) for e in entrees if _touche_contact_reserve(e, lisibles)}
    refaites = dict(zip(reserves, phrases_par_lot(structure, list(reserves.values())), strict=True))
    return [[*refaites[e.pk], RESERVE] if e.pk in refaites else e.phrases for e in entrees]


def _autorises(entree: EntreeJournal, lisibles: set[str]) -> list[Changement]:
    return [Changement.depuis_json(c) for c in entree.changements if c["champ"] != "contacts"]


def _touche_contact_reserve(entree: EntreeJournal, lisibles: set[str]) -> bool:
    return any(
        morceau.get("confidentialite", "1") not in lisibles
        for changement in entree.changements
        if changement["champ"] == "contacts"
        for table in (changement["base"], changement["propose"])
        for ligne in (table or {}).values()
        for morceau in (ligne, *(ligne.get("telecoms") or []))
    )
