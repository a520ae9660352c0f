"""The fiche of each level, what it contains, and « Renommer » (S38–S42, S60, S63, S65, S91–S94)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import SaisieInvalide

from .. import fiches
from ..actions import renommer as renommer_fiche
from ..actions.fiches import changements_de, modification_en_attente, valeurs_en_cours
from ..forms import NomForm
from ..models import DemandeCorrection, Structure
from ..niveaux import Niveau
from ..permissions import Action, niveaux_lisibles, refus
from ..presentation import Fiche
from ..recherche import chemins_de
from ..relecture import situer
from ..repertoire import compter_dessous, titre_departement

ENFANTS_PAR_PAGE = 100
DETAILS = ("entite_juridique", "entite_geographique", "organisation_interne", "unite")


def lire_structure(request: HttpRequest, pk: int) -> Structure:
    """Returns the node with its detail, among those the person may read; 404 otherwise."""
    return get_object_or_404(Structure.objects.lisibles_par(request.user).select_related(*DETAILS), pk=pk)


@require_safe
def fiche(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one fiche, whatever its level."""
    structure = lire_structure(request, pk)
    if structure.niveau == Niveau.UO:
        from .offre import fiche_offre

        return fiche_offre(request, structure)
    return render(request, "referentiel/fiche.html", contexte_fiche(request, structure))


@require_http_methods(["GET", "HEAD", "POST"])
def renommer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Renommer »: a dialogue with the name prefilled (S60)."""
    structure = lire_structure(request, pk)
    motif = refus(request.user, Action.MODIFIER, structure)
    form = NomForm(request.POST or None, initial={"nom": structure.nom})
    if request.method == "POST" and form.is_valid():
        try:
            renommer_fiche(structure_id=structure.pk, auteur=request.user, nom=form.cleaned_data["nom"])
        except SaisieInvalide as erreur:
            form.add_error("nom", erreur.erreurs["nom"])
        else:
            messages.success(request, f"La fiche s’appelle maintenant «\u00a0{form.cleaned_data['nom']}\u00a0».")
            return aller(request, reverse("fiche", args=[structure.pk]))
    contexte = {"structure": structure, "form": form, "motif": motif, "dialogue": "referentiel/_renommer.html"}
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


@require_safe
def creer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Créer + » (S41): where a fiche is created, and the request that has it done."""
    structure = lire_structure(request, pk)
    contexte = {
        "structure": structure,
        "fil": fil_de(structure),
        "demandes": demandes_en_cours(structure, DemandeCorrection.STRUCTURE),
        "champ": DemandeCorrection.STRUCTURE,
    }
    return render(request, "referentiel/creer.html", contexte)


def contexte_fiche(request: HttpRequest, structure: Structure) -> dict:
    """Returns what the template of a fiche shows, in a constant number of queries."""
    motif = refus(request.user, Action.MODIFIER, structure)
    modification = None if motif else modification_en_attente(structure)
    lecture = Fiche(
        structure,
        fiches.detail_de(structure),
        valeurs_en_cours(structure, modification),
        changements_de(modification),
        niveaux_lisibles(request.user, structure),
    )
    ancetres = list(structure.get_ancestors())
    return {
        "structure": structure,
        "fil": fil_de(structure, ancetres),
        "ancetres": ancetres,
        "lecture": lecture,
        "motif": motif,
        "modification": modification,
        "demandes": demandes_en_cours(structure),
        **contenu_de(request, structure),
    }


def fil_de(structure: Structure, ancetres: list[Structure] | None = None) -> list[tuple[str, str]]:
    """Returns the breadcrumb above a fiche: Répertoire, département, then each level."""
    ancetres = chemins_de([structure])[structure.pk] if ancetres is None else ancetres
    repertoire = reverse("repertoire")
    elements = [("Répertoire", repertoire)]
    code = next((s.departement for s in [*ancetres, structure] if s.niveau == Niveau.EG), "")
    if code:
        elements.append((titre_departement(code), f"{repertoire}?par=departement&ouvert=df-{code}"))
    return elements + [(a.nom, reverse("fiche", args=[a.pk])) for a in ancetres]


def contenu_de(request: HttpRequest, structure: Structure) -> dict:
    """Returns what is directly below a fiche, its counts by level, and the page of it that is shown."""
    enfants = Structure.objects.filter(parent=structure).select_related("entite_geographique", "unite")
    rangs = {niveau.value: rang for rang, niveau in enumerate(Niveau)}
    page = Paginator(enfants.order_by("niveau", "nom_recherche", "pk"), ENFANTS_PAR_PAGE).get_page(
        request.GET.get("page")
    )
    dessous, jour = compter_dessous(structure.pk), timezone.localdate()
    groupes: dict[str, list[dict]] = {}
    for enfant in page.object_list:
        groupes.setdefault(enfant.niveau, []).append(
            {"structure": enfant, "dessous": dessous.get(enfant.pk, {}), "situation": _situation(enfant, jour)}
        )
    ordonnes = sorted(groupes.items(), key=lambda groupe: rangs[groupe[0]])
    return {
        "groupes": [
            {"niveau": Niveau(n), "lignes": lignes, "colonnes": _colonnes(n, lignes)} for n, lignes in ordonnes
        ],
        "page": page,
    }


def _situation(enfant: Structure, jour):
    if enfant.niveau != Niveau.UO:
        return None
    relue_le = enfant.unite.relue_le
    return situer(relue_le and timezone.localtime(relue_le).date(), jour)


def _colonnes(niveau: str, lignes: list[dict]) -> list[Niveau]:
    """Levels counted beside each line: only those that something there really has."""
    presents = {n for ligne in lignes for n in ligne["dessous"]}
    return [n for n in Niveau if n.value in presents]


def demandes_en_cours(structure: Structure, champ: str | None = None) -> list[DemandeCorrection]:
    """Returns the requests about this fiche that the support has not answered yet."""
    demandes = DemandeCorrection.objects.a_traiter().filter(structure=structure).select_related("auteur")
    return list(demandes.filter(champ=champ) if champ else demandes)


def rendre_dialogue(request: HttpRequest, contexte: dict, *, refuse: bool = False) -> HttpResponse:
    """Renders a dialogue: alone for HTMX, in a page of its own without script; 422 when what was sent is refused."""
    gabarit = contexte["dialogue"] if request.htmx else "referentiel/dialogue.html"
    return render(request, gabarit, contexte, status=422 if refuse else 200)


def aller(request: HttpRequest, adresse: str) -> HttpResponse:
    """Goes to another page after an act, from a form or from a dialogue."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": adresse})
    return redirect(adresse)
