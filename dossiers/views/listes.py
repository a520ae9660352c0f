"""The lists of dossiers: all that one sees, what waits for her, « À valider », and hers (S142, B9)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from referentiel.contexte import permise
from referentiel.permissions import Action

from .. import listes
from ..acces import validateur_de

PAR_PAGE = 25


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Menu → Dossier collaboratif (S48, S142): `qui=attente` keeps what waits for the reader."""
    return _liste(request, listes.ATTENTE if request.GET.get("qui") == listes.ATTENTE else listes.TOUS)


@require_safe
def a_valider(request: HttpRequest) -> HttpResponse:
    """« À valider »: the inbox of whoever validates."""
    return _liste(request, listes.A_VALIDER)


@require_safe
def mes_dossiers(request: HttpRequest) -> HttpResponse:
    """« Les miens »: what she opened, sent or typed in, and where it stands."""
    return _liste(request, listes.MIENS)


def _liste(request: HttpRequest, vue: str) -> HttpResponse:
    choix = listes.lire_choix(request.GET)
    siennes = listes.Listes(request.user)
    dossiers = listes.preparer(siennes, vue, texte=choix["q"], etat=choix["etat"], tri=choix["tri"])
    page = Paginator(dossiers, PAR_PAGE).get_page(request.GET.get("page"))
    comptes = siennes.compter()
    lignes = listes.lignes_de(list(page.object_list), request.user, validateur_de(request))
    contexte = {
        "page": page,
        "lignes": lignes,
        "anciens": any(ligne.vieux for ligne in lignes),
        "vue": vue,
        "onglets": _onglets(vue, comptes),
        "comptes": comptes,
        "choix": choix,
        "etats": listes.ETATS,
        "tris": listes.TRIS,
        "edite": permise(request.user, Action.MODIFIER),
        "filtre": bool(choix["q"] or choix["etat"]),
        "vieux": listes.VIEUX,
    }
    return render(request, "dossiers/liste.html", contexte)


def _onglets(vue: str, comptes: dict[str, int]) -> list[dict]:
    """The lists as tabs; « À valider » only for whom it concerns."""
    adresse = reverse("dossiers")
    onglets = [
        (listes.TOUS, adresse, "Tous ceux de mon périmètre"),
        (listes.ATTENTE, f"{adresse}?qui=attente", "En attente de moi"),
        (listes.A_VALIDER, reverse("a-valider"), "À valider"),
        (listes.MIENS, reverse("mes-dossiers"), "Les miens"),
    ]
    return [
        {"url": url, "mot": mot, "nombre": comptes[nom], "courant": nom == vue}
        for nom, url, mot in onglets
        if nom != listes.A_VALIDER or comptes[nom] or vue == nom
    ]
