"""Editing a fiche: one section in place, or all of it; what is saved waits to be broadcast (S43, S97–S99, S107)."""

from collections.abc import Collection, Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from ror.commun.acces import depuis_sa_page, retour_demande
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide
from ror.commun.francais import pluriel

from ..actions import enregistrer
from ..actions.fiches import exiger_ouverte, modification_en_attente, valeurs_en_cours
from ..champs import SECTIONS, Champ, champs_de, sections_de
from ..conflits import PREFIXE, decrire_conflits, lire_choix, rebaser_saisie
from ..fiches import detail_de
from ..formulaires import COMPOSITES, FormulaireFiche, FormulaireIllisible, HorairesSaisis, ouvrir
from ..models import Structure
from ..niveaux import Niveau
from ..objets import Cible, Objet
from ..permissions import Action, exiger
from ..points import points_de
from ..schemas import schema_de
from ..suites import Suite, dire, suite_de
from . import brouillons
from .brouillons import GESTE
from .fiche import aller, contexte_fiche, fil_de, lire_structure

APERCU = "apercu"  # the gesture that only asks what would be read
METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """« Modifier » of a section: its form takes the place of the card; « Enregistrer » does not broadcast."""
    structure = lire_structure(request, pk)
    champs = [c for c in sections_de(structure.type_niveau).get(section, ()) if not c.finess]
    if not champs:
        raise Http404(f"No section {section} to edit on {structure.niveau}")
    return _editer(request, structure, champs, section)


@require_http_methods(METHODES)
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """The pencil beside the title: the whole fiche in edit mode, « Modifier » to save, « Annuler » to abandon."""
    structure = lire_structure(request, pk)
    return _editer(request, structure, champs_de(structure.type_niveau).values(), "")


def rendre_fiche(request: HttpRequest, structure: Structure, *, focus: str = "") -> HttpResponse:
    """The page of a fiche of any level, as the answer to an act."""
    from .offre import fiche_offre

    if structure.niveau == Niveau.UO:
        return fiche_offre(request, structure, focus=focus)
    return render(request, "referentiel/fiche.html", contexte_fiche(request, structure, focus))


def _editer(request: HttpRequest, structure: Structure, champs: Iterable[Champ], section: str) -> HttpResponse:
    exiger(request.user, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    champs = list(champs)
    if request.method != "POST":
        repris = brouillons.a_reprendre(request, Objet("fiche", structure.pk, section))
        formulaire = _formulaire(structure, champs) if repris is None else _formulaire_recu(structure, champs, repris)
        return _montrer(request, structure, formulaire, section)
    formulaire = _formulaire_recu(structure, champs, request.POST)
    geste = request.POST.get(GESTE)
    if geste == brouillons.ANNULER:
        brouillons.annuler(request, Objet("fiche", structure.pk, section), formulaire.touches(formulaire.vues))
        return _retour(request, structure, section)
    if formulaire.generales:
        return _montrer(request, structure, formulaire, section, statut=422)
    if geste == brouillons.FUSIONNER and formulaire.est_valide():
        return _montrer(request, structure, _rebaser(structure, formulaire), section)
    if geste == APERCU and formulaire.horaires:
        return apercu_horaires(request, formulaire.horaires)
    if geste:
        fait = formulaire.appliquer(geste)
        if not fait and not formulaire.erreurs:
            formulaire.generales.append("Cette action n’existe plus ici\u00a0: rechargez la page, puis réessayez.")
        return _montrer(request, structure, formulaire, section, statut=200 if fait else 422)
    if not formulaire.est_valide():
        return _montrer(request, structure, formulaire, section, statut=422)
    try:
        enregistrer(
            structure_id=structure.pk,
            auteur=request.user,
            vues=formulaire.vues,
            saisies=formulaire.saisies(),
            choix=lire_choix(request.POST),
        )
    except SaisieInvalide as erreur:
        formulaire = _avec_les_champs(request, structure, formulaire, erreur.erreurs)
        formulaire.refuser(erreur.erreurs)
        return _montrer(request, structure, formulaire, section, statut=422)
    except ConflitDeVersion as erreur:
        return _fusionner(request, structure, erreur, section)
    brouillons.apres_enregistrement(request, Objet("fiche", structure.pk, section))
    for adresse in formulaire.boites_douteuses():
        messages.warning(request, f"«\u00a0{adresse}\u00a0» n’est pas dans un domaine mssante.fr\u00a0: vérifiez-la.")
    return _suite(request, structure, section, [champ.nom for champ in formulaire.champs])


def apercu_horaires(request: HttpRequest, horaires: HorairesSaisis) -> HttpResponse:
    """What the hours typed so far would read like; nothing is saved."""
    horaires.valider()
    return render(request, "referentiel/edition/_apercu.html", {"apercu": horaires.apercu})


def _formulaire(structure: Structure, champs: list[Champ], **options) -> FormulaireFiche:
    en_cours = valeurs_en_cours(structure, modification_en_attente(structure))
    schema = schema_de(structure, en_cours)
    communs = {
        "vues": en_cours,
        "structure": structure,
        "departement": structure.departement,
        "schema": schema,
        "lues": en_cours,
    }
    return FormulaireFiche(quoi=f"fiche:{structure.pk}", champs=champs, **{**communs, **options})


def _formulaire_recu(structure: Structure, champs: list[Champ], data: QueryDict) -> FormulaireFiche:
    """The form that was sent, over the values it showed; over the present ones when those cannot be read any more."""
    try:
        vues = ouvrir(f"fiche:{structure.pk}", data.get("vues"))
        return _formulaire(structure, [*champs, *_autres_champs(structure, champs, vues)], vues=vues, data=data)
    except FormulaireIllisible as erreur:
        formulaire = _formulaire(structure, champs, data=data)
        formulaire.generales.append(str(erreur))
        return formulaire


def _rebaser(structure: Structure, formulaire: FormulaireFiche) -> FormulaireFiche:
    """« Fusionner »: what others saved enters the form, what was typed stays in it."""
    en_cours = valeurs_en_cours(structure, modification_en_attente(structure))
    vues, montrees = rebaser_saisie(formulaire.champs, formulaire.vues, formulaire.saisies(), en_cours)
    return _formulaire(structure, formulaire.champs, vues=vues, montrees=montrees)


def _autres_champs(structure: Structure, champs: Iterable[Champ], noms: Collection[str]) -> list[Champ]:
    """Those of these fields that a form of `champs` has not and that may join it."""
    presents = {champ.nom for champ in champs}
    tous = champs_de(structure.type_niveau).values()
    return [c for c in tous if c.nom in noms and c.nom not in presents and not c.finess and c.saisie not in COMPOSITES]


def _avec_les_champs(
    request: HttpRequest, structure: Structure, formulaire: FormulaireFiche, noms: Collection[str]
) -> FormulaireFiche:
    """The form with the fields that its refusal is about, when they are typed in another section.

    A rule about two sections is thus answered at once, instead of refusing each of them because of the other.
    """
    ajoutes = _autres_champs(structure, formulaire.champs, noms)
    if not ajoutes:
        return formulaire
    seuls = _formulaire(structure, ajoutes)
    data = request.POST.copy()
    for champ in ajoutes:
        valeur = seuls.form.initial[champ.nom]
        data.setlist(champ.nom, valeur if isinstance(valeur, list) else ["" if valeur is None else str(valeur)])
    complet = _formulaire(structure, [*formulaire.champs, *ajoutes], vues={**seuls.vues, **formulaire.vues}, data=data)
    complet.est_valide()
    return complet


def _montrer(
    request: HttpRequest, structure: Structure, formulaire: FormulaireFiche, section: str, statut: int = 200
) -> HttpResponse:
    def touches(data: QueryDict) -> list[str]:
        brouillon = _formulaire_recu(structure, formulaire.champs, data)
        return brouillon.touches(brouillon.vues, formulaire.vues)

    objet = Objet("fiche", structure.pk, section)
    saisie = brouillons.saisie_de(request, objet, data=formulaire.data, touches=touches)
    brouillons.avec_voisins(request, saisie, Cible(objet, structure), formulaire.vues)
    contexte = {
        **_contexte(request, structure, section),
        "formulaire": formulaire,
        "refuse": statut == 422,
        "saisie": saisie,
    }
    gabarit = "_section" if request.htmx and section else "page"
    return render(request, f"referentiel/edition/{gabarit}.html", contexte, status=statut)


def _contexte(request: HttpRequest, structure: Structure, section: str) -> dict:
    return {
        "structure": structure,
        "section": section,
        "titre": SECTIONS.get(section, ""),
        "sujet": structure.nom,
        "adresse": _adresse(request),
        "retour": _vers(request, structure, section),
        "ailleurs": bool(retour_demande(request)),
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
        "immediat": False,
        "verrou": _verrou(structure),
    }


def _verrou(structure: Structure) -> dict[str, str]:
    """The type of an offer, which a dossier alone changes (S33, S100); empty for the other levels."""
    if structure.niveau != Niveau.UO:
        return {}
    type_offre = detail_de(structure).type_offre
    return {
        "type": type_offre.libelle if type_offre else "",
        "adresse": reverse("dossier-ouvrir", args=[structure.pk]),
    }


def _fusionner(request: HttpRequest, structure: Structure, refus: ConflitDeVersion, section: str) -> HttpResponse:
    """The merge screen: one question per element that both sides touched; all that was typed travels along."""
    modification = modification_en_attente(structure)
    fiche = valeurs_en_cours(structure, modification)
    champs = champs_de(structure.type_niveau)
    brouillons.saisie_de(request, Objet("fiche", structure.pk, section), data=request.POST)
    contexte = {
        **_contexte(request, structure, section),
        "conflits": decrire_conflits(structure, champs, refus.conflits, fiche, modification),
        "reprise": reprise(request),
        "repose": bool(lire_choix(request.POST)),
    }
    return rendre_fusion(request, contexte, section)


def rendre_fusion(request: HttpRequest, contexte: dict, cible: str) -> HttpResponse:
    """Renders the merge screen (409), in the place of the card for HTMX."""
    if request.htmx and cible:
        reponse = render(request, "referentiel/edition/_fusion.html", contexte, status=409)
        return remplacer(reponse, cible)
    return render(request, "referentiel/edition/fusion.html", contexte, status=409)


def remplacer(reponse: HttpResponse, cible: str) -> HttpResponse:
    """Makes HTMX swap an answer, whatever its status, in the place of the element `cible`."""
    reponse["HX-Retarget"], reponse["HX-Reselect"], reponse["HX-Reswap"] = f"#{cible}", f"#{cible}", "outerHTML"
    return reponse


def reprise(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns all that was typed, for hidden fields: the merge screen sends it again with the answers."""
    return [
        (nom, valeur)
        for nom, valeurs in request.POST.lists()
        for valeur in valeurs
        if nom not in ("csrfmiddlewaretoken", GESTE) and not nom.startswith(PREFIXE)
    ]


def adresse_fiche(structure: Structure, section: str) -> str:
    """Returns the address of a fiche, at one of its sections."""
    adresse = reverse("fiche", args=[structure.pk])
    return f"{adresse}#{section}" if section else adresse


def _adresse(request: HttpRequest) -> str:
    """Where a form is posted: here, with the page to go back to if one was asked."""
    ailleurs = retour_demande(request)
    return f"{request.path}?{urlencode({'retour': ailleurs})}" if ailleurs else request.path


def _vers(request: HttpRequest, structure: Structure, section: str) -> str:
    return retour_demande(request) or adresse_fiche(structure, section)


def _suite(request: HttpRequest, structure: Structure, section: str, champs: Collection[str]) -> HttpResponse:
    """After « Enregistrer »: the fiche; after « Modifier » of the whole fiche: from which date the changes count.

    The question that an app above has to ask about these fields comes first (S104).
    """
    if modification_en_attente(structure) is None:
        rien = (
            f"{SECTIONS[section]}\u00a0: rien ne diffère de ce qui est diffusé."
            if section
            else "Rien n’a changé\u00a0: la fiche reste telle qu’elle est diffusée."
        )
        messages.info(request, rien)
        return _retour(request, structure, section)
    suite = suite_de(structure, request.user, champs)
    if section:
        ou = (
            "«\u00a0Diffuser et valider\u00a0»"
            if retour_demande(request)
            else "«\u00a0Valider\u00a0», en bas de la fiche,"
        )
        messages.success(request, f"{SECTIONS[section]}\u00a0: enregistré, non diffusé. {ou} diffuse.")
        _dire_les_points(request, structure)
    if suite.question:
        return _questionner(request, structure, section, suite)
    dire(request, suite)
    return _retour(request, structure, section) if section else redirect("fiche-valider", structure.pk)


def _questionner(request: HttpRequest, structure: Structure, section: str, suite: Suite) -> HttpResponse:
    """Asks what an app above has to ask, in the place of the card for HTMX, then on to where she was going."""
    vers = _vers(request, structure, section) if section else reverse("fiche-valider", args=[structure.pk])
    if not (request.htmx and section):
        return redirect(suite.adresse(vers))
    contexte = {**suite.contexte, "suite": vers, "cible": section}
    return remplacer(render(request, suite.gabarit, contexte), section)


def _retour(request: HttpRequest, structure: Structure, section: str) -> HttpResponse:
    """Back from a form: its card in the fiche that shows it, the fiche, or the page that sent her there."""
    if ailleurs := retour_demande(request):
        return aller(request, ailleurs)
    if depuis_sa_page(request):
        return aller(request, adresse_fiche(structure, section))
    if request.htmx and section:
        return rendre_fiche(request, lire_structure(request, structure.pk), focus=section)
    return redirect(adresse_fiche(structure, section))


def _dire_les_points(request: HttpRequest, structure: Structure) -> None:
    """Says how many points the national rules ask to check; the fiche lists them."""
    structure = lire_structure(request, structure.pk)
    points = points_de(structure, valeurs_en_cours(structure, modification_en_attente(structure)))
    if points:
        messages.warning(
            request, f"{pluriel(len(points), 'point')} à vérifier\u00a0: voir «\u00a0Règles nationales\u00a0»."
        )
