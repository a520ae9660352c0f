"""The history of a fiche: what is to come, what waits, what was done, sentence by sentence."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..actions.fiches import changements_de
from ..champs import champs_de
from ..changements import Changement
from ..fiches import phrases_par_lot
from ..models import EntreeJournal, Modification, Structure
from ..permissions import Action, niveaux_lisibles, refus
from ..reserves import est_reserve
from ..taches import EN_COURS
from .fiche import fil_de, lire_structure

PAR_PAGE = 25
RESERVE = "modification réservée à la régulation et à la gestion de crise."


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
    """Sentences of each entry; what the reader may not see is told without its content."""
    reserves = {e.pk: noms for e in entrees if (noms := _reserves(e, lisibles))}
    permis = [_autorises(e, reserves[e.pk]) for e in entrees if e.pk in reserves]
    refaites = dict(zip(reserves, phrases_par_lot(structure, permis), strict=True))
    champs = champs_de(structure.type_niveau)
    return [
        [*refaites[e.pk], *(f"{champs[nom].libelle}\u00a0: {RESERVE}" for nom in reserves[e.pk])]
        if e.pk in refaites
        else e.phrases
        for e in entrees
    ]


def _autorises(entree: EntreeJournal, reserves: list[str]) -> list[Changement]:
    return [Changement.depuis_json(c) for c in entree.changements if c["champ"] not in reserves]


def _reserves(entree: EntreeJournal, lisibles: set[str]) -> list[str]:
    return [c["champ"] for c in entree.changements if est_reserve(c["champ"], (c["base"], c["propose"]), lisibles)]
