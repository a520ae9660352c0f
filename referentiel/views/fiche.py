"""The fiche of each level, what it contains, and « Renommer » (S38–S42, S60, S63, S65, S91–S94)."""

import json
from collections.abc import Collection
from datetime import date, timedelta
from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide
from ror.commun.francais import pluriel

from .. import fiches
from ..actions import renommer as renommer_fiche
from ..actions.fiches import changements_de, motif_fermee
from ..annonce import annonce_de
from ..changements import poser
from ..favoris import est_favori
from ..forms import NomForm
from ..lieux import lieux_de
from ..models import CorrectionFiness, DemandeCorrection, Structure
from ..niveaux import Niveau, refus_de_parent
from ..objets import Objet
from ..ouvertures import ouverture_de
from ..permissions import Action, niveaux_lisibles, offres_cachees, refus
from ..presentation import Fiche, Section
from ..qualite.constats import bilan_regles
from ..qualite.lecture import peuplement_de
from ..recherche import RANG_NIVEAU, chemins_de
from ..relecture import Situation, situer
from ..repertoire import compter_dessous, titre_departement
from ..schemas import schema_de
from ..suites import detour, suite_de
from ..suivi import Suivi, barre_de, suivre
from ..verifications import Verifiee, verifications_de
from .brouillons import brouillons_de, voisins_de

ENFANTS_PAR_PAGE = 100
DEMANDES_MONTREES = 30
"""Days during which an answered request stays on the fiche for the person who asked."""

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
    vu = {"nom": structure.nom, "nom_vu": structure.nom}
    form = NomForm(request.POST if request.method == "POST" else None, initial=vu)
    if request.method == "POST" and form.is_valid():
        try:
            renommer_fiche(structure_id=structure.pk, auteur=request.user, **form.cleaned_data)
        except SaisieInvalide as erreur:
            form.add_error("nom", erreur.erreurs["nom"])
        except ConflitDeVersion as erreur:
            form = _autre_nom(form, structure, str(erreur))
        else:
            return _renommee(request, structure, form.cleaned_data["nom"])
    contexte = {"structure": structure, "form": form, "motif": motif, "dialogue": "referentiel/_renommer.html"}
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


def _renommee(request: HttpRequest, structure: Structure, nom: str) -> HttpResponse:
    """Back to the fiche; from the tree, which keeps its place, only what changed is drawn again."""
    phrase = f"La fiche s’appelle maintenant «\u00a0{nom}\u00a0»."
    origine = request.htmx.current_url_abs_path or ""
    dans_l_arbre = bool(request.htmx) and origine.split("?")[0] == reverse("repertoire")
    if not dans_l_arbre:
        messages.success(request, phrase)
        return aller(request, detour(request, structure, reverse("fiche", args=[structure.pk])))
    suite = suite_de(structure, request.user)
    if suite.question:
        messages.success(request, phrase)
        return aller(request, suite.adresse(origine))
    avis = {"sorte": "attention" if suite.attention else "ok", "texte": f"{phrase} {suite.phrase}".strip()}
    suites = {"fermer-dialogue": True, "avis": avis, "fiche-changee": {"fiche": structure.pk, "relire": True}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(suites)})


def _autre_nom(form: NomForm, structure: Structure, motif: str) -> NomForm:
    """The same box over the name that somebody else has just given: what was typed stays, sending it again chooses."""
    structure.refresh_from_db()
    suite = NomForm({"nom": form.cleaned_data["nom"], "nom_vu": structure.nom})
    suite.is_valid()
    suite.add_error("nom", f"{motif} Enregistrez de nouveau pour la renommer quand même, ou gardez ce nom.")
    return suite


def contexte_fiche(request: HttpRequest, structure: Structure, focus: str = "") -> dict:
    """Returns what the template of a fiche shows, in a constant number of queries.

    Everybody reads what is published; who may edit also reads what waits, section by section. `focus` is the section
    that has just been saved.
    """
    motif = refus(request.user, Action.MODIFIER, structure) or motif_fermee(structure)
    lisibles = niveaux_lisibles(request.user, structure)
    corrigees = dict(CorrectionFiness.objects.filter(structure=structure).values_list("champ", "corrigee_le__date"))
    schema = schema_de(structure)
    publiees = fiches.lire(structure)
    lecture = Fiche(structure, fiches.detail_de(structure), publiees, lisibles, schema, corrigees)
    suivi = Suivi(structure) if motif else suivre(structure)
    dates, cachees = verifications_de(structure), offres_cachees(request.user)
    return {
        "structure": structure,
        "fil": fil_de(structure),
        "panneau": False,
        "rang": 2,
        "lecture": lecture,
        "ouverture": ouverture_de(structure, publiees.get("horaires") or {}, timezone.now()),
        "cartes": [
            carte_de(section, structure, suivi, motif, focus, dates.get(section.cle)) for section in lecture.sections()
        ],
        "barre": barre_de(suivi, motif or refus(request.user, Action.DIFFUSER, structure)),
        "suivi": suivi,
        "en_cours": poser(changements_de(suivi.modification), publiees, fiches.genres_de(structure.type_niveau)),
        "schema": schema,
        "motif": motif,
        "favori": est_favori(request.user, structure),
        "annonce": annonce_de(structure, request.user),
        **surete_de(request, structure, motif),
        "creable": not motif and _creable(structure),
        "demandes": demandes_montrees(structure, request.user),
        "lieux": lieux_de(structure).lisibles(cachees) if structure.niveau == Niveau.EG else [],
        "peuplement": peuplement_de(structure, cachees) if structure.niveau == Niveau.EG else None,
        "regles": bilan_regles(structure) if structure.niveau == Niveau.EG and not motif else None,
        **contenu_de(request, structure),
    }


def surete_de(request: HttpRequest, structure: Structure, motif: str | None) -> dict:
    """Returns, for those who may edit a fiche, who else does so now, and her own typing that is not saved there."""
    objet = Objet("fiche", structure.pk)
    return {
        "objet": objet,
        "voisins": None if motif else voisins_de(objet, request.user),
        "brouillons": [] if motif else brouillons_de(request.user, objet),
    }


def contexte_panneau(request: HttpRequest, structure: Structure) -> dict:
    """Returns what the right side of the Répertoire shows: the same fiche, one title level below.

    An offer is edited, re-read and broadcast in its own page.
    """
    contexte = {**contexte_fiche(request, structure), "panneau": True, "rang": 3}
    if structure.niveau == Niveau.UO:
        contexte["cartes"] = [{**carte, "modifier": "", "marquer": ""} for carte in contexte["cartes"]]
    return contexte


def fil_de(structure: Structure, ancetres: list[Structure] | None = None) -> list[tuple[str, str]]:
    """Returns the breadcrumb above a fiche: Répertoire, département, then each level."""
    ancetres = chemins_de([structure])[structure.pk] if ancetres is None else ancetres
    repertoire = reverse("repertoire")
    elements = [("Répertoire", repertoire)]
    code = next((s.departement for s in [*ancetres, structure] if s.niveau == Niveau.EG), "")
    if code:
        elements.append((titre_departement(code), f"{repertoire}?par=departement&ouvert=df-{code}"))
    return elements + [(a.nom, reverse("fiche", args=[a.pk])) for a in ancetres]


TITRES_CONTENU = {
    Niveau.EJ: "Établissements de cette entité juridique",
    Niveau.EG: "Dans cet établissement",
    Niveau.P: "Structure interne du pôle",
    Niveau.S: "Structure interne du service",
    Niveau.UF: "Offres de cette unité fonctionnelle",
    Niveau.UO: "",
}


MOTS_COMPTES = {
    Niveau.EG: "EG",
    Niveau.P: "Pôles",
    Niveau.S: "Services",
    Niveau.UF: "UF",
    Niveau.UO: "Offres",
}


def contenu_de(request: HttpRequest, structure: Structure) -> dict:
    """Returns what is directly below a fiche, level by level, with what each line holds (S38–S42)."""
    cachees = offres_cachees(request.user)
    enfants = Structure.objects.lisibles_par(request.user).filter(parent=structure)
    enfants = enfants.select_related("entite_geographique", "unite")
    page = Paginator(enfants.order_by(RANG_NIVEAU, "nom_recherche", "pk"), ENFANTS_PAR_PAGE).get_page(
        request.GET.get("page")
    )
    dessous, jour = compter_dessous(structure.pk, cachees), timezone.localdate()
    groupes = []
    for niveau, lignes in groupby(page.object_list, key=lambda enfant: Niveau(enfant.niveau)):
        lignes = list(lignes)
        presents = {n for enfant in lignes for n in dessous.get(enfant.pk, ())}
        groupes.append(_groupe(niveau, lignes, [n for n in Niveau if n.value in presents], dessous, jour))
    return {
        "groupes": groupes,
        "page": page,
        "titre_contenu": TITRES_CONTENU[structure.type_niveau],
        "resume_contenu": _resume(structure, cachees),
    }


def _resume(structure: Structure, cachees: Collection[int]) -> str:
    """« 4 pôles · 9 services · 21 UF · 43 offres »: all that is below and may be read, in one query."""
    dessous = (
        structure.get_descendants().exclude(pk__in=cachees).values_list("niveau").annotate(n=Count("pk")).order_by()
    )
    nombres = dict(dessous)
    mots = {"EG": "EG,EG", "P": "pôle", "S": "service", "UF": "UF,UF", "UO": "offre"}
    return " · ".join(pluriel(nombres[n], mot) for n, mot in mots.items() if nombres.get(n))


def _groupe(niveau: Niveau, lignes: list[Structure], comptes: list[Niveau], dessous: dict, jour: date) -> dict:
    """One table: its caption, its columns, and its rows with their counts in the order of the columns."""
    entetes = [niveau.nom, *(["Commune"] if niveau is Niveau.EG else []), *(f"{MOTS_COMPTES[n]}>" for n in comptes)]
    entetes += [*(["Relecture"] if niveau is Niveau.UO else []), "État", "~Action"]
    return {
        "niveau": niveau,
        "legende": f"{niveau.pluriel}, par nom",
        "entetes": "|".join(entetes),
        "lignes": [
            {
                "structure": enfant,
                "nombres": [(MOTS_COMPTES[n], dessous.get(enfant.pk, {}).get(n, 0)) for n in comptes],
                "situation": _situation(enfant, jour),
            }
            for enfant in lignes
        ],
    }


def carte_de(
    section: Section,
    structure: Structure,
    suivi: Suivi,
    motif: str | None,
    focus: str = "",
    verifiee: Verifiee | None = None,
) -> dict:
    """Returns what the card of a section needs: its lines, what waits in it, when it was last verified, and for
    whoever may « Modifier » and « Marquer comme à jour »."""
    attente = suivi.par_section.get(section.cle, [])
    a_marquer = not motif and not attente and not (verifiee and verifiee.aujourdhui)
    return {
        "section": section,
        "modifier": ""
        if motif or not section.modifiable
        else reverse("fiche-section", args=[structure.pk, section.cle]),
        "etat_code": "attente" if attente else "",
        "etat_mot": "Modifié, non diffusé" if attente else "",
        "attente": attente,
        "focus": section.cle == focus,
        "verifiee": verifiee.le if verifiee else None,
        "verifiee_age": verifiee.age if verifiee else "",
        "marquer": reverse("section-a-jour", args=[structure.pk, section.cle]) if a_marquer else "",
    }


def _creable(structure: Structure) -> bool:
    """Whether some level may hang under this one through a dossier; a dossier is about one EG, so not under an EJ."""
    if structure.niveau == Niveau.EJ:
        return False
    return any(not refus_de_parent(n, structure.type_niveau, structure.groupe or None) for n in Niveau)


def _situation(enfant: Structure, jour: date) -> Situation | None:
    if enfant.niveau != Niveau.UO:
        return None
    relue_le = enfant.unite.relue_le
    return situer(relue_le and timezone.localtime(relue_le).date(), jour)


def demandes_montrees(structure: Structure, personne) -> list[DemandeCorrection]:
    """Returns the requests about this fiche that wait, and those of this person answered lately."""
    attendent = Q(etat=DemandeCorrection.Etat.NOUVELLE)
    siennes = Q(auteur=personne, traitee_le__gte=timezone.now() - timedelta(days=DEMANDES_MONTREES))
    demandes = DemandeCorrection.objects.filter(attendent | siennes, structure=structure)
    return list(demandes.select_related("auteur").order_by("creee_le", "pk"))


def rendre_dialogue(request: HttpRequest, contexte: dict, *, refuse: bool = False) -> HttpResponse:
    """Renders a dialogue: alone for HTMX, in a page of its own without script; 422 when what was sent is refused."""
    gabarit = contexte["dialogue"] if request.htmx else "referentiel/dialogue.html"
    return render(request, gabarit, contexte, status=422 if refuse else 200)


def aller(request: HttpRequest, adresse: str) -> HttpResponse:
    """Goes to another page after an act, from a form or from a dialogue."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": adresse})
    return redirect(adresse)
