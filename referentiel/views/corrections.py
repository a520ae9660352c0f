"""« Demander une correction », « Mes demandes », and the support's queue (S91–S94)."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide
from ror.comptes.courriels import Portail

from .. import fiches
from ..actions import appliquer_demande, demander_correction, repondre_demande
from ..changements import Fiche
from ..conflits import PREFIXE, decrire_conflits, lire_choix
from ..corrections import champs_de_la_demande, propositions, texte_du_champ
from ..exports import demandes
from ..forms import formulaire_de_correction
from ..formulaires import FormulaireIllisible, ouvrir, sceller
from ..formulaires.simples import valeurs_saisies
from ..models import DemandeCorrection
from ..permissions import Action, exiger
from .fiche import DETAILS, aller, lire_structure, rendre_dialogue

PAR_PAGE = 25
APPLIQUER, AUTREMENT = "appliquer", "autrement"


@require_http_methods(["GET", "HEAD", "POST"])
def demande_correction(request: HttpRequest, pk: int, champ: str) -> HttpResponse:
    """A request prefilled with the fiche, the field and the person; the support finds it in its queue."""
    structure = lire_structure(request, pk)
    demande = DemandeCorrection(structure=structure, champ=champ)
    champs = champs_de_la_demande(structure, champ)
    if not champs:
        raise Http404(f"The support does not correct {champ}")
    vues = _vues(request, demande)
    data = request.POST if request.method == "POST" else None
    form = formulaire_de_correction(champs, vues, data, "Valeur proposée", "Motif")
    if form.is_bound and form.is_valid():
        try:
            demander_correction(
                structure_id=structure.pk,
                auteur=request.user,
                champ=champ,
                vues=vues,
                saisies=valeurs_saisies(form, champs.values(), vues),
                message=form.cleaned_data["message"],
            )
        except SaisieInvalide as erreur:
            _noter(form, erreur)
        else:
            messages.success(request, "Votre demande est envoyée au support. Elle reste visible sur la fiche.")
            return aller(request, reverse("fiche", args=[structure.pk]))
    contexte = {
        "structure": structure,
        "champ": champ,
        "libelle": demande.libelle,
        "actuelle": texte_du_champ(structure, champ, vues),
        "form": form,
        "jeton": sceller(_quoi(demande), vues),
        "dialogue": "referentiel/_demander.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


@require_safe
def mes_demandes(request: HttpRequest) -> HttpResponse:
    """« Mes demandes »: what this person asked the support, and what became of it."""
    page = Paginator(demandes.les_miennes(request.user), PAR_PAGE).get_page(request.GET.get("page"))
    return render(request, "referentiel/mes_demandes.html", {"page": page})


@require_safe
def demandes_correction(request: HttpRequest) -> HttpResponse:
    """The support's queue: what is to be done first, or what was answered."""
    exiger(request.user, Action.CORRIGER_FINESS)
    etat = demandes.lire_etat(request.GET)
    file = demandes.a_corriger(request.user, etat)
    file = file.select_related(*(f"structure__{detail}" for detail in DETAILS), "auteur", "traitee_par")
    page = Paginator(file, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "page": page,
        "lignes": propositions(page.object_list),
        "etat": etat,
        "etats": DemandeCorrection.Etat.choices,
    }
    return render(request, "referentiel/demandes.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def demande_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: present → proposed, « Appliquer », « Appliquer autrement », « Sans suite »."""
    demandes = DemandeCorrection.objects.select_related(
        *(f"structure__{detail}" for detail in DETAILS), "auteur", "traitee_par"
    )
    demande = get_object_or_404(demandes, pk=pk)
    exiger(request.user, Action.CORRIGER_FINESS, demande.structure)
    form = _formulaire_du_support(request, demande)
    if request.method != "POST":
        return _montrer(request, demande, form)
    try:
        _traiter(request, demande, form)
    except SaisieInvalide as erreur:
        _noter(form, erreur)
        return _montrer(request, demande, form, statut=422)
    except ConflitDeVersion as erreur:
        return _montrer(request, demande, form, statut=409, refus=erreur)
    messages.success(request, f"{demande.numero}\u00a0: réponse envoyée à {demande.auteur.nom_complet}.")
    return aller(request, reverse("demandes-correction"))


def _traiter(request: HttpRequest, demande: DemandeCorrection, form: forms.Form) -> None:
    """Does what the button asks."""
    geste = request.POST.get("geste", "")
    reponse = request.POST.get("message", "")[: form.fields["message"].max_length]  # type: ignore[attr-defined]
    communs = {"demande_id": demande.pk, "auteur": request.user, "portail": Portail.de(request), "reponse": reponse}
    if geste not in (APPLIQUER, AUTREMENT):
        repondre_demande(etat=geste, **communs)
        return
    autres = {}
    if geste == AUTREMENT:
        if not form.is_valid():
            raise SaisieInvalide({})
        vues = _vues(request, demande)
        autres = {"vues": vues, "saisies": valeurs_saisies(form, demande.champs.values(), vues)}
    appliquer_demande(choix=lire_choix(request.POST), **communs, **autres)


def _formulaire_du_support(request: HttpRequest, demande: DemandeCorrection) -> forms.Form:
    """The proposed values laid over the present ones, to be corrected before they are applied."""
    actuelles = fiches.lire(demande.structure, list(demande.champs))
    proposees = {**actuelles, **{c["champ"]: c["propose"] for c in demande.changements}}
    autrement = request.method == "POST" and request.POST.get("geste") == AUTREMENT
    form = formulaire_de_correction(
        demande.champs, proposees, request.POST if autrement else None, message="Réponse à la personne"
    )
    if request.method == "POST" and not autrement:
        form.initial["message"] = request.POST.get("message", "")
    return form


def _montrer(
    request: HttpRequest,
    demande: DemandeCorrection,
    form: forms.Form,
    statut: int = 200,
    refus: ConflitDeVersion | None = None,
) -> HttpResponse:
    actuelles = fiches.lire(demande.structure, list(demande.champs))
    conflits = refus.conflits if refus else ()
    contexte = {
        "demande": demande,
        "structure": demande.structure,
        "proposition": propositions([demande])[0],
        "form": form,
        "erreurs": getattr(form, "refus", []),
        "conflits": decrire_conflits(demande.structure, demande.champs, conflits, actuelles),
        "reprise": _reprise(request) if conflits else [],
        "jeton": sceller(_quoi(demande), actuelles),
        "dialogue": "referentiel/_repondre.html",
    }
    reponse = rendre_dialogue(request, contexte)
    reponse.status_code = statut
    if statut == 409 and request.htmx:
        reponse["HX-Retarget"], reponse["HX-Reselect"], reponse["HX-Reswap"] = (
            "#dialogue",
            "#dialogue-contenu",
            "innerHTML",
        )
    return reponse


def _reprise(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, to be sent again with the answers."""
    return [
        (nom, valeur)
        for nom, valeurs in request.POST.lists()
        for valeur in valeurs
        if nom != "csrfmiddlewaretoken" and not nom.startswith(PREFIXE)
    ]


def _noter(form: forms.Form, refus: SaisieInvalide) -> None:
    """Puts each sentence beside its field; the others, and all of them on a form that was not sent, on top."""
    form.refus = []  # type: ignore[attr-defined]
    for nom, phrase in refus.erreurs.items():
        nom = "message" if nom == "reponse" else nom
        if not form.is_bound:
            form.refus.append(phrase)  # type: ignore[attr-defined]
        else:
            form.add_error(nom if nom in form.fields else None, phrase)


def _quoi(demande: DemandeCorrection) -> str:
    return f"correction:{demande.structure.pk}:{demande.champ}"


def _vues(request: HttpRequest, demande: DemandeCorrection) -> Fiche:
    """The values the form showed; the present ones when it is opened, or when those cannot be read any more."""
    try:
        return ouvrir(_quoi(demande), request.POST.get("vues"))
    except FormulaireIllisible:
        return fiches.lire(demande.structure, list(demande.champs))
