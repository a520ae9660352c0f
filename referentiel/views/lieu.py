"""The page of a lieu, reached from its offers; its sections are edited and seen at once (S44, S90)."""

from collections import defaultdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from ..actions import creer_lieu, modifier_lieu
from ..actions.fiches import exiger_ouverte
from ..actions.lieux import lieu_vide, lire_lieu, prefixe_journal
from ..capacites import perimee, resumer
from ..champs import CHAMPS_LIEU, SECTIONS, Saisie
from ..conflits import decrire_conflits, lire_choix
from ..formulaires import FormulaireFiche, FormulaireIllisible, ouvrir
from ..libelles import codes_de_lignes, libelles_codes
from ..lignes import dates_de, lire_lignes
from ..models import Lieu, Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger, refus
from ..presentation import Tableau, lire_tableau
from .edition import GESTE, METHODES, rendre_fusion, reprise
from .fiche import fil_de, lire_structure


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
    if request.method != "POST":
        formulaire = FormulaireFiche(quoi=f"lieu:{pk}", champs=champs, vues=lire_lieu(trouve))
        return _montrer(request, trouve, formulaire, section)
    formulaire = _recevoir(request, trouve, champs)
    if not formulaire.generales and (geste := request.POST.get(GESTE)):
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
    messages.success(request, f"{SECTIONS[section]}\u00a0: enregistré, visible de tous dès maintenant.")
    if request.htmx:
        return _rendre(request, _lire(request, pk), focus=section)
    return redirect(f"{reverse('lieu', args=[pk])}#{section}")


@require_http_methods(METHODES)
def nouveau(request: HttpRequest, pk: int) -> HttpResponse:
    """« Ajouter un lieu » to an establishment: its name and its address, then its page."""
    etablissement = lire_structure(request, pk)
    if etablissement.niveau != Niveau.EG:
        raise Http404("A lieu belongs to an EG")
    exiger(request.user, Action.MODIFIER, etablissement)
    exiger_ouverte(etablissement)
    champs = [champ for champ in CHAMPS_LIEU.values() if champ.section in ("lieu", "adresse_pratique")]
    data = request.POST if request.method == "POST" else None
    formulaire = FormulaireFiche(quoi=f"lieu-nouveau:{pk}", champs=champs, vues=lieu_vide(), data=data)
    statut = 200
    if data is not None:
        try:
            if formulaire.est_valide():
                cree = creer_lieu(etablissement_id=pk, auteur=request.user, saisies=formulaire.saisies())
                messages.success(request, f"«\u00a0{cree.nom}\u00a0» est ajouté. Ses offres peuvent le choisir.")
                return redirect("lieu", cree.pk)
        except SaisieInvalide as erreur:
            formulaire.refuser(erreur.erreurs)
        statut = 422
    contexte = {
        "structure": etablissement,
        "section": "lieu",
        "titre": "Ajouter un lieu",
        "sujet": etablissement.nom,
        "adresse": request.path,
        "retour": reverse("fiche", args=[pk]),
        "fil": [*fil_de(etablissement), (etablissement.nom, reverse("fiche", args=[pk]))],
        "immediat": True,
        "formulaire": formulaire,
        "refuse": statut == 422,
    }
    return render(request, "referentiel/edition/page.html", contexte, status=statut)


def _lire(request: HttpRequest, pk: int) -> Lieu:
    lisibles = Structure.objects.lisibles_par(request.user).values("pk")
    return get_object_or_404(
        Lieu.objects.filter(etablissement__in=lisibles)
        .select_related("etablissement", "fonction")
        .prefetch_related("capacites", "habitations", "equipements"),
        pk=pk,
    )


def _rendre(request: HttpRequest, trouve: Lieu, *, focus: str = "") -> HttpResponse:
    motif = refus(request.user, Action.MODIFIER, trouve.etablissement)
    offres = Structure.objects.filter(unite__lieux=trouve).order_by("nom_recherche", "pk")
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


def _recevoir(request: HttpRequest, trouve: Lieu, champs: list) -> FormulaireFiche:
    quoi = f"lieu:{trouve.pk}"
    try:
        vues = ouvrir(quoi, request.POST.get("vues"))
        return FormulaireFiche(quoi=quoi, champs=champs, vues=vues, data=request.POST)
    except FormulaireIllisible as erreur:
        formulaire = FormulaireFiche(quoi=quoi, champs=champs, vues=lire_lieu(trouve), data=request.POST)
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
    contexte = {**_contexte(request, trouve, section), "formulaire": formulaire, "refuse": statut == 422}
    gabarit = "_section" if request.htmx else "page"
    return render(request, f"referentiel/edition/{gabarit}.html", contexte, status=statut)


def _fusionner(request: HttpRequest, trouve: Lieu, erreur: ConflitDeVersion, section: str) -> HttpResponse:
    questions = decrire_conflits(
        trouve.etablissement, CHAMPS_LIEU, erreur.conflits, lire_lieu(trouve), prefixe=prefixe_journal(trouve)
    )
    contexte = {
        **_contexte(request, trouve, section),
        "conflits": questions,
        "reprise": reprise(request),
        "repose": bool(lire_choix(request.POST)),
    }
    return rendre_fusion(request, contexte, section)
