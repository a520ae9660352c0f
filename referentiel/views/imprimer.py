"""The whole of a fiche on paper, or as a PDF by the browser's own printing: nothing folded, nothing to click (B56)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from .. import fiches, horaires
from ..actions.etat import jour_de
from ..annonce import annonce_de
from ..confidentialite import TABLES
from ..lieux import lieux_de
from ..models import CorrectionFiness, Structure
from ..niveaux import Niveau
from ..permissions import niveaux_lisibles, offres_cachees
from ..presentation import Fiche, Section
from ..relecture import situer
from ..schemas import schema_de
from ..verifications import verifications_de
from .fiche import TITRES_CONTENU, fil_de, lire_structure

DESSOUS_MAX = 200
"""Fiches listed below a structure; how many more there are is said."""


@require_safe
def imprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """What is published of a fiche, as this person may read it, laid out for paper."""
    structure = lire_structure(request, pk)
    ancetres = list(structure.get_ancestors().select_related("entite_geographique"))
    valeurs = fiches.lire(structure)
    lisibles = niveaux_lisibles(request.user, structure)
    corrigees = dict(CorrectionFiness.objects.filter(structure=structure).values_list("champ", "corrigee_le__date"))
    lecture = Fiche(structure, fiches.detail_de(structure), valeurs, lisibles, schema_de(structure), corrigees)
    dates, sections = verifications_de(structure), lecture.sections()
    contexte = {
        "structure": structure,
        "fil": [*fil_de(structure, ancetres), (structure.nom, reverse("fiche", args=[pk]))],
        "ancetres": ancetres,
        "etablissement": next((a for a in ancetres if a.niveau == Niveau.EG), None),
        "lecture": lecture,
        "sections": [(s, dates.get(s.cle)) for s in sections if not _rien(s, structure)],
        "vides": ", ".join(s.titre for s in sections if _rien(s, structure)),
        "annonce": annonce_de(structure, request.user),
        "maintenant": timezone.now(),
        "reserves": any(_reserve(ligne) for nom in TABLES for ligne in (lecture.valeurs.get(nom) or {}).values()),
        **_dessous(request, structure),
        **(_de_l_offre(structure, valeurs) if structure.niveau == Niveau.UO else {}),
    }
    return render(request, "referentiel/imprimer.html", contexte)


def _rien(section: Section, structure: Structure) -> bool:
    """Whether a section says nothing; that of the lieux of an offer says at least where its establishment is."""
    return section.vide and not (section.cle == "lieux" and structure.niveau == Niveau.UO)


def _reserve(ligne: dict) -> bool:
    """Whether a row, or one of its numbers, is kept for régulation and crisis management."""
    return any(m.get("confidentialite") == "3" for m in (ligne, *(ligne.get("telecoms") or [])))


def _de_l_offre(structure: Structure, valeurs: dict) -> dict:
    """What is said of an offer alone: its hours, its lieux, its re-reading."""
    unite = structure.unite
    relue_le = unite.relue_le and timezone.localtime(unite.relue_le).date()
    return {
        "unite": unite,
        "annonces": horaires.annoncer(horaires.depuis_table(valeurs["horaires"]), jour_de(structure)),
        "lieux": unite.lieux.all(),
        "relue_le": relue_le,
        "situation": situer(relue_le, timezone.localdate()),
    }


def _dessous(request: HttpRequest, structure: Structure) -> dict:
    """What a structure holds: for an EJ its establishments, else all that is below, in the order of the tree."""
    if structure.niveau == Niveau.UO:
        return {"dessous": [], "reste": 0}
    cachees = offres_cachees(request.user)
    if structure.niveau == Niveau.EJ:
        trouves = Structure.objects.filter(parent=structure).order_by("nom_recherche", "pk")
    else:
        trouves = structure.get_descendants().exclude(pk__in=cachees).order_by("lft")
    lignes = list(trouves.select_related("entite_geographique", "unite__type_offre")[: DESSOUS_MAX + 1])
    return {
        "titre_contenu": TITRES_CONTENU[structure.type_niveau],
        "dessous": [(s, s.level - structure.level) for s in lignes[:DESSOUS_MAX]],
        "reste": trouves.count() - DESSOUS_MAX if len(lignes) > DESSOUS_MAX else 0,
        "lieux": lieux_de(structure).lisibles(cachees) if structure.niveau == Niveau.EG else [],
    }
