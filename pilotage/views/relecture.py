"""« Relire les offres de … »: the review page of an establishment and its acts (S62, S110, B28, M17)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from referentiel import actions
from referentiel.actions.relecture import Bilan
from referentiel.formulaires import FormulaireIllisible, ouvrir
from referentiel.models import DemandeCorrection, Structure
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger
from referentiel.qualite.divergences import divergences_de
from referentiel.views.edition import remplacer
from referentiel.views.fiche import fil_de
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr, pluriel

from ..actions import reporter
from ..presentation import lire_offres, sceller_vues
from ..revue import revue_de

METHODES = ["GET", "HEAD", "POST"]
RAISONS_MONTREES = 5


@require_safe
def relecture(request: HttpRequest, pk: int) -> HttpResponse:
    """The page: first what is likely out of date, offer by offer, then all the rest, confirmed in one act."""
    etablissement = lire_etablissement(request, pk)
    return render(request, "pilotage/relecture.html", contexte(request, etablissement))


@require_http_methods(METHODES)
def valider(request: HttpRequest, pk: int) -> HttpResponse:
    """« Conforme » of an offer, or « J’ai relu ces n offres et je les valide. » of those that the page showed."""
    etablissement = lire_etablissement(request, pk)
    if request.method != "POST":
        return redirect("relecture", pk)
    vues = lire_vues(f"relecture:{etablissement.pk}", request)
    try:
        bilan = actions.relire_offres(
            etablissement_id=etablissement.pk, auteur=request.user, vues=vues, relu=bool(request.POST.get("relu"))
        )
    except SaisieInvalide as erreur:
        return repondre(request, etablissement, refus=str(erreur), statut=422)
    dire(request, bilan)
    return repondre(request, etablissement)


@require_http_methods(METHODES)
def diffuser(request: HttpRequest, pk: int, offre: int) -> HttpResponse:
    """« Diffuser et valider »: what waits on an offer is broadcast with its re-reading, as on its fiche."""
    etablissement = lire_etablissement(request, pk)
    structure = get_object_or_404(etablissement.get_descendants(), pk=offre, niveau=Niveau.UO)
    exiger(request.user, Action.DIFFUSER, structure)
    if request.method != "POST":
        return redirect("relecture", pk)
    try:
        vu = actions.EtatVu.depuis_json(ouvrir(f"diffusion:{structure.pk}", request.POST.get("vu")))
        modification = actions.valider(
            structure_id=structure.pk, auteur=request.user, relue=bool(request.POST.get("relu")), vu=vu
        )
    except (FormulaireIllisible, TypeError):
        return repondre(
            request, etablissement, refus="Cette page n’est plus à jour\u00a0: relisez l’offre.", statut=409
        )
    except (SaisieInvalide, EtatIncompatible) as erreur:
        statut = 422 if isinstance(erreur, SaisieInvalide) else 409
        return repondre(request, etablissement, refus=f"{structure}\u00a0: {erreur}", statut=statut)
    if modification is not None and modification.etat == modification.Etat.A_ARBITRER:
        messages.warning(request, "Des valeurs diffusées entre-temps diffèrent des vôtres\u00a0: choisissez.")
        return redirect("modification-arbitrer", modification.pk)
    messages.success(request, f"«\u00a0{structure}\u00a0» est diffusée, relue et validée.")
    return repondre(request, etablissement)


@require_http_methods(METHODES)
def plus_tard(request: HttpRequest, pk: int, offre: int) -> HttpResponse:
    """« Rappeler dans 7 jours », « dans 30 jours »."""
    etablissement = lire_etablissement(request, pk)
    structure = get_object_or_404(etablissement.get_descendants(), pk=offre, niveau=Niveau.UO)
    if request.method != "POST":
        return redirect("relecture", pk)
    texte = request.POST.get("jours", "")
    jours = int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 4 else 0
    try:
        au = reporter(offre_id=structure.pk, auteur=request.user, jours=jours)
    except (SaisieInvalide, EtatIncompatible) as erreur:
        statut = 422 if isinstance(erreur, SaisieInvalide) else 409
        return repondre(request, etablissement, refus=str(erreur), statut=statut)
    messages.success(request, f"«\u00a0{structure}\u00a0»\u00a0: rappel le {date_fr(au)}. Son échéance ne change pas.")
    return repondre(request, etablissement)


def lire_etablissement(request: HttpRequest, pk: int) -> Structure:
    """Returns an EG where this person re-reads something; 404 or 403 otherwise."""
    eg = Structure.objects.lisibles_par(request.user).filter(niveau=Niveau.EG).select_related("entite_geographique")
    etablissement = get_object_or_404(eg, pk=pk)
    siennes = etablissement.get_descendants().modifiables_par(request.user).filter(niveau=Niveau.UO)
    if not siennes.exists():
        exiger(request.user, Action.DIFFUSER, etablissement)
    return etablissement


def lire_vues(quoi: str, request: HttpRequest) -> dict[int, actions.OffreVue]:
    """Returns what the page showed, from its signed token.

    Raises:
        EtatIncompatible: it is missing or was tampered with.
    """
    try:
        scelle = ouvrir(quoi, request.POST.get("vues"))
        return {int(pk): actions.OffreVue(*vue) for pk, vue in scelle.items()}
    except (FormulaireIllisible, TypeError, ValueError, AttributeError) as erreur:
        raise EtatIncompatible("Cette page n’est plus à jour. Ouvrez-la de nouveau, puis relisez.") from erreur


def repondre(request: HttpRequest, etablissement: Structure, *, refus: str = "", statut: int = 200) -> HttpResponse:
    """After an act: the page again, on the next offer for HTMX; without script it is asked for anew once done."""
    if not request.htmx and not refus:
        return redirect(f"{reverse('relecture', args=[etablissement.pk])}{_requete(request)}#revue")
    suite = contexte(request, etablissement)
    suite |= {"refus": refus, "suivante": "" if refus else _suivante(request, suite)}
    reponse = render(request, "pilotage/relecture.html", suite, status=statut)
    return remplacer(reponse, "revue") if statut != 200 else reponse


def contexte(request: HttpRequest, etablissement: Structure) -> dict:
    """What the page shows, in a constant number of queries."""
    revue = revue_de(etablissement, request.user)
    page, suite = revue.page_a_verifier(request.GET.get("page")), revue.page_reste(request.GET.get("suite"))
    retour = reverse("relecture", args=[etablissement.pk])
    lues = lire_offres(etablissement, [*page.object_list, *suite.object_list], retour=retour)
    demandes = DemandeCorrection.objects.filter(structure=etablissement, etat=DemandeCorrection.Etat.NOUVELLE)
    return {
        "etablissement": etablissement,
        "fil": [*fil_de(etablissement), (etablissement.nom, reverse("fiche", args=[etablissement.pk]))],
        "revue": revue,
        "page": page,
        "a_verifier": lues[: len(page.object_list)],
        "suite": suite,
        "reste": lues[len(page.object_list) :],
        "vues": sceller_vues(etablissement, [ligne.offre for ligne in suite.object_list]),
        "divergences": list(divergences_de(etablissement.pk).values()),
        "demandes": list(demandes.order_by("creee_le", "pk").select_related("structure")),
        "refus": "",
        "suivante": "",
        "requete": _requete(request),
        "aujourdhui": timezone.localdate(),
    }


def _requete(request: HttpRequest) -> str:
    """The pages of the lists, to stay on them after an act."""
    pages = {nom: request.GET[nom] for nom in ("page", "suite") if nom in request.GET}
    return f"?{urlencode(pages)}" if pages else ""


def _suivante(request: HttpRequest, contexte: dict) -> str:
    """Where the focus goes after an act: the offer that takes the place of the one dealt with, else the rest."""
    texte = request.POST.get("rang", "")
    rang = int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 4 else 0
    if contexte["a_verifier"]:
        return f"offre-{contexte['a_verifier'][min(rang, len(contexte['a_verifier']) - 1)].offre.pk}"
    return "reste" if contexte["reste"] else "fin"


def dire(request: HttpRequest, bilan: Bilan) -> None:
    """Says what became of each offer; what was not confirmed is named, with the reason."""
    if len(bilan.relues) == 1:
        messages.success(request, f"«\u00a0{bilan.relues[0]}\u00a0» est relue et validée.")
    elif bilan.relues:
        messages.success(request, f"{pluriel(len(bilan.relues), 'offre relue,offres relues')} et validées.")
    for _, nom, raison in bilan.deja[:RAISONS_MONTREES]:
        messages.info(request, f"«\u00a0{nom}\u00a0»\u00a0: {raison}")
    for _, nom, raison in bilan.ecartees[:RAISONS_MONTREES]:
        messages.warning(request, f"«\u00a0{nom}\u00a0» reste à relire. {raison}")
    autres = len(bilan.ecartees) - RAISONS_MONTREES
    if autres > 0:
        messages.warning(request, f"{pluriel(autres, 'autre offre reste,autres offres restent')} à relire.")
