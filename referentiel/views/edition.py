"""Editing a fiche: one section in place, or all of it; what is saved waits to be broadcast (S43, S97–S99, S107)."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from ..actions import enregistrer
from ..actions.fiches import exiger_ouverte, modification_en_attente, valeurs_en_cours
from ..champs import SECTIONS, Champ, champs_de, sections_de
from ..conflits import PREFIXE, decrire_conflits, lire_choix
from ..formulaires import FormulaireFiche, FormulaireIllisible, ouvrir
from ..models import Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .fiche import contexte_fiche, fil_de, lire_structure

GESTE = "geste"
METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """« Modifier » of a section: its form takes the place of the card; « Enregistrer » does not broadcast."""
    structure = lire_structure(request, pk)
    champs = [c for c in sections_de(structure.type_niveau).get(section, ()) if not c.finess]
    if not champs:
        raise Http404(f"No section {section} to edit on {structure.niveau}")
    return _editer(request, structure, champs, section)


@require_http_methods(METHODES)
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """The pencil beside the title: the whole fiche in edit mode, « Modifier » to save, « Annuler » to abandon."""
    structure = lire_structure(request, pk)
    return _editer(request, structure, champs_de(structure.type_niveau).values(), "")


def rendre_fiche(request: HttpRequest, structure: Structure, *, focus: str = "") -> HttpResponse:
    """The page of a fiche of any level, as the answer to an act."""
    from .offre import fiche_offre

    if structure.niveau == Niveau.UO:
        return fiche_offre(request, structure, focus=focus)
    return render(request, "referentiel/fiche.html", contexte_fiche(request, structure, focus))


def _editer(request: HttpRequest, structure: Structure, champs: Iterable[Champ], section: str) -> HttpResponse:
    exiger(request.user, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    champs = list(champs)
    if request.method != "POST":
        return _montrer(request, structure, _formulaire(structure, champs), section)
    formulaire = _formulaire_recu(request, structure, champs)
    if formulaire.generales:
        return _montrer(request, structure, formulaire, section, statut=422)
    if geste := request.POST.get(GESTE):
        return _montrer(request, structure, formulaire, section, statut=200 if formulaire.appliquer(geste) else 422)
    if not formulaire.est_valide():
        return _montrer(request, structure, formulaire, section, statut=422)
    try:
        enregistrer(
            structure_id=structure.pk,
            auteur=request.user,
            vues=formulaire.vues,
            saisies=formulaire.saisies(),
            choix=lire_choix(request.POST),
        )
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return _montrer(request, structure, formulaire, section, statut=422)
    except ConflitDeVersion as erreur:
        return _fusionner(request, structure, erreur, section)
    for adresse in formulaire.boites_douteuses():
        messages.warning(request, f"«\u00a0{adresse}\u00a0» n’est pas dans un domaine mssante.fr\u00a0: vérifiez-la.")
    return _suite(request, structure, section)


def _formulaire(structure: Structure, champs: list[Champ], **options) -> FormulaireFiche:
    en_cours = valeurs_en_cours(structure, modification_en_attente(structure))
    return FormulaireFiche(quoi=f"fiche:{structure.pk}", champs=champs, **{"vues": en_cours, **options})


def _formulaire_recu(request: HttpRequest, structure: Structure, champs: list[Champ]) -> FormulaireFiche:
    """The form that was sent, over the values it showed; over the present ones when those cannot be read any more."""
    try:
        vues = ouvrir(f"fiche:{structure.pk}", request.POST.get("vues"))
        return _formulaire(structure, champs, vues=vues, data=request.POST)
    except FormulaireIllisible as erreur:
        formulaire = _formulaire(structure, champs, data=request.POST)
        formulaire.generales.append(str(erreur))
        return formulaire


def _montrer(
    request: HttpRequest, structure: Structure, formulaire: FormulaireFiche, section: str, statut: int = 200
) -> HttpResponse:
    contexte = {**_contexte(request, structure, section), "formulaire": formulaire, "refuse": statut == 422}
    gabarit = "_section" if request.htmx and section else "page"
    return render(request, f"referentiel/edition/{gabarit}.html", contexte, status=statut)


def _contexte(request: HttpRequest, structure: Structure, section: str) -> dict:
    return {
        "structure": structure,
        "section": section,
        "titre": SECTIONS.get(section, ""),
        "sujet": structure.nom,
        "adresse": request.path,
        "retour": _adresse_fiche(structure, section),
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "immediat": False,
    }


def _fusionner(request: HttpRequest, structure: Structure, refus: ConflitDeVersion, section: str) -> HttpResponse:
    """The merge screen: one question per element that both sides touched; all that was typed travels along."""
    modification = modification_en_attente(structure)
    fiche = valeurs_en_cours(structure, modification)
    champs = champs_de(structure.type_niveau)
    contexte = {
        **_contexte(request, structure, section),
        "conflits": decrire_conflits(structure, champs, refus.conflits, fiche, modification),
        "reprise": reprise(request),
        "repose": bool(lire_choix(request.POST)),
    }
    return rendre_fusion(request, contexte, section)


def rendre_fusion(request: HttpRequest, contexte: dict, cible: str) -> HttpResponse:
    """Renders the merge screen (409), in the place of the card for HTMX."""
    if request.htmx and cible:
        reponse = render(request, "referentiel/edition/_fusion.html", contexte, status=409)
        return _remplacer(reponse, cible)
    return render(request, "referentiel/edition/fusion.html", contexte, status=409)


def _remplacer(reponse: HttpResponse, cible: str) -> HttpResponse:
    reponse["HX-Retarget"], reponse["HX-Reselect"], reponse["HX-Reswap"] = f"#{cible}", f"#{cible}", "outerHTML"
    return reponse


def reprise(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns all that was typed, for hidden fields: the merge screen sends it again with the answers."""
    return [
        (nom, valeur)
        for nom, valeurs in request.POST.lists()
        for valeur in valeurs
        if nom not in ("csrfmiddlewaretoken", GESTE) and not nom.startswith(PREFIXE)
    ]


def _adresse_fiche(structure: Structure, section: str) -> str:
    adresse = reverse("fiche", args=[structure.pk])
    return f"{adresse}#{section}" if section else adresse


def _suite(request: HttpRequest, structure: Structure, section: str) -> HttpResponse:
    """After « Enregistrer »: the fiche; after « Modifier » of the whole fiche: from which date the changes count."""
    reste = modification_en_attente(structure) is not None
    if not section:
        if reste:
            return redirect("fiche-valider", structure.pk)
        messages.info(request, "Rien n’a changé\u00a0: la fiche reste telle qu’elle est diffusée.")
        return redirect("fiche", structure.pk)
    titre = SECTIONS[section]
    if reste:
        suite = "«\u00a0Valider\u00a0», en bas de la fiche, diffuse."
        messages.success(request, f"{titre}\u00a0: enregistré, non diffusé. {suite}")
    else:
        messages.info(request, f"{titre}\u00a0: rien ne diffère de ce qui est diffusé.")
    if request.htmx:
        return rendre_fiche(request, lire_structure(request, structure.pk), focus=section)
    return redirect(_adresse_fiche(structure, section))
