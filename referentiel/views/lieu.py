"""The page of a lieu, reached from its offers; its sections are edited and seen at once (S44, S90)."""

from collections import defaultdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.acces import depuis_sa_page
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from ..actions import modifier_lieu
from ..actions.fiches import exiger_ouverte
from ..actions.lieux import lire_lieu, prefixe_journal
from ..capacites import perimee, resumer
from ..champs import CHAMPS_LIEU, SECTIONS, Saisie
from ..conflits import decrire_conflits, lire_choix, rebaser_saisie
from ..formulaires import FormulaireFiche, FormulaireIllisible, ouvrir
from ..libelles import codes_de_lignes, libelles_codes
from ..lignes import dates_de, lire_lignes
from ..models import Lieu, Structure
from ..objets import Cible, Objet
from ..permissions import Action, exiger, offres_cachees, refus
from ..presentation import Tableau, lire_tableau
from . import brouillons
from .brouillons import GESTE
from .edition import METHODES, rendre_fusion, reprise
from .fiche import aller, fil_de


@require_safe
def lieu(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one lieu: what it is, its practical address, how to get there, the offers given there."""
    return _rendre(request, _lire(request, pk))


@require_http_methods(METHODES)
def section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """« Modifier » of a section of a lieu; « Enregistrer » is seen at once by everybody."""
    trouve = _lire(request, pk)
    exiger(request.user, Action.MODIFIER, trouve.etablissement)
    exiger_ouverte(trouve.etablissement)
    champs = [champ for champ in CHAMPS_LIEU.values() if champ.section == section]
    if not champs:
        raise Http404(f"No section {section} on a lieu")
    objet = Objet("lieu", pk, section)
    if request.method != "POST":
        repris = brouillons.a_reprendre(request, objet)
        formulaire = _ouvrir(trouve, champs) if repris is None else _recevoir(trouve, champs, repris)
        return _montrer(request, trouve, formulaire, section)
    formulaire = _recevoir(trouve, champs, request.POST)
    geste = request.POST.get(GESTE)
    if geste == brouillons.ANNULER:
        brouillons.annuler(request, objet, formulaire.touches(formulaire.vues))
        return _retour(request, pk, section)
    if geste == brouillons.FUSIONNER and not formulaire.generales and formulaire.est_valide():
        vues, montrees = rebaser_saisie(champs, formulaire.vues, formulaire.saisies(), lire_lieu(trouve))
        return _montrer(request, trouve, _ouvrir(trouve, champs, vues=vues, montrees=montrees), section)
    if geste and not formulaire.generales:
        return _montrer(request, trouve, formulaire, section, 200 if formulaire.appliquer(geste) else 422)
    if formulaire.generales or not formulaire.est_valide():
        return _montrer(request, trouve, formulaire, section, 422)
    try:
        choix = lire_choix(request.POST)
        saisies = formulaire.saisies()
        modifier_lieu(lieu_id=pk, auteur=request.user, vues=formulaire.vues, saisies=saisies, choix=choix)
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return _montrer(request, trouve, formulaire, section, 422)
    except ConflitDeVersion as erreur:
        return _fusionner(request, trouve, erreur, section)
    brouillons.apres_enregistrement(request, objet)
    messages.success(request, f"{SECTIONS[section]}\u00a0: enregistré, visible de tous dès maintenant.")
    return _retour(request, pk, section)


def _retour(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    if request.htmx and not depuis_sa_page(request):
        return _rendre(request, _lire(request, pk), focus=section)
    return aller(request, f"{reverse('lieu', args=[pk])}#{section}")


def _lire(request: HttpRequest, pk: int) -> Lieu:
    lisibles = Structure.objects.lisibles_par(request.user).values("pk")
    return get_object_or_404(
        Lieu.objects.lisibles(offres_cachees(request.user))
        .filter(etablissement__in=lisibles)
        .select_related("etablissement", "fonction")
        .prefetch_related("capacites", "habitations", "equipements"),
        pk=pk,
    )


def _rendre(request: HttpRequest, trouve: Lieu, *, focus: str = "") -> HttpResponse:
    motif = refus(request.user, Action.MODIFIER, trouve.etablissement)
    offres = Structure.objects.lisibles_par(request.user).filter(unite__lieux=trouve).order_by("nom_recherche", "pk")
    contexte = {
        "lieu": trouve,
        "etablissement": trouve.etablissement,
        "fil": _fil(trouve)[:-1],
        "motif": motif,
        "offres": offres,
        "statut": libelles_codes({"JDV_J224": {trouve.statut}}).get(("JDV_J224", trouve.statut), ""),
        **_tableaux(trouve),
        "modifier": {
            cle: "" if motif else reverse("lieu-section", args=[trouve.pk, cle])
            for cle in dict.fromkeys(champ.section for champ in CHAMPS_LIEU.values())
        },
        "focus": {champ.section: champ.section == focus for champ in CHAMPS_LIEU.values()},
    }
    return render(request, "referentiel/lieu.html", contexte)


def _tableaux(trouve: Lieu) -> dict:
    """The figures of a lieu, each with its age, and what they say together."""
    champs = [champ for champ in CHAMPS_LIEU.values() if champ.saisie is Saisie.LIGNES]
    tables = {champ.nom: lire_lignes(trouve, champ) for champ in champs}
    demandes: dict[str, set[str]] = defaultdict(set)
    for champ in champs:
        codes_de_lignes(champ, tables[champ.nom], demandes)
    libelles, maintenant = libelles_codes(demandes), timezone.now()
    tableaux: dict[str, list[Tableau]] = {champ.section: [] for champ in champs}
    for champ in champs:
        lignes = tables[champ.nom]
        dates = [
            (le, perimee(ligne, le, maintenant))
            for le, ligne in zip(dates_de(trouve, champ), lignes.values(), strict=True)
        ]
        if lu := lire_tableau(champ, lignes, libelles, dates):
            tableaux[champ.section].append(lu)
    return {"tableaux": tableaux, "resume": resumer(tables["capacites"].values())}


def _fil(trouve: Lieu) -> list[tuple[str, str]]:
    etablissement = trouve.etablissement
    return [
        *fil_de(etablissement),
        (etablissement.nom, reverse("fiche", args=[etablissement.pk])),
        (trouve.nom, reverse("lieu", args=[trouve.pk])),
    ]


def _ouvrir(trouve: Lieu, champs: list, **options) -> FormulaireFiche:
    return FormulaireFiche(quoi=f"lieu:{trouve.pk}", champs=champs, **{"vues": lire_lieu(trouve), **options})


def _recevoir(trouve: Lieu, champs: list, data: QueryDict) -> FormulaireFiche:
    try:
        return _ouvrir(trouve, champs, vues=ouvrir(f"lieu:{trouve.pk}", data.get("vues")), data=data)
    except FormulaireIllisible as erreur:
        formulaire = _ouvrir(trouve, champs, data=data)
        formulaire.generales.append(str(erreur))
        return formulaire


def _contexte(request: HttpRequest, trouve: Lieu, section: str) -> dict:
    return {
        "structure": trouve.etablissement,
        "section": section,
        "titre": SECTIONS[section],
        "sujet": trouve.nom,
        "adresse": request.path,
        "retour": f"{reverse('lieu', args=[trouve.pk])}#{section}",
        "fil": _fil(trouve),
        "immediat": True,
    }


def _montrer(
    request: HttpRequest, trouve: Lieu, formulaire: FormulaireFiche, section: str, statut: int = 200
) -> HttpResponse:
    def touches(data: QueryDict) -> list[str]:
        brouillon = _recevoir(trouve, formulaire.champs, data)
        return brouillon.touches(brouillon.vues, formulaire.vues)

    objet = Objet("lieu", trouve.pk, section)
    saisie = brouillons.saisie_de(request, objet, data=formulaire.data, touches=touches)
    brouillons.avec_voisins(request, saisie, Cible(objet, trouve.etablissement, trouve), formulaire.vues)
    contexte = {
        **_contexte(request, trouve, section),
        "formulaire": formulaire,
        "refuse": statut == 422,
        "saisie": saisie,
    }
    gabarit = "_section" if request.htmx else "page"
    return render(request, f"referentiel/edition/{gabarit}.html", contexte, status=statut)


def _fusionner(request: HttpRequest, trouve: Lieu, erreur: ConflitDeVersion, section: str) -> HttpResponse:
    questions = decrire_conflits(
        trouve.etablissement, CHAMPS_LIEU, erreur.conflits, lire_lieu(trouve), prefixe=prefixe_journal(trouve)
    )
    brouillons.saisie_de(request, Objet("lieu", trouve.pk, section), data=request.POST)
    contexte = {
        **_contexte(request, trouve, section),
        "conflits": questions,
        "reprise": reprise(request),
        "repose": bool(lire_choix(request.POST)),
    }
    return rendre_fusion(request, contexte, section)
