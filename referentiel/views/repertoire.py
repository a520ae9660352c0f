"""The Répertoire: the tree at the left, opened branch by branch, the chosen fiche at the right (S45, S47, S49–S52)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ror.commun import composants

from .. import recherche
from ..models import Structure
from ..models.structure import Groupe
from ..niveaux import Niveau
from ..permissions import Action, refus
from ..rendu_arbre import Rendu
from ..repertoire import (
    AFFICHAGES,
    GROUPES_MASQUES_PAR_DEFAUT,
    PAR_DEPARTEMENT,
    BrancheInconnue,
    arbre_des_resultats,
    branche,
    chemin,
    chemin_de_cle,
    racines,
)
from .fiche import contexte_panneau, lire_structure

UN_AN = 365 * 24 * 3600


@require_safe
def repertoire(request: HttpRequest) -> HttpResponse:
    """The page, or only the fiche of the node chosen in the tree."""
    structure = _fiche_demandee(request)
    contexte = contexte_panneau(request, structure) if structure else {"structure": None}
    if request.htmx.target == "v-fiche":
        return render(request, "referentiel/repertoire.html#panneau", contexte)
    par, masques = _par(request), _masques(request)
    q = request.GET.get("q", "").strip()
    contexte |= _recherche(q, par, masques) if q else _arbre(request, structure, par, masques)
    contexte |= {
        "par": par,
        "affichages": AFFICHAGES,
        "boites": [(g, g not in masques) for g in Groupe],
        "affichees": ", ".join(g for g in Groupe.values if g not in masques) or "aucune",
        "onglet": "repertoire",
        "masquee": _masquee(structure, masques),
        "q": q,
    }
    reponse = render(request, "referentiel/repertoire.html", contexte)
    reponse.set_cookie(_cookie(request), ".".join(sorted(masques)), max_age=UN_AN, httponly=True, samesite="Lax")
    return reponse


@require_safe
def repertoire_branche(request: HttpRequest, cle: str) -> HttpResponse:
    """All that is directly below a node, in one list: the browser's own search finds every row."""
    try:
        noeuds = branche(cle, _masques_gardes(request))
    except BrancheInconnue:
        raise Http404 from None
    return HttpResponse(f"<ul>{Rendu(_par(request)).lignes(noeuds)}</ul>")


@require_safe
def repertoire_cherche(request: HttpRequest) -> HttpResponse:
    """The branches that lead to what was typed: words of a name, or the first figures of a FINESS number."""
    trouves = _recherche(request.GET.get("q", ""), _par(request), _masques_gardes(request))
    return HttpResponse(f'<ul data-total="{trouves["total"]}">{trouves["arbre"]}</ul>')


@require_safe
def fiche_actions(request: HttpRequest, pk: int) -> HttpResponse:
    """« Actions » of a node: what this person may really do with it."""
    structure = lire_structure(request, pk)
    actions = [
        composants.Action(reverse("fiche", args=[pk]), "Ouvrir", "file-text"),
        composants.Action(reverse("historique", args=[pk]), "Voir l’historique", "clock-history"),
    ]
    if refus(request.user, Action.MODIFIER, structure) is None:
        actions.insert(1, composants.Action(reverse("fiche-renommer", args=[pk]), "Renommer", "pencil", dialogue=True))
        actions += _actions_de_dossier(structure)
    contexte = {"structure": structure, "actions": actions}
    partie = "#entrees" if request.htmx else ""
    return render(request, f"referentiel/actions.html{partie}", contexte)


def _actions_de_dossier(structure: Structure) -> list[composants.Action]:
    """What changes the organisation goes through a dossier: made at the EG (S135), joined from below (S33)."""
    if structure.niveau == Niveau.EJ:
        return []
    if structure.niveau == Niveau.EG:
        adresse = reverse("dossier-nouveau", args=[structure.pk])
        return [composants.Action(adresse, "Créer un dossier collaboratif", "folder-fill", dialogue=True)]
    adresse = reverse("dossier-ouvrir", args=[structure.pk])
    return [composants.Action(adresse, "Ouvrir ou rejoindre le dossier", "folder-fill")]


def _fiche_demandee(request: HttpRequest) -> Structure | None:
    pk = request.GET.get("fiche", "")
    return lire_structure(request, int(pk)) if pk.isdecimal() and len(pk) <= 18 else None


def _par(request: HttpRequest) -> str:
    par = request.GET.get("par", PAR_DEPARTEMENT)
    return par if par in AFFICHAGES else PAR_DEPARTEMENT


def _arbre(request: HttpRequest, structure: Structure | None, par: str, masques: frozenset[str]) -> dict:
    """The first level, unrolled down to the chosen node, whose own branch is opened too."""
    cles = _cles_ouvertes(structure, par, request.GET.get("ouvert", ""))
    ouvertes = {}
    for cle in cles:
        try:
            if noeuds := branche(cle, masques):
                ouvertes[cle] = noeuds
        except BrancheInconnue:
            break
    choisi = cles[-1] if structure else ""
    return {"arbre": Rendu(par, choisi, ouvertes).lignes(racines(par, masques)), "total": 0}


def _cles_ouvertes(structure: Structure | None, par: str, ouvert: str) -> list[str]:
    if structure is None and ouvert.startswith("n-") and ouvert[2:].isdecimal() and len(ouvert) <= 20:
        structure = Structure.objects.filter(pk=int(ouvert[2:])).first()
    if structure is not None:
        departement = ouvert.split("-")[1] if ouvert.startswith("df-") else None
        return chemin(structure, par, departement)
    return chemin_de_cle(ouvert) if ouvert else []


def _recherche(q: str, par: str, masques: frozenset[str]) -> dict:
    resultats, encore = recherche.chercher(q)
    tete, branches = arbre_des_resultats(resultats, par, masques)
    return {"arbre": Rendu(par, ouvertes=branches).lignes(tete), "total": len(resultats), "encore": encore}


def _masquee(structure: Structure | None, masques: frozenset[str]) -> str:
    """Group of the open fiche when its box is not ticked: the tree then says why the fiche is not in it."""
    if structure is None or not masques:
        return ""
    eg = structure.get_ancestors(include_self=True).filter(niveau=Niveau.EG).first()
    return eg.groupe if eg and eg.groupe in masques else ""


def _cookie(request: HttpRequest) -> str:
    return f"groupes-masques-{request.user.pk}"


def _masques_gardes(request: HttpRequest) -> frozenset[str]:
    """Groups whose box is not ticked, as this person left them (S50)."""
    garde = request.COOKIES.get(_cookie(request))
    return GROUPES_MASQUES_PAR_DEFAUT if garde is None else frozenset(garde.split(".")) & frozenset(Groupe.values)


def _masques(request: HttpRequest) -> frozenset[str]:
    """The boxes just sent, else those kept, else all but MSS, which who works in the médico-social sees too (S50)."""
    if "boites" in request.GET:
        return frozenset(Groupe.values) - frozenset(request.GET.getlist("groupes"))
    if _cookie(request) in request.COOKIES:
        return _masques_gardes(request)
    siennes = Structure.objects.du_perimetre(request.user).filter(
        niveau=Niveau.EG, groupe__in=GROUPES_MASQUES_PAR_DEFAUT
    )
    return frozenset() if siennes.exists() else GROUPES_MASQUES_PAR_DEFAUT
