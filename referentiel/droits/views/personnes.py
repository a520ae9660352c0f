"""« Comptes »: finding a person, reading and changing what she may do."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from referentiel import actions
from referentiel.exports.comptes import ETATS, avec_droits, chercher, lire_filtre
from referentiel.models import Habilitation, Structure
from referentiel.permissions import Action, filtre, refus_accorder, refus_gerer, roles_accordables
from ror.comptes.courriels import Portail
from ror.comptes.models import AvisInactivite, Utilisateur

from ..forms import DesactivationForm, DroitForm, FinDroitForm, IdentiteForm, OuvertureForm
from ..historique import historique_de
from .commun import formulaire, reserve, soumettre
from .structures import choix_gestion, preremplir

PAR_PAGE = 50
gestion = reserve(Action.GERER_COMPTES)


@require_safe
@gestion
def comptes(request: HttpRequest) -> HttpResponse:
    """The accounts, by name, mail or identifiant, and by state."""
    texte, etat = lire_filtre(request.GET)
    relances = AvisInactivite.objects.filter(genre=AvisInactivite.Genre.RELANCE)
    liste = avec_droits(chercher(texte, etat)).prefetch_related(
        Prefetch("avis_inactivite", relances, to_attr="relances"), Prefetch("invitations", to_attr="invitees")
    )
    page = Paginator(liste, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "texte": texte, "etat": etat, "etats": ETATS}
    return render(request, "droits/comptes.html", contexte)


@require_safe
@gestion
def compte(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: identity, rights, invitation, history, and the acts the reader may do."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    droits = [
        {
            "droit": d,
            "motif": refus_accorder(request.user, personne, d.role, d.structure, d.departements, d.groupes),
        }
        for d in personne.habilitations.select_related("structure", "accordee_par").order_by("-debut", "-pk")
    ]
    contexte = {
        "personne": personne,
        "droits": droits,
        "invitation": personne.invitations.first(),
        "acceptation": personne.acceptations.select_related("version").order_by("-le").first(),
        "motif": refus_gerer(request.user, personne),
        "historique": historique_de(personne),
    }
    return render(request, "droits/compte.html", contexte)


@formulaire
@gestion
def compte_ouvrir(request: HttpRequest) -> HttpResponse:
    """Opens an account with its first right, and invites the person."""
    form, statut = _form_droit(request, OuvertureForm, _voulu(request)), 200
    if form.is_valid():
        options = {"auteur": request.user, "portail": Portail.de(request), **form.identite(), **form.droit()}
        personne, statut = soumettre(form, lambda: actions.ouvrir_compte(**options))
        if personne:
            _dire_invitation(request, personne)
            return redirect("compte", personne.pk)
    contexte = {"form": form, "choix": choix_gestion(request.user, request.POST or _voulu(request))}
    return render(request, "droits/compte_ouvrir.html", contexte, status=statut)


@formulaire
@gestion
def compte_droit(request: HttpRequest, pk: int) -> HttpResponse:
    """« Accorder un droit »."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    form, statut = _form_droit(request, DroitForm), 200
    if form.is_valid():
        options = {"auteur": request.user, "personne_id": pk, "portail": Portail.de(request), **form.droit()}
        droit, statut = soumettre(form, lambda: actions.accorder(fin=form.cleaned_data["fin"], **options))
        if droit:
            messages.success(request, f"Droit accordé à {personne}. {droit}.")
            return redirect("compte", pk)
    contexte = {"form": form, "personne": personne, "choix": choix_gestion(request.user, request.POST)}
    return render(request, "droits/compte_droit.html", contexte, status=statut)


@formulaire
@gestion
def droit_terminer(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a right, now or at a date."""
    droit = get_object_or_404(Habilitation.objects.select_related("utilisateur", "structure"), pk=pk)
    form = FinDroitForm(request.POST or None)
    if form.is_valid():
        jour = form.cleaned_data["dernier_jour"]
        acte = {"auteur": request.user, "habilitation_id": pk, "dernier_jour": jour}
        return _acte(request, form, droit.utilisateur, lambda: actions.terminer(**acte), "Fin du droit enregistrée.")
    return _formulaire(request, form, droit.utilisateur, "Retirer un droit", "Retirer ce droit", str(droit))


@formulaire
@gestion
def compte_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects the identity and the mail address."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    form = IdentiteForm(request.POST or None, instance=Utilisateur.objects.get(pk=pk))
    if form.is_valid():
        acte = {"auteur": request.user, "personne_id": pk, "portail": Portail.de(request), **form.cleaned_data}
        return _acte(request, form, personne, lambda: actions.modifier_personne(**acte), "Identité enregistrée.")
    return _formulaire(request, form, personne, "Corriger l’identité", "Enregistrer", "L’identifiant ne change pas.")


@formulaire
@gestion
def compte_desactiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes an account, with the reason."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    form = DesactivationForm(request.POST or None)
    if form.is_valid():
        acte = {"auteur": request.user, "personne_id": pk, "motif": form.cleaned_data["motif"]}
        return _acte(request, form, personne, lambda: actions.desactiver(**acte), f"Compte de {personne} désactivé.")
    phrase = "Ses sessions se ferment aussitôt. Ses droits et son historique sont gardés : vous pourrez le réactiver."
    return _formulaire(request, form, personne, "Désactiver le compte", "Désactiver ce compte", phrase)


@require_POST
@gestion
def compte_reactiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens a deactivated account again."""
    personne = actions.reactiver(auteur=request.user, personne_id=get_object_or_404(Utilisateur, pk=pk).pk)
    messages.success(request, f"Compte de {personne} réactivé.")
    return redirect("compte", pk)


@require_POST
@gestion
def compte_relancer(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes to somebody who has not signed in for a year."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    avis = actions.relancer_inactif(auteur=request.user, personne_id=pk, portail=Portail.de(request))
    if AvisInactivite.objects.filter(pk=avis.pk).exists():
        messages.success(request, f"Relance envoyée à {personne}, {personne.courriel}.")
    else:
        messages.error(
            request, f"Le courriel n’est pas parti : vérifiez l’adresse {personne.courriel}, puis recommencez."
        )
    return redirect(f"{reverse('comptes')}?etat=inactifs")


@require_POST
@gestion
def compte_inviter(request: HttpRequest, pk: int) -> HttpResponse:
    """Mails a new invitation."""
    personne = get_object_or_404(Utilisateur, pk=pk)
    actions.renvoyer_invitation(auteur=request.user, personne_id=pk, portail=Portail.de(request))
    _dire_invitation(request, personne)
    return redirect("compte", pk)


def _form_droit(request: HttpRequest, classe: type[DroitForm], voulu: dict | None = None) -> DroitForm:
    roles = roles_accordables(request.user)
    if "chercher" in request.POST:
        return preremplir(classe, request.POST, roles=roles)
    return classe(request.POST or None, initial=voulu, roles=roles)


def _voulu(request: HttpRequest) -> dict[str, str]:
    """What the address already chooses: the structure, with its name, and the right."""
    numero, role = request.GET.get("structure", ""), request.GET.get("role", "")
    voulu = {"role": role} if role in roles_accordables(request.user) else {}
    structure = None
    if numero.isascii() and numero.isdecimal() and len(numero) < 15:
        structure = Structure.objects.filter(filtre(request.user, Action.GERER_COMPTES), pk=numero).first()
    return {**voulu, "structure": str(structure.pk), "etablissement": structure.nom} if structure else voulu


def _dire_invitation(request: HttpRequest, personne: Utilisateur) -> None:
    invitation = personne.invitations.first()
    if invitation.echec_envoi:
        messages.error(
            request,
            f"Le compte {personne.identifiant} est ouvert, mais l’invitation n’est pas partie : "
            f"{invitation.echec_envoi} Vérifiez l’adresse {personne.courriel}, puis renvoyez l’invitation.",
        )
    else:
        messages.success(
            request, f"Invitation envoyée à {personne.courriel}. Identifiant de {personne} : {personne.identifiant}."
        )


def _acte(request: HttpRequest, form, personne: Utilisateur, acte, reussite: str) -> HttpResponse:
    resultat, statut = soumettre(form, acte)
    if resultat is None:
        return _formulaire(request, form, personne, "Acte non enregistré", "Réessayer", "", statut)
    messages.success(request, reussite)
    return redirect("compte", personne.pk)


def _formulaire(
    request: HttpRequest, form, personne: Utilisateur, titre: str, bouton: str, phrase: str, statut: int = 200
) -> HttpResponse:
    contexte = {
        "form": form,
        "personne": personne,
        "titre": titre,
        "bouton": bouton,
        "phrase": phrase,
        "retour": reverse("compte", args=[personne.pk]),
    }
    return render(request, "droits/formulaire.html", contexte, status=statut)
