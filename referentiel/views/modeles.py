"""« Modèles de saisie », for the support and the administrators: list, see, activate, retire, import."""

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..actions import changer_statut, importer_modele
from ..champs import champs_de
from ..import_modeles import TYPES_OFFRE, ModeleRefuse, dire, nommer
from ..lecture_modeles import TAILLE_MAX, ModeleIllisible
from ..libelles import libelles_codes
from ..modeles_saisie import RegleChamp
from ..models import Code, ModeleSaisie
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .edition import METHODES


class FichierForm(forms.Form):
    """The file to import; nothing is written before « Importer »."""

    fichier = forms.FileField(
        label="Questionnaire (JSON)",
        help_text="Modèle de saisie officiel au format Questionnaire FHIR R4, 5 Mo au plus.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )
    forcer = forms.BooleanField(label="Accepter une version plus ancienne que celle chargée", required=False)

    def clean_fichier(self):
        """Refuses a file too large to be a model, before it is read."""
        fichier = self.cleaned_data["fichier"]
        if fichier.size > TAILLE_MAX:
            raise forms.ValidationError("Ce fichier dépasse 5\u00a0Mo\u00a0: ce n’est pas un modèle de saisie.")
        return fichier


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """All the models, official ones first, and the types that none rules by name."""
    exiger(request.user, Action.REGLER_MODELES)
    modeles = list(ModeleSaisie.objects.annotate(nombre_champs=Count("champs")))
    couverts = {code for m in modeles if m.statut == "active" for code in m.types}
    types = Code.objects.de(TYPES_OFFRE).proposes().values_list("code", "libelle")
    contexte = {"modeles": modeles, "sans_modele": [libelle for code, libelle in types if code not in couverts]}
    return render(request, "referentiel/modeles/liste.html", contexte)


@require_http_methods(METHODES)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One model, field by field. POST: « Activer » or « Retirer »."""
    exiger(request.user, Action.REGLER_MODELES)
    modele = get_object_or_404(ModeleSaisie.objects.prefetch_related("champs"), pk=pk)
    if request.method == "POST":
        try:
            modele = changer_statut(
                auteur=request.user,
                modele_id=pk,
                statut=request.POST.get("statut", ""),
                statut_vu=request.POST.get("statut_vu", ""),
            )
        except (EtatIncompatible, SaisieInvalide) as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, f"{modele.identifiant}\u00a0: {modele.get_statut_display().lower()}.")
        return redirect("modele-saisie", pk)
    contexte = {"modele": modele, "regles": _regles(modele), "types": _types(modele)}
    return render(request, "referentiel/modeles/detail.html", contexte)


@require_http_methods(METHODES)
def importer(request: HttpRequest) -> HttpResponse:
    """Imports an official Questionnaire: « Vérifier » says what it would change, « Importer » does it."""
    exiger(request.user, Action.REGLER_MODELES)
    form = FichierForm(request.POST or None, request.FILES or None)
    contexte = {"form": form, "bilan": None}
    if request.method != "POST":
        return render(request, "referentiel/modeles/importer.html", contexte)
    if form.is_valid():
        simuler = "verifier" in request.POST
        try:
            bilan = importer_modele(
                auteur=request.user,
                contenu=form.cleaned_data["fichier"].read(),
                simuler=simuler,
                forcer=form.cleaned_data["forcer"],
            )
        except (ModeleIllisible, ModeleRefuse) as erreur:
            form.add_error("fichier", str(erreur))
        else:
            if not simuler:
                messages.success(request, f"{bilan.identifiant} «\u00a0{bilan.titre}\u00a0» est importé.")
                for phrase in bilan.ignores:
                    messages.warning(request, phrase)
                return redirect("modele-saisie", ModeleSaisie.objects.get(identifiant=bilan.identifiant).pk)
            contexte["bilan"] = bilan
    return render(request, "referentiel/modeles/importer.html", contexte, status=200 if contexte["bilan"] else 422)


def _regles(modele: ModeleSaisie) -> list[tuple[str, str, str]]:
    """(field, what is asked of it, labels of its codes)."""
    champs = champs_de(Niveau.UO)
    regles = [champ.regle() for champ in modele.champs.all()]
    demandes = {c.nomenclature: set() for c in champs.values() if c.nomenclature}
    for regle in regles:
        if (champ := champs.get(regle.champ)) and champ.nomenclature:
            demandes[champ.nomenclature] |= set(regle.codes)
    libelles = libelles_codes({liste: codes for liste, codes in demandes.items() if codes})

    def codes(regle: RegleChamp) -> str:
        champ = champs.get(regle.champ)
        liste = champ.nomenclature if champ else ""
        return ", ".join(libelles.get((liste, code), f"{code} (hors liste)") for code in regle.codes)

    return [(nommer(r.champ), _mots(r, r.champ in champs), codes(r)) for r in regles]


def _mots(regle: RegleChamp, connu: bool) -> str:
    mots = dire(regle)
    if not regle.repetable:
        mots.append("une valeur selon le modèle")
    if not connu:
        mots.append("champ à venir dans le portail")
    return ", ".join(mots)


def _types(modele: ModeleSaisie) -> list[str]:
    libelles = libelles_codes({TYPES_OFFRE: set(modele.types)}) if modele.types else {}
    return [f"{code} {libelles.get((TYPES_OFFRE, code), '(hors liste)')}" for code in modele.types]
