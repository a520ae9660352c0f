"""The page of a dossier: its tree at the left, at the right what it changes, or one of its fiches (S143, S162)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from referentiel.presence import ensemble
from referentiel.views.brouillons import brouillons_de
from ror.commun.erreurs import Introuvable

from ..actions import fiches_restantes
from ..droits import gestes_permis
from ..etats import EN_PREPARATION, Etat, Geste
from ..menus import actions_du_dossier, actions_du_noeud
from ..models import Dossier
from ..presentation import changements_de
from ..rendu_arbre import RACINE, Rendu, places_admises
from ..saisies import objet_de
from ..simulation import simuler
from ..superposition import Arbre, Noeud, arbre_de


def lire_dossier(request: HttpRequest, pk: int) -> Dossier:
    """Returns a dossier among those that this person sees; to others it does not exist (404, S126)."""
    visibles = Dossier.objects.visibles_par(request.user).select_related("etablissement", "cree_par")
    return get_object_or_404(visibles, pk=pk)


def lire_noeud(arbre: Arbre, cle: str) -> Noeud:
    """Returns a fiche of a dossier; 404 with its sentence when it is not there (any more)."""
    if cle not in arbre:
        raise Introuvable("Cette fiche n’est plus dans le dossier\u00a0: quelqu’un l’a retirée entre-temps.")
    return arbre[cle]


@require_safe
def dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, with what the dossier changes at the right; or only that, for the tree."""
    lu = lire_dossier(request, pk)
    rapport = simuler(lu)
    contexte = {"panneau": "dossiers/_resume.html", "changements": changements_de(rapport)}
    return rendre_page(request, lu, rapport.arbre, RACINE, contexte)


@require_safe
def branche(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """All that is directly below a fiche, in one list."""
    lu = lire_dossier(request, pk)
    arbre = arbre_de(lu)
    if cle not in arbre:
        raise Http404(f"No fiche {cle} in the dossier {pk}")
    return HttpResponse(f"<ul>{Rendu(lu, arbre).branche(cle)}</ul>")


@require_safe
def cherche(request: HttpRequest, pk: int) -> HttpResponse:
    """The branches that lead to the fiches whose name holds what was typed."""
    lu = lire_dossier(request, pk)
    lignes, total = Rendu(lu, arbre_de(lu)).resultats(request.GET.get("q", ""))
    return HttpResponse(f'<ul data-total="{total}">{lignes}</ul>')


@require_safe
def actions_noeud(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Actions » of the dossier or of one of its fiches: what this person may do with it now."""
    lu = lire_dossier(request, pk)
    gestes = gestes_permis(request.user, lu)
    if cle == RACINE:
        nom, actions = lu.nom, actions_du_dossier(lu, gestes)
    else:
        arbre = arbre_de(lu)
        noeud = lire_noeud(arbre, cle)
        nom, actions = noeud.nom, actions_du_noeud(lu, arbre, noeud, gestes)
    partie = "#entrees" if request.htmx else ""
    return render(request, f"dossiers/actions.html{partie}", {"nom": nom, "actions": actions})


def rendre_page(
    request: HttpRequest, lu: Dossier, arbre: Arbre, choisi: str, contexte: dict, statut: int = 200
) -> HttpResponse:
    """Renders the page of a dossier around a panel, or the panel alone when the tree or a form asks for it."""
    gestes = gestes_permis(request.user, lu)
    contexte = {
        "dossier": lu,
        "arbre": arbre,
        "choisi": choisi,
        "gestes": gestes,
        "modifiable": Geste.MODIFIER in gestes,
        "avant_saisie": avant_saisie(lu) if Geste.MODIFIER in gestes else "",
        **bilan_de(arbre),
        **contexte,
    }
    if request.htmx.target == "v-fiche":
        return render(request, "dossiers/dossier.html#panneau", contexte, status=statut)
    q = request.GET.get("q", "").strip()
    rendu = Rendu(lu, arbre, choisi, request.GET.get("ouvert", ""))
    lignes, total = rendu.resultats(q) if q else (rendu.racine(), 0)
    gardees = [r for r in brouillons_de(request.user, objet_de(lu, "")) if r.objet.section != choisi]
    contexte |= {
        "lignes": lignes,
        "total": total,
        "q": q,
        "places": places_admises(lu.etablissement.groupe),
        "presents": presents_de(request, lu, arbre),
        "reprises": [(arbre[r.objet.section].nom, r) for r in gardees if r.objet.section in arbre],
        "fil": [("Dossiers collaboratifs", reverse("dossiers"))],
    }
    return render(request, "dossiers/dossier.html", contexte, status=statut)


def bilan_de(arbre: Arbre) -> dict:
    """Returns how many fiches the dossier touches, how many are finalised, and those that are not (S161)."""
    touchees = [n for n in arbre.parcourir() if n.fiche is not None]
    restantes = {f.pk for f in fiches_restantes(n.fiche for n in touchees if n.fiche is not None)}
    reste = [n for n in touchees if n.fiche is not None and n.fiche.pk in restantes]
    finalisees = len(touchees) - len(reste)
    return {
        "touchees": len(touchees),
        "finalisees": finalisees,
        "restantes": reste,
        "bilan": f"{finalisees} sur {len(touchees)}",
    }


def presents_de(request: HttpRequest, lu: Dossier, arbre: Arbre) -> list[tuple[str, str]]:
    """Returns (name, fiche) of the other persons who have a form of this dossier open."""
    vus = ensemble(objet_de(lu, ""), request.user)
    return [(present.nom, arbre[cle].nom) for cle, present in vus if cle in arbre]


def avant_saisie(lu: Dossier) -> str:
    """What an edit of a sent dossier does, told before it is saved (B4); empty while it is being prepared."""
    if lu.etat_dossier in EN_PREPARATION:
        return ""
    route = lu.etapes
    debut = {
        Etat.DIRECTION: "de la Direction",
        Etat.GESTIONNAIRE: "d’un gestionnaire",
        Etat.TUTELLE: "de l’autorité de tutelle",
    }[route[0]]
    situation = (
        "Ce dossier est approuvé" if lu.etat_dossier is Etat.APPROUVE else "Ce dossier est en cours de validation"
    )
    return (
        f"{situation}\u00a0: l’enregistrer renverra le dossier au début de ses validations, en attente {debut}."
        " Une fiche mise en attente en refera un brouillon, à envoyer de nouveau."
    )
