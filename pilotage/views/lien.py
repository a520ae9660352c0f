"""The page of a signed link: « rien n’a changé », read then confirmed without signing in (M13)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from referentiel.actions import OffreVue
from referentiel.confidentialite import NIVEAUX_PROFESSIONNELS
from ror.commun.erreurs import DroitManquant, SaisieInvalide

from ..actions import confirmer_par_lien, regler_rappels
from ..liens import Lien, LienInvalide, ouvrir
from ..presentation import OffreLue, lire_offres, sceller_vues
from ..revue import RESTE_PAR_PAGE, OffreARelire, revue_de
from .relecture import METHODES, lire_vues


@never_cache
@require_http_methods(METHODES)
def lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """GET shows the offers as they are; POST confirms those shown that did not change since the mail."""
    try:
        ouvert = ouvrir(jeton)
    except LienInvalide as erreur:
        return _ferme(request, str(erreur))
    if request.user.is_authenticated and request.user.pk != ouvert.personne.pk:
        return _ferme(request, f"Ce lien est celui de {ouvert.personne}, et vous êtes {request.user}.", statut=403)
    if request.method != "POST":
        return _montrer(request, ouvert)
    try:
        vues = lire_vues(f"relecture:{ouvert.etablissement.pk}", request)
        bilan = confirmer_par_lien(lien=ouvert, offres=set(vues), relu=bool(request.POST.get("relu")))
    except SaisieInvalide as erreur:
        return _montrer(request, ouvert, refus=str(erreur))
    except DroitManquant as erreur:
        return _ferme(request, str(erreur), statut=403)
    contexte = {"lien": ouvert, "bilan": bilan, "jeton": jeton, "restent": bool(_confirmables(ouvert))}
    return render(request, "pilotage/lien_confirme.html", contexte)


@require_POST
def regler(request: HttpRequest) -> HttpResponse:
    """« Mon compte »: one mail of reminders a week at most, or one on each day that brings some."""
    hebdomadaire = request.POST.get("hebdomadaire") == "1"
    regler_rappels(auteur=request.user, hebdomadaire=hebdomadaire)
    rythme = "une fois par semaine au plus" if hebdomadaire else "à chaque échéance, une fois par jour au plus"
    messages.success(request, f"Vos rappels de relecture arrivent {rythme}.")
    return redirect("mon-compte")


def _confirmables(ouvert: Lien) -> list[OffreARelire]:
    """The offers of a link that are still as they were in the mail, and still this person's to re-read."""
    revue = revue_de(ouvert.etablissement, ouvert.personne)
    lignes = (*revue.a_verifier, *revue.reste, *revue.plus_tard, *revue.a_jour)
    return [li for li in lignes if ouvert.vues.get(li.offre.pk) == OffreVue.de(li.offre)]


def _montrer(request: HttpRequest, ouvert: Lien, refus: str = "") -> HttpResponse:
    confirmables = _confirmables(ouvert)
    lues = _lire(ouvert, confirmables)
    montrees = [o for o in lues if _se_montre(o)]
    contexte = {
        "lien": ouvert,
        "offres": montrees,
        "autres": len(confirmables) - len(lues),
        "a_relire": [o.offre for o in lues if not o.offre.unite.unite_sensible and not _se_montre(o)],
        "sensibles": sum(o.offre.unite.unite_sensible for o in lues),
        "perdues": ouvert.etablissement.get_descendants().filter(pk__in=ouvert.vues).count() - len(confirmables),
        "vues": sceller_vues(ouvert.etablissement, [o.offre for o in montrees]),
        "refus": refus,
        "aujourdhui": timezone.localdate(),
    }
    return render(request, "pilotage/lien.html", contexte, status=422 if refus else 200)


def _lire(ouvert: Lien, confirmables: list[OffreARelire]) -> list[OffreLue]:
    """Reads the first of these offers, as many as a page shows, and further until one may be shown."""
    lues: list[OffreLue] = []
    while len(lues) < len(confirmables) and not any(map(_se_montre, lues)):
        lot = confirmables[len(lues) : len(lues) + RESTE_PAR_PAGE]
        lues += lire_offres(ouvert.etablissement, lot, NIVEAUX_PROFESSIONNELS)
    return lues


def _se_montre(lue: OffreLue) -> bool:
    """Whether an offer is read without signing in: nothing of it is kept from professionals, nothing waits on it."""
    return not lue.reservee and not lue.attente


def _ferme(request: HttpRequest, motif: str, statut: int = 410) -> HttpResponse:
    return render(request, "pilotage/lien_ferme.html", {"motif": motif}, status=statut)
