"""The screens of the synchronisation: runs, écarts to decide, rules (B34–B36, S173)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from referentiel.models import Structure
from referentiel.permissions import Action, exiger, refus
from ror.commun.erreurs import EtatIncompatible
from ror.commun.tableur import reponse_csv
from ror.commun.texte import lire_cle

from . import presentation
from .actions import appliquer_ecarts, ignorer_ecarts, modifier_regles
from .execution import verrou_tenu
from .forms import DecisionForm, FiltreEcarts, ReglesForm
from .models import Ecart, Execution, Temoin
from .tasks import synchroniser

ETABLISSEMENTS_PAR_PAGE = 20
PASSAGES = 10
PHRASES_MONTREES = 100
_FIN_DU_SUIVI = 286  # htmx stops polling


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """Alarms, the run of now, the écarts to decide, the last runs."""
    exiger(request.user, Action.SUIVRE_FINESS)
    visibles = Ecart.objects.visibles_par(request.user).a_relire()
    filtre = FiltreEcarts(request.GET)
    ecarts = filtre.filtrer(visibles)
    structures = Structure.objects.filter(pk__in=ecarts.values("structure")).order_by("nom", "pk")
    page = Paginator(structures, ETABLISSEMENTS_PAR_PAGE).get_page(request.GET.get("page"))
    presentes = list(page.object_list)
    contexte = _passage() | {
        "alarmes": presentation.alarmes(),
        "groupes": presentation.grouper(presentes, ecarts.filter(structure__in=presentes).order_by("pk")),
        "page": page,
        "nombre": ecarts.count(),
        "filtre": filtre,
        "natures": visibles.values("nature").annotate(n=Count("pk")).order_by("nature"),
        "passages": Execution.objects.all()[:PASSAGES],
        "peut_lancer": refus(request.user, Action.CORRIGER_FINESS) is None,
    }
    return render(request, "finess_sync/tableau.html", contexte)


@require_safe
def progression(request: HttpRequest) -> HttpResponse:
    """The run of now, asked for every two seconds while it lasts."""
    exiger(request.user, Action.SUIVRE_FINESS)
    contexte = _passage()
    statut = 200 if contexte["vivant"] else _FIN_DU_SUIVI
    return render(request, "finess_sync/_passage.html", contexte, status=statut)


@require_safe
def passage(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its guards told one by one, its counters, its rejected lines."""
    exiger(request.user, Action.SUIVRE_FINESS)
    execution = get_object_or_404(Execution, pk=pk)
    rejets = Paginator(execution.rejets.all(), 50).get_page(request.GET.get("page"))
    compteurs = [
        (libelle_compteur, execution.compteurs[cle])
        for cle, libelle_compteur in presentation.COMPTEURS.items()
        if cle in execution.compteurs
    ]
    contexte = {
        "execution": execution,
        "etat_code": presentation.ETATS[Execution.Etat(execution.etat)],
        "compteurs": compteurs,
        "page": rejets,
        "fil": [("Import FINESS", reverse("finess"))],
    }
    return render(request, "finess_sync/passage.html", contexte)


@require_POST
def decider(request: HttpRequest) -> HttpResponse:
    """Applies or ignores écarts: one at once, several, or an ignored one, after a page that tells them."""
    exiger(request.user, Action.SUIVRE_FINESS)
    geste, choisis = _choix(request.POST, Ecart.objects.visibles_par(request.user).a_relire())
    cles = list(choisis.values_list("pk", flat=True))
    if not cles:
        messages.error(request, "Choisissez au moins un écart, puis « Appliquer » ou « Ignorer ».")
        return redirect("finess")
    form = DecisionForm(request.POST if "confirme" in request.POST else None)
    direct = geste == "appliquer" and "appliquer_un" in request.POST
    if not direct and not form.is_valid():
        return _confirmation(request, geste, cles, form)
    try:
        if geste == "appliquer":
            bilan = appliquer_ecarts(ecarts=cles, auteur=request.user)
        else:
            bilan = ignorer_ecarts(ecarts=cles, auteur=request.user, motif=form.cleaned_data["motif"])
    except EtatIncompatible as erreur:
        messages.error(request, str(erreur))
    else:
        _dire(request, geste, bilan)
    return redirect("finess")


@require_POST
def lancer(request: HttpRequest) -> HttpResponse:
    """Asks the worker for a run now."""
    exiger(request.user, Action.CORRIGER_FINESS)
    if verrou_tenu():
        messages.error(request, "Un passage est déjà en cours : attendez sa fin.")
    else:
        synchroniser.delay(declenchee_par=str(request.user))
        messages.success(request, "Passage demandé : il apparaît ici dès qu’il commence.")
    return redirect("finess")


@require_http_methods(["GET", "HEAD", "POST"])
def regles(request: HttpRequest) -> HttpResponse:
    """What is done with each nature of écart, and the thresholds of the guards; an administrator sets them."""
    exiger(request.user, Action.SUIVRE_FINESS)
    modifiable = refus(request.user, Action.REGLER_PORTAIL) is None
    if request.method == "POST":
        exiger(request.user, Action.REGLER_PORTAIL)
    form = ReglesForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        modifier_regles(**form.decisions(), auteur=request.user)
        messages.success(request, "Règles enregistrées : elles valent dès le prochain passage.")
        return redirect("finess-regles")
    if not modifiable:
        for champ in form.fields.values():
            champ.disabled = True
    contexte = {
        "form": form,
        "modifiable": modifiable,
        "temoins": Temoin.objects.all(),
        "fil": [("Import FINESS", reverse("finess"))],
    }
    return render(request, "finess_sync/regles.html", contexte, status=422 if form.errors else 200)


@require_safe
def exporter_rejets(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Every rejected line of a run and its reason (B37)."""
    exiger(request.user, Action.SUIVRE_FINESS)
    execution = get_object_or_404(Execution, pk=pk)
    lignes = (
        [r.ligne, r.numero_finess, "retenue" if r.retenue else "rejetée", r.raison, r.contenu]
        for r in execution.rejets.iterator()
    )
    entete = ["ligne", "n° FINESS", "décision", "raison", "contenu"]
    return reponse_csv(f"rejets-finess-{pk}.csv", entete, lignes)


def _passage() -> dict:
    """The last run, and whether it is alive."""
    execution = Execution.objects.first()
    vivant = execution is not None and execution.etat == Execution.Etat.EN_COURS and verrou_tenu()
    etapes = []
    if execution is not None:
        rangs = list(Execution.Etape)
        actuelle = rangs.index(Execution.Etape(execution.etape))
        etapes = [(e.label, "ok" if i < actuelle else "info" if i == actuelle else "") for i, e in enumerate(rangs)]
    return {
        "execution": execution,
        "vivant": vivant,
        "etapes": etapes if vivant else [],
        "etat_code": presentation.ETATS[Execution.Etat(execution.etat)] if execution else "",
    }


def _choix(donnees: QueryDict, visibles):
    """What is asked, and on which écarts: one, those of a structure, the ticked ones, or all those of the filter."""
    for nom in donnees:
        geste, _, portee = nom.partition("_")
        if geste in ("appliquer", "ignorer"):
            valeur = donnees[nom]
            if portee == "un":
                return geste, visibles.filter(pk=lire_cle(valeur))
            if portee == "structure":
                return geste, visibles.filter(structure=lire_cle(valeur))
            if portee == "tous":
                return geste, FiltreEcarts(donnees).filtrer(visibles)
            textes_cles = [*donnees.getlist("ecart"), *donnees.get("cles", "").split(",")]
            cles = list(filter(None, map(lire_cle, textes_cles)))
            return geste, visibles.filter(pk__in=cles)
    return "appliquer", visibles.none()


def _confirmation(request: HttpRequest, geste: str, cles: list[int], form: DecisionForm) -> HttpResponse:
    montres = list(Ecart.objects.filter(pk__in=cles).order_by("structure__nom", "pk")[:PHRASES_MONTREES])
    structures = list(Structure.objects.filter(pk__in={e.structure_id for e in montres}).order_by("nom", "pk"))
    contexte = {
        "geste": geste,
        "cles": ",".join(map(str, cles)),
        "nombre": len(cles),
        "groupes": presentation.grouper(structures, montres),
        "reste": len(cles) - len(montres),
        "form": form,
        "fil": [("Import FINESS", reverse("finess"))],
    }
    return render(request, "finess_sync/confirmer.html", contexte)


def _dire(request: HttpRequest, geste: str, bilan) -> None:
    fait = "appliqué" if geste == "appliquer" else "ignoré"
    pluriel = "s" if bilan.decides > 1 else ""
    if bilan.decides:
        messages.success(request, f"{bilan.decides} écart{pluriel} {fait}{pluriel}.")
    if bilan.perimes:
        messages.info(request, f"{bilan.perimes} déjà à jour dans le répertoire.")
    if bilan.changes:
        messages.warning(
            request,
            f"{bilan.changes} à relire de nouveau : le répertoire a changé depuis. La valeur actuelle est affichée.",
        )
