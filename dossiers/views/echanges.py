"""Comments: written, answered, settled (B11). A refused one comes back as it was typed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ror.commun.acces import retour_sur
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import actions
from ..acces import fiches_nommees, lire_dossier, noter_erreurs
from ..droits import exiger_geste
from ..etats import Geste
from ..forms_circuit import CommentaireForm
from ..models import Commentaire, Dossier


@require_http_methods(["GET", "HEAD", "POST"])
def commenter(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes a comment on the dossier, a fiche, or a field; GET is the form alone (`?fiche=`)."""
    dossier = lire_dossier(request, pk)
    fiches = fiches_nommees(dossier)
    if request.method != "POST":
        exiger_geste(request.user, dossier, Geste.COMMENTER)
        return _montrer(request, dossier, CommentaireForm(fiches=fiches, initial={"fiche": request.GET.get("fiche")}))
    form = CommentaireForm(request.POST, fiches=fiches)
    if not form.is_valid():
        exiger_geste(request.user, dossier, Geste.COMMENTER)
        return _montrer(request, dossier, form, 422)
    saisie = form.cleaned_data
    try:
        commentaire = actions.commenter(
            dossier_id=pk,
            auteur=request.user,
            texte=saisie["texte"],
            fiche_id=saisie["fiche"],
            champ=saisie["champ"],
            reponse_a=saisie["reponse_a"],
        )
    except SaisieInvalide as erreur:
        noter_erreurs(form, erreur)
        return _montrer(request, dossier, form, 422)
    except EtatIncompatible as erreur:
        exiger_geste(request.user, dossier, Geste.COMMENTER)
        form.add_error(None, str(erreur))
        return _montrer(request, dossier, form, 409)
    messages.success(request, "Votre commentaire est enregistré.")
    for nom in actions.mentions_inconnues(commentaire):
        messages.warning(
            request,
            f"Personne ne s’appelle @{nom} parmi les personnes de ce dossier\u00a0:"
            " aucun avis n’a été envoyé à ce nom.",
        )
    return redirect(f"{retour_sur(request, reverse('dossier-suivi', args=[pk]))}#commentaire-{commentaire.pk}")


@require_POST
def regler(request: HttpRequest, pk: int) -> HttpResponse:
    """Settles a thread, or opens it again (`regle=0`)."""
    visibles = Dossier.objects.visibles_par(request.user)
    commentaire = get_object_or_404(Commentaire.objects.filter(dossier__in=visibles, reponse_a=None), pk=pk)
    regle = request.POST.get("regle") != "0"
    actions.regler(commentaire_id=pk, auteur=request.user, regle=regle)
    messages.success(request, "L’échange est réglé." if regle else "L’échange est rouvert.")
    return redirect(f"{retour_sur(request, reverse('dossier-suivi', args=[commentaire.dossier_id]))}#commentaire-{pk}")


def _montrer(request: HttpRequest, dossier: Dossier, form: CommentaireForm, statut: int = 200) -> HttpResponse:
    contexte = {
        "dossier": dossier,
        "form": form,
        "suite": retour_sur(request, reverse("dossier-suivi", args=[dossier.pk])),
    }
    return render(request, "dossiers/commenter.html", contexte, status=statut)
