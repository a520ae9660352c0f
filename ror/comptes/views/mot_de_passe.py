"""Choosing a password: by invitation, when it is lost, at the first sign-in, or at will."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ror.commun.debit import exiger_debit
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from .. import actions
from ..courriels import Portail
from ..forms import ChangementMotDePasseForm, NouveauMotDePasseForm, PerduForm
from ..tasks import envoyer_identifiants

formulaire = require_http_methods(["GET", "HEAD", "POST"])
secret = sensitive_post_parameters("ancien", "nouveau", "confirmation")


@formulaire
def mot_de_passe_oublie(request: HttpRequest) -> HttpResponse:
    """Asks for the identifiants and a link by mail; the answer is the same whether an account exists or not (S14)."""
    form = PerduForm(request.POST or None)
    if form.is_valid():
        exiger_debit(request, "mot-de-passe-oublie", limite=10, secondes=900)
        portail = Portail.de(request)
        envoyer_identifiants.delay(form.cleaned_data["saisie"], portail.racine, portail.region.pk)
        return redirect("mot-de-passe-envoye")
    return render(request, "comptes/mot_de_passe_oublie.html", {"form": form})


@require_safe
def mot_de_passe_envoye(request: HttpRequest) -> HttpResponse:
    """What happens now, and what to do when no mail comes."""
    return render(request, "comptes/mot_de_passe_envoye.html")


@never_cache
@secret
@formulaire
def mot_de_passe_nouveau(request: HttpRequest, uid: str, jeton: str) -> HttpResponse:
    """The page of a reset link."""
    personne = actions.personne_du_lien(uid, jeton)
    if personne is None:
        return render(request, "comptes/lien_perdu.html", {"invitation": False}, status=410)
    form = NouveauMotDePasseForm(request.POST or None)
    if form.is_valid():
        try:
            actions.reinitialiser(uid=uid, jeton=jeton, mot_de_passe=form.cleaned_data["nouveau"])
            return redirect("mot-de-passe-change")
        except SaisieInvalide as erreur:
            _reporter(form, erreur)
        except EtatIncompatible:
            return render(request, "comptes/lien_perdu.html", {"invitation": False}, status=410)
    return render(request, "comptes/mot_de_passe_nouveau.html", {"form": form, "personne": personne})


@never_cache
@secret
@formulaire
def invitation(request: HttpRequest, jeton: str) -> HttpResponse:
    """The page of an invitation: the person's identifiant, and her first password (S12)."""
    recue = actions.invitation_valable(jeton)
    if recue is None:
        return render(request, "comptes/lien_perdu.html", {"invitation": True}, status=410)
    form = NouveauMotDePasseForm(request.POST or None)
    if form.is_valid():
        try:
            actions.utiliser_invitation(jeton=jeton, mot_de_passe=form.cleaned_data["nouveau"])
            return redirect("mot-de-passe-change")
        except SaisieInvalide as erreur:
            _reporter(form, erreur)
        except EtatIncompatible:
            return render(request, "comptes/lien_perdu.html", {"invitation": True}, status=410)
    return render(request, "comptes/invitation.html", {"form": form, "personne": recue.utilisateur})


@require_safe
def mot_de_passe_change(request: HttpRequest) -> HttpResponse:
    """The password is set; the way to the sign-in page."""
    return render(request, "comptes/mot_de_passe_change.html")


@secret
@formulaire
def premiere_connexion(request: HttpRequest) -> HttpResponse:
    """The only page open to somebody who has not replaced her first password (S13)."""
    if not request.user.doit_changer_mot_de_passe:
        return redirect("accueil")
    return _changer(request, "comptes/premiere_connexion.html", "accueil")


@secret
@formulaire
def mot_de_passe(request: HttpRequest) -> HttpResponse:
    """Changes the password of the person signed in."""
    return _changer(request, "comptes/mot_de_passe.html", "mon-compte")


@require_POST
def fermer_les_sessions(request: HttpRequest) -> HttpResponse:
    """Signs the person out everywhere but here."""
    update_session_auth_hash(request, actions.fermer_sessions(utilisateur=request.user))
    messages.success(request, "Vos autres sessions sont fermées. Celle-ci reste ouverte.")
    return redirect("mon-compte")


def _changer(request: HttpRequest, gabarit: str, suite: str) -> HttpResponse:
    form = ChangementMotDePasseForm(request.POST or None)
    if form.is_valid():
        valeurs = form.cleaned_data
        try:
            personne = actions.changer_mot_de_passe(
                utilisateur=request.user, ancien=valeurs["ancien"], nouveau=valeurs["nouveau"]
            )
        except SaisieInvalide as erreur:
            _reporter(form, erreur)
        else:
            update_session_auth_hash(request, personne)
            messages.success(request, "Votre nouveau mot de passe est enregistré.")
            return redirect(suite)
    return render(request, gabarit, {"form": form})


def _reporter(form, erreur: SaisieInvalide) -> None:
    for champ, message in erreur.erreurs.items():
        form.add_error(champ, message)
