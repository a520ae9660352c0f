"""Choosing a structure by words of its name or its FINESS number, with or without script."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, filtre
from referentiel.recherche import chemins_de, chercher, chercher_etablissements
from ror.commun.texte import lire_cle

from .commun import reserve

MINIMUM = 3
"""Letters to type before anything is looked for."""

_SINON_PUBLIC = "Laissez ce nom tel quel : le support identifiera votre établissement."
_SINON_GESTION = "Seules les structures de votre périmètre sont proposées."


@require_safe
def demande_acces_structures(request: HttpRequest) -> HttpResponse:
    """The establishments an applicant may choose: name, place and FINESS number only."""
    return render(request, "droits/_structures.html", {"choix": choix_public(request.GET)})


@require_safe
@reserve(Action.GERER_COMPTES)
def comptes_structures(request: HttpRequest) -> HttpResponse:
    """The structures on which this manager may give rights."""
    return render(request, "droits/_structures.html", {"choix": choix_gestion(request.user, request.GET)})


def choix_public(saisie) -> dict:
    """Returns what the list of establishments shows for these words, the one already chosen first."""
    texte = saisie.get("etablissement", "").strip()
    trouvees, encore = chercher_etablissements(texte) if len(texte) >= MINIMUM else ([], False)
    return _choix(texte, trouvees, encore, _choisie(saisie, Structure.objects.filter(niveau=Niveau.EG)), _SINON_PUBLIC)


def choix_gestion(utilisateur, saisie) -> dict:
    """Returns what the list of structures shows for these words, inside the manager's perimeter."""
    texte = saisie.get("etablissement", "").strip()
    permises = Structure.objects.filter(filtre(utilisateur, Action.GERER_COMPTES)).exclude(niveau=Niveau.UO)
    trouvees, encore = chercher(texte, 20, permises) if len(texte) >= MINIMUM else ([], False)
    return _choix(texte, [r.structure for r in trouvees], encore, _choisie(saisie, permises), _SINON_GESTION)


def _choisie(saisie, parmi) -> Structure | None:
    numero = lire_cle(str(saisie.get("structure") or ""))
    return parmi.filter(pk=numero).first() if numero else None


def _choix(texte: str, trouvees: list[Structure], encore: bool, choisie: Structure | None, sinon: str) -> dict:
    if choisie is not None:
        trouvees = [choisie, *(s for s in trouvees if s.pk != choisie.pk)]
    chemins = chemins_de(trouvees)
    lignes = [
        {"structure": s, "chemin": " › ".join(a.nom for a in chemins[s.pk]), "choisie": s == choisie} for s in trouvees
    ]
    return {
        "texte": texte,
        "lignes": lignes,
        "encore": encore,
        "cherche": len(texte) >= MINIMUM,
        "sinon": sinon,
    }


def preremplir(form: type[forms.Form], saisie, **options) -> forms.Form:
    """Returns a form that shows again all that was typed, without judging it: « Chercher » is not « Envoyer »."""
    initial = {nom: saisie.getlist(nom) if nom in _MULTIPLES else saisie.get(nom) for nom in saisie}
    return form(initial=initial, **options)


_MULTIPLES = ("regions", "groupes")
