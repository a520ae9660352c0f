"""« Ajouter un lieu » to an establishment: its name and its address, then its page (S44)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ror.commun.erreurs import SaisieInvalide

from ..actions import creer_lieu
from ..actions.fiches import exiger_ouverte
from ..formulaires import FormulaireFiche
from ..models import Structure
from ..niveaux import Niveau
from ..objets import Cible, Objet
from ..permissions import Action, exiger
from . import brouillons
from .edition import METHODES
from .fiche import fil_de, lire_structure


@require_http_methods(METHODES)
def nouveau(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a new lieu; once added it is seen by everybody, and the offers may choose it."""
    etablissement = lire_structure(request, pk)
    if etablissement.niveau != Niveau.EG:
        raise Http404("A lieu belongs to an EG")
    exiger(request.user, Action.MODIFIER, etablissement)
    exiger_ouverte(etablissement)
    cible = Cible(Objet("nouveau-lieu", pk), etablissement)
    if request.method != "POST":
        return _montrer(request, cible, _formulaire(cible, brouillons.a_reprendre(request, cible.objet)))
    formulaire = _formulaire(cible, request.POST)
    if request.POST.get(brouillons.GESTE) == brouillons.ANNULER:
        brouillons.annuler(request, cible.objet, formulaire.touches(formulaire.vues))
        return redirect("fiche", pk)
    try:
        if not formulaire.est_valide():
            return _montrer(request, cible, formulaire, 422)
        cree = creer_lieu(etablissement_id=pk, auteur=request.user, saisies=formulaire.saisies())
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return _montrer(request, cible, formulaire, 422)
    brouillons.apres_enregistrement(request, cible.objet)
    messages.success(request, f"«\u00a0{cree.nom}\u00a0» est ajouté. Ses offres peuvent le choisir.")
    return redirect("lieu", cree.pk)


def _formulaire(cible: Cible, data: QueryDict | None) -> FormulaireFiche:
    return FormulaireFiche(quoi=cible.objet.quoi, champs=cible.champs, vues=cible.en_cours(), data=data)


def _montrer(request: HttpRequest, cible: Cible, formulaire: FormulaireFiche, statut: int = 200) -> HttpResponse:
    def touches(data: QueryDict) -> list[str]:
        return _formulaire(cible, data).touches(formulaire.vues)

    etablissement: Structure = cible.structure
    adresse = reverse("fiche", args=[etablissement.pk])
    contexte = {
        "structure": etablissement,
        "section": "",
        "adresse": request.path,
        "retour": adresse,
        "fil": [*fil_de(etablissement), (etablissement.nom, adresse)],
        "formulaire": formulaire,
        "verrou": "",
        "refuse": statut != 200,
        "saisie": brouillons.saisie_de(request, cible.objet, data=formulaire.data, touches=touches),
    }
    return render(request, "referentiel/edition/nouveau_lieu.html", contexte, status=statut)
