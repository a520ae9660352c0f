"""The Répertoire: the tree at the left, opened branch by branch, the chosen fiche at the right (S45, S47, S49–S58).

The address holds all that is seen: way, boxes, opened branches, fiche. Copied to a colleague, it shows her the same,
but for what her rights hide, and leaves her own boxes as she keeps them.
"""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ror.commun import composants
from ror.commun.francais import nombre_fr
from ror.commun.texte import lire_cle

from .. import repertoire as arbre
from ..favoris import est_favori
from ..models import Structure
from ..models.structure import Groupe
from ..niveaux import Niveau
from ..perimetre import filtre_miens
from ..permissions import Action, refus
from ..rendu_arbre import Rendu
from ..repertoire import AFFICHAGES, GROUPES_MASQUES_PAR_DEFAUT, Par, Regard
from ..repertoire.resultats import MASQUEES_COMPTEES
from .fiche import contexte_panneau, lire_structure

UN_AN = 365 * 24 * 3600
AUCUNE = "aucune"
"""In an address: no box is ticked."""
OUVERTES_MAX = 40
"""Branches that an address may open."""


@require_safe
def repertoire(request: HttpRequest) -> HttpResponse:
    """The page, or only the fiche of the node chosen in the tree."""
    if "boites" in request.GET:
        return _choix_garde(request)
    structure = _fiche_demandee(request)
    contexte = contexte_panneau(request, structure) if structure else {"structure": None}
    if request.htmx.target == "v-fiche":
        return render(request, "referentiel/repertoire.html#panneau", contexte)
    par, masques = _par(request), _masques(request)
    regard = Regard(request.user, masques)
    q = request.GET.get("q", "").strip()
    if q:
        ici = request.GET.get("ici") or (f"n-{structure.pk}" if structure else "")
        contexte |= _recherche(q, par, regard, ici)
    else:
        contexte |= _deplie(request, structure, par, regard)
    contexte |= {
        "par": par,
        "affichages": AFFICHAGES,
        "boites": [(g, g not in masques) for g in Groupe],
        "affichees": ", ".join(g for g in Groupe.values if g not in masques) or "aucune",
        "structures": _structures(masques),
        "adresse_departements": _adresse(Par.DEPARTEMENT, masques),
        "onglet": "repertoire",
        "hors_arbre": _hors_arbre(structure, par, masques, contexte),
        "q": q,
    }
    return render(request, "referentiel/repertoire.html", contexte)


@require_safe
def repertoire_branche(request: HttpRequest, cle: str) -> HttpResponse:
    """All that is directly below a node, in one list: the browser's own search finds every row."""
    masques = _masques_gardes(request)
    try:
        noeuds = arbre.branche(cle, Regard(request.user, masques))
    except arbre.BrancheInconnue:
        raise Http404 from None
    return HttpResponse(f"<ul>{Rendu(_par(request), _structures(masques)).lignes(noeuds)}</ul>")


@require_safe
def repertoire_lignes(request: HttpRequest) -> HttpResponse:
    """The lines of some fiches as they are now, for what an act has just changed."""
    masques = _masques_gardes(request)
    textes = request.GET.get("cles", "").split(".")[:OUVERTES_MAX]
    noeuds = arbre.lignes(textes, Regard(request.user, masques))
    return HttpResponse(f"<ul>{Rendu(_par(request), _structures(masques)).lignes(noeuds)}</ul>")


@require_safe
def repertoire_cherche(request: HttpRequest) -> HttpResponse:
    """The branches that lead to what was typed: words of a name, or the first figures of a FINESS number."""
    regard = Regard(request.user, _masques_gardes(request))
    return render(request, "referentiel/_trouvailles.html", _recherche(request.GET.get("q", ""), _par(request), regard))


@require_safe
def fiche_actions(request: HttpRequest, pk: int) -> HttpResponse:
    """« Actions » of a node: what this person may really do with it."""
    structure = lire_structure(request, pk)
    actions = [
        composants.Action(reverse("fiche", args=[pk]), "Ouvrir", "file-text"),
        _action_favori(request, structure),
        composants.Action(reverse("historique", args=[pk]), "Voir l’historique", "clock-history"),
    ]
    modifiable = refus(request.user, Action.MODIFIER, structure) is None
    if modifiable:
        actions.insert(2, composants.Action(reverse("fiche-renommer", args=[pk]), "Renommer", "pencil", dialogue=True))
    contexte = {"structure": structure, "actions": actions, "modifiable": modifiable}
    partie = "#entrees" if request.htmx else ""
    return render(request, f"referentiel/actions.html{partie}", contexte)


def _action_favori(request: HttpRequest, structure: Structure) -> composants.Action:
    if est_favori(request.user, structure):
        return composants.Action(
            reverse("favori-retirer", args=[structure.pk]), "Retirer des favoris", "star-fill", poste=True
        )
    return composants.Action(reverse("favori-ajouter", args=[structure.pk]), "Ajouter aux favoris", "star", poste=True)


def _fiche_demandee(request: HttpRequest) -> Structure | None:
    pk = lire_cle(request.GET.get("fiche", ""))
    return lire_structure(request, pk) if pk else None


# --- what is unrolled -----------------------------------------------------------------------------------------


def _deplie(request: HttpRequest, structure: Structure | None, par: str, regard: Regard) -> dict:
    """The first level, the branches the address opens, and those down to the chosen node, whose own is opened too."""
    demandees = [c for c in request.GET.get("ouvert", "").split(".")[:OUVERTES_MAX] if c]
    ici = request.GET.get("ici", "") or next((c for c in demandees if not c.startswith("n-")), "")
    chemin = arbre.chemin(structure, par, regard, ici) if structure else []
    if len(demandees) == 1:
        demandees = _au_dessus(demandees[0], par, regard)
    ouvertes = {cle: noeuds for cle, noeuds in arbre.branches([*chemin, *demandees], regard).items() if noeuds}
    choisi = chemin[-1] if chemin else ""
    lignes = Rendu(par, _structures(regard.masques), choisi, ouvertes).lignes(arbre.racines(par, regard))
    return {"arbre": lignes, "total": 0, "montree": f'id="{choisi}"' in lignes if choisi else False}


def _au_dessus(cle: str, par: str, regard: Regard) -> list[str]:
    """The keys to unroll for one node alone, as a link without script asks for it."""
    lue = arbre.lire_cle(cle)
    if lue is None:
        return []
    fiche = arbre.fiche_de(lue)
    if fiche is None:
        return arbre.dessus(lue)
    structure = Structure.objects.filter(pk=fiche).exclude(pk__in=regard.cachees).first()
    return arbre.chemin(structure, par, regard, cle) if structure else []


def _recherche(q: str, par: str, regard: Regard, choisi: str = "") -> dict:
    trouvees = arbre.chercher(q, par, regard)
    rendu = Rendu(par, _structures(regard.masques), choisi, trouvees.branches)
    return {
        "arbre": rendu.lignes(trouvees.tete),
        "total": trouvees.total,
        "encore": trouvees.encore,
        "masquees": [
            (_phrase_masquee(groupe, n), f"Afficher {groupe}", _adresse(par, regard.masques - {groupe}, q=q))
            for groupe, n in sorted(trouvees.masquees.items())
        ],
    }


def _phrase_masquee(groupe: str, nombre: int) -> str:
    """« 11 structures médico-sociales sont masquées. »"""
    quoi = "médico-sociale" if groupe == Groupe.MSS else Groupe(groupe).value
    if nombre == 1:
        return f"1 structure {quoi} est masquée."
    combien = f"Plus de {nombre_fr(nombre)}" if nombre >= MASQUEES_COMPTEES else nombre_fr(nombre)
    return f"{combien} structures {quoi}{'s' if groupe == Groupe.MSS else ''} sont masquées."


def _hors_arbre(structure: Structure | None, par: str, masques: frozenset[str], contexte: dict) -> dict | None:
    """Why the open fiche is not in the tree, and the address that shows it there; None when it is."""
    if structure is None or contexte.get("montree", True):
        return None
    if par == Par.FAVORIS:
        adresse = _adresse(Par.DEPARTEMENT, masques, fiche=structure.pk)
        return {"raison": "elle n’est pas dans vos favoris", "adresse": adresse, "geste": "La situer par département"}
    eg = structure.get_ancestors(include_self=True).filter(niveau=Niveau.EG).first()
    if eg is None or eg.groupe not in masques:
        return None
    groupe = eg.groupe
    adresse = _adresse(par, masques - {groupe}, fiche=structure.pk)
    return {"raison": f"{groupe} n’est pas cochée", "adresse": adresse, "geste": f"Afficher {groupe}"}


# --- way and boxes --------------------------------------------------------------------------------------------


def _choix_garde(request: HttpRequest) -> HttpResponse:
    """Keeps on this device the way and the boxes just chosen, and goes to the address that says them."""
    masques = frozenset(Groupe.values) - frozenset(request.GET.getlist("groupes"))
    plus = {nom: request.GET[nom] for nom in ("fiche", "q") if request.GET.get(nom)}
    par = _par(request)
    reponse = HttpResponseRedirect(_adresse(par, masques, **plus))
    valeur = ".".join([par, *sorted(masques)])
    reponse.set_cookie(_cookie(request), valeur, max_age=UN_AN, httponly=True, samesite="Lax")
    return reponse


def _adresse(par: str, masques: frozenset[str], **plus) -> str:
    return f"{reverse('repertoire')}?{urlencode({'par': par, 'structures': _structures(masques), **plus})}"


def _structures(masques: frozenset[str]) -> str:
    """The ticked boxes, as an address says them."""
    return ".".join(g for g in Groupe.values if g not in masques) or AUCUNE


def _cookie(request: HttpRequest) -> str:
    return f"repertoire-{request.user.pk}"


def _garde(request: HttpRequest) -> list[str]:
    return request.COOKIES.get(_cookie(request), "").split(".")


def _par(request: HttpRequest) -> str:
    """The way asked for, else the last one chosen on this device, else by département (S52)."""
    return next((par for par in (request.GET.get("par"), _garde(request)[0]) if par in AFFICHAGES), Par.DEPARTEMENT)


def _masques_gardes(request: HttpRequest) -> frozenset[str]:
    """Groups whose box is not ticked: as the address says, else as this person left them on this device (S50)."""
    if "structures" in request.GET:
        return frozenset(Groupe.values) - frozenset(request.GET["structures"].split("."))
    if _cookie(request) in request.COOKIES:
        return frozenset(_garde(request)) & frozenset(Groupe.values)
    return GROUPES_MASQUES_PAR_DEFAUT


def _masques(request: HttpRequest) -> frozenset[str]:
    """The same; without any choice all boxes but MSS, which who works in the médico-social sees too (S50)."""
    if "structures" in request.GET or _cookie(request) in request.COOKIES:
        return _masques_gardes(request)
    siennes = Structure.objects.filter(filtre_miens(request.user, Niveau.EG), groupe__in=GROUPES_MASQUES_PAR_DEFAUT)
    return frozenset() if siennes.exists() else GROUPES_MASQUES_PAR_DEFAUT
