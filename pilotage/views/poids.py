"""« Poids de la complétude »: what each element of a fiche weighs, for all offers or for one type d’UO (B27)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger
from referentiel.qualite.completude import ETOILE, criteres_connus
from ror.commun.erreurs import SaisieInvalide

from ..completude import poids_en_vigueur, poids_proposes
from ..models.poids import POIDS_MAX
from ..reglage_poids import regler_poids, types_offre

ILLISIBLE = -1
"""Stands for what was typed and is no number: the action says what is expected."""


@require_http_methods(["GET", "HEAD", "POST"])
def poids_completude(request: HttpRequest) -> HttpResponse:
    """The weights, and the form that changes them."""
    exiger(request.user, Action.REGLER_POIDS)
    niveau = Niveau.EG if request.GET.get("niveau") == "EG" else Niveau.UO
    type_offre = request.GET.get("type", "")[:8] if niveau is Niveau.UO else ""
    erreurs: dict[str, str] = {}
    if request.method == "POST":
        try:
            regler_poids(auteur=request.user, niveau=niveau, type_offre=type_offre, poids=_lire(request.POST, niveau))
        except SaisieInvalide as erreur:
            erreurs = erreur.erreurs
        else:
            suite = f"?niveau={niveau}&type={type_offre}"
            messages.success(
                request, "Poids enregistrés. Les fiches en tiennent compte ; le tableau de bord, cette nuit."
            )
            return redirect(reverse("completude-poids") + suite)
    contexte = {
        "niveau": niveau,
        "type_offre": type_offre,
        "types": types_offre().order_by("libelle").values_list("code", "libelle"),
        "lignes": _lignes(niveau, type_offre, request.POST if request.method == "POST" else None, erreurs),
        "erreurs": [m for critere, m in erreurs.items() if critere in ("niveau", "type")],
        "poids_max": POIDS_MAX,
    }
    return render(request, "pilotage/poids.html", contexte, status=422 if erreurs else 200)


def _criteres(niveau: Niveau) -> dict[str, str]:
    etoile = {ETOILE: "Champ marqué * : multiplie le poids par"} if niveau is Niveau.UO else {}
    return etoile | criteres_connus(niveau)


def _lire(saisie: QueryDict, niveau: Niveau) -> dict[str, int | None]:
    """What was typed; an empty box comes back to the weight that applies without it."""
    lus: dict[str, int | None] = {}
    for critere in _criteres(niveau):
        texte = saisie.get(critere)
        if texte is not None:
            texte = texte.strip()
            lisible = texte.isascii() and texte.isdecimal() and len(texte) <= 4
            lus[critere] = None if not texte else int(texte) if lisible else ILLISIBLE
    return lus


def _lignes(niveau: Niveau, type_offre: str, saisie: QueryDict | None, erreurs: dict[str, str]) -> list[dict]:
    en_vigueur, proposes = poids_en_vigueur(), poids_proposes()
    lignes = []
    for critere, libelle in _criteres(niveau).items():
        general = en_vigueur.get((niveau, critere, ""), 0)
        valeur = en_vigueur.get((niveau, critere, type_offre), general)
        lignes.append(
            {
                "critere": critere,
                "libelle": libelle,
                "valeur": valeur if saisie is None else saisie.get(critere, valeur),
                "reference": general if type_offre else proposes.get((niveau, critere, ""), 0),
                "erreur": erreurs.get(critere, ""),
            }
        )
    return lignes
