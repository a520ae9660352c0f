"""« Synonymes de la recherche »: the support adds what people call things, the day somebody finds nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.texte import normaliser

from .. import actions
from ..actions.synonymes import Sens
from ..models import SynonymeRecherche
from ..permissions import Action, exiger
from ..recherche.requete import separer
from ..recherche.synonymes import livres
from .edition import METHODES

AJOUTER, RETIRER, RETABLIR = "ajouter", "retirer", "retablir"


class SynonymesForm(forms.Form):
    """Forms that mean the same, one a line."""

    use_required_attribute = False
    formes = forms.CharField(
        label="Formes qui veulent dire la même chose",
        help_text="Une par ligne, comme les gens les tapent. Un sigle s’écrit en capitales : il n’est alors jamais"
        " pris pour le début d’un mot.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Indiquez au moins deux formes différentes, une par ligne."},
    )
    sens = forms.ChoiceField(
        label="Qui trouve qui ?",
        choices=[
            (Sens.TOUTES.value, "Toutes se valent : chercher l’une trouve aussi les autres"),
            (Sens.PREMIERE.value, "La première trouve aussi les autres, sans l’inverse (« hôpital » trouve les CHU)"),
        ],
        initial=Sens.TOUTES.value,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choisissez si toutes les formes se valent."},
    )


@dataclass(frozen=True, slots=True)
class Groupe:
    """One line of the list.

    Attributes:
        formes: the group as it is kept.
        etat: « ajoutes », « retires » or « livres ».
        par: who added or withdrew it; empty for one that was shipped.
        le: when.
    """

    formes: str
    etat: str
    par: str = ""
    le: datetime | None = None

    @property
    def valent(self) -> list[str]:
        """The forms that find all the others."""
        return separer(self.formes)[0]

    @property
    def trouvees(self) -> list[str]:
        """The forms that are only found."""
        return separer(self.formes)[1]


@require_http_methods(METHODES)
def synonymes(request: HttpRequest) -> HttpResponse:
    """The list, and what is added to it or taken away. POST: « Ajouter », « Retirer », « Rétablir »."""
    exiger(request.user, Action.REGLER_RECHERCHE)
    geste = request.POST.get("geste", "")
    form = SynonymesForm(request.POST if geste == AJOUTER else None)
    if request.method == "POST" and _faire(request, geste, form):
        return redirect(f"{reverse('synonymes')}?{urlencode({'q': request.GET.get('q', '')})}")
    q = request.GET.get("q", "").strip()
    mots = normaliser(q).split()
    groupes = [g for g in _groupes() if all(mot in normaliser(g.formes) for mot in mots)]
    contexte = {"form": form, "groupes": groupes, "q": q}
    return render(request, "referentiel/synonymes.html", contexte, status=422 if form.is_bound else 200)


def _faire(request: HttpRequest, geste: str, form: SynonymesForm) -> bool:
    """Does what is asked; False when the form comes back with what is wrong."""
    formes = request.POST.get("formes", "")
    try:
        if geste == AJOUTER:
            return _ajouter(request, form)
        if geste == RETIRER:
            actions.retirer_synonymes(auteur=request.user, formes=formes)
            messages.success(request, f"«\u00a0{formes}\u00a0»\u00a0: ces formes ne sont plus synonymes.")
        elif geste == RETABLIR:
            actions.retablir_synonymes(auteur=request.user, formes=formes)
            messages.success(request, f"«\u00a0{formes}\u00a0»\u00a0: ces formes sont de nouveau synonymes.")
        else:
            messages.error(request, "Choisissez d’ajouter, de retirer ou de rétablir des synonymes.")
    except EtatIncompatible as erreur:
        messages.warning(request, str(erreur))
    return True


def _ajouter(request: HttpRequest, form: SynonymesForm) -> bool:
    if not form.is_valid():
        return False
    formes, sens = form.cleaned_data["formes"].splitlines(), form.cleaned_data["sens"]
    try:
        groupe = actions.ajouter_synonymes(auteur=request.user, formes=formes, sens=sens)
    except SaisieInvalide as erreur:
        for nom, message in erreur.erreurs.items():
            form.add_error(nom, message)
        return False
    premiere = separer(groupe)[0][0]
    messages.success(
        request,
        format_html(
            "Synonymes ajoutés, connus de toutes les recherches dans la minute. "
            '<a href="{}?{}">Chercher «\u00a0{}\u00a0»</a>',
            reverse("recherche"),
            urlencode({"q": premiere}),
            premiere,
        ),
    )
    return True


def _groupes() -> Iterator[Groupe]:
    """What the region added, then what it withdrew, the last first; then what is shipped, in alphabetical order."""
    lignes = list(SynonymeRecherche.objects.select_related("auteur").order_by("-le", "pk"))
    for actif, etat in ((True, "ajoutes"), (False, "retires")):
        for ligne in lignes:
            if ligne.actif is actif:
                yield Groupe(ligne.formes, etat, ligne.auteur.nom_complet if ligne.auteur else "", ligne.le)
    dites = {ligne.formes for ligne in lignes}
    for formes in sorted(livres(), key=normaliser):
        if formes not in dites:
            yield Groupe(formes, "livres")
