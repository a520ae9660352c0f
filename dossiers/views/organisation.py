"""The gestures on the tree of a dossier: create, rename, duplicate, move, delete, put back (S144–S155, B58).

Each is a dialogue, or a page without script; the actions judge, and refuse in French.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from referentiel.formulaires import FormulaireIllisible, ouvrir, sceller
from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible, SaisieInvalide, StructureInvalide
from ror.commun.francais import pluriel
from ror.commun.texte import normaliser

from .. import actions
from ..droits import exiger_geste
from ..etats import Geste
from ..forms import CreationForm, NomForm, SuppressionForm, demande_lue
from ..menus import CREATION, CREER
from ..models import Dossier
from ..presentation import changements_de
from ..simulation import simuler
from ..superposition import Arbre, Noeud, arbre_de
from .dossier import avant_saisie, lire_dossier, lire_noeud

METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def creer(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Créer des unités opérationnelles » and the like: « Nombre de fiches à créer ? » (S144–S149)."""
    lu, arbre, noeud = _lire(request, pk, cle)
    demande = request.POST.get("niveau") or request.GET.get("niveau", "")
    niveau = next((n for n in CREER if n.value == demande), None)
    if niveau is None:
        raise StructureInvalide("Choisissez ce que vous voulez créer dans le menu «\u00a0Actions\u00a0».")
    motif = arbre.refus_de_place(niveau, cle)
    form = CreationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            creees = actions.creer_fiches(
                dossier_id=lu.pk, sous=cle, niveau=niveau, auteur=request.user, **form.cleaned_data
            )
        except SaisieInvalide as erreur:
            form.add_error("nombre", erreur.erreurs["nombre"])
        else:
            mots = pluriel(len(creees), "fiche créée,fiches créées")
            messages.success(request, f"{mots} sous «\u00a0{noeud.nom}\u00a0», à compléter puis à finaliser.")
            return aller(request, _fiche(lu, creees[0].cle if len(creees) == 1 else cle))
    mots = {"titre": CREATION[niveau], "verbe": CREER[niveau]}
    contexte = {"noeud": noeud, "niveau": niveau, **mots, "motif": motif, "form": form}
    return _dialogue(request, lu, "dossiers/_creer.html", contexte, refuse=form.is_bound)


@require_http_methods(METHODES)
def renommer_fiche(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Renommer » a fiche, in the dossier only."""
    lu, _, noeud = _lire(request, pk, cle)
    form = NomForm(request.POST if request.method == "POST" else None, initial={"nom": noeud.nom, "nom_vu": noeud.nom})
    if form.is_valid():
        nom, vu = form.cleaned_data["nom"], form.cleaned_data["nom_vu"]
        try:
            actions.renommer_fiche(dossier_id=lu.pk, cle=cle, auteur=request.user, nom=nom, nom_vu=vu)
        except SaisieInvalide as erreur:
            form.add_error("nom", erreur.erreurs.get("nom", str(erreur)))
        except ConflitDeVersion as erreur:
            form = _autre_nom(arbre_de(lu)[cle].nom, nom, str(erreur))
        else:
            messages.success(request, f"Dans ce dossier, la fiche s’appelle «\u00a0{nom.strip()}\u00a0».")
            return aller(request, _fiche(lu, cle))
    contexte = {"form": form, "sujet": noeud.nom, "adresse": request.path}
    return _dialogue(request, lu, "dossiers/_renommer_fiche.html", contexte, refuse=form.is_bound)


@require_POST
def dupliquer(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Dupliquer »: a copy at the same place, to be finalised; with what it contains when asked (S152)."""
    lu = lire_dossier(request, pk)
    avec, demande = request.GET.get("dessous") == "1", demande_lue(request.GET)
    copie = actions.dupliquer(dossier_id=lu.pk, cle=cle, auteur=request.user, avec_dessous=avec, demande=demande)
    messages.success(request, f"«\u00a0{copie.nom}\u00a0» est créée au même endroit. Vérifiez-la, puis finalisez-la.")
    return aller(request, _fiche(lu, copie.cle))


@require_http_methods(METHODES)
def deplacer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Déplacer »: which fiches (ticked in a list), then where, among the places that admit them (S153, B58)."""
    lu = lire_dossier(request, pk)
    exiger_geste(request.user, lu, Geste.MODIFIER)
    if request.method == "POST":
        vers = request.POST.get("vers", "")
        cles = list(dict.fromkeys(request.POST.getlist("f")))
        if vers:
            fait = actions.deplacer(dossier_id=lu.pk, places=dict.fromkeys(cles, vers), auteur=request.user)
            _dire_deplacement(request, lu, fait)
            return _revenir(request, lu, cles)
        return _choisir_place(request, lu, cles, statut=422)
    cles = list(dict.fromkeys(request.GET.getlist("f")))
    if not cles:
        arbre = arbre_de(lu)
        fiches = [n for n in arbre.parcourir() if n.cle != arbre.racine and not n.supprime]
        contexte = {"dossier": lu, "lignes": _lignes(arbre, fiches), "fil": _fil(lu)}
        return render(request, "dossiers/choisir_fiches.html", contexte)
    return _choisir_place(request, lu, cles)


@require_POST
def replacer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Annuler » after a move: everything goes back where it was (B58)."""
    lu = lire_dossier(request, pk)
    try:
        avant = ouvrir(f"dossier:{pk}:deplacement", request.POST.get("avant"))
    except FormulaireIllisible:
        motif = "Ce déplacement ne peut plus être annulé ici\u00a0: déplacez la fiche de nouveau."
        raise EtatIncompatible(motif) from None
    fait = actions.deplacer(dossier_id=lu.pk, places=avant, auteur=request.user)
    seule = len(fait.noms) == 1
    suite = f"«\u00a0{fait.noms[0]}\u00a0» est revenue" if seule else f"{len(fait.noms)} fiches sont revenues"
    messages.success(request, f"Déplacement annulé\u00a0: {suite} à {'sa' if seule else 'leur'} place.")
    return _revenir(request, lu, list(avant))


@require_http_methods(METHODES)
def supprimer(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Supprimer »: asks, with all that goes away listed, and why (S130, S155)."""
    lu, arbre, noeud = _lire(request, pk, cle)
    form = SuppressionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.supprimer(dossier_id=lu.pk, cles=[cle], auteur=request.user, motif=form.cleaned_data["motif"])
        suite = "est retirée du dossier." if noeud.cree else "sera supprimée à l’intégration du dossier."
        messages.success(request, f"«\u00a0{noeud.nom}\u00a0» {suite}")
        return aller(request, _page(lu) if noeud.cree else _fiche(lu, cle))
    dessous = [n for n in arbre.descendants(cle) if not n.supprime]
    contexte = {
        "noeud": noeud,
        "form": form,
        "perdues": [n for n in dessous if not (noeud.cree and not n.cree)],
        "reviennent": [n for n in dessous if noeud.cree and not n.cree and arbre[str(n.parent)].cree],
    }
    return _dialogue(request, lu, "dossiers/_supprimer.html", contexte, refuse=form.is_bound)


@require_POST
def retablir(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Rétablir »: the fiche is no longer deleted by the dossier."""
    lu = lire_dossier(request, pk)
    nom = actions.retablir(dossier_id=lu.pk, cle=cle, auteur=request.user)
    messages.success(request, f"«\u00a0{nom}\u00a0» est rétablie dans le dossier.")
    return aller(request, _fiche(lu, cle))


@require_http_methods(METHODES)
def retirer(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """« Retirer du dossier »: asks, with what would be given up, then leaves the live fiche as it is."""
    lu = lire_dossier(request, pk)
    exiger_geste(request.user, lu, Geste.MODIFIER)
    if request.method == "POST":
        nom = actions.retirer(dossier_id=lu.pk, cle=cle, auteur=request.user)
        messages.success(
            request, f"«\u00a0{nom}\u00a0» est retirée du dossier\u00a0: elle reste comme elle est publiée."
        )
        return aller(request, _fiche(lu, cle))
    rapport = simuler(lu)
    noeud = lire_noeud(rapport.arbre, cle)
    if noeud.fiche is None or noeud.cree:
        raise EtatIncompatible("Le dossier ne change rien à cette fiche.")
    perdus = [c for c in changements_de(rapport) if c.cle == cle]
    return _dialogue(request, lu, "dossiers/_retirer_fiche.html", {"noeud": noeud, "changements": perdus})


# ---------- moving ----------


def _choisir_place(request: HttpRequest, lu: Dossier, cles: Sequence[str], statut: int = 200) -> HttpResponse:
    arbre = arbre_de(lu)
    noeuds = [lire_noeud(arbre, cle) for cle in cles]
    if any(n.cle == arbre.racine or n.supprime for n in noeuds):
        raise StructureInvalide("L’établissement et les fiches supprimées ne se déplacent pas.")
    places = arbre.destinations(cles)
    q = request.GET.get("q", "").strip()
    mots = normaliser(q).split()
    lignes = [x for x in _lignes(arbre, places) if all(m in x["cherche"] for m in mots)]
    contexte = {"noeuds": noeuds, "places": lignes, "aucune": not places, "q": q, "a_choisir": statut != 200}
    return _dialogue(request, lu, "dossiers/_deplacer.html", contexte, refuse=statut != 200)


def _lignes(arbre: Arbre, noeuds: Sequence[Noeud]) -> list[dict]:
    """Each node with what is above it, the establishment left out."""
    lignes = [(n, " › ".join(a.nom for a in arbre.ancetres(n.cle)[1:])) for n in noeuds]
    return [{"noeud": n, "chemin": chemin, "cherche": normaliser(f"{chemin} {n.nom}")} for n, chemin in lignes]


def _dire_deplacement(request: HttpRequest, lu: Dossier, fait: actions.Deplacement) -> None:
    """Says what moved, with « Annuler », which stays in the page and also shows for ten seconds (js/dossier.js)."""
    seule = len(fait.noms) == 1
    sujet = f"«\u00a0{fait.noms[0]}\u00a0» est déplacée" if seule else f"{len(fait.noms)} fiches sont déplacées"
    messages.success(
        request,
        format_html(
            '<span data-toast>{} {}.</span> <form class="d-inline" method="post" action="{}" data-toast-geste>'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="avant" value="{}">'
            '<button class="btn btn-sm btn-outline-primary">Annuler le déplacement</button></form>',
            sujet,
            fait.vers,
            reverse("dossier-replacer", args=[lu.pk]),
            get_token(request),
            sceller(f"dossier:{lu.pk}:deplacement", fait.avant),
        ),
    )


# ---------- where a gesture leads ----------


def aller(request: HttpRequest, adresse: str) -> HttpResponse:
    """Goes to another page after a gesture, from a form or from a dialogue."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": adresse})
    return redirect(adresse)


def _revenir(request: HttpRequest, lu: Dossier, cles: Sequence[str]) -> HttpResponse:
    """Back to the page of this dossier that she had before her eyes, else to the fiche moved."""
    ici = request.htmx.current_url_abs_path or "" if request.htmx else ""
    chemin = ici.partition("?")[0]
    if chemin.startswith(_page(lu)) and "/deplacer/" not in chemin:
        return aller(request, chemin)
    return aller(request, _fiche(lu, cles[0]) if len(cles) == 1 else _page(lu))


def _lire(request: HttpRequest, pk: int, cle: str) -> tuple[Dossier, Arbre, Noeud]:
    """The dossier, its tree, and a fiche on which this person may act now."""
    lu = lire_dossier(request, pk)
    exiger_geste(request.user, lu, Geste.MODIFIER)
    arbre = arbre_de(lu)
    return lu, arbre, lire_noeud(arbre, cle)


def _autre_nom(actuel: str, voulu: str, motif: str) -> NomForm:
    """The same box over the name that somebody else has just given: sending it again chooses."""
    suite = NomForm({"nom": voulu, "nom_vu": actuel})
    suite.is_valid()
    suite.add_error("nom", f"{motif} Enregistrez de nouveau pour renommer quand même, ou gardez ce nom.")
    return suite


def _dialogue(request: HttpRequest, lu: Dossier, gabarit: str, contexte: dict, *, refuse: bool = False) -> HttpResponse:
    """Renders a dialogue: alone for HTMX, in a page of its own without script; 422 when what was sent is refused."""
    contexte = {
        **contexte,
        "dossier": lu,
        "dialogue": gabarit,
        "retour": _fiche(lu, contexte["noeud"].cle) if "noeud" in contexte else _page(lu),
        "avant_saisie": avant_saisie(lu),
        "fil": _fil(lu),
    }
    page = gabarit if request.htmx else "dossiers/dialogue.html"
    return render(request, page, contexte, status=422 if refuse else 200)


def _fil(lu: Dossier) -> list[tuple[str, str]]:
    return [("Dossiers collaboratifs", reverse("dossiers")), (lu.nom, _page(lu))]


def _page(lu: Dossier) -> str:
    return reverse("dossier", args=[lu.pk])


def _fiche(lu: Dossier, cle: str) -> str:
    return reverse("dossier-fiche", args=[lu.pk, cle])
