"""« Copier ces horaires vers d’autres offres »: choose, see what would change, save, then perhaps validate (B48)."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.commun.texte import normaliser

from .. import horaires
from ..actions import EtatVu
from ..actions.copie_horaires import Bilan, copier_horaires, empreinte, valider_plusieurs
from ..actions.fiches import exiger_ouverte
from ..changements import Valeur
from ..copie_horaires import copier
from ..formulaires import FormulaireIllisible, ouvrir, sceller
from ..horaires_en_cours import HorairesEnCours, lire_horaires
from ..models import Structure
from ..models.structure import Etat
from ..niveaux import Niveau
from ..permissions import Action, exiger, refus
from ..recherche import chemins_de
from ..suites import prevenir
from ..suivi import suivre
from .edition import METHODES
from .fiche import fil_de, lire_structure


@dataclass(frozen=True, slots=True)
class Cible:
    """An offer of the same establishment: where it is, and whether it is ticked."""

    structure: Structure
    chemin: str
    cochee: bool


@dataclass(frozen=True, slots=True)
class Apercu:
    """What an offer reads now and once copied to, and what to mind."""

    structure: Structure
    avant: str
    apres: str
    identique: bool
    avis: list[str]


@require_http_methods(METHODES)
def choisir(request: HttpRequest, pk: int) -> HttpResponse:
    """The offers of the same establishment, to tick; « Aperçu » shows what would change, « Copier » saves it."""
    structure = _lire_source(request, pk)
    en_cours = lire_horaires([structure])[structure.pk]
    geste = request.POST.get("geste", "")
    if geste == "copier":
        return _copier(request, structure)
    if geste == "apercu":
        try:
            return _montrer_apercu(request, structure, en_cours.table)
        except SaisieInvalide as erreur:
            return _montrer_choix(request, structure, en_cours, erreur.erreurs, 422)
    return _montrer_choix(request, structure, en_cours)


@require_POST
def valider(request: HttpRequest, pk: int) -> HttpResponse:
    """« J’ai relu ces offres et je les valide. »: says for each what was broadcast, or why it was not."""
    structure = _lire_source(request, pk)
    try:
        vus = ouvrir(f"copie-validation:{pk}", request.POST.get("vus"))
    except FormulaireIllisible as erreur:
        raise EtatIncompatible("Cette page n’est plus à jour. Validez chaque offre depuis sa fiche.") from erreur
    try:
        bilans = valider_plusieurs(
            auteur=request.user,
            relue=bool(request.POST.get("relue")),
            date_effet=_date(request.POST.get("date_effet", ""), "date_effet"),
            vus={int(cle): EtatVu.depuis_json(vu) for cle, vu in vus.items()},
        )
    except SaisieInvalide as erreur:
        a_valider = [suivre(s) for s in Structure.objects.filter(pk__in=vus).order_by("nom_recherche", "pk")]
        contexte = {**_contexte(structure), "bilans": [], "a_valider": a_valider, "vus": request.POST["vus"]}
        return _montrer_resultat(request, contexte, erreur.erreurs, 422)
    contexte = {**_contexte(structure), "bilans": bilans, "a_valider": [], "vus": ""}
    return _montrer_resultat(request, {**contexte, "valide": True})


def _copier(request: HttpRequest, structure: Structure) -> HttpResponse:
    """Saves what the preview showed, offer by offer, and tells what was done."""
    try:
        vu = ouvrir(f"copie:{structure.pk}", request.POST.get("vu"))
    except FormulaireIllisible as erreur:
        raise EtatIncompatible("Cet aperçu n’est plus à jour. Reprenez la copie depuis la fiche.") from erreur
    bilans = copier_horaires(
        source_id=structure.pk,
        auteur=request.user,
        source_vue=vu["source"],
        cibles={int(cle): empreinte_vue for cle, empreinte_vue in vu["cibles"].items()},
        lundi=date.fromisoformat(vu["lundi"]) if vu["lundi"] else None,
        exceptions=vu["exceptions"],
    )
    faites = [bilan.structure for bilan in bilans if not bilan.refus]
    prevenir(request, faites, ["horaires"])
    diffusables = [s for s in faites if refus(request.user, Action.DIFFUSER, s) is None]
    a_valider = [suivre(s) for s in diffusables]
    vus = {s.structure.pk: EtatVu.de(s.structure, s.modification).en_json() for s in a_valider}
    jeton = sceller(f"copie-validation:{structure.pk}", vus)
    return _montrer_resultat(request, {**_contexte(structure), "bilans": bilans, "a_valider": a_valider, "vus": jeton})


def _lire_source(request: HttpRequest, pk: int) -> Structure:
    structure = lire_structure(request, pk)
    if structure.niveau != Niveau.UO:
        raise Http404("Only an offer has hours to copy")
    exiger(request.user, Action.MODIFIER, structure)
    exiger_ouverte(structure)
    return structure


def _offres_soeurs(request: HttpRequest, structure: Structure):
    """The other offers of the same establishment that this person edits, in alphabetical order."""
    etablissement = structure.get_ancestors().filter(niveau=Niveau.EG).first()
    soeurs = etablissement.get_descendants().filter(niveau=Niveau.UO).exclude(pk=structure.pk)
    return soeurs.exclude(etat=Etat.FERMEE).modifiables_par(request.user).order_by("nom_recherche", "pk")


def _cibles(request: HttpRequest, structure: Structure) -> list[Cible]:
    """The offers to tick: those that answer the filter, and those ticked already."""
    geste, mots = request.POST.get("geste", ""), normaliser(request.POST.get("q", "")).split()
    soeurs = list(_offres_soeurs(request, structure))
    chemins = chemins_de(soeurs)
    cochees = set(request.POST.getlist("cibles"))
    cibles = []
    for soeur in soeurs:
        noms = [s.nom for s in chemins[soeur.pk] if s.niveau not in (Niveau.EJ, Niveau.EG)]
        texte = normaliser(" ".join([*noms, soeur.nom]))
        trouvee, cochee = all(mot in texte for mot in mots), str(soeur.pk) in cochees
        if trouvee and geste in ("tout", "rien"):
            cochee = geste == "tout"
        if trouvee or cochee:
            cibles.append(Cible(soeur, " › ".join(noms), cochee))
    return cibles


def _montrer_choix(
    request: HttpRequest,
    structure: Structure,
    en_cours: HorairesEnCours,
    erreurs: dict[str, str] | None = None,
    statut: int = 200,
) -> HttpResponse:
    contexte = {
        **_contexte(structure),
        "phrase": _phrase(en_cours.table, timezone.localdate()),
        "vides": not en_cours.table,
        "en_attente": en_cours.horaires_modifies,
        "cibles": _cibles(request, structure),
        "q": request.POST.get("q", ""),
        "semaine": request.POST.get("semaine", ""),
        "exceptions": bool(request.POST.get("exceptions")),
        "erreurs": {"cibles": "", "semaine": "", **(erreurs or {})},
    }
    return render(request, "referentiel/copie_horaires.html", contexte, status=statut)


def _montrer_apercu(request: HttpRequest, structure: Structure, table: dict) -> HttpResponse:
    lundi = _lundi(request.POST.get("semaine", ""))
    exceptions = bool(request.POST.get("exceptions"))
    demandees = set(request.POST.getlist("cibles"))
    cibles = [soeur for soeur in _offres_soeurs(request, structure) if str(soeur.pk) in demandees]
    lus = lire_horaires(cibles)
    if not cibles:
        raise SaisieInvalide({"cibles": "Cochez au moins une offre."})
    apercus, vues = [], {}
    for cible in cibles:
        avant = lus[cible.pk].table
        apres = copier(table, avant, lundi=lundi, exceptions=exceptions)
        vues[str(cible.pk)] = empreinte(avant)
        jour = lundi or timezone.localdate()
        avis = _avis(lus[cible.pk], avant == apres)
        apercus.append(Apercu(cible, _phrase(avant, jour), _phrase(apres, jour), avant == apres, avis))
    vu = {
        "source": empreinte(table),
        "cibles": vues,
        "lundi": lundi and lundi.isoformat(),
        "exceptions": exceptions,
    }
    contexte = {
        **_contexte(structure),
        "apercus": apercus,
        "lundi": lundi,
        "a_copier": sum(not apercu.identique for apercu in apercus),
        "jeton": sceller(f"copie:{structure.pk}", vu),
        "reprise": [("q", request.POST.get("q", "")), ("semaine", request.POST.get("semaine", ""))]
        + [("exceptions", "1")] * exceptions
        + [("cibles", str(cible.pk)) for cible in cibles],
    }
    return render(request, "referentiel/copie_horaires_apercu.html", contexte)


def _avis(en_cours: HorairesEnCours, identique: bool) -> list[str]:
    """What to mind before copying to an offer."""
    avis = []
    if en_cours.table and not identique:
        avis.append("Cette offre a déjà d’autres horaires\u00a0: ils seront remplacés.")
    if en_cours.attente:
        sections, auteurs = ", ".join(en_cours.sections), ", ".join(en_cours.auteurs)
        avis.append(f"Des modifications y attendent déjà ({sections}), de {auteurs}.")
    if en_cours.programmee:
        avis.append("Une modification y est déjà programmée.")
    return avis


def _montrer_resultat(
    request: HttpRequest, contexte: dict, erreurs: dict[str, str] | None = None, statut: int = 200
) -> HttpResponse:
    bilans: list[Bilan] = contexte["bilans"]
    contexte = {
        "valide": False,
        **contexte,
        "faites": sum(not bilan.refus for bilan in bilans),
        "refusees": sum(bool(bilan.refus) for bilan in bilans),
        "erreurs": {"relue": "", "date_effet": "", **(erreurs or {})},
        "relue": bool(request.POST.get("relue")),
        "date_effet": request.POST.get("date_effet") or timezone.localdate().isoformat(),
        "aujourdhui": timezone.localdate(),
    }
    return render(request, "referentiel/copie_horaires_resultat.html", contexte, status=statut)


def _contexte(structure: Structure) -> dict:
    return {
        "structure": structure,
        "adresse": reverse("copier-horaires", args=[structure.pk]),
        "fil": [*fil_de(structure), (structure.nom, reverse("fiche", args=[structure.pk]))],
    }


def _phrase(table: Valeur, jour: date) -> str:
    return horaires.phrase(horaires.depuis_table(table), jour)  # type: ignore[arg-type]


def _date(texte: str, champ: str) -> date | None:
    try:
        return forms.DateField(required=False).clean(texte)
    except ValidationError as erreur:
        raise SaisieInvalide({champ: "Une date est attendue, par exemple 31/12/2026."}) from erreur


def _lundi(texte: str) -> date | None:
    """The Monday of the week of the day typed; a week that is over is refused."""
    jour = _date(texte, "semaine")
    if jour is None:
        return None
    lundi = date.fromordinal(jour.toordinal() - jour.weekday())
    aujourdhui = timezone.localdate()
    if jour < aujourdhui or (lundi - aujourdhui).days > 730:
        raise SaisieInvalide({"semaine": "Choisissez une semaine à venir, dans les deux ans."})
    return lundi
