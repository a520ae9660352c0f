"""« Besoin de créer un compte ? », and the queue of the requests."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from referentiel.actions import accepter_demande, deposer_demande, ecarter_demande
from referentiel.actions.demandes_acces import ROLES_DEMANDABLES
from referentiel.exports.demandes import acces
from referentiel.models import DemandeAcces, Habilitation
from referentiel.permissions import Action, roles_accordables
from ror.commun.debit import exiger_debit
from ror.comptes.courriels import Portail
from ror.comptes.models import Utilisateur

from ..forms import AcceptationForm, DemandeForm, MotifForm
from .commun import formulaire, reserve, soumettre
from .structures import choix_gestion, choix_public, preremplir

PAR_PAGE = 50
HOMONYMES = 10


@formulaire
def demande_acces(request: HttpRequest) -> HttpResponse:
    """The public form: who, where, which right (S11, S16, S17). `site` is a trap for robots."""
    statut, recherche = 200, "chercher" in request.POST
    form = preremplir(DemandeForm, request.POST) if recherche else DemandeForm(request.POST or None)
    if form.is_valid():
        exiger_debit(request, "demande-acces", limite=20, secondes=3600)
        if form.cleaned_data["site"]:
            return redirect("demande-acces-envoyee")
        demande, statut = soumettre(form, lambda: deposer_demande(portail=Portail.de(request), **form.demande()))
        if demande:
            return redirect("demande-acces-envoyee")
    contexte = {"form": form, "choix": choix_public(request.POST)}
    return render(request, "droits/demande_acces.html", contexte, status=statut)


@require_safe
def demande_acces_envoyee(request: HttpRequest) -> HttpResponse:
    """What happens now."""
    return render(request, "droits/demande_acces_envoyee.html")


@require_safe
@reserve(Action.GERER_COMPTES)
def demandes_acces(request: HttpRequest) -> HttpResponse:
    """The queue: to decide first, oldest first; or those decided, newest first."""
    traitees = request.GET.get("etat") == "traitees"
    liste = acces(request.user, traitees=traitees)
    page = Paginator(liste.select_related("structure", "traitee_par"), PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "traitees": traitees, "nombre": acces(request.user, traitees=False).count()}
    return render(request, "droits/demandes.html", contexte)


@require_safe
@reserve(Action.GERER_COMPTES)
def demande_acces_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, what is known of the person, and the two decisions."""
    return _detail(request, pk)


@require_POST
@reserve(Action.GERER_COMPTES)
def demande_acces_accepter(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the right, to a new account or to one the person has."""
    demande = _demande(request, pk)
    if "chercher" in request.POST:
        return _detail(request, pk)
    form = _acceptation(request, demande, request.POST)
    if not form.is_valid():
        return _detail(request, pk, acceptation=form)
    options = {"auteur": request.user, "demande_id": pk, "portail": Portail.de(request), **form.decision()}
    personne, statut = soumettre(form, lambda: accepter_demande(**options))
    if personne is None:
        return _detail(request, pk, acceptation=form, statut=statut)
    messages.success(request, f"Demande acceptée : un courriel prévient {personne} ({personne.identifiant}).")
    return redirect("compte", personne.pk)


@require_POST
@reserve(Action.GERER_COMPTES)
def demande_acces_ecarter(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes a request « Sans suite »; the reason is mailed."""
    _demande(request, pk)
    form = MotifForm(request.POST, prefix="sans-suite")
    if not form.is_valid():
        return _detail(request, pk, sans_suite=form)
    motif = form.cleaned_data["motif"]
    demande, statut = soumettre(
        form,
        lambda: ecarter_demande(auteur=request.user, demande_id=pk, motif=motif, portail=Portail.de(request)),
    )
    if demande is None:
        return _detail(request, pk, sans_suite=form, statut=statut)
    messages.success(request, f"Demande classée sans suite : la raison est envoyée à {demande.courriel}.")
    return redirect("demandes-acces")


def _demande(request: HttpRequest, pk: int) -> DemandeAcces:
    siennes = DemandeAcces.objects.traitables_par(request.user)
    return get_object_or_404(siennes.select_related("structure", "traitee_par", "utilisateur"), pk=pk)


def _acceptation(request: HttpRequest, demande: DemandeAcces, saisie=None) -> AcceptationForm:
    meme_adresse = list(Utilisateur.objects.au_courriel(demande.courriel).filter(is_active=True).order_by("pk"))
    homonymes = Utilisateur.objects.filter(
        is_active=True, prenom__iexact=demande.prenom, nom__iexact=demande.nom
    ).exclude(pk__in=[personne.pk for personne in meme_adresse])
    personnes = [*meme_adresse, *homonymes.order_by("pk")[:HOMONYMES]]
    initial = {
        "role": demande.role,
        "etablissement": demande.etablissement or str(demande.structure or ""),
        "structure": demande.structure_id,
        "personne": str(meme_adresse[0].pk) if meme_adresse else "",
    }
    roles = [role for role in roles_accordables(request.user) if role in ROLES_DEMANDABLES]
    options = {"roles": roles, "personnes": personnes}
    if saisie is not None and "chercher" in saisie:
        return preremplir(AcceptationForm, saisie, **options)
    return AcceptationForm(saisie, initial=initial, **options)


def _autres_demandes(request: HttpRequest, demande: DemandeAcces) -> list[DemandeAcces]:
    """What the same person, or somebody of that name, asks too and nobody has answered."""
    siennes = DemandeAcces.objects.traitables_par(request.user).filter(etat=DemandeAcces.Etat.NOUVELLE)
    meme_nom = Q(prenom__iexact=demande.prenom, nom__iexact=demande.nom)
    autres = siennes.filter(Q(courriel__iexact=demande.courriel) | meme_nom).exclude(pk=demande.pk)
    return list(autres.select_related("structure")[:HOMONYMES])


def _en_place(demande: DemandeAcces) -> list[Habilitation]:
    """Who keeps the wanted establishment up to date already."""
    if demande.structure is None:
        return []
    noeuds = [demande.structure_id, demande.structure.parent_id]
    droits = Habilitation.objects.en_vigueur().filter(structure__in=noeuds, role__in=ROLES_DEMANDABLES)
    return list(droits.filter(utilisateur__is_active=True).select_related("utilisateur").order_by("role", "pk"))


def _detail(request: HttpRequest, pk: int, *, acceptation=None, sans_suite=None, statut: int = 200) -> HttpResponse:
    demande = _demande(request, pk)
    acceptation = acceptation or _acceptation(request, demande, request.POST or None)
    contexte = {
        "demande": demande,
        "form": acceptation,
        "sans_suite": sans_suite or MotifForm(prefix="sans-suite"),
        "choix": choix_gestion(request.user, request.POST if "etablissement" in request.POST else acceptation.initial),
        "ouverte": demande.etat == DemandeAcces.Etat.NOUVELLE,
        "autres": _autres_demandes(request, demande),
        "en_place": _en_place(demande),
    }
    return render(request, "droits/demande.html", contexte, status=statut)
