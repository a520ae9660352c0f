"""The history of a fiche: what is to come, what waits, what was done; its former states, compared and exported."""

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from ror.commun.tableur import reponse_csv

from .. import comparaison, fiches, instantanes, journal
from ..actions.fiches import changements_de
from ..champs import champs_de
from ..confidentialite import Reserve
from ..formulaires.filtres import FiltreJournalForm
from ..instantanes import Instantane, InstantaneInconnu
from ..models import EntreeJournal, Modification, Structure
from ..permissions import Action, niveaux_lisibles, refus
from ..presentation import Fiche
from ..taches import EN_COURS
from .fiche import fil_de, lire_structure

PAR_PAGE = 25


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    """The history of one fiche; what is not published yet is shown to those who may edit it only."""
    structure = lire_structure(request, pk)
    editeur = refus(request.user, Action.MODIFIER, structure) is None
    lisibles = niveaux_lisibles(request.user, structure)
    form = _filtre(request, structure)
    entrees = journal.filtrer(journal.entrees_de(structure), structure, **form.criteres)
    page = Paginator(entrees, PAR_PAGE).get_page(request.GET.get("page"))
    reserve = journal.reserve_pour(structure, lisibles)
    contexte = {
        "structure": structure,
        "fil": _fil(structure),
        "form": form,
        "page": page,
        "lignes": journal.lignes_de(structure, page.object_list, lisibles, reserve),
        "actuelle": _actuelle(structure),
        "a_venir": _a_venir(structure) if editeur and page.number == 1 and not form.criteres else [],
        "diffuse": refus(request.user, Action.DIFFUSER, structure) is None,
        "modifie": editeur,
        "support": refus(request.user, Action.CORRIGER_FINESS, structure) is None,
        "choix": instantanes.choix_d_instantanes(structure, editeur=editeur),
        "a": f"{instantanes.VERSION}{max(structure.version - 1, 1)}",
        "b": instantanes.DIFFUSEE,
        "export": request.GET.urlencode(),
    }
    partie = "#liste" if request.htmx else ""
    return render(request, f"referentiel/historique.html{partie}", contexte, status=422 if form.errors else 200)


@require_safe
def exporter(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The history as a CSV file for spreadsheets, with the filters of the page; sent as it is read."""
    structure = lire_structure(request, pk)
    form = _filtre(request, structure)
    entrees = journal.filtrer(journal.entrees_de(structure), structure, **form.criteres)
    rangees = journal.lignes_csv(structure, entrees, niveaux_lisibles(request.user, structure))
    nom = f"historique-{slugify(structure.nom)[:60]}-{timezone.localdate().isoformat()}.csv"
    return reponse_csv(nom, journal.COLONNES_CSV, rangees)


@require_safe
def a_la_date(request: HttpRequest, pk: int) -> HttpResponse:
    """« Voir la fiche à la date du »: goes to the state it had, or will have, that day."""
    structure = lire_structure(request, pk)
    try:
        jour = date.fromisoformat(request.GET.get("le", ""))
    except ValueError:
        return _introuvable(request, structure, "Écrivez une date, par exemple 2026-12-31.", 422)
    if jour > timezone.localdate() and refus(request.user, Action.MODIFIER, structure):
        texte = "Une date à venir se lit avec le droit de modifier cette fiche\u00a0: choisissez une date passée."
        return _introuvable(request, structure, texte, 403)
    try:
        return redirect("fiche-instantane", structure.pk, instantanes.cle_du_jour(structure, jour))
    except InstantaneInconnu:
        return _introuvable(request, structure, "Cette fiche n’existait pas encore à cette date.", 404)


@require_safe
def instantane(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """The whole fiche as it was, or will be: read only."""
    structure = lire_structure(request, pk)
    (etat,) = _lire_etats(request, structure, cle)
    contexte = {
        "structure": structure,
        "fil": [*_fil(structure), ("Historique", reverse("historique", args=[structure.pk]))],
        "etat": etat,
        "lecture": Fiche(
            structure,
            fiches.detail_comme(structure, etat.valeurs),
            etat.valeurs,
            niveaux_lisibles(request.user, structure),
        ),
        "diffusee": instantanes.DIFFUSEE,
    }
    return render(request, "referentiel/instantane.html", contexte)


@require_safe
def comparer(request: HttpRequest, pk: int) -> HttpResponse:
    """Two states side by side, only where they differ; both are in the address."""
    structure = lire_structure(request, pk)
    editeur = refus(request.user, Action.MODIFIER, structure) is None
    a = request.GET.get("a") or f"{instantanes.VERSION}{max(structure.version - 1, 1)}"
    b = request.GET.get("b") or instantanes.DIFFUSEE
    avant, apres = _lire_etats(request, structure, a, b)
    ecarts = instantanes.ecarts(structure, avant.valeurs, apres.valeurs)
    champs = champs_de(structure.type_niveau)
    contexte = {
        "structure": structure,
        "fil": [*_fil(structure), ("Historique", reverse("historique", args=[structure.pk]))],
        "avant": avant,
        "apres": apres,
        "phrases": fiches.phrases(structure, ecarts),
        "differences": comparaison.differences(champs, ecarts),
        "nombre": len(ecarts),
        "total": len(champs),
        "choix": instantanes.choix_d_instantanes(structure, editeur=editeur),
        "a": a,
        "b": b,
    }
    return render(request, "referentiel/comparer.html", contexte)


def _fil(structure: Structure) -> list[tuple[str, str]]:
    return [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))]


def _filtre(request: HttpRequest, structure: Structure) -> FiltreJournalForm:
    auteurs = (
        EntreeJournal.objects.filter(structure=structure, auteur__isnull=False)
        .order_by("auteur__nom", "auteur__prenom", "auteur_id")
        .values_list("auteur_id", "auteur__prenom", "auteur__nom")
        .distinct()
    )
    return FiltreJournalForm(
        request.GET,
        quoi=journal.choix_de_champs(structure),
        auteurs=[(str(pk), f"{prenom} {nom}") for pk, prenom, nom in auteurs],
    )


def _actuelle(structure: Structure) -> int | None:
    """The entry that made the version published now."""
    entrees = EntreeJournal.objects.filter(structure=structure, version=structure.version)
    return entrees.order_by("le", "pk").values_list("pk", flat=True).first()


def _a_venir(structure: Structure) -> list[tuple[Modification, list[str]]]:
    """Changes not published yet with their sentences, the latest date first, then those that only wait."""
    modifications = sorted(
        Modification.objects.filter(structure=structure, etat__in=EN_COURS)
        .select_related("structure", "auteur", "validee_par")
        .prefetch_related("changements"),
        key=lambda m: (m.date_effet is None, m.date_effet or m.creee_le.date()),
        reverse=True,
    )
    return list(
        zip(modifications, fiches.phrases_par_lot(structure, [changements_de(m) for m in modifications]), strict=True)
    )


def _lire_etats(request: HttpRequest, structure: Structure, *cles: str) -> list[Instantane]:
    """The states asked for, within what the reader may know; 404 when one does not exist, or not for her."""
    editeur = refus(request.user, Action.MODIFIER, structure) is None
    lisibles = niveaux_lisibles(request.user, structure)
    reserve: Reserve = journal.reserve_pour(structure, lisibles)
    try:
        etats = [instantanes.instantane(structure, cle, editeur=editeur) for cle in cles]
    except InstantaneInconnu as erreur:
        raise Http404(f"Aucun état «\u00a0{erreur}\u00a0» de cette fiche.") from erreur
    return [instantanes.lisible(etat, lisibles, reserve) for etat in etats]


def _introuvable(request: HttpRequest, structure: Structure, texte: str, statut: int) -> HttpResponse:
    contexte = {"structure": structure, "texte": texte, "fil": _fil(structure)}
    return render(request, "referentiel/instantane_introuvable.html", contexte, status=statut)
