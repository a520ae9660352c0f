"""« Mes recherches »: a search kept under a name, opened again, renamed, deleted (B23)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ror.commun.erreurs import SaisieInvalide

from ..actions import recherches as gestes
from ..models import RechercheEnregistree
from ..recherche import Criteres
from ..recherche.communes import chercher_communes
from ..recherche.phrases import dire, dire_ensemble, nommer
from .fiche import aller, rendre_dialogue


class RechercheForm(forms.Form):
    """The name of a saved search; the action says what it must be."""

    nom = forms.CharField(label="Nom de la recherche", required=False, widget=forms.TextInput(attrs={"maxlength": 120}))


@require_safe
def mes_recherches(request: HttpRequest) -> HttpResponse:
    """The searches this person kept, with what each asks."""
    siennes = list(RechercheEnregistree.objects.filter(auteur=request.user))
    dites = dire_ensemble([_criteres(recherche) for recherche in siennes])
    lignes = [{"recherche": r, "dits": dits} for r, dits in zip(siennes, dites, strict=True)]
    contexte = {"lignes": lignes, "maximum": gestes.MAXIMUM}
    return render(request, "referentiel/recherches/liste.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def enregistrer(request: HttpRequest) -> HttpResponse:
    """« Enregistrer cette recherche »: its address is this one's query string."""
    criteres = Criteres.depuis(request.GET).avec()
    retour = f"{reverse('recherche')}?{criteres.adresse()}"
    form = RechercheForm(request.POST if request.method == "POST" else None, initial={"nom": nommer(criteres)})
    if request.method == "POST" and form.is_valid():
        nom = form.cleaned_data["nom"]
        if _faire(form, lambda: gestes.enregistrer_recherche(auteur=request.user, nom=nom, requete=criteres.adresse())):
            messages.success(
                request, "Recherche enregistrée\u00a0: vous la retrouverez dans «\u00a0Mes recherches\u00a0»."
            )
            return aller(request, retour)
    contexte = {
        "form": form,
        "dits": dire(criteres),
        "titre": "Enregistrer cette recherche",
        "adresse": f"{request.path}?{criteres.adresse()}",
        "retour": retour,
        "dialogue": "referentiel/recherches/_nom.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
def renommer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Renommer » a saved search, in a dialogue."""
    recherche = get_object_or_404(RechercheEnregistree, pk=pk, auteur=request.user)
    form = RechercheForm(request.POST if request.method == "POST" else None, initial={"nom": recherche.nom})
    if request.method == "POST" and form.is_valid():
        nom = form.cleaned_data["nom"]
        if _faire(form, lambda: gestes.renommer_recherche(auteur=request.user, recherche_id=pk, nom=nom)):
            return aller(request, reverse("mes-recherches"))
    contexte = {
        "form": form,
        "dits": dire(_criteres(recherche)),
        "titre": "Renommer la recherche",
        "adresse": request.path,
        "retour": reverse("mes-recherches"),
        "dialogue": "referentiel/recherches/_nom.html",
    }
    return rendre_dialogue(request, contexte, refuse=form.is_bound)


@require_POST
def supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Supprimer » a saved search."""
    recherche = gestes.supprimer_recherche(auteur=request.user, recherche_id=pk)
    messages.success(request, f"Recherche supprimée\u00a0: {recherche.nom}.")
    return redirect("mes-recherches")


def _criteres(recherche: RechercheEnregistree) -> Criteres:
    return Criteres.depuis(QueryDict(recherche.requete))


def _faire(form: RechercheForm, geste) -> bool:
    """Does it; a refusal goes beside its field."""
    try:
        geste()
    except SaisieInvalide as refus:
        for nom, phrase in refus.erreurs.items():
            form.add_error(nom or None, phrase)
        return False
    return True


@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """What « Où ? » proposes while one types: the options of its list."""
    trouvees = chercher_communes(request.GET.get("ou", "")) if len(request.GET.get("ou", "").strip()) > 1 else []
    return render(request, "referentiel/recherches/_communes.html", {"communes": trouvees})
