"""Drafts kept as one types, and who else is there: what every edit form shows, and their addresses (B16, B17)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from ror.commun.acces import retour_sur
from ror.commun.erreurs import SaisieInvalide
from ror.commun.francais import heure_fr, il_y_a, pluriel

from ..actions import brouillons as actions
from ..changements import Fiche
from ..conflits import PREFIXE
from ..formulaires import FormulaireIllisible, ouvrir
from ..models import Brouillon
from ..objets import Cible, Objet, trouver
from ..permissions import Action, exiger
from ..presence import Nouveaute, Present, autres, battre, empreinte, nouveaute, partir

GESTE = "geste"
ANNULER = "annuler"
FUSIONNER = "fusionner"
PRECEDENT = "precedent"
HORS_SAISIE = frozenset({"csrfmiddlewaretoken", GESTE, "brouillon", "vues", "demande"})
"""Fields of a form that are not typed."""


@dataclass(frozen=True, slots=True)
class Proposition:
    """A draft that may be taken up: when it was typed, the fields it changes, where « Reprendre » leads."""

    le: datetime
    champs: list[str]
    adresse: str


@dataclass(frozen=True, slots=True)
class Reprise:
    """A draft, where the form itself is not shown: its key, what it is about, when it was last typed."""

    pk: int
    objet: Objet
    le: datetime

    @property
    def adresse(self) -> str:
        return f"{self.objet.adresse}?reprendre=1"


@dataclass(slots=True)
class Saisie:
    """What a form tells about what is typed in it.

    Attributes:
        objet: what the form is about.
        actif: what is typed is kept (the person may switch that off).
        version: the draft this form continues, empty when none.
        ouvert_le: when the values shown were read.
        garde_le: when what is shown was last kept; None when it is not.
        repris_le: date of the draft that fills the form.
        modifiee: the form shows what was typed, not only what is in place.
        absente: the draft that was asked for is gone.
        ecartee_le: when a draft that may still be restored was given up.
        brouillon: key of the draft offered.
        propositions: the drafts offered.
        voisins: who else is there, and what they saved.
    """

    objet: Objet
    actif: bool
    ouvert_le: datetime
    version: str = ""
    garde_le: datetime | None = None
    repris_le: datetime | None = None
    modifiee: bool = False
    absente: bool = False
    ecartee_le: datetime | None = None
    brouillon: int | None = None
    propositions: list[Proposition] = field(default_factory=list)
    voisins: "Voisins | None" = None

    @property
    def a_risque(self) -> bool:
        """What the form shows was typed, and is kept nowhere but there."""
        return self.modifiee and self.garde_le is None


@dataclass(slots=True)
class Voisins:
    """The others: those who edit the same thing now, and what they saved since the form was opened.

    Attributes:
        presents: who edits it.
        ouvert: whether this page has a form of it open itself.
        nouveaute: what they saved.
        empreinte: what the last save of anybody was.
    """

    presents: list[Present]
    ouvert: bool = True
    nouveaute: Nouveaute | None = None
    empreinte: str = ""

    @property
    def periode(self) -> int:
        """Seconds until the page asks again."""
        return settings.PRESENCE_PERIODE

    @property
    def il_y_a(self) -> str:
        le = self.nouveaute.le if self.nouveaute else None
        return il_y_a(le, timezone.localtime())

    @property
    def annonce(self) -> str:
        """In words, without what merely ages."""
        aussi = " aussi" if self.ouvert else ""
        phrases = [f"{p.nom} modifie{aussi} cette fiche ({p.partie})." for p in self.presents]
        if self.nouveaute and self.nouveaute.qui:
            phrases.append(f"{self.nouveaute.qui} a enregistré des modifications pendant votre saisie.")
        return " ".join(phrases)

    @property
    def etat(self) -> str:
        """Changes whenever something else is to be shown."""
        contenu = f"{self.presents}{self.nouveaute}{self.il_y_a}{self.empreinte}{self.ouvert}"
        return salted_hmac("ror.presence", contenu).hexdigest()[:16]


def donnees_de(data: QueryDict) -> dict[str, list[str]]:
    """Returns what was typed in a form: neither tokens nor answers to conflicts; line breaks as a page has them.

    A NUL, that no column keeps, is left out.
    """
    return {
        nom: [valeur.replace("\r\n", "\n").replace("\x00", "") for valeur in valeurs]
        for nom, valeurs in data.lists()
        if nom not in HORS_SAISIE and not nom.startswith(PREFIXE)
    }


def a_reprendre(request: HttpRequest, objet: Objet) -> QueryDict | None:
    """Returns the fields of the draft that `?reprendre=` asks for, None when nothing is asked or it is gone."""
    demande = request.GET.get("reprendre")
    brouillon = actions.lire_brouillon(request.user, objet) if demande else None
    if brouillon is None:
        return None
    contenu = brouillon.precedent if demande == PRECEDENT else None
    if contenu is None:
        contenu = {"donnees": brouillon.donnees, "vues": brouillon.vues, "modifie_le": brouillon.modifie_le.isoformat()}
    data = _champs(contenu["donnees"], contenu["vues"])
    # the keeping it continues; from the typing set aside or given up, the first keeping to come is a new one
    data["brouillon"] = "" if demande == PRECEDENT or brouillon.ecarte_le else brouillon.cle
    data["repris_le"] = contenu["modifie_le"]
    return data


def saisie_de(
    request: HttpRequest,
    objet: Objet,
    *,
    data: QueryDict | None = None,
    touches: Callable[[QueryDict], list[str]] = lambda data: list(data),
) -> Saisie:
    """Returns what a form tells about its typing; what was sent to it and not saved is kept on the way.

    Args:
        request: the request of the form.
        objet: what the form is about.
        data: what fills the form, None when it shows what is in place.
        touches: the labels of the fields that a draft would change.
    """
    recu = request.method == "POST"
    saisie = Saisie(objet, actions.brouillons_gardes(request.user), _moment(data))
    saisie.modifiee = recu or data is not None
    saisie.absente = "reprendre" in request.GET and data is None
    saisie.version = data.get("brouillon", "") if data is not None else ""
    if not saisie.actif:
        return saisie
    if recu:
        _garder_recu(request, saisie)
    elif data is not None:
        saisie.repris_le = timezone.localtime(parse_datetime(data["repris_le"]))
        saisie.garde_le = saisie.repris_le if saisie.version else None
    else:
        _proposer(saisie, actions.lire_brouillon(request.user, objet), touches)
    return saisie


def brouillons_de(utilisateur, objet: Objet | None = None) -> list[Reprise]:
    """Returns what this person typed and did not save, in the forms of one fiche or lieu, or in all, newest first."""
    brouillons = Brouillon.objects.filter(utilisateur=utilisateur, ecarte_le=None)
    if objet is not None:
        brouillons = brouillons.filter(Q(objet=objet.quoi) | Q(objet__startswith=f"{objet.quoi}/"))
    return [Reprise(b.pk, Objet.depuis(b.objet), timezone.localtime(b.modifie_le)) for b in brouillons]


def voisins_de(objet: Objet, utilisateur) -> Voisins:
    """Returns who edits a fiche, for a page that only shows it."""
    return Voisins(autres(objet, utilisateur), ouvert=False)


def avec_voisins(request: HttpRequest, saisie: Saisie, cible: Cible, vues: Fiche) -> Saisie:
    """Notes that this form is open, and tells who else is there; a form just opened shows what is in place."""
    battre(saisie.objet, request.user)
    saisie.voisins = _voisins(request, cible, vues if saisie.modifiee else None, saisie.ouvert_le)
    return saisie


def apres_enregistrement(request: HttpRequest, objet: Objet) -> None:
    """The form is saved: its draft has done its work, and nobody edits there any more."""
    actions.oublier(
        objet=objet,
        auteur=request.user,
        donnees=donnees_de(request.POST),
        version=request.POST.get("brouillon", ""),
    )
    partir(objet, request.user)


def annuler(request: HttpRequest, objet: Objet, touches: list[str]) -> None:
    """« Annuler »: what was typed is given up, and says how to take it back."""
    partir(objet, request.user)
    brouillon = None
    if touches:
        brouillon = _garder(request, objet)
    else:
        ancien = actions.lire_brouillon(request.user, objet)
        if ancien and ancien.cle == request.POST.get("brouillon"):
            brouillon = ancien
    if brouillon is None:
        return
    actions.ecarter(brouillon_id=brouillon.pk, auteur=request.user, tout=False)
    lien = _restaurer(objet, PRECEDENT if brouillon.precedent else "1")
    messages.info(request, format_html("Votre saisie est abandonnée, rien n’a été enregistré. {}", lien))


@require_POST
def garder(request: HttpRequest) -> HttpResponse:
    """Keeps what is being typed in the form of `?objet=`; answers when, and which keeping it is."""
    brouillon = _garder(request, Objet.depuis(request.GET.get("objet", "")))
    if brouillon is None:
        return HttpResponse("Vous avez demandé de ne pas garder vos saisies.", status=409, content_type="text/plain")
    heure = heure_fr(timezone.localtime(brouillon.modifie_le))
    return JsonResponse({"version": brouillon.cle, "texte": f"Brouillon gardé à {heure}"})


@require_POST
def ignorer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Ignorer »: the draft is given up, and the form shows what is in place, or the page of `next` comes back."""
    try:
        brouillon = actions.ecarter(brouillon_id=pk, auteur=request.user)
    except Brouillon.DoesNotExist as erreur:
        raise Http404("No such draft for this person") from erreur
    objet = Objet.depuis(brouillon.objet)
    if request.POST.get("next"):
        messages.info(request, format_html("La saisie est ignorée. {}", _restaurer(objet)))
        return redirect(retour_sur(request, "mon-compte"))
    return redirect(objet.adresse)


@require_POST
def regler(request: HttpRequest) -> HttpResponse:
    """« Mon compte »: whether what she types is kept (B16)."""
    voulu = request.POST.get("brouillons") == "1"
    effaces = actions.regler_brouillons(auteur=request.user, garder=voulu)
    if voulu:
        messages.success(request, "Vos saisies seront gardées au fur et à mesure.")
    else:
        suite = f" {pluriel(effaces, 'saisie gardée effacée,saisies gardées effacées')}." if effaces else ""
        messages.success(request, f"Vos saisies ne seront plus gardées au fur et à mesure.{suite}")
    return redirect("mon-compte")


@require_http_methods(["GET", "POST"])
def presence(request: HttpRequest) -> HttpResponse:
    """Who else edits what `?objet=` names. A form posts every 20 s, which also says it is open; a fiche only asks.

    204 when what the page shows (`etat`) still holds.
    """
    cible = _cible(request)
    recu = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        battre(cible.objet, request.user)
        voisins = _voisins(request, cible, _vues(cible, recu.get("vues")), _moment(recu), recu.get("empreinte", ""))
    else:
        voisins = voisins_de(cible.objet, request.user)
    if voisins.etat == recu.get("etat"):
        return HttpResponse(status=204)
    reponse = render(request, "referentiel/_presence_contenu.html", {"voisins": voisins, "objet": cible.objet})
    if voisins.annonce and voisins.annonce != recu.get("annonce"):
        reponse["HX-Trigger"] = json.dumps({"annonce": voisins.annonce})
    return reponse


@require_POST
def presence_partir(request: HttpRequest) -> HttpResponse:
    """The form of `?objet=` is closed: told by the page as it leaves."""
    partir(Objet.depuis(request.GET.get("objet", "")), request.user)
    return HttpResponse(status=204)


def _restaurer(objet: Objet, quoi: str = "1") -> SafeString:
    return format_html('<a href="{}?reprendre={}">Restaurer</a>', objet.adresse, quoi)


def _garder(request: HttpRequest, objet: Objet) -> Brouillon | None:
    return actions.garder(
        objet=objet,
        auteur=request.user,
        donnees=donnees_de(request.POST),
        vues=request.POST.get("vues", ""),
        version=request.POST.get("brouillon", ""),
    )


def _garder_recu(request: HttpRequest, saisie: Saisie) -> None:
    """Keeps a form that comes back to the screen; one too long for that is told to be at risk by its page."""
    try:
        brouillon = _garder(request, saisie.objet)
    except SaisieInvalide:
        return
    if brouillon is not None:
        saisie.version, saisie.garde_le = brouillon.cle, timezone.localtime(brouillon.modifie_le)


def _proposer(saisie: Saisie, brouillon: Brouillon | None, touches: Callable[[QueryDict], list[str]]) -> None:
    if brouillon is None:
        return
    if brouillon.ecarte_le is not None:
        saisie.ecartee_le = timezone.localtime(brouillon.ecarte_le)
        return
    contenus = [("1", brouillon.donnees, brouillon.vues, brouillon.modifie_le)]
    if (ancien := brouillon.precedent) and not ancien.get("ecarte"):
        contenus.append((PRECEDENT, ancien["donnees"], ancien["vues"], parse_datetime(ancien["modifie_le"])))
    saisie.brouillon = brouillon.pk
    for nom, donnees, vues, le in contenus:
        if champs := touches(_champs(donnees, vues)):
            adresse = f"{saisie.objet.adresse}?reprendre={nom}"
            saisie.propositions.append(Proposition(timezone.localtime(le), champs, adresse))


def _champs(donnees: dict[str, list[str]], vues: str) -> QueryDict:
    """The fields of a draft as a form receives them."""
    data = QueryDict(mutable=True)
    for nom, valeurs in donnees.items():
        data.setlist(nom, valeurs)
    data["vues"] = vues
    return data


def _voisins(
    request: HttpRequest, cible: Cible, vues: Fiche | None, ouvert_le: datetime, connue: str | None = None
) -> Voisins:
    """The others as a form tells them; while nobody saved (`connue` still holds), what they saved is not looked for."""
    voisins = Voisins(autres(cible.objet, request.user))
    actuelle = empreinte(cible)
    if vues is not None and actuelle != connue:
        voisins.nouveaute = nouveaute(cible, vues, ouvert_le, request.user)
    # with something to tell, the mark stays unknown: what is told is read, and dated, again at the next sign of life
    voisins.empreinte = "" if voisins.nouveaute else actuelle
    return voisins


def _vues(cible: Cible, jeton: str | None) -> Fiche | None:
    try:
        return ouvrir(cible.objet.sceau, jeton)
    except FormulaireIllisible:
        return None


def _cible(request: HttpRequest) -> Cible:
    cible = trouver(Objet.depuis(request.GET.get("objet", "")), request.user)
    exiger(request.user, Action.MODIFIER, cible.structure)
    return cible


def _moment(data: QueryDict | None) -> datetime:
    """When the values of a form were read, as it says itself; now for a new one."""
    try:
        lu = parse_datetime(data.get("ouvert_le", "")) if data is not None else None
        return timezone.localtime(lu) if lu is not None and timezone.is_aware(lu) else timezone.localtime()
    except (ValueError, OverflowError):
        return timezone.localtime()
